"""What was measured at every rung of the ladder: seeds, means, fit, band, control.

Single seeds are drawn as one path with gaps: as dots where the rungs are different
networks, as curves where they are times and a seed has a trajectory.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import altair as alt

from widthwise.harness.terms.evidence import Evidence, Finding
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.verdict import Interval

from ..wording import bounds, number, visible
from . import rivals
from .direct_labels import names
from .figure_style import BAND, colours, dashes, finished, shapes
from .geometry import (
    ScaleType,
    band,
    clip,
    extent,
    follows_seeds,
    has_extremes,
    levels,
    reference,
    rung_scale,
    settings,
    value_scale,
)

Rows = list[dict[str, Any]]


def figure(record: Evidence, span: Interval | None = None) -> dict[str, Any]:
    """The Vega-Lite specification, data included.

    Args:
        record: the claim.
        span: the range of values to show; None for the claim's own.
    """
    scale, along = value_scale(record), rung_scale(record)
    low, high = span or extent(record, scale)
    labelled = levels(low, high) if scale == "log" else None
    datasets = {
        "band": [
            {"rung": rung, "low": lower, "high": upper}
            for rung, lower, upper in band(record, low, high)
        ],
        "leeway": _leeway(record, low, high),
        "reference": [{"value": value} for value in reference(record)],
        "rivals": _rivals(record, low, high) if scale == "log" else [],
        "names": names(record, low, high, scale),
        "seeds": [row for setting, found in settings(record) for row in _seeds(setting, found,
                  record, along)],
        "points": [row for setting, found in settings(record) for row in _points(setting, found,
                   low, high)],
        "fits": [row for setting, found in settings(record) for row in _fits(setting, found,
                 record)],
    }  # fmt: skip
    rungs = _ticks(record.ladder)
    kind = _Kind(
        along,
        scale,
        follows_seeds(record),
        has_extremes(record),
        tuple(name for name, rows in datasets.items() if rows),
    )
    return {
        **_about(visible(record.ladder.name).replace("_", " "), _blueprint(kind)),
        "params": [
            {"name": "rungs", "value": rungs},
            {"name": "rungNames", "value": [_short(rung) for rung in rungs]},
            {"name": "falling", "value": record.ladder.limit == "zero"},
            {"name": "low", "value": low},
            {"name": "high", "value": high},
            {"name": "levels", "value": labelled},
            {"name": "levelNames", "value": [_power(level) for level in labelled or ()]},
        ],
        "datasets": datasets,
    }


def _short(rung: float) -> str:
    """A rung as an axis says it; the table has it in full."""
    return f"{rung:g}" if float(rung).is_integer() else number(float(f"{rung:.2g}"))


def _power(level: float) -> str:
    return number(level).removeprefix("1·")


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


def _rivals(record: Evidence, low: float, high: float) -> Rows:
    """The lines, and at the end of each its label."""
    return [
        {"label": label, "rung": rung, "value": value, "end": place == len(line) - 1 and end}
        for label, line in rivals.lines(record, low, high)
        for end in [_where_the_label_goes(line, record.ladder)]
        for place, (rung, value) in enumerate(line)
    ]


def _where_the_label_goes(line: rivals.Line, ladder: Ladder) -> str:
    """To the side of the line's end where the line is not."""
    if line[-1][0] != ladder.rungs[-1]:
        return "beside"
    return "below" if line[-1][1] < line[0][1] else "above"


def _leeway(record: Evidence, low: float, high: float) -> Rows:
    ends = record.finding.judgement.leeway or ()
    return [
        {"rung": rung, "end": end, "value": clip(value, low, high)}
        for rung, edges in zip(record.ladder.rungs, ends, strict=bool(ends))
        for end, value in zip(("low", "high"), edges, strict=True)
    ]


