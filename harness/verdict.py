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
        seeds: seeds per rung that went in.
        looks: looks used, the last one included.
        fit: the fitted value at every rung, for the figure; None where the
            prediction fits nothing.
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


def hold(interval: Interval, band: Interval) -> Verdict:
    """The verdict of an interval held against a band; touching the edge decides nothing."""
    low, high = interval
    if band[0] <= low and high <= band[1]:
        return Verdict.SUPPORTED
    if high < band[0] or low > band[1]:
        return Verdict.REFUTED
    return Verdict.INCONCLUSIVE


def tipping(interval: Interval, target: float, band: Interval) -> tuple[float | None, float | None]:
    """The smallest tolerance around `target` that supports, the largest that refutes.

    Sides on which the band is open are ignored. The first is never below 0; the
    second is None where even tolerance 0 would not be refuted.
    """
    low, high = interval
    sides = [
        (high - target, low - target) if math.isfinite(band[1]) else None,
        (target - low, target - high) if math.isfinite(band[0]) else None,
    ]
    closed = [side for side in sides if side is not None]
    support = max(0.0, *(outer for outer, _ in closed))
    refute = max(inner for _, inner in closed)
    return support, refute if refute > 0 else None


def show(number: float) -> str:
    """Three significant digits with a true minus sign, for sentences."""
    return f"{number:.3g}".replace("-", "−")
