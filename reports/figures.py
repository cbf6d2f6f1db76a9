"""The figure of a claim: what was measured at every rung, the fit, the band, the control.

A figure is a Vega-Lite specification. Its colours are the style sheet's custom
properties, so that the same drawing serves the light and the dark page. Where
the quantity is a slope, the band is a wedge: it opens from the fit at the first
rung, and a line whose slope is in the band stays inside. Where the quantity is
the plotted value itself, the band is a strip.
"""

from __future__ import annotations

import functools
import math
import re
import xml.etree.ElementTree as ET
from typing import Any, Literal

import altair as alt
import vl_convert
from markupsafe import Markup

from widthwise.harness.evidence import Evidence, Finding
from widthwise.harness.ladder import Ladder

from .wording import bounds, number, visible

WIDTH, HEIGHT = 440, 270
_SETTINGS = ["claim", "control"]
_COLOURS = ["var(--claim)", "var(--control)"]
_SHAPES = ["circle", "diamond"]
_DASHES = [[1, 0], [6, 4]]

_ScaleType = Literal["log", "linear"]
Rows = list[dict[str, Any]]


def figure(record: Evidence) -> dict[str, Any]:
    """The Vega-Lite specification of a claim's figure, data included."""
    scale = _value_scale(record)
    low, high = _extent(record, scale)
    spec = _blueprint(_rung_name(record), _rung_scale(record.ladder), scale)
    return {
        **spec,
        "description": describe(record),
        "params": [
            {"name": "rungs", "value": _ticks(record.ladder)},
            {"name": "falling", "value": record.ladder.limit == "zero"},
            {"name": "low", "value": low},
            {"name": "high", "value": high},
        ],
        "datasets": {
            "band": _band(record, low, high),
            "points": [
                row
                for setting, finding in _settings(record)
                for row in _points(setting, finding, low, high)
            ],
            "fits": [
                row
                for setting, finding in _settings(record)
                for row in _fits(setting, finding, record.ladder)
            ],
        },
    }


def svg(specification: dict[str, Any]) -> Markup:
    """The figure as an SVG element that scales to its container.

    A third of what Vega writes: roles and classes go, for the figure carries one
    description as a whole, and so do invisible shapes and digits beyond a
    hundredth of a pixel. There is no style attribute, which a strict
    content-security policy would refuse.
    """
    root = ET.fromstring(vl_convert.vegalite_to_svg(specification))
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    _slim(root)
    return Markup(ET.tostring(root, encoding="unicode"))  # escaped by ElementTree


def _slim(element: ET.Element) -> None:
    element.tag = element.tag.rpartition("}")[2]
    for child in list(element):
        hollow = child.tag.endswith("}g") and len(child) == 0
        if hollow or child.get("display") == "none" or "background" in child.get("class", ""):
            element.remove(child)
        else:
            _slim(child)
    for name, value in list(element.attrib.items()):
        if name in _SILENT or name.startswith("aria-"):
            del element.attrib[name]
        elif name in _NUMERIC:
            element.set(name, _DIGITS.sub(lambda number: f"{float(number[0]):.2f}", value))


_SILENT = {"role", "class", "pointer-events"}
_NUMERIC = {"d", "transform", "x", "y", "x2", "y2"}
_DIGITS = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?|-?\d+(?:\.\d+)?e-?\d+")


def describe(record: Evidence) -> str:
    """The figure in words, for readers who cannot see it."""
    quantity = record.finding.judgement.quantity
    first, last = record.finding.points[0], record.finding.points[-1]
    return (
        f"{_rung_name(record).capitalize()} from {first.rung:g} to {last.rung:g}: "
        f"the claim's measurement goes from {number(first.estimate)} to {number(last.estimate)}, "
        f"the control's from {number(record.control.points[0].estimate)} "
        f"to {number(record.control.points[-1].estimate)}. "
        f"Band for the {visible(quantity)}: {bounds(record.finding.judgement.band)}."
    )


def is_slope(record: Evidence) -> bool:
    """Whether the band bounds a slope of the figure, not the plotted value."""
    return "exponent" in record.finding.judgement.quantity


def _rung_name(record: Evidence) -> str:
    return visible(record.ladder.name).replace("_", " ")


def _settings(record: Evidence) -> tuple[tuple[str, Finding], tuple[str, Finding]]:
    return ("claim", record.finding), ("control", record.control)


def _value_scale(record: Evidence) -> _ScaleType:
    """Logarithmic for power laws, and for errors in units of rounding, which span decades."""
    estimates = [point.estimate for _, found in _settings(record) for point in found.points]
    if record.form == "Identity":
        return "log" if max(estimates, default=0) > 0 else "linear"
    return "log" if record.log_axes and min(estimates, default=0) > 0 else "linear"


def _rung_scale(ladder: Ladder) -> _ScaleType:
    rungs = ladder.rungs
    return "log" if min(rungs) > 0 and max(rungs) / min(rungs) >= 4 else "linear"


def _ticks(ladder: Ladder) -> list[float]:
    step = math.ceil(len(ladder.rungs) / 8)
    return list(ladder.rungs[::-1][::step][::-1])


def _extent(record: Evidence, scale: str) -> tuple[float, float]:
    """The plotted range of values: all points with their extremes, and a margin."""
    findings = [finding for _, finding in _settings(record)]
    points = [point for finding in findings for point in finding.points]
    values = [value for p in points for value in (*p.interval, *p.extremes, p.estimate)]
    values += [value for finding in findings for value in finding.judgement.fit or ()]
    values = [value for value in values if math.isfinite(value)] or [1.0]
    if scale == "log":
        values += [record.finding.judgement.band[1]] if record.form == "Identity" else []
        values = [value for value in values if value > 0]
        margin = (max(values) / min(values)) ** 0.05 * 1.05
        return min(values) / margin, max(values) * margin
    if not is_slope(record):
        values += [end for end in record.finding.judgement.band if math.isfinite(end)]
    margin = 0.06 * (max(values) - min(values)) or 1.0
    return min(values) - margin, max(values) + margin


