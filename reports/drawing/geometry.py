"""Where things lie in a figure: its scales, its extent, its band.

Where the quantity is a slope, the band is a wedge: it opens from the fit at the
first rung, and a line whose slope is in the band stays inside. Where it is the
plotted value itself, the band is a strip.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from widthwise.harness.terms.evidence import Evidence, Finding
from widthwise.harness.terms.verdict import Interval

ScaleType = Literal["log", "linear"]

Edge = tuple[float, float, float]
"""A rung, and the lower and the upper end of the band there."""

_BESIDE = 0.1  # of a single rung: so far does its band reach to either side


def settings(record: Evidence) -> tuple[tuple[str, Finding], tuple[str, Finding]]:
    """The two settings of a claim: itself and its control."""
    return ("claim", record.finding), ("control", record.control)


def value_scale(record: Evidence) -> ScaleType:
    """Logarithmic for laws of growth and ratios, and for rounding errors, which span decades."""
    estimates = [point.estimate for _, found in settings(record) for point in found.points]
    if record.form == "Identity":
        return "log" if max(estimates, default=0) > 0 else "linear"
    wanted = record.log_axes or _quantity(record) in ("rate", "mean log ratio")
    return "log" if wanted and min(estimates, default=0) > 0 else "linear"


def rung_scale(record: Evidence) -> ScaleType:
    """Logarithmic for ladders that climb by factors; an exponential rate is seen on plain time."""
    rungs = record.ladder.rungs
    factors = min(rungs) > 0 and max(rungs) / min(rungs) >= 4
    return "log" if factors and _quantity(record) != "rate" else "linear"


def follows_seeds(record: Evidence) -> bool:
    """Whether the rungs are times, so that every seed has a trajectory."""
    return _quantity(record) == "rate" or record.ladder.name in _TIMES


def has_extremes(record: Evidence) -> bool:
    """Whether the smallest and the largest seed say something; a yes and a no do not."""
    return record.form != "Proportion"


def reference(record: Evidence) -> list[float]:
    """What the values are held against: a limit's analytic value, equality of a pair."""
    low, high = record.finding.judgement.band
    if _quantity(record) == "limit":
        return [(low + high) / 2]
    return [1.0] if _quantity(record) == "mean log ratio" else []


def extent(record: Evidence, scale: ScaleType) -> Interval:
    """The plotted range of values: points with their extremes, seeds, fits, and a margin."""
    if record.form == "Proportion":
        return -0.03, 1.03
    findings = [finding for _, finding in settings(record)]
    points = [point for finding in findings for point in finding.points]
    values = [value for p in points for value in (*p.interval, *p.extremes, p.estimate)]
    values += [value for p in points for cloud in p.clouds for value in cloud]
    values += [value for finding in findings for value in finding.judgement.fit or ()]
    values += [end for ends in record.finding.judgement.leeway or () for end in ends]
    values += [end for _, *ends in _edges(record) for end in ends]
    values += reference(record)
    values = [value for value in values if math.isfinite(value)]
    if scale == "log":
        values = [value for value in values if value > 0]
        margin = (max(values) / min(values)) ** 0.05 * 1.05
        return min(values) / margin, max(values) * margin
    margin = 0.06 * (max(values, default=1.0) - min(values, default=0.0)) or 1.0
    return min(values, default=0.0) - margin, max(values, default=1.0) + margin


def common_extent(records: Sequence[Evidence]) -> Interval | None:
    """The range of values that variants of a claim are shown on alike.

    None where there is nothing to compare: for a single record, for axes of several kinds, and
    where a variant would be left with less than a third of its figure.
    """
    kinds = {(value_scale(record), record.form, _quantity(record)) for record in records}
    if len(records) < 2 or len(kinds) > 1 or records[0].form == "Proportion":
        return None
    scale = value_scale(records[0])
    along = math.log if scale == "log" else float
    extents = [extent(record, scale) for record in records]
    low, high = min(low for low, _ in extents), max(high for _, high in extents)
    sizes = [along(top) - along(bottom) for bottom, top in extents]
    return (low, high) if 3 * min(sizes) >= along(high) - along(low) else None


def band(record: Evidence, low: float, high: float) -> list[Edge]:
    """The edges of the band over the ladder, cut to the range of the figure."""
    return [
        (rung, clip(lower, low, high), clip(upper, low, high))
        for rung, lower, upper in _edges(record)
    ]


def levels(low: float, high: float) -> list[float] | None:
    """Where a logarithmic axis is labelled: at round numbers, a handful of them.

    None where a range is too small for that; any axis does there.
    """
    decades = math.log10(high / low)
    step = math.ceil(decades / 7)
    digits = (1,) if decades > 4 else (1, 3) if decades > 2 else (1, 2, 5) if decades > 1 else _FINE
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [digit * 10.0**power for power in powers if power % step == 0 for digit in digits]
    inside = [value for value in values if low <= value <= high]
    return inside if len(inside) >= 3 else None


def clip(value: float, low: float, high: float) -> float:
    """The nearest value in the range."""
    return min(max(value, low), high)


def _quantity(record: Evidence) -> str:
    return record.finding.judgement.quantity


def _edges(record: Evidence) -> list[Edge]:
    law = _WEDGES.get(_quantity(record))
    return _strip(record) if law is None else _wedge(record, law)


def _strip(record: Evidence) -> list[Edge]:
    """The same band over the whole ladder, for a quantity that is plotted as it is."""
    quantity, (low, high) = _quantity(record), record.finding.judgement.band
    if quantity == "largest step back":
        return []  # a band for differences of the plotted values
    if quantity == "mean log ratio":
        low, high = math.exp(low), math.exp(high)
    first, last = record.ladder.rungs[0], record.ladder.rungs[-1]
    if first == last:  # to either side of a single rung, or else nothing would be seen of it
        first, last = first * (1 - _BESIDE), last * (1 + _BESIDE)
    return [(first, low, high), (last, low, high)]


def _wedge(record: Evidence, law: _Law) -> list[Edge]:
    fit, rungs = record.finding.judgement.fit, record.ladder.rungs
    anchor = fit[0] if fit and math.isfinite(fit[0]) else record.finding.points[0].estimate
    if not anchor > 0:
        return []

    def growth(slope: float, rung: float) -> float:
        # An infinite slope is a vertical edge at the first rung.
        return law(slope, rungs[0], rung if math.isfinite(slope) else rungs[-1])

    slopes = record.finding.judgement.band
    ends = [(rung, *sorted(anchor * growth(slope, rung) for slope in slopes)) for rung in rungs]
    return [(rung, lower, upper) for rung, lower, upper in ends]


def _power(exponent: float, start: float, rung: float) -> float:
    return (rung / start) ** exponent


def _decay(rate: float, start: float, rung: float) -> float:
    return math.exp(-rate * (rung - start))


_Law = Callable[[float, float, float], float]
_WEDGES: dict[str, _Law] = {"exponent": _power, "rate": _decay}
_TIMES = {"time", "times", "step", "steps", "epoch", "epochs"}
_FINE = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
