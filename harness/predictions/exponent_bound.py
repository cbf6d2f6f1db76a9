"""One-sided claims about exponents: a quantity is O(N^b), or it is Ω(N^b)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from ..statistics.jackknife import Statistic, outcome_of
from ..statistics.scaling import exponent_of, require_scaling
from ..statistics.slope import Slope
from ..terms.correction import Correction
from ..terms.ladder import Ladder
from ..terms.prediction import Point, Samples, Values
from ..terms.verdict import Interval, Judgement, show

INSIDE = 0.25
"""How far inside a bound an exponent is thought to lie at most, when it is planned whether so many
seeds can show it: half way to the next exponent that theories have."""


@dataclass(frozen=True)
class AtMost:
    """y ~ A · N^b with b ≤ exponent: the quantity decays at least this fast.

    The interval, its bias term and its gates are those of `PowerLaw`.

    Attributes:
        exponent: the bound.
        tolerance: how far beyond the bound the exponent may lie and still count.
        correction: D, as in `PowerLaw`.
        statistic: "mean" (of positive values), "rms" or "variance", or a number of the mean of
            curves, as in `PowerLaw`.

    Raises:
        ValueError: if a number is not finite, the tolerance not positive, the
            correction outside [0, 1) or the statistic unknown.
    """

    log_axes: ClassVar[bool] = True

    exponent: float
    tolerance: float = 0.15
    correction: float | Correction = 0.3
    statistic: Statistic = "mean"

    def __post_init__(self) -> None:
        if not math.isfinite(self.exponent):
            raise ValueError(f"AtMost: exponent must be a finite number, got {self.exponent!r}")
        if not 0 < self.tolerance < math.inf:
            raise ValueError(f"AtMost: tolerance must be positive, got {self.tolerance!r}")
        self._slope.validate("AtMost")

    @property
    def _slope(self) -> Slope:
        return exponent_of(self.statistic, self.correction)

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """One number per seed, or one curve."""
        return outcome_of(self.statistic)

    @property
    def band(self) -> Interval:
        """Everything up to the bound and its tolerance."""
        return (-math.inf, self.exponent + self.tolerance)

    def describe(self) -> str:
        """The bound and how far the exponent may be beyond it."""
        return f"exponent at most {show(self.exponent)} (+{show(self.tolerance)})"

    def require(self, ladder: Ladder) -> None:
        """Raise ValueError unless the ladder has three rungs where corrections stay below 1."""
        require_scaling("AtMost", ladder, self.correction)

    def foresee(self, ladder: Ladder, seeds: int, noise: float | None, alpha: float) -> str | None:
        """Why `seeds` seeds could not support it, or None; an exponent may be far inside."""
        return self._slope.foresee(ladder, seeds, noise, alpha, self.tolerance + INSIDE)

    def needed_seeds(self, ladder: Ladder, noise: float, alpha: float) -> int | None:
        """Seeds per rung that support it almost surely where it holds, None if none do."""
        return self._slope.needed_seeds(ladder, noise, alpha, self.tolerance)

    def detectable(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> float:
        """The smallest error of the exponent that `seeds` seeds refute almost surely."""
        return self.tolerance + self._slope.detectable(ladder, seeds, noise, alpha)

    def noise(self, samples: Samples) -> float:
        """Relative standard deviation of one seed, pooled over rungs."""
        return self._slope.noise(samples)

    def check(self, rung: float, values: Values) -> str | None:
        """Name the values that no power law can have, or None."""
        return self._slope.check(rung, values)

    def judge(self, samples: Samples, alpha: float) -> Judgement:
        """Hold the interval of the exponent against the band.

        Raises:
            ValueError: if the ladder or the values cannot carry a power law.
        """
        samples.require(self.outcome_shape)
        self.require(samples.ladder)
        return self._slope.judge(samples, alpha, (-math.inf, self.exponent), self.band)

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The statistic of every rung."""
        return self._slope.summarise(samples)


@dataclass(frozen=True)
class AtLeast:
    """y ~ A · N^b with b ≥ exponent: the quantity decays no faster than this.

    The interval, its bias term and its gates are those of `PowerLaw`.

    Attributes:
        exponent: the bound.
        tolerance: how far beyond the bound the exponent may lie and still count.
        correction: D, as in `PowerLaw`.
        statistic: "mean" (of positive values), "rms" or "variance", or a number of the mean of
            curves, as in `PowerLaw`.

    Raises:
        ValueError: if a number is not finite, the tolerance not positive, the
            correction outside [0, 1) or the statistic unknown.
    """

    log_axes: ClassVar[bool] = True

    exponent: float
    tolerance: float = 0.15
    correction: float | Correction = 0.3
    statistic: Statistic = "mean"

    def __post_init__(self) -> None:
        if not math.isfinite(self.exponent):
            raise ValueError(f"AtLeast: exponent must be a finite number, got {self.exponent!r}")
        if not 0 < self.tolerance < math.inf:
            raise ValueError(f"AtLeast: tolerance must be positive, got {self.tolerance!r}")
        self._slope.validate("AtLeast")

    @property
    def _slope(self) -> Slope:
        return exponent_of(self.statistic, self.correction)

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """One number per seed, or one curve."""
        return outcome_of(self.statistic)

    @property
    def band(self) -> Interval:
        """Everything from the bound less its tolerance."""
        return (self.exponent - self.tolerance, math.inf)

    def describe(self) -> str:
        """The bound and how far the exponent may be beyond it."""
        return f"exponent at least {show(self.exponent)} (−{show(self.tolerance)})"

    def require(self, ladder: Ladder) -> None:
        """Raise ValueError unless the ladder has three rungs where corrections stay below 1."""
        require_scaling("AtLeast", ladder, self.correction)

    def foresee(self, ladder: Ladder, seeds: int, noise: float | None, alpha: float) -> str | None:
        """Why `seeds` seeds could not support it, or None; an exponent may be far inside."""
        return self._slope.foresee(ladder, seeds, noise, alpha, self.tolerance + INSIDE)

    def needed_seeds(self, ladder: Ladder, noise: float, alpha: float) -> int | None:
        """Seeds per rung that support it almost surely where it holds, None if none do."""
        return self._slope.needed_seeds(ladder, noise, alpha, self.tolerance)

    def detectable(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> float:
        """The smallest error of the exponent that `seeds` seeds refute almost surely."""
        return self.tolerance + self._slope.detectable(ladder, seeds, noise, alpha)

    def noise(self, samples: Samples) -> float:
        """Relative standard deviation of one seed, pooled over rungs."""
        return self._slope.noise(samples)

    def check(self, rung: float, values: Values) -> str | None:
        """Name the values that no power law can have, or None."""
        return self._slope.check(rung, values)

    def judge(self, samples: Samples, alpha: float) -> Judgement:
        """Hold the interval of the exponent against the band.

        Raises:
            ValueError: if the ladder or the values cannot carry a power law.
        """
        samples.require(self.outcome_shape)
        self.require(samples.ladder)
        return self._slope.judge(samples, alpha, (self.exponent, math.inf), self.band)

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The statistic of every rung."""
        return self._slope.summarise(samples)
