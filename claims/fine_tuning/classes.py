"""Pretraining on some classes of images, a few examples of others: the runs of this topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from widthwise.harness.terms.seeds import Seeds
from widthwise.models import (
    Dataset,
    Network,
    Parametrization,
    digits,
    drawn,
    fit,
    kernel_rate,
    kernel_regression,
    nngp_kernel,
    relu,
    tangent_kernel_trace,
)

IMAGES, SHOTS, NEW = 100, 5, 100
"""Images for pretraining, of each new class, and of all new classes to be told apart."""


@dataclass(frozen=True)
class OldAndNew:
    """Images of five classes, and of the other five: as Dataset, test images the new ones'."""