def _seeds(setting: str, finding: Finding, record: Evidence, along: ScaleType) -> Rows:
    """Single seeds as a path in one row; a gap ends a dot or a trajectory."""
    clouds = [point.clouds[0] for point in finding.points if len(point.clouds) == 1]
    if not clouds or len(clouds) != len(finding.points):
        return []
    rungs = record.ladder.rungs
    if follows_seeds(record):
        strokes = (zip(rungs, values, strict=True) for values in zip(*clouds, strict=True))
    else:
        strokes = (
            ((place, value),)
            for rung, values in zip(rungs, clouds, strict=True)
            for place, value in zip(_spread(rung, rungs, along), values, strict=False)
        )
    places, values = zip(*(place for stroke in strokes for place in (*stroke, _GAP)), strict=True)
    return [
        {"setting": setting, "rung": places, "value": values, "order": list(range(len(places)))}
    ]


def _spread(rung: float, rungs: tuple[float, ...], along: ScaleType) -> Iterator[float]:
    """Places beside a rung, so that dots lie next to each other; the same in every run."""
    size = math.log(max(rungs) / min(rungs)) if along == "log" else max(rungs) - min(rungs)
    for seed in range(10_000):
        offset = 0.045 * size * ((seed * _GOLDEN) % 1 - 0.5)
        place = rung * math.exp(offset) if along == "log" else rung + offset
        yield float(f"{place:.5g}")


_RUNG = "the ladder's name"
_GAP = (None, None)
_GOLDEN = (math.sqrt(5) - 1) / 2  # multiples of it are spread evenly, however many


@dataclass(frozen=True)
class _Kind:
    """All that two figures of the same blueprint share.

    Attributes:
        along: the scale of the rungs.
        scale: the scale of the values.
        trajectories: whether seeds are followed from rung to rung.
        extremes: whether bars reach to the smallest and the largest seed.
        filled: the data sets that have rows; a scale warns of a layer without data.
    """

    along: ScaleType
    scale: ScaleType
    trajectories: bool
    extremes: bool
    filled: tuple[str, ...]


@functools.cache
def _blueprint(kind: _Kind) -> dict[str, Any]:
    """The specification without data: the same for every claim of one kind.

    Altair checks it against the Vega-Lite schema; that costs 0.1 s, so it is
    done once per kind and not once per claim. The ladder is `_RUNG` in it.
    """
    x, y, colour = _across(kind), _upwards(kind), colours()
    points = alt.Chart(alt.NamedData("points")).encode(x=x, color=colour)
    leeway = alt.Chart(alt.NamedData("leeway")).encode(x=x, detail="end:N")
    edge = {"color": "var(--claim)", "strokeWidth": 1, "strokeDash": [1, 3]}
    layers = {
        "band": [
            alt.Chart(alt.NamedData("band"))
            .mark_area(color=BAND)
            .encode(x=x, y=y("low"), y2="high:Q")
        ],
        "reference": [
            alt.Chart(alt.NamedData("reference"))
            .mark_rule(color="var(--ink)", strokeWidth=1, strokeDash=[2, 3])
            .encode(y=y("value"))
        ],
        "rivals": _lines_of_rivals(x, y("value")),
        "names": _names_of_lines(x, y("value"), colour),
        "leeway": [leeway.mark_line(**edge).encode(y=y("value"))],
        "seeds": [
            alt.Chart(alt.NamedData("seeds"))
            .mark_line(
                strokeWidth=0.8 if kind.trajectories else 3,
                strokeOpacity=0.3,
                strokeCap="round",
                strokeJoin="round",
                invalid="break-paths-show-path-domains",
            )
            .transform_flatten(["rung", "value", "order"])
            .encode(x=x, y=y("value"), color=colour, order=alt.Order("order:Q"))
        ],
        "fits": [
            alt.Chart(alt.NamedData("fits"))
            .mark_line(strokeWidth=1.5)
            .encode(x=x, y=y("value"), color=colour, strokeDash=dashes())
        ],
        "points": [
            *[points.mark_rule(strokeWidth=1).encode(y=y("least"), y2="most:Q")] * kind.extremes,
            points.mark_rule(strokeWidth=5, opacity=0.4).encode(y=y("low"), y2="high:Q"),
            points.mark_point(filled=True, size=56, opacity=1).encode(
                y=y("estimate"), shape=shapes(), tooltip=_tooltip()
            ),
        ],
    }
    drawn = [layer for name, group in layers.items() if name in kind.filled for layer in group]
    return finished(alt.layer(*drawn))


