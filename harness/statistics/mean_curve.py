"""Numbers of a curve over a grid, taken of its mean over seeds.

Where a seed measures a curve (the loss at every learning rate, accuracy over time) the number
that theory speaks of is often one of the mean curve: a single seed's lowest point wanders between
plateaus, and the mean of such points is not that of the mean. The jackknife leaves one curve out at
a time, so that the interval is that of the number of the mean curve.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Floats = NDArray[np.float64]


@runtime_checkable
class OfMeanCurve(Protocol):
    """A number of a curve over a grid."""

    @property
    def grid(self) -> tuple[float, ...]:
        """Where every seed measures its curve."""
        ...

    @property
    def requirement(self) -> str:
        """What a curve must do to have this number, for who sees one that does not."""
        ...

    def of(self, curves: Floats) -> Floats:
        """The number of every curve, shape [..., grid] to [...]; NaN where a curve has none."""
        ...


@dataclass(frozen=True)
class LowestAt:
    """Where the mean curve is lowest: the best learning rate, width or time.

    Between the points of the grid the curve is a cubic spline over the logarithm of the grid, so
    that the place is no multiple of its spacing. A curve that is lowest at an end has none.

    Attributes:
        grid: positive and increasing, at least five; near the lowest point by factors of about 2
            or less.

    Raises:
        ValueError: if the grid is not.
    """

    grid: tuple[float, ...]

    def __post_init__(self) -> None:
        _require_grid("LowestAt", self.grid, 5)

    @property
    def requirement(self) -> str:
        """A lowest point between the ends."""
        return "be lowest between the ends of its grid: extend the grid"

    def of(self, curves: Floats) -> Floats:
        """The place of the lowest point [...]."""
        return _lowest(np.log(self.grid), curves.reshape(-1, len(self.grid))).reshape(
            curves.shape[:-1]
        )


@dataclass(frozen=True)
class CrossesAt:
    """Where the mean curve first crosses a level: when a task is learned.

    Between two points of the grid the curve is a straight line over the logarithm of the grid.

    Attributes:
        grid: positive and increasing, at least two.
        level: what is crossed, in either direction.

    Raises:
        ValueError: if the grid is not, or the level is not finite.
    """

    grid: tuple[float, ...]
    level: float

    def __post_init__(self) -> None:
        _require_grid("CrossesAt", self.grid, 2)
        if not math.isfinite(self.level):
            raise ValueError(f"CrossesAt: level must be a finite number, got {self.level!r}")

    @property
    def requirement(self) -> str:
        """Two points on either side of the level."""
        return f"cross {self.level:g} between two points of its grid: extend the grid"

    def of(self, curves: Floats) -> Floats:
        """The place of the first crossing [...]."""
        logs = np.log(self.grid)
        above = curves >= self.level
        crossed = above[..., 1:] != above[..., :-1]
        first = crossed.argmax(-1)[..., None]
        before, after = (np.take_along_axis(curves, first + step, -1)[..., 0] for step in (0, 1))
        found = crossed.any(-1)
        gap = np.where(found, after - before, 1.0)
        part = np.where(found, (self.level - before) / gap, np.nan)
        start, length = logs[first[..., 0]], np.diff(logs)[first[..., 0]]
        return np.exp(start + part * length)


@dataclass(frozen=True)
class AreaUnder:
    """The area under the mean curve, by the trapezoidal rule: how fast something is learned.

    Attributes:
        grid: increasing, at least two.

    Raises:
        ValueError: if the grid is not.
    """

    grid: tuple[float, ...]

    def __post_init__(self) -> None:
        _require_grid("AreaUnder", self.grid, 2)

    @property
    def requirement(self) -> str:
        """An area whose logarithm exists."""
        return "have a positive area"

    def of(self, curves: Floats) -> Floats:
        """The area [...]."""
        return np.asarray(np.trapezoid(curves, np.array(self.grid), axis=-1))


def _require_grid(owner: str, grid: Sequence[float], fewest: int) -> None:
    increasing = all(a < b for a, b in pairwise(grid))
    if len(grid) < fewest or not increasing or not 0 < grid[0] <= grid[-1] < math.inf:
        raise ValueError(
            f"{owner}: the grid needs at least {fewest} positive numbers in increasing order, "
            f"got {grid!r}"
        )


def _lowest(logs: Floats, curves: Floats) -> Floats:
    """The place of each spline's lowest point, NaN where it is not between the ends.

    Args:
        logs: shape [grid].
        curves: shape [curves, grid].
    """
    splines = CubicSpline(logs, curves, axis=1).c  # [4, grid - 1, curves], by falling powers
    flat = _roots(3 * splines[0], 2 * splines[1], splines[2])
    inside = (flat >= 0) & (flat <= np.diff(logs)[:, None])
    flat = np.where(inside, flat, 0.0)
    cubic, square, slope, height = splines
    values = np.where(inside, ((cubic * flat + square) * flat + slope) * flat + height, np.inf)
    candidates = values.reshape(-1, len(curves))
    best = candidates.argmin(0)
    places = np.broadcast_to(logs[:-1, None], flat.shape) + flat
    found = np.take_along_axis(places.reshape(candidates.shape), best[None], 0)[0]
    ends = np.minimum(curves[:, 0], curves[:, -1])
    return np.exp(np.where(candidates.min(0) < ends, found, np.nan))


def _roots(square: Floats, linear: Floats, constant: Floats) -> Floats:
    """Both roots of parabolas, shape [2, ...]; NaN where there is none, 0 where all is flat.

    None of the two is the difference of nearly equal numbers.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(linear**2 - 4 * square * constant)
        larger = -(linear + np.copysign(root, linear)) / 2
        roots = np.stack([larger / square, constant / larger])
    flat = (square == 0) & (linear == 0) & (constant == 0)
    return np.where(flat, 0.0, roots)
