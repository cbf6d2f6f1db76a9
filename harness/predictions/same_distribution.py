"""Two laws are the same up to a margin, whatever their shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import stats

from ..statistics.clouds import quantiles
from ..statistics.planning import fewest
from ..terms.ladder import Ladder
from ..terms.prediction import Point, Samples, Values
from ..terms.verdict import Interval, Judgement, conclude, show

PROJECTIONS = 8
"""Fixed directions onto which vectors are projected."""


@dataclass(frozen=True)
class SameDistribution:
    """At the last rung the distance between two laws is below `margin`.

    A seed returns `draws` independent draws of each law; the distance is Kolmogorov's,
    the largest difference of the distribution functions, and its interval that of
    Dvoretzky, Kiefer and Wolfowitz with Massart's constant (1990): it assumes nothing
    about the laws and holds at any number of draws. Vectors are compared along
    `PROJECTIONS` fixed random directions, the worst of which counts.

    Attributes:
        margin: the largest distance that counts as the same law.
        draws: independent draws of each law per seed. Units of one network share its
            lower layers and are not independent; where in doubt take one draw per seed.
        dimension: the dimension of a draw.

    Raises:
        ValueError: if the margin is not strictly between 0 and 1, or draws or
            dimension are not positive whole numbers.
    """

    log_axes: ClassVar[bool] = False

    margin: float
    draws: int = 1
    dimension: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.margin < 1:
            raise ValueError(
                f"SameDistribution: margin must lie between 0 and 1, got {self.margin!r}"
            )
        for name in ("draws", "dimension"):
            number = getattr(self, name)
            if not isinstance(number, int) or number < 1:
                raise ValueError(
                    f"SameDistribution: {name} must be a positive whole number, got {number!r}"
                )

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """Draws of either law: (2, draws), or (2, draws, dimension) for vectors."""
        return (2, self.draws) if self.dimension == 1 else (2, self.draws, self.dimension)

    @property
    def band(self) -> Interval:
        """The distances that count."""
        return (0.0, self.margin)

    def describe(self) -> str:
        """The margin."""
        return f"distance of distributions at most {show(self.margin)}"

    def require(self, ladder: Ladder) -> None:
        """Any ladder will do."""

    def foresee(
        self,
        ladder: Ladder,  # noqa: ARG002 - any ladder will do
        seeds: int,
        noise: float | None,  # noqa: ARG002 - the number of draws decides
        alpha: float,
    ) -> str | None:
        """Why even equal samples would not be certain enough, or None."""
        half_width = self.half_width(seeds, alpha)
        if half_width <= self.margin:
            return None
        needed = self.needed_seeds(alpha)
        return (
            f"needs more seeds: ±{show(half_width)} at {seeds} seeds of {self.draws} draws, "
            f"margin {show(self.margin)}; "
            + (f"about {needed} would do" if needed else "take more draws per seed")
        )

    def needed_seeds(self, alpha: float) -> int | None:
        """Seeds that support equal laws almost surely: twice the half-width fits the margin."""
        return fewest(lambda seeds: 2 * self.half_width(seeds, alpha) <= self.margin)

    def detectable(self, seeds: int, alpha: float) -> float:
        """The distance beyond the margin that is refuted almost surely."""
        return 2 * self.half_width(seeds, alpha)

    def half_width(self, seeds: int, alpha: float) -> float:
        """How far the distance of the samples can be from that of the laws.

        Either sample's distribution function is off by more than half of this with
        probability at most alpha / 2, over all directions.
        """
        directions = 1 if self.dimension == 1 else PROJECTIONS
        return 2 * math.sqrt(math.log(4 * directions / alpha) / (2 * seeds * self.draws))

    def noise(self, samples: Samples) -> None:
        """None: the interval depends on the number of draws alone."""

    def check(self, rung: float, values: Values) -> None:
        """Any finite values will do."""

    def judge(self, samples: Samples, alpha: float) -> Judgement:
        """Hold the interval of the distance at the last rung against the margin.

        Raises:
            ValueError: if a seed did not return two sets of draws.
        """
        estimate, interval = self._distance(samples, -1, alpha)
        return conclude(
            "distance of distributions",
            estimate,
            interval,
            self.band,
            (0.0, 0.0),
            samples.seeds,
        )

    def _distance(self, samples: Samples, index: int, alpha: float) -> tuple[float, Interval]:
        estimate = kolmogorov_distance(*self._laws(samples, index))
        half_width = self.half_width(samples.seeds, alpha)
        return estimate, (max(0.0, estimate - half_width), min(1.0, estimate + half_width))

    def _laws(self, samples: Samples, index: int) -> tuple[Values, Values]:
        """The draws of both laws along the direction in which they differ most."""
        samples.require(self.outcome_shape)
        values = samples.values[index].reshape(samples.seeds, 2, self.draws, self.dimension)
        first, second = values.transpose(1, 3, 0, 2).reshape(2, self.dimension, -1)
        directions = fixed_directions(self.dimension)
        pairs = zip(directions @ first, directions @ second, strict=True)
        return max(pairs, key=lambda pair: kolmogorov_distance(*pair))

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The distance at every rung; its extremes are those of its interval."""
        points = []
        for index, rung in enumerate(samples.ladder.rungs):
            estimate, interval = self._distance(samples, index, 0.05)
            laws = quantiles(*self._laws(samples, index))
            points.append(Point(rung, estimate, interval, interval, samples.seeds, laws))
        return tuple(points)


def fixed_directions(dimension: int) -> Values:
    """Unit vectors [directions, dimension], the same in every run."""
    if dimension == 1:
        return np.ones((1, 1))
    rows = np.random.default_rng(dimension).standard_normal((PROJECTIONS, dimension))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def kolmogorov_distance(first: Values, second: Values) -> float:
    """The largest difference of two empirical distribution functions."""
    found: Any = stats.ks_2samp(first, second, method="asymp")
    return float(found.statistic)
