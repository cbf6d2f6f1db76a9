"""Two laws side by side: their distribution functions at the last rung.

Around either of the claim's functions lies the band of Dvoretzky, Kiefer and Wolfowitz
that its verdict rests on. The distance of the laws is the largest vertical gap.
"""

from __future__ import annotations

import functools
from itertools import product
from typing import Any

import altair as alt
import numpy as np

from widthwise.harness.terms.evidence import Evidence

from ..wording import visible
from .figure_style import BAND, colours, finished
from .geometry import clip, settings

LAWS = ("first", "second")

Rows = list[dict[str, Any]]


def figure(record: Evidence) -> dict[str, Any]:
    """The Vega-Lite specification, data included."""
    rung = f"{visible(record.ladder.name).replace('_', ' ')} {record.ladder.rungs[-1]:g}"
    steps = _steps(record)
    return {
        **_blueprint(rung),
        "datasets": {
            "steps": steps,
            "band": _band(record, [row for row in steps if row["setting"] == "claim"]),
        },
    }


def half_width(record: Evidence) -> float:
    """How far a drawn function may be from the law's: half of what the distance may be off."""
    judgement = record.finding.judgement
    low, high = judgement.interval
    return max(high - judgement.estimate, judgement.estimate - low) / 2


def _steps(record: Evidence) -> Rows:
    rows = []
    drawn = [pair for pair in settings(record) if pair[1].points]
    for (setting, finding), (index, law) in product(drawn, enumerate(LAWS)):
        values = finding.points[-1].clouds[index]
        shares = np.linspace(0, 1, len(values)).tolist()
        rows += [
            {"setting": setting, "law": law, "value": value, "share": share}
            for value, share in zip(values, shares, strict=True)
        ]
    return rows


def _band(record: Evidence, steps: Rows) -> Rows:
    reach = half_width(record)
    return [
        {
            "law": row["law"],
            "value": row["value"],
            "low": clip(row["share"] - reach, 0, 1),
            "high": clip(row["share"] + reach, 0, 1),
        }
        for row in steps
    ]


@functools.cache
def _blueprint(rung: str) -> dict[str, Any]:
    """The specification without data."""
    x = alt.X(
        "value:Q",
        title=f"value at {rung}",
        scale=alt.Scale(zero=False, nice=False, padding=8),
        axis=alt.Axis(grid=False, tickCount=6),
    )
    y = alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5))
    dash = alt.Scale(domain=list(LAWS), range=[[1, 0], [2, 3]])
    chart = alt.layer(
        alt.Chart(alt.NamedData("band"))
        .mark_area(color=BAND, interpolate="step-after")
        .encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q", detail="law:N"),
        alt.Chart(alt.NamedData("steps"))
        .mark_line(strokeWidth=1.5, interpolate="step-after")
        .encode(
            x=x,
            y=y,
            color=colours(),
            strokeDash=alt.StrokeDash("law:N", scale=dash, legend=None),
            order=alt.Order("share:Q"),
        ),
    )
    return finished(chart)
