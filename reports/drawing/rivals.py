"""The exponents that a claim's prose names as rivals of its own, and where their lines run.

A claim says in its section "Tolerance" how far the nearest rival is: "±.15, less than a third of
the way to the rivals 0 and −1". Its line starts where the claim's does, so that the angle between
them is what the measurement has to tell apart.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from widthwise.harness.terms.evidence import Evidence

from ..wording import number, visible

Line = list[tuple[float, float]]
"""Places on a line: a rung and a value."""


def rivals(record: Evidence) -> list[float]:
    """The rival exponents, as far as they are named and lie outside the band."""
    judgement = record.finding.judgement
    if judgement.quantity != "exponent":
        return []
    low, high = judgement.band
    text = " ".join(visible(record.sections.get("Tolerance", ""))[:2000].split())
    named = [each for found in _NAMED.finditer(text) for each in found.groups() if each]
    return [rival for rival in dict.fromkeys(map(_value, named)) if not low <= rival <= high]


def in_words(record: Evidence) -> list[str]:
    """What the lines of the rivals stand for, if there are any."""
    named = [number(rival) for rival in rivals(record)]
    if not named:
        return []
    what = (
        f"rivals, exponents {' and '.join(named)}" if named[1:] else f"rival, exponent {named[0]}"
    )
    return [f"the {what}: from where the claim’s line begins"]


def lines(record: Evidence, low: float, high: float) -> list[tuple[str, Line]]:
    """The lines of the rivals, each with its label, as far as they run within the figure."""
    points, fit = record.finding.points, record.finding.judgement.fit
    start = fit[0] if fit else points[0].estimate if points else math.nan
    if not (math.isfinite(start) and low <= start <= high and start > 0):
        return []
    rungs = record.ladder.rungs
    named = ((f"rival: {number(rival)}", rival) for rival in rivals(record))
    return [(label, _line(rungs, start, rival, low, high)) for label, rival in named]


def _line(rungs: tuple[float, ...], start: float, slope: float, low: float, high: float) -> Line:
    places = [(rung, start * (rung / rungs[0]) ** slope) for rung in rungs]
    inside = [(rung, value) for rung, value in places if low <= value <= high]
    if len(inside) < len(places) and low < inside[-1][1] < high:
        edge = high if places[len(inside)][1] > high else low
        inside.append((rungs[0] * (edge / start) ** (1 / slope), edge))
    return inside


def _value(text: str) -> float:
    return float(Fraction(text.replace("−", "-")))


_EXPONENT = r"([-−]?\d{1,2}(?:/[1-9]\d?)?)(?![\w/^·]|\.\d)"
_NAMED = re.compile(
    rf"\brivals?[,:]? {_EXPONENT}(?:,? and (?:less to )?{_EXPONENT})?"
    rf"|\brivals?, [^.;:]{{1,80}}, has {_EXPONENT}"
)
