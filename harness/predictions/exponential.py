"""A quantity decays exponentially in time at a given rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import ClassVar

import numpy as np

from ..statistics.jackknife import Statistic, outcome_of
from ..statistics.slope import Law, Slope, log_linear
from ..terms.ladder import Ladder
from ..terms.prediction import Point, Samples, Values
from ..terms.verdict import Interval, Judgement, show


@dataclass(frozen=True)
class DecaysExponentially:
    """y ~ A · e^(−rate·t), the rungs of the ladder being times.

    Attributes:
        rate: what the theory says, per unit of the rungs.
        tolerance: half-width of the band, in the same unit.
        correction: D, the largest correction |d| of a factor 1 + d r(t), where r is
            either a floor, e^(rate·(t − t_last)), or a faster mode that is still
            there at first, e^(−rate·(t − t_first)). A floor of 1% of the last value
            already bends the rate of the last steps by 1%.
        statistic: what of the seeds decays: "mean" (of positive values), "rms" or
            "variance", or a number of the mean of curves.

    Raises:
        ValueError: if a number is not finite or not positive where it must be, or
            the statistic unknown.
    """

    log_axes: ClassVar[bool] = False

    rate: float
    tolerance: float
    correction: float = 0.1
    statistic: Statistic = "mean"

    def __post_init__(self) -> None:
        for name in ("rate", "tolerance"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(
                    f"DecaysExponentially: {name} must be positive, got {getattr(self, name)!r}"
                )
        self._slope.validate("DecaysExponentially")

    @property
    def _slope(self) -> Slope:
        law = partial(exponential_on, rate=self.rate, correction=self.correction)
        return Slope("rate", self.statistic, self.correction, law)

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """One number per seed, or one curve."""
        return outcome_of(self.statistic)

    @property
    def band(self) -> Interval:
        """The rates that count as this one."""
        return (self.rate - self.tolerance, self.rate + self.tolerance)

    def describe(self) -> str:
        """The rate and its band."""
        return f"rate {show(self.rate)} ± {show(self.tolerance)}"

    def require(self, ladder: Ladder) -> None:
        """Raise ValueError unless there are four times, in order."""
        if len(ladder.rungs) < 4 or not (np.diff(ladder.rungs) > 0).all():
            raise ValueError(
                f"DecaysExponentially needs at least 4 increasing values of {ladder.name}, two "
                f"for the rate and two to see a floor and a faster mode, got {list(ladder.rungs)}"
            )

    def foresee(self, ladder: Ladder, seeds: int, noise: float | None, alpha: float) -> str | None:
        """Why `seeds` seeds could not support it even if it held exactly, or None."""
        return self._slope.foresee(ladder, seeds, noise, alpha, self.tolerance)

    def needed_seeds(self, ladder: Ladder, noise: float, alpha: float) -> int | None:
        """Seeds per rung that support it almost surely where it holds, None if none do."""
        return self._slope.needed_seeds(ladder, noise, alpha, self.tolerance)

    def detectable(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> float:
        """The smallest error of the rate that `seeds` seeds refute almost surely."""
        return self.tolerance + self._slope.detectable(ladder, seeds, noise, alpha)

    def noise(self, samples: Samples) -> float:
        """Relative standard deviation of one seed, pooled over rungs."""
        return self._slope.noise(samples)

    def check(self, rung: float, values: Values) -> str | None:
        """Name the values that no exponential can have, or None."""
        return self._slope.check(rung, values)

    def judge(self, samples: Samples, alpha: float) -> Judgement:
        """Hold the interval of the rate against the band.

        Raises:
            ValueError: if the ladder or the values cannot carry an exponential.
        """
        samples.require(self.outcome_shape)
        self.require(samples.ladder)
        return self._slope.judge(samples, alpha, (self.rate, self.rate), self.band)

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The statistic of every rung."""
        return self._slope.summarise(samples)


@lru_cache(maxsize=256)
def exponential_on(ladder: Ladder, rate: float, correction: float) -> Law:
    """The exponential on a ladder of times; a pure function, kept for reuse."""
    times = np.array(ladder.rungs, dtype=float)
    floor = np.exp(rate * (times - times[-1]))
    faster = np.exp(-rate * (times - times[0]))
    return log_linear(-times, np.array([floor, faster]), (-correction, correction), floor)
