"""The figure of a claim: what was measured at every rung, the fit, the band, the control.

A figure is a Vega-Lite specification. Its colours are the style sheet's custom
properties, so that the same drawing serves the light and the dark page.
"""

from __future__ import annotations

import functools
import math
import re
import xml.etree.ElementTree as ET
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

from widthwise.harness.evidence import Evidence, Finding
from widthwise.harness.ladder import Ladder

from .geometry import (
    ScaleType,
    band,
    clip,
    extent,
    levels,
    rung_scale,
    settings,
    value_scale,
)
from .wording import bounds, number, visible

WIDTH, HEIGHT = 440, 270
_SETTINGS = ["claim", "control"]
_COLOURS = ["var(--claim)", "var(--control)"]
_SHAPES = ["circle", "diamond"]
_DASHES = [[1, 0], [6, 4]]

Rows = list[dict[str, Any]]


def figure(record: Evidence) -> dict[str, Any]:
    """The Vega-Lite specification of a claim's figure, data included."""
    scale = value_scale(record)
    low, high = extent(record, scale)
    fits = [row for setting, found in settings(record) for row in _fits(setting, found, record)]
    spec = _blueprint(_rung_name(record), rung_scale(record), scale, bool(fits))
    return {
        **spec,
        "description": describe(record),
        "params": [
            {"name": "rungs", "value": _ticks(record.ladder)},
            {"name": "falling", "value": record.ladder.limit == "zero"},
            {"name": "low", "value": low},
            {"name": "high", "value": high},
            {"name": "levels", "value": levels(low, high) if scale == "log" else None},
        ],
        "datasets": {
            "band": [
                {"rung": rung, "low": lower, "high": upper}
                for rung, lower, upper in band(record, low, high)
            ],
            "points": [
                row
                for setting, finding in settings(record)
                for row in _points(setting, finding, low, high)
            ],
            "fits": fits,
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


def _rung_name(record: Evidence) -> str:
    return visible(record.ladder.name).replace("_", " ")


def _ticks(ladder: Ladder) -> list[float]:
    step = math.ceil(len(ladder.rungs) / 8)
    return list(ladder.rungs[::-1][::step][::-1])


def _points(setting: str, finding: Finding, low: float, high: float) -> Rows:
    """The points, cut to the figure, and beside them the true numbers in words."""

    def drawn(value: float) -> float | None:
        return None if math.isnan(value) else clip(value, low, high)

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


def _fits(setting: str, finding: Finding, record: Evidence) -> Rows:
    fit = finding.judgement.fit
    fitted = zip(record.ladder.rungs, fit, strict=True) if fit else ()
    return [
        {"setting": setting, "rung": rung, "value": value}
        for rung, value in fitted
        if math.isfinite(value)
    ]


@functools.cache
def _blueprint(
    rung_name: str, rung_scale: ScaleType, scale: ScaleType, fitted: bool
) -> dict[str, Any]:
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

    y_axis = alt.Axis(values=alt.ExprRef("levels")) if scale == "log" else alt.Axis(tickCount=6)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title=None, scale=y_scale, axis=y_axis)

    colour = alt.Color("setting:N", scale=_mapping(_COLOURS), legend=None)
    shape = alt.Shape("setting:N", scale=_mapping(_SHAPES), legend=None)
    dash = alt.StrokeDash("setting:N", scale=_mapping(_DASHES), legend=None)
    points = alt.Chart(alt.NamedData("points")).encode(x=x, color=colour)
    layers = [
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
    ]
    if not fitted:
        del layers[3]  # a scale warns of a layer without data
    chart = alt.layer(*layers)
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


# Named, not a custom property: Vega measures labels with it.
_FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Noto Sans, Arial, sans-serif"
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
        "labelExpr": "format(datum.value, abs(datum.value) < 1e-3 || datum.value >= 1e5"
        " ? '.2~e' : '.4~g')",
        "domainColor": "var(--rule)",
        "tickColor": "var(--rule)",
        "gridColor": "var(--grid)",
    },
}
