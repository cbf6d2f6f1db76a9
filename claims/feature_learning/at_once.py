"""How far units move where the linearised problem is solved at once, for any number of points."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from widthwise.models import (
    Dataset,
    Network,
    drawn,
    layerwise_activation_movement,
    one_shot,
    relu,
)

FRESH = 10
"""Test points that come with every data set; nothing here looks at them."""

LINEAR_MODEL = "Lee et al. 2019, section 2.2 (the linearised network, and where its training ends)"

Draw = Callable[..., Dataset]
"""Draws so many points, from a seed."""


def units_move(
    units: int,
    points: int,
    seeds: Sequence[int],
    mlp: Callable[..., Network],
    device: torch.device | str,
    draw: Draw,
) -> Tensor:
    """The movement of one hidden layer's ReLU units on so many points that are fitted, RMS [S]."""
    data = drawn(functools.partial(draw, points), seeds, dtype=torch.float64, device=device)
    x = data.x_train
    before = mlp(units, seeds, input_dim=x.shape[2], depth=1, activation=relu, dtype=torch.float64)
    after = one_shot(before, x, before(x) + data.y_train)
    return layerwise_activation_movement(before, after, x)[:, 0]
