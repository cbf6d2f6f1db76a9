"""Measure the slope of log y against a coordinate: an exponent, or an exponential rate.

The law is log y = a + b x + log(1 + d r), with x = log N for a power law or x = −t for
an exponential, r one of the allowed shapes of a correction and |d| ≤ D. The interval
covers b for every such d, at the price of a bias term (see `contrast`); two gates
refuse data that the law does not describe (see `misfit`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..terms.ladder import Ladder
from ..terms.prediction import Point, Samples
from ..terms.verdict import Interval, Judgement, Verdict, conclude, hold, show
from .clouds import leeway
from .contrast import Contrast, Frontier, left_over, trace_frontier
from .jackknife import (
    Statistic,
    evaluate,
    leave_one_out,
    log_pseudo_values,
    pooled_noise,
    require_statistic,
    t_quantile,
    verdict_quantile,
)
from .mean_curve import OfMeanCurve
from .misfit import BOUND_ALPHA, Curvature, left_over_misfit, measure_curvature
from .planning import MOST_SEEDS, SPARE, fewest
from .skewness import reach_of_log_contrast
from .summary import summarise

Floats = NDArray[np.float64]

EXTRAPOLATION = 1 / 6
"""Rungs are never trusted beyond this share of D, however small the noise: a contrast
that plays two corrections off against each other extrapolates, and would take
N^-½ log N on widths 64…4096 for an exponent of −0.39."""
SLACK = 0.1
"""Curvature that nobody minds: on widths 64…4096 it bends an exponent by 0.02."""
MATERIAL = 0.2
"""What no correction explains counts once it could tilt log y by this much over the
ladder: 0.05 in the exponent on widths 64…4096."""


FAR = 3.0
"""A band is out of reach of data that follow no law where this many times what their curvature
could have moved does not bridge the gap: it is measured to first order, and there is more."""


@dataclass(frozen=True)
class Law:
    """What a ladder and a correction D make of a log-linear law, before any data.

    Attributes:
        coordinate: x at every rung.
        expected: shape [rungs], the logarithm of the correction in the middle of its range: 0
            where only its size is known.
        frontier: the contrasts for the slope.
        curvature: the contrast that shows data bending away from the law.
        blind: shape [contrasts, rungs], what neither law nor corrections move.
        material: a move of the slope that matters.
        leeway: shape [rungs], the largest relative correction at every rung.
        tilt: the sign of the slope that a positive curvature adds between the rungs,
            and that is gone in the limit.
    """

    coordinate: Floats
    expected: Floats
    frontier: Frontier
    curvature: Curvature
    blind: Floats
    material: float
    leeway: Floats
    tilt: int

    def dangers(self, band: Interval) -> tuple[int, ...]:
        """The signs of curvature that could hide a slope outside the band.

        Under a one-sided band there is only one: what decays ever faster is no danger
        to a bound on how slowly it decays.
        """
        low, high = band
        beyond_high = (-self.tilt,) if math.isfinite(high) else ()
        below_low = (self.tilt,) if math.isfinite(low) else ()
        return beyond_high + below_low


def log_linear(
    coordinate: Floats, corrections: Floats, sizes: tuple[float, float], slowest: Floats
) -> Law:
    """Work out the contrasts of a law.

    Args:
        coordinate: x at every rung.
        corrections: shape [corrections, rungs], what d multiplies.
        sizes: the smallest d and the largest, (−D, D) where only its size is known; of several
            corrections they are about each.
        slowest: shape [rungs], what bends data the least and farthest: how curvature is measured.
    """
    middle, size = sum(sizes) / 2, (sizes[1] - sizes[0]) / 2
    expected = np.log1p(middle * corrections[0])
    steps = middle + size * np.linspace(-1, 1, 41)[:, None]
    allowed = np.concatenate([np.log1p(steps * row) for row in corrections]) - expected
    design = np.column_stack([np.ones_like(coordinate), coordinate])
    directions = corrections if size > 0 else corrections[:0]
    frontier = trace_frontier(design, np.array([0.0, 1.0]), directions, allowed)
    return Law(
        coordinate,
        expected,
        frontier.capped(EXTRAPOLATION * size),
        measure_curvature(design, slowest, allowed, size, SLACK),
        left_over(np.column_stack([design, *corrections])),
        MATERIAL / float(np.ptp(coordinate)),
        size * corrections.max(axis=0),
        int(np.sign(np.polyfit(coordinate, slowest, 1)[0])),
    )


@dataclass(frozen=True)
class Slope:
    """How the slope of one statistic is measured.

    Attributes:
        quantity: what the slope is called: "exponent" or "rate".
        statistic: what of the seeds follows the law: mean, rms or variance, or a number of the
            mean of their curves.
        correction: D, how far a correction may be from what is expected of it.
        law: the law on a ladder.
    """

    quantity: str
    statistic: Statistic
    correction: float
    law: Callable[[Ladder], Law]

    def validate(self, owner: str) -> None:
        """Raise ValueError in the name of the prediction that owns this."""
        require_statistic(owner, self.statistic)
        if not 0 <= self.correction < 1:
            raise ValueError(
                f"{owner}: correction is the largest relative correction at the reference, "
                f"at least 0 and below 1, got {self.correction!r}"
            )

    def check(self, rung: float, values: Floats) -> str | None:
        """Name the values of one rung that no logarithm can be taken of, or None."""
        if isinstance(self.statistic, OfMeanCurve):
            return self._check_curves(self.statistic, rung, values)
        if self.statistic == "mean":
            bad = np.flatnonzero(values <= 0)
            if not bad.size:
                return None
            named = ", ".join(f"seed {i}: {show(float(values[i]))}" for i in bad[:5])
            return (
                f"{bad.size} of {values.size} values at {rung:g} are not positive "
                f"({named}{', …' if bad.size > 5 else ''}); the {self.quantity} of a mean "
                f"needs positive values, for signed ones use statistic='rms'"
            )
        if self.statistic == "variance" and values.size < 3:
            return f"the variance at {rung:g} needs at least 3 seeds, got {values.size}"
        if (leave_one_out(values, self.statistic) > 0).all():
            return None
        same = "zero" if self.statistic == "rms" else "equal"
        return (
            f"all values at {rung:g}, or all but one, are {same}: "
            f"their {self.statistic} has no {self.quantity}"
        )

    def _check_curves(self, statistic: OfMeanCurve, rung: float, curves: Floats) -> str | None:
        whole = evaluate(curves, statistic)
        found = leave_one_out(curves, statistic)
        if whole > 0 and (found > 0).all():
            return None
        which = "the mean curve" if not whole > 0 else "the mean of all curves but one"
        return f"{which} at {rung:g} must {statistic.requirement}"

    def pseudo_values(self, samples: Samples) -> Floats:
        """Pseudo-values of log statistic, [rungs, seeds].

        Raises:
            ValueError: if a rung fails `check`, or no rung depends on the seed.
        """
        for rung, values in zip(samples.ladder.rungs, samples.values, strict=True):
            if problem := self.check(rung, values):
                raise ValueError(problem)
        if not np.ptp(samples.values, axis=1).any():
            raise ValueError(
                f"all {samples.seeds} seeds gave the same number at every {samples.ladder.name}: "
                f"the measurement does not use its seeds"
            )
        return log_pseudo_values(samples.values, self.statistic)

    def noise(self, samples: Samples) -> float:
        """Relative standard deviation of one seed, pooled over rungs."""
        return float(pooled_noise(self.pseudo_values(samples)))

    def judge(self, samples: Samples, alpha: float, core: Interval, band: Interval) -> Judgement:
        """Hold the interval of the slope against `band`, which is `core` at tolerance 0."""
        law = self.law(samples.ladder)
        pseudo = self.pseudo_values(samples) - law.expected[:, None]
        quantile = verdict_quantile(samples.seeds, alpha)
        noise = float(pooled_noise(pseudo))
        contrast = self._contrast(samples.ladder, samples.seeds, noise, alpha)
        estimate, down, up = map(
            float, reach_of_log_contrast(pseudo, self.statistic, contrast.weights, quantile)
        )
        centre = pseudo.mean(axis=1).mean()
        line = centre + estimate * (law.coordinate - law.coordinate.mean())
        fit = np.exp(line + law.expected)
        bend = law.curvature.bound(pseudo, law.dangers(band))
        charge = law.curvature.charge(bend, contrast.weights)
        bias, doubt = contrast.bias + charge, None
        interval = estimate - (down + bias), estimate + (up + bias)
        if charge and hold(interval, band) is not Verdict.SUPPORTED:
            bias, doubt = contrast.bias, self._doubt(bend, charge, law.curvature.cap, samples.seeds)
            interval = estimate - (down + bias), estimate + (up + bias)
        misfit = law.curvature.excess(pseudo)
        if misfit:
            # That no law of the kind fits does not say that nothing is known: a band may be out of
            # reach of any curve with what is seen of the curvature, and with more.
            seen = law.curvature.charge(law.curvature.bound(pseudo), contrast.weights)
            reach = contrast.bias + FAR * seen
            far = estimate - (down + reach), estimate + (up + reach)
            if hold(far, band) is Verdict.REFUTED:
                misfit, bias, interval = None, reach, far
        return conclude(
            self.quantity,
            estimate,
            interval,
            band,
            core,
            samples.seeds,
            bias=bias,
            fit=tuple(fit.tolist()),
            leeway=leeway(fit, law.leeway * fit) if self.correction else None,
            doubt=doubt,
            misfit=misfit or left_over_misfit(pseudo, law.blind, contrast.norm, law.material),
        )

    def _doubt(self, bend: float, charge: float, cap: float, seeds: int) -> str:
        return (
            f"needs more seeds: curvature may be {show(bend)} at {seeds} seeds and must be shown "
            f"below {show(cap)}, or else could move the {self.quantity} by {show(charge)} more"
        )

    def _contrast(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> Contrast:
        """The contrast whose interval is shortest, its own wandering included."""
        reach = (verdict_quantile(seeds, alpha) + SPARE) * noise / math.sqrt(seeds)
        return self.law(ladder).frontier.best(reach)

    def half_width(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> float:
        """Half-width of the interval to expect, bias included."""
        contrast = self._contrast(ladder, seeds, noise, alpha)
        return (
            verdict_quantile(seeds, alpha) * noise / math.sqrt(seeds) * contrast.norm
            + contrast.bias
        )

    def narrow(self, ladder: Ladder, tolerance: float) -> str | None:
        """Why no number of seeds can support this tolerance, or None."""
        bias = self.law(ladder).frontier.least_bias
        if bias < tolerance:
            return None
        return (
            f"band too narrow for these {ladder.name}s: corrections up to D={self.correction:g} "
            f"alone move the {self.quantity} by {show(bias)} on "
            f"{ladder.rungs[0]:g}…{ladder.rungs[-1]:g}, band ±{show(tolerance)}"
        )

    def foresee(
        self, ladder: Ladder, seeds: int, noise: float | None, alpha: float, tolerance: float
    ) -> str | None:
        """Why `seeds` seeds would not support this tolerance reliably, or None.

        A verdict that is reached only by luck would differ from one run to the next.
        """
        if blocked := self.narrow(ladder, tolerance):
            return blocked
        if noise is None:
            return None
        needed = self.needed_seeds(ladder, noise, alpha, tolerance)
        if needed is not None and needed <= seeds:
            return None
        enough = f"about {needed} would do" if needed else f"{MOST_SEEDS} would not do"
        half_width = self.half_width(ladder, seeds, noise, alpha)
        if half_width > tolerance:
            return (
                f"needs more seeds: ±{show(half_width)} at {seeds} seeds, "
                f"band ±{show(tolerance)}; {enough}"
            )
        bend = self._bend(ladder, seeds, noise, t_quantile(seeds, BOUND_ALPHA))
        if half_width + self._charge(ladder, seeds, noise, alpha, bend) > tolerance:
            return (
                f"needs more seeds: curvature known to ±{show(bend)} at {seeds} seeds, should be "
                f"shown below {show(self.law(ladder).curvature.cap)}; {enough}"
            )
        return f"needs more seeds: {seeds} would settle it only by luck; {enough}"

    def needed_seeds(
        self, ladder: Ladder, noise: float, alpha: float, tolerance: float
    ) -> int | None:
        """Seeds per rung that support a true claim almost surely, None if no number does."""

        def settles(seeds: int) -> bool:
            width = self.half_width(ladder, seeds, noise, alpha)
            contrast = self._contrast(ladder, seeds, noise, alpha)
            wander = SPARE * noise / math.sqrt(seeds) * contrast.norm
            bend = self._bend(ladder, seeds, noise, t_quantile(seeds, BOUND_ALPHA) + SPARE)
            return width + wander + self._charge(ladder, seeds, noise, alpha, bend) <= tolerance

        return fewest(settles)

    def _bend(self, ladder: Ladder, seeds: int, noise: float, errors: float) -> float:
        """The curvature that lies so many standard errors from none."""
        return errors * noise / math.sqrt(seeds) * self.law(ladder).curvature.norm

    def _charge(self, ladder: Ladder, seeds: int, noise: float, alpha: float, bend: float) -> float:
        weights = self._contrast(ladder, seeds, noise, alpha).weights
        return self.law(ladder).curvature.charge(bend, weights)

    def detectable(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> float:
        """How far beyond a band the slope must lie to be refuted almost surely."""
        contrast = self._contrast(ladder, seeds, noise, alpha)
        wander = SPARE * noise / math.sqrt(seeds) * contrast.norm
        return self.half_width(ladder, seeds, noise, alpha) + wander + contrast.bias

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The statistic of every rung with a 95% interval, multiplicative as the law is."""
        return summarise(samples, self.statistic)
