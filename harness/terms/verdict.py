"""What a judgement is: one of three verdicts, and everything that led to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

Interval = tuple[float, float]


class Verdict(StrEnum):
    """What the samples say about a prediction."""

    SUPPORTED = "supported"
    """The interval lies inside the band."""
    REFUTED = "refuted"
    """The interval lies wholly outside the band."""
    INCONCLUSIVE = "inconclusive"
    """Neither, or the model of the data is visibly wrong; the reason says which."""

    @property
    def opposite(self) -> Verdict:
        """The verdict that contradicts this one; `INCONCLUSIVE` contradicts nothing."""
        return _OPPOSITE[self]


_OPPOSITE = {
    Verdict.SUPPORTED: Verdict.REFUTED,
    Verdict.REFUTED: Verdict.SUPPORTED,
    Verdict.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}


@dataclass(frozen=True)
class Judgement:
    """The outcome of holding samples against a prediction.

    Attributes:
        verdict: supported, refuted or inconclusive.
        reason: one sentence that says why, for a reader who sees nothing else.
        quantity: what `estimate` estimates, e.g. "exponent".
        estimate: the point estimate.
        interval: the interval for the quantity, systematic part included.
        bias: the part of the interval's half-width that no number of seeds
            removes: the worst effect of the finite-width correction allowed for.
        band: the interval must lie in here to support; an end may be infinite.
        tipping_support: the smallest tolerance that would still have been
            supported, None where no tolerance would.
        tipping_refute: the largest tolerance that would still have been
            refuted, None where none would.
        seeds: seeds per rung that went in; 0 for a control that could not be measured.
        looks: looks used, the last one included.
        fit: the fitted value at every rung, for the figure; None where the
            prediction fits nothing.
        leeway: between which values the finite-width correction allowed for may
            carry the fit, at every rung; None where none is allowed for.
    """

    verdict: Verdict
    reason: str
    quantity: str
    estimate: float
    interval: Interval
    bias: float
    band: Interval
    tipping_support: float | None
    tipping_refute: float | None
    seeds: int
    looks: int = 1
    fit: tuple[float, ...] | None = None
    leeway: tuple[Interval, ...] | None = None


def hold(interval: Interval, band: Interval) -> Verdict:
    """The verdict of an interval held against a band; touching the edge decides nothing."""
    low, high = interval
    if band[0] <= low and high <= band[1]:
        return Verdict.SUPPORTED
    if high < band[0] or low > band[1]:
        return Verdict.REFUTED
    return Verdict.INCONCLUSIVE


def tipping(interval: Interval, core: Interval) -> tuple[float, float | None]:
    """The smallest tolerance around `core` that supports, the largest that refutes.

    Args:
        interval: the interval of the quantity.
        core: the band at tolerance 0: a point, a half-line or an interval.

    Returns:
        The first is never below 0; the second is None where even tolerance 0 would
        not be refuted.
    """
    low, high = interval
    support = max(0.0, high - core[1], core[0] - low)
    refute = max(low - core[1], core[0] - high)
    return support, refute if refute > 0 else None


def conclude(
    quantity: str,
    estimate: float,
    interval: Interval,
    band: Interval,
    core: Interval,
    seeds: int,
    *,
    bias: float = 0.0,
    fit: tuple[float, ...] | None = None,
    leeway: tuple[Interval, ...] | None = None,
    doubt: str | None = None,
    misfit: str | None = None,
) -> Judgement:
    """Hold an interval against a band and say what came of it.

    Args:
        quantity: what is estimated.
        estimate: the point estimate.
        interval: the interval for it, bias included.
        band: where the interval has to lie.
        core: the band at tolerance 0, for the tipping tolerances.
        seeds: seeds per rung.
        bias: the systematic part of the half-width.
        fit: the fitted value at every rung.
        leeway: between which values corrections may carry the fit, at every rung.
        doubt: why the claim cannot be supported on these samples.
        misfit: why there is no verdict at all on these samples.
    """
    verdict = hold(interval, band)
    tipped, refute = tipping(interval, core)
    support = tipped if math.isfinite(tipped) else None
    shown = f"{quantity} {show(estimate)} in {show_band(interval)}"
    reason = f"{shown} lies {_WHERE[verdict]} {show_band(band)}"
    if verdict is Verdict.INCONCLUSIVE:
        half_width = (interval[1] - interval[0]) / 2
        need = "more seeds" if half_width >= 2 * bias else "rungs nearer to the limit"
        reason = f"needs {need}: at {seeds} seeds {reason}"
        if half_width < 2 * bias:
            reason += f"; corrections alone allow ±{show(bias)}"
    if misfit:
        verdict, reason, support, refute = Verdict.INCONCLUSIVE, misfit, None, None
    elif doubt:
        support = None
        if verdict is Verdict.SUPPORTED:
            verdict, reason = Verdict.INCONCLUSIVE, doubt
    return Judgement(
        verdict=verdict,
        reason=reason,
        quantity=quantity,
        estimate=estimate,
        interval=interval,
        bias=bias,
        band=band,
        tipping_support=support,
        tipping_refute=refute,
        seeds=seeds,
        fit=fit,
        leeway=leeway,
    )


_WHERE = {
    Verdict.SUPPORTED: "inside",
    Verdict.REFUTED: "outside",
    Verdict.INCONCLUSIVE: "across an end of",
}


def show(number: float) -> str:
    """Three significant digits with a true minus sign, for sentences."""
    return f"{number:.3g}".replace("-", "−")


def show_band(band: Interval) -> str:
    """A band or an interval in words, one-sided where an end is open."""
    low = "(−∞" if math.isinf(band[0]) else f"[{show(band[0])}"
    high = "∞)" if math.isinf(band[1]) else f"{show(band[1])}]"
    return f"{low}, {high}"
