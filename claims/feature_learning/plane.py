"""The plane of parametrizations between and beside NTK and μP, as a map of how units move."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

from widthwise.harness import Cell, Map
from widthwise.harness.terms.seeds import Seeds
from widthwise.models import (
    Activation,
    Dataset,
    Network,
    Parametrization,
    layerwise_activation_movement,
)

from .grid import NEAR_STABILITY, scaled, trained

SEEDS = tuple(range(8))
NARROW, WIDE = 128, 1024
STARTS = (0.0, 0.125, 0.25, 0.375, 0.5)
GROWTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


def drawn_plane(
    mlp: Callable[..., Network], data: Callable[[Seeds], Dataset], activation: Activation
) -> Map:
    """How far units move between two widths as an exponent, beside Yang & Hu's −r."""
    drawn = data(SEEDS)

    def movement(width: int, parametrization: Parametrization) -> float:
        steps = 3 if parametrization.regime(2).stable else 1
        before, after = trained(
            width, SEEDS, mlp, drawn, activation, parametrization,
            steps=steps, rate=NEAR_STABILITY / 4,
        )  # fmt: skip
        moved = layerwise_activation_movement(before, after, drawn.x_train)[:, -1]
        return float(moved.square().mean().sqrt())

    def cell(start: float, growth: float) -> Cell:
        point = scaled("a point of the plane", start, 0, -growth)
        exponent = math.log(movement(WIDE, point) / movement(NARROW, point), WIDE / NARROW)
        r = point.regime(2).r
        return Cell(start, growth, round(exponent, 3), -r if r >= 0 else None)

    return Map(
        "How far units of the last hidden layer move in three steps (in the first, where outputs "
        f"explode), as an exponent of the width from {NARROW} to {WIDE}: NTK at the lower left, μP "
        "at the upper right, and above the line between them outputs explode; where units do, "
        "theory names no exponent",
        "s: the readout starts at N^-s of NTK's",
        "u: all other rates are N^u of NTK's",
        tuple(itertools.starmap(cell, itertools.product(STARTS, GROWTHS))),
    )
