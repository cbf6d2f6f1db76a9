"""A statistic converges to a value that theory gives in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..statistics.clouds import leeway
from ..statistics.contrast import Frontier, left_over, shortest_contrast, trace_frontier
from ..statistics.jackknife import (
    Moment,
    pooled_noise,
    pseudo_values,
    require_moment,
    unvarying,
    verdict_quantile,
)
from ..statistics.misfit import Curvature, left_over_misfit, measure_curvature
from ..statistics.planning import SPARE, fewest
from ..statistics.scaling import ORDERS, remoteness
from ..statistics.skewness import interval_of_contrast
from ..statistics.slope import EXTRAPOLATION
from ..statistics.summary import summarise
from ..terms.ladder import Ladder
from ..terms.prediction import Point, Samples, Values
from ..terms.verdict import Interval, Judgement, conclude, show

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limit:
    """The statistic over seeds tends to `value`.

    Without a rate the statistic at the last rung has to be equivalent to the value.
    With one, y = limit + a (N/N_0)^-rate + next order is extrapolated to the limit;
    the next order is bounded by `correction` at the reference and falls as
    N^-(rate+½) or N^-(rate+1).

    Attributes:
        value: the analytic value.
        tolerance: half-width of the band around it, in the units of the measurement.
        rate: exponent of the leading approach to the limit; None where theory names
            none.
        correction: the largest next-order term at the ladder's reference, in the
            units of the measurement. Needed with a rate, meaningless without.
        statistic: what of the seeds converges: "mean", "rms" or "variance".

    Raises:
        ValueError: if a number is not finite or not positive where it must be, or
            only one of rate and correction is given.
    """

    log_axes: ClassVar[bool] = False

    value: float
    tolerance: float
    rate: float | None = None
    correction: float | None = None
    statistic: Moment = "mean"

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"Limit: value must be a finite number, got {self.value!r}")
        if not 0 < self.tolerance < math.inf:
            raise ValueError(f"Limit: tolerance must be positive, got {self.tolerance!r}")
        require_moment("Limit", self.statistic)
        if (self.rate is None) != (self.correction is None):
            raise ValueError(
                "Limit: an extrapolation needs both a rate and a correction, the largest "
                f"next-order term; got rate={self.rate!r}, correction={self.correction!r}"
            )
        if self.rate is not None and not 0 < self.rate < math.inf:
            raise ValueError(f"Limit: rate must be positive, got {self.rate!r}")
        if self.correction is not None and not 0 <= self.correction < math.inf:
            raise ValueError(f"Limit: correction must be at least 0, got {self.correction!r}")

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """One number per seed."""
        return ()

    @property
    def band(self) -> Interval:
        """The limits that count as this one."""
        return (self.value - self.tolerance, self.value + self.tolerance)

    def describe(self) -> str:
        """The value, its band and how it is approached."""
        approach = "" if self.rate is None else f", approached as N^−{show(self.rate)}"
        return f"limit {show(self.value)} ± {show(self.tolerance)}{approach}"

    def require(self, ladder: Ladder) -> None:
        """Raise ValueError if an extrapolation has fewer than three rungs."""
        if self.rate is not None and len(ladder.rungs) < 3:
            raise ValueError(
                f"Limit with a rate needs at least 3 values of {ladder.name}, two to "
                f"extrapolate and one to see misfit, got {list(ladder.rungs)}"
            )

    def foresee(self, ladder: Ladder, seeds: int, noise: float | None, alpha: float) -> str | None:
        """Why `seeds` seeds could not support it even if it held exactly, or None."""
        frontier = self._approach(ladder).frontier
        if frontier.least_bias >= self.tolerance:
            return self._narrow(ladder, frontier.least_bias)
        if noise is None:
            return None
        error = noise / math.sqrt(seeds)
        quantile = verdict_quantile(seeds, alpha)
        contrast = frontier.best((quantile + SPARE) * error)
        half_width = quantile * error * contrast.norm + contrast.bias
        if half_width <= self.tolerance:
            return None
        return (
            f"needs more seeds: ±{show(half_width)} at {seeds} seeds, band ±{show(self.tolerance)}"
        )

    def needed_seeds(self, ladder: Ladder, noise: float, alpha: float) -> int | None:
        """Seeds per rung that support it almost surely where it holds, None if none do."""
        frontier = self._approach(ladder).frontier

        def settles(seeds: int) -> bool:
            quantiles = verdict_quantile(seeds, alpha) + SPARE
            return frontier.half_width(quantiles * noise / math.sqrt(seeds)) <= self.tolerance

        return fewest(settles)

    def detectable(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> float:
        """The smallest error of the value that `seeds` seeds refute almost surely."""
        reach = (verdict_quantile(seeds, alpha) + SPARE) * noise / math.sqrt(seeds)
        contrast = self._approach(ladder).frontier.best(reach)
        return self.tolerance + reach * contrast.norm + 2 * contrast.bias

    def noise(self, samples: Samples) -> float:
        """Standard deviation of one seed, in the units of the measurement."""
        pseudo = pseudo_values(samples.values, self.statistic)
        return float(pooled_noise(pseudo if self.rate is not None else pseudo[-1:]))

    def check(self, rung: float, values: Values) -> str | None:
        """A variance needs three seeds; any finite values will do otherwise."""
        if self.statistic == "variance" and values.size < 3:
            return f"the variance at {rung:g} needs at least 3 seeds, got {values.size}"
        return None

    def judge(self, samples: Samples, alpha: float) -> Judgement:
        """Hold the interval of the limit against the band.

        Raises:
            ValueError: if the ladder or the values cannot carry this limit.
        """
        samples.require(self.outcome_shape)
        self.require(samples.ladder)
        for rung, values in zip(samples.ladder.rungs, samples.values, strict=True):
            if problem := self.check(rung, values):
                raise ValueError(problem)
        quantile = verdict_quantile(samples.seeds, alpha)
        approach = self._approach(samples.ladder)
        pseudo = pseudo_values(samples.values, self.statistic)
        reach = (quantile + SPARE) * self.noise(samples) / math.sqrt(samples.seeds)
        contrast = approach.frontier.best(reach)
        estimate, low, high = interval_of_contrast(
            samples.values, self.statistic, contrast.weights, quantile
        )
        fit, bends = self._curve(float(estimate), pseudo.mean(axis=1), samples.ladder)
        return conclude(
            "limit",
            float(estimate),
            (float(low) - contrast.bias, float(high) + contrast.bias),
            self.band,
            (self.value, self.value),
            samples.seeds,
            bias=contrast.bias,
            fit=fit,
            leeway=bends,
            doubt=unvarying(samples.values[-1], samples.ladder.rungs[-1]),
            misfit=approach.misfit(pseudo, contrast.norm, self.tolerance),
        )

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The statistic of every rung with its 95% interval."""
        return summarise(samples, self.statistic)

    def _curve(
        self, limit: float, means: Floats, ladder: Ladder
    ) -> tuple[tuple[float, ...] | None, tuple[Interval, ...] | None]:
        """The declared approach through the means, and how far the next order may bend it."""
        if self.rate is None or self.correction is None:
            return None, None
        curve = curve_to(limit, means, ladder, self.rate)
        reach = self.correction * next_orders(ladder, self.rate).max(axis=0)
        return tuple(curve.tolist()), leeway(curve, reach)

    def _approach(self, ladder: Ladder) -> Approach:
        if self.rate is None or self.correction is None:
            return at_last_rung(len(ladder.rungs))
        return extrapolation(ladder, self.rate, self.correction, self.tolerance)

    def _narrow(self, ladder: Ladder, bias: float) -> str:
        return (
            f"band too narrow for these {ladder.name}s: a next order of {self.correction:g} alone "
            f"moves the limit by {show(bias)}, band ±{show(self.tolerance)}"
        )


