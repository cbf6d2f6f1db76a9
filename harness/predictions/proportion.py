"""A yes-or-no outcome happens with a probability between bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from ..statistics.planning import FAILURE, fewest
from ..terms.ladder import Ladder
from ..terms.prediction import Point, Samples, Values
from ..terms.verdict import Interval, Judgement, conclude, show_band


@dataclass(frozen=True)
class Proportion:
    """At the last rung the outcome is 1 with a probability between the bounds.

    The interval is Clopper and Pearson's (1934), exact at any number of seeds. Seeds
    must be independent, which they are.

    Attributes:
        at_least: the smallest probability that counts.
        at_most: the largest.

    Raises:
        ValueError: if they are not probabilities in order, or exclude nothing.
    """

    log_axes: ClassVar[bool] = False

    at_least: float = 0.0
    at_most: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.at_least < self.at_most <= 1 or self.band == (0, 1):
            raise ValueError(
                f"Proportion: needs 0 <= at_least < at_most <= 1, not both trivial, "
                f"got {self.at_least!r} and {self.at_most!r}"
            )

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """One number per seed."""
        return ()

    @property
    def band(self) -> Interval:
        """The probabilities that count."""
        return (self.at_least, self.at_most)

    def describe(self) -> str:
        """The bounds."""
        return f"proportion in {show_band(self.band)}"

    def require(self, ladder: Ladder) -> None:
        """Any ladder will do."""

    def foresee(
        self,
        ladder: Ladder,  # noqa: ARG002 - any ladder will do
        seeds: int,
        noise: float | None,  # noqa: ARG002 - a count has its own noise
        alpha: float,
    ) -> str | None:
        """Why no count out of `seeds` would support it, or None."""
        low, high = clopper_pearson(np.arange(seeds + 1), seeds, alpha)
        if ((self.at_least <= low) & (high <= self.at_most)).any():
            return None
        return (
            f"needs more seeds: no count out of {seeds} puts the proportion inside "
            f"{show_band(self.band)}"
        )

    def needed_seeds(self, truth: float, alpha: float) -> int | None:
        """Seeds that support this true probability almost surely, None if none do."""
        if not self.at_least <= truth <= self.at_most:
            raise ValueError(f"a probability of {truth:g} lies outside {show_band(self.band)}")
        return fewest(lambda seeds: self.power(truth, seeds, alpha) >= 1 - FAILURE)

    def detectable(self, seeds: int, alpha: float) -> float:
        """How far outside the bounds a probability is refuted almost surely; inf if nowhere."""
        grid = np.linspace(0, 1, 1001)
        low, high = clopper_pearson(np.arange(seeds + 1), seeds, alpha)
        refuting = (high < self.at_least) | (low > self.at_most)
        caught = np.array(
            [stats.binom.pmf(np.arange(seeds + 1), seeds, p)[refuting].sum() for p in grid]
        )
        distance = np.maximum(self.at_least - grid, grid - self.at_most)
        missed = (distance > 0) & (caught < 1 - FAILURE)
        found = (distance > 0) & ~missed
        return float(distance[found].min()) if found.any() else float("inf")

    def power(self, truth: float, seeds: int, alpha: float) -> float:
        """The probability that `seeds` seeds support this true probability."""
        counts = np.arange(seeds + 1)
        low, high = clopper_pearson(counts, seeds, alpha)
        inside = (self.at_least <= low) & (high <= self.at_most)
        return float(stats.binom.pmf(counts, seeds, truth)[inside].sum())

    def noise(self, samples: Samples) -> None:
        """None: the noise of a count follows from its probability."""

    def check(self, rung: float, values: Values) -> str | None:
        """Name the first value that is neither 0 nor 1, or None."""
        odd = np.flatnonzero((values != 0) & (values != 1))
        if not odd.size:
            return None
        return (
            f"outcomes at {rung:g} must be 0 or 1, got {values[odd[0]]:g} for seed {odd[0]}: "
            f"return one yes or no per seed"
        )

    def judge(self, samples: Samples, alpha: float) -> Judgement:
        """Hold the exact interval of the last rung against the bounds.

        Raises:
            ValueError: if an outcome is neither 0 nor 1.
        """
        samples.require(self.outcome_shape)
        for rung, values in zip(samples.ladder.rungs, samples.values, strict=True):
            if problem := self.check(rung, values):
                raise ValueError(problem)
        count = int(samples.values[-1].sum())
        low, high = clopper_pearson(np.array([count]), samples.seeds, alpha)
        return conclude(
            "proportion",
            count / samples.seeds,
            (float(low[0]), float(high[0])),
            self.band,
            self.band,
            samples.seeds,
        )

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The proportion at every rung with its exact 95% interval."""
        seeds = samples.seeds
        counts = samples.values.sum(axis=1).astype(np.int64)
        low, high = clopper_pearson(counts, seeds, 0.05)
        return tuple(
            Point(
                rung=rung,
                estimate=float(count / seeds),
                interval=(float(below), float(above)),
                extremes=(float(values.min()), float(values.max())),
                seeds=seeds,
            )
            for rung, values, count, below, above in zip(
                samples.ladder.rungs, samples.values, counts, low, high, strict=True
            )
        )


def clopper_pearson(counts: NDArray[np.int64], seeds: int, alpha: float) -> tuple[Values, Values]:
    """The ends of the exact 1 − `alpha` interval for each count out of `seeds`.

    scipy's `binomtest(...).proportion_ci("exact")` solves for one count at a time.
    """
    with np.errstate(invalid="ignore"):
        low = special.betaincinv(counts, seeds - counts + 1, alpha / 2)
        high = special.betaincinv(counts + 1, seeds - counts, 1 - alpha / 2)
    return np.where(counts == 0, 0.0, low), np.where(counts == seeds, 1.0, high)
