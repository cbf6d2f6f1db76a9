"""Measure the exponent of y ~ A · N^b from samples, finite-width corrections included.

The law is log y = a + b log N + log(1 + d (N/N_0)^-g) with |d| ≤ D and g ∈ {½, 1}:
what a next order of the large-width expansion does. The interval covers b for
every such d, at the price of a bias term (see `contrast`); two gates refuse data
that the law does not describe (see `misfit`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .contrast import Frontier, trace_frontier
from .jackknife import (
    Statistic,
    leave_one_out,
    log_pseudo_values,
    pooled_noise,
    require_statistic,
    standard_error,
    t_quantile,
)
from .ladder import Ladder
from .misfit import BOUND_ALPHA, Curvature, left_over_misfit, measure_curvature
from .planning import MOST_SEEDS, SPARE, fewest
from .prediction import Point, Samples
from .summary import summarise
from .verdict import Interval, Judgement, Verdict, hold, show, tipping

Floats = NDArray[np.float64]

ORDERS = (0.5, 1.0)
"""Exponents g of the corrections that are allowed for."""
EXTRAPOLATION = 1 / 6
"""Rungs are never trusted beyond this share of D, however small the noise: a contrast
that plays the two orders off against each other extrapolates, and would take
N^-½ log N on widths 64…4096 for an exponent of −0.39."""
SLACK = 0.1
"""Curvature that nobody minds: it bends a slope by about 0.02."""
MATERIAL = 0.05
"""What no correction explains counts once it could move an exponent by this much."""


@dataclass(frozen=True)
class Law:
    """What a ladder and a correction D make of a power law, before any data.

    Attributes:
        logs: log N at every rung.
        frontier: the contrasts for the exponent.
        curvature: the contrast that shows data bending away from the law.
        explained: shape [rungs, 4], the law and its corrections to first order.
    """

    logs: Floats
    frontier: Frontier
    curvature: Curvature
    explained: Floats


@lru_cache(maxsize=256)
def power_law_on(ladder: Ladder, correction: float) -> Law:
    """Work out the contrasts of a power law; a pure function, kept for reuse."""
    logs = np.log(np.array(ladder.rungs, dtype=float))
    corrections = np.array([remoteness(ladder) ** order for order in ORDERS])
    sizes = correction * np.linspace(-1, 1, 41)[:, None]
    allowed = np.concatenate([np.log1p(sizes * row) for row in corrections])
    design = np.column_stack([np.ones_like(logs), logs])
    directions = corrections if correction > 0 else corrections[:0]
    frontier = trace_frontier(design, np.array([0.0, 1.0]), directions, allowed)
    return Law(
        logs,
        frontier.capped(EXTRAPOLATION * correction),
        measure_curvature(design, corrections[0], allowed, correction, SLACK),
        np.column_stack([design, *corrections]),
    )


def remoteness(ladder: Ladder) -> Floats:
    """How far each rung is from the limit, 1 at the reference: (N/N_0)^-1, or ε/ε_0."""
    rungs = np.array(ladder.rungs, dtype=float)
    return rungs / ladder.reference if ladder.limit == "zero" else ladder.reference / rungs


@dataclass(frozen=True)
class Scaling:
    """How the exponent of one statistic is measured.

    Attributes:
        statistic: what of the seeds follows the law: mean, rms or variance.
        correction: D, the largest finite-width correction at the ladder's reference.
    """

    statistic: Statistic
    correction: float

    def validate(self, owner: str) -> None:
        """Raise ValueError in the name of the prediction that owns this."""
        require_statistic(owner, self.statistic)
        if not 0 <= self.correction < 1:
            raise ValueError(
                f"{owner}: correction is the largest relative correction at the reference "
                f"width, at least 0 and below 1, got {self.correction!r}"
            )

    def require(self, owner: str, ladder: Ladder) -> None:
        """Raise ValueError if the ladder cannot carry an exponent."""
        if len(ladder.rungs) < 3:
            raise ValueError(
                f"{owner} needs at least 3 values of {ladder.name}, two for the slope and one "
                f"to see curvature, got {list(ladder.rungs)}"
            )
        worst = self.correction * float(max(remoteness(ladder).max() ** g for g in ORDERS))
        if worst >= 1:
            rung = ladder.rungs[int(np.argmax(remoteness(ladder)))]
            raise ValueError(
                f"{owner}: corrections up to {self.correction:g} at {ladder.name} = "
                f"{ladder.reference:g} reach {worst:.0%} at {rung:g}, where nothing is left of "
                f"the law: start the ladder nearer to the reference, or state a smaller correction"
            )

    def check(self, rung: float, values: Floats) -> str | None:
        """Name the values of one rung that no logarithm can be taken of, or None."""
        if self.statistic == "mean":
            bad = np.flatnonzero(values <= 0)
            if not bad.size:
                return None
            named = ", ".join(f"seed {i}: {show(float(values[i]))}" for i in bad[:5])
            return (
                f"{bad.size} of {values.size} values at {rung:g} are not positive "
                f"({named}{', …' if bad.size > 5 else ''}); a power law of the mean needs "
                f"positive values, for signed ones use statistic='rms'"
            )
        if self.statistic == "variance" and values.size < 3:
            return f"the variance at {rung:g} needs at least 3 seeds, got {values.size}"
        if (leave_one_out(values, self.statistic) > 0).all():
            return None
        same = "zero" if self.statistic == "rms" else "equal"
        return (
            f"all values at {rung:g}, or all but one, are {same}: "
            f"their {self.statistic} has no power law"
        )

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
        return pooled_noise(self.pseudo_values(samples))

    def judge(self, samples: Samples, alpha: float, target: float, band: Interval) -> Judgement:
        """Hold the interval of the exponent against `band`, tolerances being around `target`."""
        law = power_law_on(samples.ladder, self.correction)
        pseudo = self.pseudo_values(samples)
        quantile = t_quantile(samples.seeds, alpha)
        contrast = law.frontier.best(quantile * pooled_noise(pseudo) / math.sqrt(samples.seeds))
        observed = contrast.weights @ pseudo
        estimate = float(observed.mean())
        half_width = quantile * standard_error(observed) + contrast.bias
        interval = (estimate - half_width, estimate + half_width)
        verdict, (support, refute) = hold(interval, band), tipping(interval, target, band)
        reason = self._explain(samples, estimate, half_width, contrast.bias, band)
        if misfit := law.curvature.excess(pseudo) or left_over_misfit(
            pseudo, law.explained, contrast.norm, MATERIAL
        ):
            verdict, reason, support, refute = Verdict.INCONCLUSIVE, misfit, None, None
        elif doubt := law.curvature.doubt(pseudo):
            support = None
            if verdict is Verdict.SUPPORTED:
                verdict, reason = Verdict.INCONCLUSIVE, doubt
        centre = pseudo.mean(axis=1)
        fit = np.exp(centre.mean() + estimate * (law.logs - law.logs.mean()))
        return Judgement(
            verdict=verdict,
            reason=reason,
            quantity="exponent",
            estimate=estimate,
            interval=interval,
            bias=contrast.bias,
            band=band,
            tipping_support=support,
            tipping_refute=refute,
            seeds=samples.seeds,
            fit=tuple(fit.tolist()),
        )

    def _explain(
        self, samples: Samples, estimate: float, half_width: float, bias: float, band: Interval
    ) -> str:
        shown = f"exponent {show(estimate)} ± {show(half_width)}"
        match hold((estimate - half_width, estimate + half_width), band):
            case Verdict.SUPPORTED:
                return f"{shown} lies inside {show_band(band)}"
            case Verdict.REFUTED:
                return f"{shown} lies outside {show_band(band)}"
            case Verdict.INCONCLUSIVE if half_width > 2 * bias:
                return (
                    f"needs more seeds: {shown} at {samples.seeds} seeds straddles an end of "
                    f"{show_band(band)}"
                )
            case Verdict.INCONCLUSIVE:
                return (
                    f"needs larger {samples.ladder.name}s: {shown}, of which {show(bias)} allows "
                    f"for corrections, straddles an end of {show_band(band)}"
                )

    def half_width(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> float:
        """Half-width of the interval to expect, bias included."""
        reach = t_quantile(seeds, alpha) * noise / math.sqrt(seeds)
        contrast = power_law_on(ladder, self.correction).frontier.best(reach)
        return reach * contrast.norm + contrast.bias

    def narrow(self, ladder: Ladder, tolerance: float) -> str | None:
        """Why no number of seeds can support this tolerance, or None."""
        bias = power_law_on(ladder, self.correction).frontier.least_bias
        if bias < tolerance:
            return None
        return (
            f"band too narrow for these {ladder.name}s: corrections up to D={self.correction:g} "
            f"alone move the exponent by {show(bias)} on {ladder.rungs[0]:g}…{ladder.rungs[-1]:g}, "
            f"band ±{show(tolerance)}"
        )

    def foresee(
        self, ladder: Ladder, seeds: int, noise: float | None, alpha: float, tolerance: float
    ) -> str | None:
        """Why `seeds` seeds cannot support this tolerance even on the best of data, or None."""
        if blocked := self.narrow(ladder, tolerance):
            return blocked
        if noise is None:
            return None
        needed = self.needed_seeds(ladder, noise, alpha, tolerance)
        enough = f"about {needed} would do" if needed else f"{MOST_SEEDS} would not do"
        half_width = self.half_width(ladder, seeds, noise, alpha)
        if half_width > tolerance:
            return (
                f"needs more seeds: ±{show(half_width)} at {seeds} seeds, "
                f"band ±{show(tolerance)}; {enough}"
            )
        curvature = power_law_on(ladder, self.correction).curvature
        bound = t_quantile(seeds, BOUND_ALPHA) * noise * curvature.norm / math.sqrt(seeds)
        if bound > curvature.cap:
            return (
                f"needs more seeds: curvature known to ±{show(bound)} at {seeds} seeds, must be "
                f"shown below {show(curvature.cap)}; {enough}"
            )
        return None

    def needed_seeds(
        self, ladder: Ladder, noise: float, alpha: float, tolerance: float
    ) -> int | None:
        """Seeds per rung that support a true claim almost surely, None if no number does."""
        curvature = power_law_on(ladder, self.correction).curvature

        def settles(seeds: int) -> bool:
            error = noise / math.sqrt(seeds)
            reach = t_quantile(seeds, alpha) * error
            contrast = power_law_on(ladder, self.correction).frontier.best(reach)
            width = (reach + SPARE * error) * contrast.norm + contrast.bias
            bend = (t_quantile(seeds, BOUND_ALPHA) + SPARE) * error * curvature.norm
            return width <= tolerance and bend <= curvature.cap

        return fewest(settles)

    def detectable(self, ladder: Ladder, seeds: int, noise: float, alpha: float) -> float:
        """How far beyond a band the exponent must lie to be refuted almost surely."""
        error = noise / math.sqrt(seeds)
        reach = t_quantile(seeds, alpha) * error
        contrast = power_law_on(ladder, self.correction).frontier.best(reach)
        return (reach + SPARE * error) * contrast.norm + 2 * contrast.bias

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The statistic of every rung with a 95% interval, multiplicative as the law is."""
        return summarise(samples, self.statistic)


def show_band(band: Interval) -> str:
    """The band in words, one-sided where an end is open."""
    if math.isinf(band[0]):
        return f"at most {show(band[1])}"
    if math.isinf(band[1]):
        return f"at least {show(band[0])}"
    return f"[{show(band[0])}, {show(band[1])}]"