@dataclass(frozen=True)
class Approach:
    """How the limit is read off the rungs.

    Attributes:
        frontier: the contrasts that return the limit.
        curvature: the next order beyond the law, None without a law.
        blind: shape [contrasts, rungs], what neither law nor next orders move.
    """

    frontier: Frontier
    curvature: Curvature | None
    blind: Floats

    def misfit(self, pseudo: Floats, sensitivity: float, tolerance: float) -> str | None:
        """Why the declared approach does not describe the data, or None."""
        if self.curvature is None:
            return None
        return self.curvature.excess(pseudo) or left_over_misfit(
            pseudo, self.blind, sensitivity, tolerance / 3
        )


def at_last_rung(rungs: int) -> Approach:
    """Take the last rung for the limit."""
    last = np.eye(rungs)[-1:]
    return Approach(Frontier(last, np.ones(1), np.zeros(1)), None, np.empty((0, rungs)))


@lru_cache(maxsize=256)
def extrapolation(ladder: Ladder, rate: float, correction: float, tolerance: float) -> Approach:
    """Extrapolate y = limit + a r^rate to r = 0, r being the distance from the limit."""
    distance = remoteness(ladder)
    design = np.column_stack([np.ones_like(distance), distance**rate])
    orders = next_orders(ladder, rate)
    target = np.array([1.0, 0.0])
    allowed = orders * correction
    # Curvature matters once it moves the plain extrapolation by a third of the band.
    slack = tolerance / 3 / abs(float(shortest_contrast(design, target) @ orders[0]))
    directions = orders if correction > 0 else orders[:0]
    return Approach(
        trace_frontier(design, target, directions, allowed).capped(EXTRAPOLATION * correction),
        measure_curvature(design, orders[0], allowed, correction, slack),
        left_over(np.column_stack([design, *orders])),
    )


def next_orders(ladder: Ladder, rate: float) -> Floats:
    """What the next orders of the approach multiply, shape [orders, rungs]."""
    return np.array([remoteness(ladder) ** (rate + order) for order in ORDERS])


def curve_to(limit: float, means: Floats, ladder: Ladder, rate: float) -> Floats:
    """The leading approach to `limit` that lies nearest to the means, at every rung."""
    shape = remoteness(ladder) ** rate
    return limit + (means - limit) @ shape / (shape @ shape) * shape
