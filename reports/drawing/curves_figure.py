"""Functions over inputs, as a claim draws them: small panels side by side, one look per name."""

from __future__ import annotations

import textwrap
from typing import Any

import altair as alt

from widthwise.harness.terms.drawing import Curve, Drawing

from ..wording import visible
from .figure_style import HEIGHT, WIDTH, finished_panels

COLOURS = ("var(--claim)", "var(--control)", "var(--ink)", "var(--faint)")
DASHES = ([1, 0], [6, 4], [1, 0], [2, 3])
COLUMNS = 2
_LETTER = 7  # pixels, about, of an axis's title


def figure(drawing: Drawing) -> dict[str, Any]:
    """The Vega-Lite specification, data included."""
    names, panels = ([visible(each) for each in said] for said in (drawing.names, drawing.panels))
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", columnPadding=24)
    key: dict[str, Any] = {"legend": legend if len(names) > 1 else None}
    wide = WIDTH if len(panels) == 1 else WIDTH // COLUMNS
    looks = {
        "color": alt.Color(
            "curve:N", scale=alt.Scale(domain=names, range=list(COLOURS[: len(names)])), **key
        ),
        "x": alt.X(
            "across:Q",
            title=textwrap.wrap(visible(drawing.across), wide // _LETTER),
            scale=alt.Scale(zero=False, nice=False),
            axis=alt.Axis(grid=False, tickCount=5),
        ),
        "y": alt.Y("up:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5)),
    }
    lines = (
        alt.Chart()
        .mark_line(strokeWidth=1.5)
        .encode(
            **looks,
            strokeDash=alt.StrokeDash(
                "curve:N",
                scale=alt.Scale(domain=names, range=list(DASHES[: len(names)])),
                **key,
            ),
            order=alt.Order("place:Q"),
        )
        .transform_filter("!datum.dots")
    )
    dots = (
        alt.Chart()
        .mark_point(filled=True, size=40, opacity=1)
        .encode(**looks)
        .transform_filter("datum.dots")
    )
    layers = alt.layer(lines, dots, data=alt.NamedData("curves"))
    chart = layers.properties(width=wide, height=HEIGHT * wide // WIDTH)
    if len(panels) > 1:
        chart = chart.facet(alt.Facet("panel:N", title=None, sort=panels), columns=COLUMNS)
    specification = finished_panels(chart)
    return {
        **specification,
        "datasets": {"curves": [row for curve in drawing.curves for row in _rows(curve)]},
        "description": describe(drawing),
    }


def describe(drawing: Drawing) -> str:
    """The drawing in words, for readers who cannot see it."""
    names, panels = map(_listed, (drawing.names, [each for each in drawing.panels if each]))
    inside = f", in panels: {panels}" if panels else ""
    return f"{visible(drawing.title)}. Over {visible(drawing.across)}: {names}{inside}."


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return "; ".join(map(visible, words))


def _rows(curve: Curve) -> list[dict[str, Any]]:
    look = {"curve": visible(curve.name), "panel": visible(curve.panel), "dots": curve.dots}
    pairs = zip(curve.across, curve.up, strict=True)
    return [{**look, "place": place, "across": x, "up": y} for place, (x, y) in enumerate(pairs)]