def _about(ladder: str, blueprint: Any) -> Any:
    """A blueprint, or a part of it, that calls the ladder by its name."""
    if isinstance(blueprint, dict):
        return {key: _about(ladder, part) for key, part in blueprint.items()}
    if isinstance(blueprint, list):
        return [_about(ladder, part) for part in blueprint]
    return ladder if blueprint == _RUNG else blueprint


def _tooltip() -> list[alt.Tooltip]:
    columns = {
        "setting:N": "setting",
        "rung:Q": _RUNG,
        "value:N": "estimate",
        "interval:N": "95% interval",
        "extremes:N": "seeds from and to",
        "seeds:Q": "seeds",
    }
    return [alt.Tooltip(field, title=title) for field, title in columns.items()]


def _across(kind: _Kind) -> alt.X:
    return alt.X(
        "rung:Q",
        title=_RUNG,
        scale=alt.Scale(type=kind.along, nice=False, padding=16, reverse=alt.ExprRef("falling")),
        axis=alt.Axis(
            values=alt.ExprRef("rungs"),
            grid=False,
            labelExpr="rungNames[indexof(rungs, datum.value)]",
        ),
    )


def _upwards(kind: _Kind) -> Callable[[str], alt.Y]:
    """What makes a channel of a field: all on one scale and one axis."""
    scale = alt.Scale(
        type=kind.scale,
        nice=False,
        zero=alt.Undefined if kind.scale == "log" else False,
        domainMin=alt.ExprRef("low"),
        domainMax=alt.ExprRef("high"),
    )
    plain = alt.Axis(tickCount=6, ticks=False, domain=False)  # the grid says where its numbers are
    levels = alt.Axis(
        values=alt.ExprRef("levels"),
        labelExpr="levels ? levelNames[indexof(levels, datum.value)] : datum.label",
        ticks=False,
        domain=False,
    )
    axis = levels if kind.scale == "log" else plain
    return lambda field: alt.Y(f"{field}:Q", title=None, scale=scale, axis=axis)


def _names_of_lines(x: alt.X, y: alt.Y, colour: alt.Color) -> list[alt.Chart]:
    """Which line is the claim's and which its control's, where that fits."""
    away = alt.ExprRef("datum.side == 'above' ? -11 : 19")  # filters warn of what they leave empty
    name = alt.Chart(alt.NamedData("names")).encode(x=x, y=y, color=colour, text="setting:N")
    return [name.mark_text(fontSize=12, align="right", dx=-14, dy=away)]


def _lines_of_rivals(x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Each with its label, to the side where there is room."""
    rival = alt.Chart(alt.NamedData("rivals")).encode(x=x, y=y, detail="label:N")
    beside = "datum.end == 'beside'"
    label = rival.transform_filter("datum.end").mark_text(
        fontSize=12,
        color="var(--faint)",
        align=alt.ExprRef(f"{beside} ? 'left' : 'right'"),
        baseline=alt.ExprRef(f"{beside} ? 'bottom' : 'middle'"),
        dx=alt.ExprRef(f"{beside} ? 5 : 0"),
        dy=alt.ExprRef(f"{beside} ? 0 : datum.end == 'above' ? -7 : 14"),
    )
    return [
        rival.mark_line(color="var(--faint)", strokeWidth=1, strokeDash=[8, 3, 2, 3]),
        label.encode(text="label:N"),
    ]
