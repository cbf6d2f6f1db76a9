"""A plain quantity stays between bounds at every rung."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..statistics.jackknife import (
    Moment,
    evaluate,
    pseudo_values,
    require_moment,
    unvarying,
    verdict_quantile,
)
from ..statistics.planning import SPARE, fewest
from ..statistics.skewness import interval_of_contrast
from ..statistics.summary import summarise
from ..terms.ladder import Ladder
from ..terms.prediction import Point, Samples, Values
from ..terms.verdict import Interval, Judgement, conclude, show, show_band


@dataclass(frozen=True)
class Bounded:
    """The statistic over seeds lies between `low` and `high` at every rung.

    Supported if the interval of every rung lies inside, refuted if that of some rung
    lies outside; the intervals of all rungs hold together (Bonferroni). The
    judgement shows the rung that decides: the worst one.

    Attributes:
        low: the lower bound; leave it out for none.
        high: the upper bound; leave it out for none.
        statistic: what of the seeds is bounded: "mean", "rms" or "variance".

    Raises:
        ValueError: if both bounds are missing or they are out of order.
    """

    log_axes: ClassVar[bool] = False

    low: float = -math.inf
    high: float = math.inf
    statistic: Moment = "mean"

    def __post_init__(self) -> None:
        if not self.low < self.high or (math.isinf(self.low) and math.isinf(self.high)):
            raise ValueError(
                f"Bounded: needs low < high, at least one of them finite, "
                f"got {self.low!r} and {self.high!r}"
            )
        require_moment("Bounded", self.statistic)

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """One number per seed."""
        return ()

    @property
    def band(self) -> Interval:
        """Between the bounds."""
        return (self.low, self.high)

    def describe(self) -> str:
        """The statistic and its bounds."""
        return f"{self.statistic} within {show_band(self.band)}"

    def require(self, ladder: Ladder) -> None:
        """Any ladder will do."""

    def foresee(self, ladder: Ladder, seeds: int, noise: float | None, alpha: float) -> str | None:
        """Why the interval of a rung could never fit between the bounds, or None."""
        if noise is None:
            return None
        half_width = self._half_width(ladder, seeds, noise, alpha)
        if half_width <= (self.high - self.low) / 2:
            return None
        return (
            f"needs more seeds: ±{show(half_width)} at {seeds} seeds, "
            f"bounds ±{show((self.high - self.low) / 2)} apart"
        )

    def needed_seeds(
        self, ladder: Ladder, noise: float, alpha: float, clearance: float
    ) -> int | None:
        """Seeds per rung that settle a truth this far from the nearer bound, almost surely."""

        def settles(seeds: int) -> bool:
            spare = SPARE * noise / math.sqrt(seeds)
            return self._half_width(ladder, seeds, noise, alpha) + spare <= clearance

        return fewest(settles)

    def detectable(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> float:
        """The smallest violation of a bound that `seeds` seeds refute almost surely."""
        spare = SPARE * noise / math.sqrt(seeds)
        return self._half_width(ladder, seeds, noise, alpha) + spare

    def _half_width(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> float:
        return verdict_quantile(seeds, alpha / len(ladder.rungs)) * noise / math.sqrt(seeds)

    def noise(self, samples: Samples) -> float:
        """Standard deviation of one seed at the noisiest rung, in units of the measurement."""
        return float(pseudo_values(samples.values, self.statistic).std(axis=1, ddof=1).max())

    def check(self, rung: float, values: Values) -> str | None:
        """A variance needs three seeds; any finite values will do otherwise."""
        if self.statistic == "variance" and values.size < 3:
            return f"the variance at {rung:g} needs at least 3 seeds, got {values.size}"
        return None

    def judge(self, samples: Samples, alpha: float) -> Judgement:
        """Hold the interval of the worst rung against the bounds.

        Raises:
            ValueError: if a seed measured more than one number.
        """
        samples.require(self.outcome_shape)
        rungs = samples.ladder.rungs
        quantile = verdict_quantile(samples.seeds, alpha / len(rungs))
        intervals = [self._interval(row, quantile) for row in samples.values]
        outside = [self._excess(high, low) for low, high in intervals]
        beyond = [self._excess(low, high) for low, high in intervals]
        worst = int(np.argmax(outside)) if max(outside) > 0 else int(np.argmax(beyond))
        doubts = map(unvarying, samples.values, rungs)
        return conclude(
            f"{self.statistic} at {samples.ladder.name} {rungs[worst]:g}",
            float(evaluate(samples.values[worst], self.statistic)),
            intervals[worst],
            self.band,
            self.band,
            samples.seeds,
            doubt=next(filter(None, doubts), None),
        )

    def _interval(self, row: Values, quantile: float) -> Interval:
        _, low, high = interval_of_contrast(row[None], self.statistic, np.ones(1), quantile)
        return float(low), float(high)

    def _excess(self, low: float, high: float) -> float:
        """How far `low` lies below the lower bound or `high` above the upper one."""
        below = self.low - low if math.isfinite(self.low) else -math.inf
        above = high - self.high if math.isfinite(self.high) else -math.inf
        return max(below, above)

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The statistic of every rung."""
        return summarise(samples, self.statistic)