def _points(setting: str, finding: Finding, low: float, high: float) -> Rows:
    """The points, cut to the figure, and beside them the true numbers in words."""

    def drawn(value: float) -> float | None:
        return None if math.isnan(value) else _clip(value, low, high)

    return [
        {
            "setting": setting,
            "rung": point.rung,
            "estimate": drawn(point.estimate),
            "low": drawn(point.interval[0]),
            "high": drawn(point.interval[1]),
            "least": drawn(point.extremes[0]),
            "most": drawn(point.extremes[1]),
            "value": number(point.estimate),
            "interval": bounds(point.interval),
            "extremes": bounds(point.extremes),
            "seeds": point.seeds,
        }
        for point in finding.points
    ]


def _fits(setting: str, finding: Finding, ladder: Ladder) -> Rows:
    fit = finding.judgement.fit
    fitted = zip(ladder.rungs, fit, strict=True) if fit else ()
    return [
        {"setting": setting, "rung": rung, "value": value}
        for rung, value in fitted
        if math.isfinite(value)
    ]


def _band(record: Evidence, low: float, high: float) -> Rows:
    """The lower and the upper edge of the band over the ladder, cut to the figure."""
    edges = record.finding.judgement.band
    rungs = record.ladder.rungs
    if is_slope(record):
        fit = record.finding.judgement.fit
        anchor = fit[0] if fit and math.isfinite(fit[0]) else record.finding.points[0].estimate
        if anchor <= 0:
            return []
        rows = [(rung, *_powers(anchor, rung / rungs[0], edges)) for rung in rungs]
    else:
        rows = [(rung, *edges) for rung in (rungs[0], rungs[-1])]
    return [
        {"rung": rung, "low": _clip(lower, low, high), "high": _clip(upper, low, high)}
        for rung, lower, upper in rows
    ]


def _powers(anchor: float, ratio: float, exponents: tuple[float, float]) -> tuple[float, float]:
    first, second = (anchor if ratio == 1 else anchor * ratio**b for b in exponents)
    return min(first, second), max(first, second)


def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


@functools.cache
def _blueprint(rung_name: str, rung_scale: _ScaleType, scale: _ScaleType) -> dict[str, Any]:
    """The specification without data: the same for every claim of one kind.

    Altair checks it against the Vega-Lite schema; that costs 0.1 s, so it is
    done once per kind and not once per claim.
    """
    x = alt.X(
        "rung:Q",
        title=rung_name,
        scale=alt.Scale(type=rung_scale, nice=False, padding=16, reverse=alt.ExprRef("falling")),
        axis=alt.Axis(values=alt.ExprRef("rungs"), grid=False),
    )
    y_scale = alt.Scale(
        type=scale,
        nice=False,
        zero=alt.Undefined if scale == "log" else False,
        domainMin=alt.ExprRef("low"),
        domainMax=alt.ExprRef("high"),
    )

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=None, scale=y_scale, axis=alt.Axis(tickCount=6))

    colour = alt.Color("setting:N", scale=_mapping(_COLOURS), legend=None)
    shape = alt.Shape("setting:N", scale=_mapping(_SHAPES), legend=None)
    dash = alt.StrokeDash("setting:N", scale=_mapping(_DASHES), legend=None)
    points = alt.Chart(alt.NamedData("points")).encode(x=x, color=colour)
    chart = alt.layer(
        alt.Chart(alt.NamedData("band"))
        .mark_area(color="var(--band)")
        .encode(x=x, y=y("low"), y2="high:Q"),
        points.mark_rule(strokeWidth=1).encode(y=y("least"), y2="most:Q"),
        points.mark_rule(strokeWidth=5, opacity=0.4).encode(y=y("low"), y2="high:Q"),
        alt.Chart(alt.NamedData("fits"))
        .mark_line(strokeWidth=1.5)
        .encode(x=x, y=y("value"), color=colour, strokeDash=dash),
        points.mark_point(filled=True, size=64, opacity=1).encode(
            y=y("estimate"), shape=shape, tooltip=_tooltip(rung_name)
        ),
    )
    return chart.properties(width=WIDTH, height=HEIGHT).configure(**_CONFIG).to_dict()


def _mapping(values: list[Any]) -> alt.Scale:
    return alt.Scale(domain=_SETTINGS, range=values)


def _tooltip(rung_name: str) -> list[alt.Tooltip]:
    columns = {
        "setting:N": "setting",
        "rung:Q": rung_name,
        "value:N": "estimate",
        "interval:N": "95% interval",
        "extremes:N": "seeds from and to",
        "seeds:Q": "seeds",
    }
    return [alt.Tooltip(field, title=title) for field, title in columns.items()]


_FONT = "var(--sans)"
_CONFIG: dict[str, Any] = {
    "aria": False,  # the figure carries one description, and its numbers stand in a table
    "background": "transparent",
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--faint)",
        "titleColor": "var(--ink)",
        "titleFontWeight": "normal",
        "titleFontSize": 13,
        "titlePadding": 8,
        "titleLimit": 300,
        "labelFontSize": 12,
        "labelOverlap": True,
        "format": "~g",
        "domainColor": "var(--rule)",
        "tickColor": "var(--rule)",
        "gridColor": "var(--grid)",
    },
}
