"""The main form of a claim: a statistic follows a power law with a given exponent."""

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


@dataclass(frozen=True)
class PowerLaw:
    """y ~ A · N^exponent, the statistic of y over seeds being what scales.

    On a ladder whose limit is zero, N is the small parameter itself: y ~ A · ε^exponent.

    Attributes:
        exponent: what the theory says.
        tolerance: half-width of the band; at most a third of the distance to the
            nearest rival exponent.
        correction: D, the largest relative correction |d| of a factor
            1 + d (N/N_0)^-g, g ∈ {½, 1}, at the ladder's reference N_0. It widens
            the interval by the worst bias that follows, so state why it is right. Where
            theory gives the order, or d itself, a `Correction`.
        statistic: what of the seeds scales: "mean" (of positive values), "rms" or
            "variance"; or a number of the mean of curves: `LowestAt`, `CrossesAt`,
            `AreaUnder`.

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
            raise ValueError(f"PowerLaw: exponent must be a finite number, got {self.exponent!r}")
        if not 0 < self.tolerance < math.inf:
            raise ValueError(f"PowerLaw: tolerance must be positive, got {self.tolerance!r}")
        self._slope.validate("PowerLaw")

    @property
    def _slope(self) -> Slope:
        return exponent_of(self.statistic, self.correction)

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """One number per seed, or one curve."""
        return outcome_of(self.statistic)

    @property
    def band(self) -> Interval:
        """The exponents that count as this one."""
        return (self.exponent - self.tolerance, self.exponent + self.tolerance)

    def describe(self) -> str:
        """The exponent and its band."""
        return f"exponent {show(self.exponent)} ± {show(self.tolerance)}"

    def require(self, ladder: Ladder) -> None:
        """Raise ValueError unless the ladder has three rungs where corrections stay below 1."""
        require_scaling("PowerLaw", ladder, self.correction)

    def foresee(self, ladder: Ladder, seeds: int, noise: float | None, alpha: float) -> str | None:
        """Why `seeds` seeds could not support it even if it held exactly, or None."""
        return self._slope.foresee(ladder, seeds, noise, alpha, self.tolerance)

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
        return self._slope.judge(samples, alpha, (self.exponent, self.exponent), self.band)

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The statistic of every rung."""
        return self._slope.summarise(samples)
