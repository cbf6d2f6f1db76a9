"""The figure of a claim, as a Vega-Lite specification and in words.

Most claims are drawn over their ladder (see `ladder_figure`), laws that are compared
as their distribution functions (see `law_figure`). What a claim draws beside its figure
is curves (see `curves_figure`) or a map (see `map_figure`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from widthwise.harness.terms.drawing import Drawing, Map
from widthwise.harness.terms.evidence import Evidence
from widthwise.harness.terms.verdict import Interval

from ..wording import bounds, number, visible
from . import axes, curves_figure, ladder_figure, law_figure, map_figure
from .geometry import common_extent


def figures_of(records: Sequence[Evidence]) -> list[dict[str, Any]]:
    """The figures of a claim's variants, on the same scale of values where that serves all."""
    span = None if any(map(compares_laws, records)) else common_extent(records)
    return [figure(record, span) for record in records]


def figure(record: Evidence, span: Interval | None = None) -> dict[str, Any]:
    """The Vega-Lite specification of a claim's figure, data included.

    Args:
        record: the claim.
        span: the range of values to show; None for the claim's own.
    """
    laws = compares_laws(record)
    drawn = law_figure.figure(record) if laws else ladder_figure.figure(record, span)
    return {**drawn, "description": describe(record)}


def beside(drawing: Drawing | Map) -> dict[str, Any]:
    """The Vega-Lite specification of what a claim draws beside its figure, data included."""
    if isinstance(drawing, Map):
        return map_figure.figure(drawing)
    return curves_figure.figure(drawing)


def describe_beside(drawing: Drawing | Map) -> str:
    """What a claim draws beside its figure in words, for readers who cannot see it."""
    if isinstance(drawing, Map):
        return map_figure.describe(drawing)
    return curves_figure.describe(drawing)


def compares_laws(record: Evidence) -> bool:
    """Whether the claim is about two distributions, and the record holds them."""
    findings = (record.finding, record.control)
    return all(len(found.points[-1].clouds) == 2 for found in findings if found.points)


def vertical(record: Evidence) -> str:
    """What the figure's vertical axis shows, in words."""
    return axes.vertical_of_laws(record) if compares_laws(record) else axes.vertical(record)


def describe(record: Evidence) -> str:
    """The figure in words, for readers who cannot see it."""
    judgement, points = record.finding.judgement, record.finding.points
    rung, controls = visible(record.ladder.name).replace("_", " "), record.control.points
    band = f"Band for the {visible(judgement.quantity)}: {bounds(judgement.band)}."
    if compares_laws(record):
        other = f", the control's {number(controls[-1].estimate)}" if controls else ""
        return (
            f"Distribution functions of two laws at {rung} {points[-1].rung:g}: the claim's are "
            f"{number(points[-1].estimate)} apart{other}. {band}"
        )
    other = (
        f", the control's from {number(controls[0].estimate)} to {number(controls[-1].estimate)}"
        if controls
        else ""
    )
    return (
        f"{rung.capitalize()} from {points[0].rung:g} to {points[-1].rung:g}: "
        f"the claim's measurement goes from {number(points[0].estimate)} to "
        f"{number(points[-1].estimate)}{other}. {band}"
    )
