"""Numbers over a plane, as a claim draws them: in each cell what was measured and what theory says.

The sign is told by the colour, the size by how full it is, and both by the number itself.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from widthwise.harness.terms.drawing import Cell, Map

from ..wording import number, visible
from .figure_style import finished

FULLEST = 0.4
"""The opacity of the largest number's cell: ink can still be read on it."""


def figure(plane: Map) -> dict[str, Any]:
    """The Vega-Lite specification, data included."""
    across = sorted({cell.across for cell in plane.cells})
    up = sorted({cell.up for cell in plane.cells}, reverse=True)
    cells = alt.Chart(alt.NamedData("cells")).encode(
        x=alt.X("across:O", title=visible(plane.across), **_in_order(across)),
        y=alt.Y("up:O", title=None, **_in_order(up)),  # it stands above the figure as text
    )
    signs = alt.Scale(domain=["positive", "negative"], range=["var(--claim)", "var(--control)"])
    layers = [
        cells.mark_rect(stroke="var(--rule)").encode(
            color=alt.Color("sign:N", scale=signs, legend=None),
            fillOpacity=alt.FillOpacity("fill:Q", scale=None, legend=None),
        ),
        cells.mark_text(color="var(--ink)", fontSize=14, dy=-6).encode(text="measured:N"),
        cells.mark_text(color="var(--ink)", fontSize=11, dy=9).encode(text="predicted:N"),
    ]
    largest = max(abs(cell.measured) for cell in plane.cells) or 1
    return {
        **finished(alt.layer(*layers)),
        "datasets": {"cells": [_row(cell, largest) for cell in plane.cells]},
        "description": describe(plane),
    }


def describe(plane: Map) -> str:
    """The map in words, for readers who cannot see it."""
    told = [cell for cell in plane.cells if cell.predicted is not None]
    apart = max((abs(cell.measured - (cell.predicted or 0)) for cell in told), default=None)
    beside = f"; at most {number(apart)} from what is predicted" if apart is not None else ""
    found = [cell.measured for cell in plane.cells]
    return (
        f"{visible(plane.title)}. Over {visible(plane.across)} and {visible(plane.up)}: from "
        f"{number(min(found))} to {number(max(found))}{beside}."
    )


def _in_order(places: list[float]) -> dict[str, Any]:
    """A column or a row for each place, called by its number."""
    axis = alt.Axis(labelAngle=0, ticks=False, domain=False, labelExpr="datum.label")
    return {"sort": [_said(place) for place in places], "axis": axis}


def _row(cell: Cell, largest: float) -> dict[str, Any]:
    return {
        "across": _said(cell.across),
        "up": _said(cell.up),
        "measured": f"{cell.measured:.2f}".replace("-", "−"),
        "predicted": "" if cell.predicted is None else f"theory {_said(cell.predicted)}",
        "sign": "negative" if cell.measured < 0 else "positive",
        "fill": round(FULLEST * abs(cell.measured) / largest, 3),
    }


def _said(value: float) -> str:
    return number(value + 0.0)
