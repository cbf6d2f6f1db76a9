"""One quantity exceeds another, compared seed by seed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..statistics.clouds import cloud
from ..statistics.jackknife import standard_error, t_quantile, unvarying, verdict_quantile
from ..statistics.planning import SPARE, fewest
from ..terms.ladder import Ladder
from ..terms.prediction import Point, Samples, Values
from ..terms.verdict import Interval, Judgement, conclude, show, show_band
from .proportion import clopper_pearson


@dataclass(frozen=True)
class Dominates:
    """At the last rung the first of a pair exceeds the second by more than `ratio`.

    A seed measures both, (first, second), so what they share cancels. The mean of
    log first − log second has to lie above log ratio, and single seeds have to do so
    more often than not by an exact binomial interval: a few lopsided ones are not enough.
    Where less is better, return the rival first. Raw differences are not tested: they
    are skewed, and a t test on them errs up to 45% of the time.

    Attributes:
        ratio: how many times the second the first must exceed, in geometric mean.

    Raises:
        ValueError: if the ratio is not positive.
    """

    log_axes: ClassVar[bool] = False

    ratio: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.ratio < math.inf:
            raise ValueError(f"Dominates: ratio must be positive, got {self.ratio!r}")

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """A pair per seed: (first, second)."""
        return (2,)

    @property
    def band(self) -> Interval:
        """Log ratios that count."""
        return (math.log(self.ratio), math.inf)

    def describe(self) -> str:
        """The ratio that must be exceeded."""
        return f"first over second above {show(self.ratio)}"

    def require(self, ladder: Ladder) -> None:
        """Any ladder will do."""

    def foresee(
        self,
        ladder: Ladder,  # noqa: ARG002 - any ladder will do
        seeds: int,
        noise: float | None,  # noqa: ARG002 - a large effect makes up for any noise
        alpha: float,
    ) -> str | None:
        """Why even a win at every seed would not be certain enough, or None."""
        low, _ = clopper_pearson(np.array([seeds]), seeds, alpha)
        if low[0] > 0.5:
            return None
        return f"needs more seeds: winning all {seeds} shows a win rate above {show(float(low[0]))}"

    def needed_seeds(self, excess: float, noise: float, alpha: float) -> int | None:
        """Seeds that support a mean log ratio `excess` above the margin, almost surely.

        The win rate is taken to be that of a Gaussian log ratio or better.
        """
        wins = 0.5 * math.erfc(-excess / noise / math.sqrt(2))

        def settles(seeds: int) -> bool:
            # As many wins as almost every sample has.
            few = math.floor(seeds * wins - SPARE * math.sqrt(seeds * wins * (1 - wins)))
            low, _ = clopper_pearson(np.array([max(few, 0)]), seeds, alpha)
            return low[0] > 0.5 and self.detectable(seeds, noise, alpha) <= excess

        return fewest(settles)

    def detectable(self, seeds: int, noise: float, alpha: float) -> float:
        """The distance from the margin, in log ratio, that is told apart almost surely."""
        return (verdict_quantile(seeds, alpha) + SPARE) * noise / math.sqrt(seeds)

    def noise(self, samples: Samples) -> float:
        """Standard deviation of the log ratio of one seed at the last rung."""
        return float(self._log_ratios(samples)[-1].std(ddof=1))

    def check(self, rung: float, values: Values) -> str | None:
        """Name the first pair that has no ratio, or None."""
        bad = np.flatnonzero((values <= 0).any(axis=1))
        if not bad.size:
            return None
        first, second = values[bad[0]]
        return (
            f"both of a pair at {rung:g} must be positive, got ({show(float(first))}, "
            f"{show(float(second))}) for seed {bad[0]}"
        )

    def judge(self, samples: Samples, alpha: float) -> Judgement:
        """Hold the interval of the mean log ratio, and the win rate, against the margin.

        Raises:
            ValueError: if a seed did not measure two positive numbers.
        """
        ratios = self._log_ratios(samples)[-1]
        estimate = float(ratios.mean())
        half_width = verdict_quantile(samples.seeds, alpha) * standard_error(ratios)
        wins = int((ratios > self.band[0]).sum())
        low, high = clopper_pearson(np.array([wins]), samples.seeds, alpha)
        doubt = None
        if low[0] <= 0.5:
            doubt = (
                f"{wins} of {samples.seeds} ratios exceed {show(self.ratio)}: a win rate in "
                f"{show_band((float(low[0]), float(high[0])))}, not shown to be above 0.5"
            )
        return conclude(
            "mean log ratio",
            estimate,
            (estimate - half_width, estimate + half_width),
            self.band,
            self.band,
            samples.seeds,
            doubt=unvarying(ratios, samples.ladder.rungs[-1]) or doubt,
        )

    def _log_ratios(self, samples: Samples) -> Values:
        samples.require(self.outcome_shape)
        for rung, values in zip(samples.ladder.rungs, samples.values, strict=True):
            if problem := self.check(rung, values):
                raise ValueError(problem)
        return np.log(samples.values[..., 0] / samples.values[..., 1])

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The geometric mean of first over second at every rung."""
        quantile = t_quantile(samples.seeds, 0.05)
        points = []
        for rung, ratios in zip(samples.ladder.rungs, self._log_ratios(samples), strict=True):
            estimate, spread = math.exp(ratios.mean()), math.exp(quantile * standard_error(ratios))
            interval = (estimate / spread, estimate * spread)
            extremes = (math.exp(ratios.min()), math.exp(ratios.max()))
            points.append(
                Point(rung, estimate, interval, extremes, samples.seeds, cloud(np.exp(ratios)))
            )
        return tuple(points)
