"""A claim at a glance: claim and control over the ladder, within the band, as small as a word."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from markupsafe import Markup

from widthwise.harness.terms.evidence import Evidence, Finding

from .geometry import ScaleType, band, extent, rung_scale, value_scale

WIDTH, HEIGHT, MARGIN = 96, 32, 4

_SPARK = Markup(
    '<svg class="spark" viewBox="0 0 {0} {1}" aria-hidden="true">'
    '{2}<path d="{3}" class="line control"/><path d="{4}" class="line"/></svg>'
)


def spark(record: Evidence) -> Markup:
    """A drawing of the estimates; the figure of the claim says what it shows."""
    scale, along = value_scale(record), rung_scale(record)
    low, high = extent(record, scale)
    rungs = record.ladder.rungs
    across = _placed(min(rungs), max(rungs), along, MARGIN, WIDTH - MARGIN)
    if record.ladder.limit == "zero":
        across = _mirrored(across)
    up = _placed(low, high, scale, HEIGHT - MARGIN / 2, MARGIN / 2)

    def line(finding: Finding) -> str:
        drawn = [point for point in finding.points if math.isfinite(point.estimate)]
        return _path((across(p.rung), up(min(max(p.estimate, low), high))) for p in drawn)

    edges = band(record, low, high)
    lower = [(across(rung), up(bottom)) for rung, bottom, _ in edges]
    upper = [(across(rung), up(top)) for rung, _, top in reversed(edges)]
    wedge = Markup('<path d="{}Z" class="band"/>').format(_path(lower + upper)) if edges else ""
    return _SPARK.format(WIDTH, HEIGHT, wedge, line(record.control), line(record.finding))


def _placed(
    low: float, high: float, scale: ScaleType, start: float, end: float
) -> Callable[[float], float]:
    """Where values lie between two ends of the drawing."""
    along = math.log if scale == "log" else float
    span = along(high) - along(low)
    return lambda value: start + (end - start) * ((along(value) - along(low)) / span if span else 0)


def _mirrored(across: Callable[[float], float]) -> Callable[[float], float]:
    return lambda rung: WIDTH - across(rung)


def _path(places: Iterable[tuple[float, float]]) -> str:
    text = "L".join(f"{x:.0f} {y:.0f}" for x, y in places)
    return f"M{text}" if text else ""
