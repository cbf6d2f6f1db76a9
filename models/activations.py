"""Activation functions, with the derivatives that hand-written passes need."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Activation:
    """A scalar function φ applied to every preactivation.

    Attributes:
        name: What the field calls it.
        value: φ.
        slope: φ′ (at a kink: the left derivative).
        curvature: φ″ (at a kink: 0).
        gain: The default σ_w. √2 for ReLU keeps the size of the preactivations from layer to
            layer (He et al. 2015). 1 for the others: exact for the linear function; for
            bounded ones no gain keeps every size, and 1 stays on the ordered side of the
            chaotic transition while the first preactivations keep the size of the inputs.
    """

    name: str
    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]
    curvature: Callable[[Tensor], Tensor]
    gain: float = 1.0

    def __repr__(self) -> str:
        return self.name


def _relu_slope(h: Tensor) -> Tensor:
    return (h > 0).to(h.dtype)


def _tanh_slope(h: Tensor) -> Tensor:
    return 1 - torch.tanh(h).square_()


def _tanh_curvature(h: Tensor) -> Tensor:
    t = torch.tanh(h)
    return -2 * t * (1 - t.square())


def _erf_slope(h: Tensor) -> Tensor:
    return torch.exp(-h.square()).mul_(2 / math.sqrt(math.pi))


def _erf_curvature(h: Tensor) -> Tensor:
    return -2 * h * _erf_slope(h)


relu = Activation("relu", torch.relu, _relu_slope, torch.zeros_like, gain=math.sqrt(2))
erf = Activation("erf", torch.erf, _erf_slope, _erf_curvature)
tanh = Activation("tanh", torch.tanh, _tanh_slope, _tanh_curvature)
linear = Activation("linear", lambda h: h, torch.ones_like, torch.zeros_like)
