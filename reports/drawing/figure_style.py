"""How all figures look; the style sheet's colours serve the light and the dark page alike."""

from __future__ import annotations

from typing import Any

import altair as alt

WIDTH, HEIGHT = 440, 270
BAND = "var(--band)"


def colours() -> alt.Color:
    """Blue for the claim, orange for its control."""
    return alt.Color("setting:N", scale=_scale("var(--claim)", "var(--control)"), legend=None)


def shapes() -> alt.Shape:
    """Circles for the claim, diamonds for its control."""
    return alt.Shape("setting:N", scale=_scale("circle", "diamond"), legend=None)


def dashes() -> alt.StrokeDash:
    """Solid lines for the claim, dashed ones for its control."""
    return alt.StrokeDash("setting:N", scale=_scale([1, 0], [6, 4]), legend=None)


def finished(chart: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    """The specification of a chart in this style."""
    return chart.properties(width=WIDTH, height=HEIGHT).configure(**_CONFIG).to_dict()


def finished_panels(chart: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    """The specification of a chart of panels that have their sizes."""
    legend = {"labelColor": "var(--ink)", "labelFontSize": 12, "labelLimit": 400}
    header = {"labelColor": "var(--ink)", "labelFontSize": 12, "labelLimit": 240}
    return chart.configure(**_CONFIG, legend=legend, header=header).to_dict()


def _scale(claim: Any, control: Any) -> alt.Scale:
    return alt.Scale(domain=["claim", "control"], range=[claim, control])


# Named, not a custom property: Vega measures labels with it.
_FONT = (
    "-apple-system, Segoe UI, Roboto, Helvetica Neue, Noto Sans, Arial, Liberation Sans, "
    "DejaVu Sans Condensed, system-ui, sans-serif"
)
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
        "labelExpr": "format(datum.value, datum.value && abs(datum.value) < 1e-3"
        " || datum.value >= 1e5 ? '.2~e' : '.4~g')",
        "domainColor": "var(--rule)",
        "tickColor": "var(--rule)",
        "gridColor": "var(--grid)",
    },
}
