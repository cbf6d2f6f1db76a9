"""A quantity only falls, or only rises, from rung to rung."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from ..statistics.jackknife import (
    Moment,
    pseudo_values,
    require_moment,
    standard_error,
    verdict_quantile,
)
from ..statistics.planning import SPARE, fewest
from ..statistics.summary import summarise
from ..terms.ladder import Ladder
from ..terms.prediction import Point, Samples, Values
from ..terms.verdict import Interval, Judgement, conclude, show


@dataclass(frozen=True)
class Monotone:
    """No step of the statistic goes against the direction by more than `tolerance`.

    Every step is shown to be below the tolerance by itself: a test of trend, such as
    Page's, accepts a sequence with one reversal 92% of the time. Supported if the
    largest step against the direction is below the tolerance, refuted if it is above.

    Attributes:
        direction: "falling" or "rising", along the ladder.
        tolerance: how far one step may go the wrong way, in the units of the
            measurement; a plateau can be supported only with a positive one.
        statistic: what of the seeds moves: "mean", "rms" or "variance".

    Raises:
        ValueError: if the direction is unknown or the tolerance negative.
    """

    log_axes: ClassVar[bool] = False

    direction: Literal["falling", "rising"]
    tolerance: float = 0.0
    statistic: Moment = "mean"

    def __post_init__(self) -> None:
        if self.direction not in ("falling", "rising"):
            raise ValueError(
                f"Monotone: direction must be 'falling' or 'rising', got {self.direction!r}"
            )
        if not 0 <= self.tolerance < math.inf:
            raise ValueError(f"Monotone: tolerance must be at least 0, got {self.tolerance!r}")
        require_moment("Monotone", self.statistic)

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """One number per seed."""
        return ()

    @property
    def band(self) -> Interval:
        """What the largest step against the direction may be."""
        return (-math.inf, self.tolerance)

    def describe(self) -> str:
        """The direction and the tolerance."""
        return f"{self.direction}, no step back above {show(self.tolerance)}"

    def require(self, ladder: Ladder) -> None:
        """Raise ValueError if there is no step."""
        if len(ladder.rungs) < 2:
            raise ValueError(
                f"Monotone needs at least 2 values of {ladder.name}, got {list(ladder.rungs)}"
            )

    def foresee(self, ladder: Ladder, seeds: int, noise: float | None, alpha: float) -> None:
        """None: steps may be as large as they like, so any number of seeds might do."""

    def needed_seeds(self, ladder: Ladder, noise: float, alpha: float, step: float) -> int | None:
        """Seeds per rung that support a sequence whose smallest step is `step`, almost surely."""
        return fewest(
            lambda seeds: self.detectable(ladder, seeds, noise, alpha) <= step + self.tolerance
        )

    def detectable(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> float:
        """The smallest step beyond the tolerance that `seeds` seeds settle almost surely."""
        quantile = verdict_quantile(seeds, alpha / (len(ladder.rungs) - 1))
        return (quantile + SPARE) * noise / math.sqrt(seeds)

    def noise(self, samples: Samples) -> float:
        """Standard deviation of one seed's noisiest step, in units of the measurement."""
        return float(self._steps(samples).std(axis=1, ddof=1).max())

    def check(self, rung: float, values: Values) -> str | None:
        """A variance needs three seeds; any finite values will do otherwise."""
        if self.statistic == "variance" and values.size < 3:
            return f"the variance at {rung:g} needs at least 3 seeds, got {values.size}"
        return None

    def judge(self, samples: Samples, alpha: float) -> Judgement:
        """Hold the largest step against the direction to the tolerance.

        Raises:
            ValueError: if there are fewer than two rungs.
        """
        samples.require(self.outcome_shape)
        self.require(samples.ladder)
        steps = self._steps(samples)
        quantile = verdict_quantile(samples.seeds, alpha / len(steps))
        means = steps.mean(axis=1)
        margins = quantile * np.array([standard_error(step) for step in steps])
        # Intervals that hold for every step bound the largest of them.
        interval = (float((means - margins).max()), float((means + margins).max()))
        return conclude(
            "largest step back",
            float(means.max()),
            interval,
            self.band,
            (-math.inf, 0.0),
            samples.seeds,
            doubt=None if np.ptp(steps) else "no step and no seed differs from any other",
        )

    def _steps(self, samples: Samples) -> Values:
        """Pseudo-values of the steps against the direction, [rungs − 1, seeds]."""
        sign = 1 if self.direction == "falling" else -1
        return sign * np.diff(pseudo_values(samples.values, self.statistic), axis=0)

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The statistic of every rung."""
        return summarise(samples, self.statistic)
