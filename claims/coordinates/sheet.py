"""The checks as pages show them: their tables, every feature over the width, loss over the rate."""

from __future__ import annotations

import math
from collections.abc import Sequence

from widthwise.harness import Curve, Drawing
from widthwise.harness.terms.drawing import MOST_CURVES
from widthwise.harness.terms.sheet import Sheet

from .best_rate import RateTransfer
from .check import CoordinateCheck
from .judging import Line


def sheet_of(check: CoordinateCheck) -> Sheet:
    """The check as a sheet."""
    return Sheet(
        "coordinates",
        "coordinate check",
        check.verdict,
        check.breaks,
        check.table,
        check.note,
        _drawing(check),
    )


def sheet_of_rates(found: RateTransfer) -> Sheet:
    """The search for the best rate as a sheet."""
    return Sheet(
        "best_rate",
        "learning-rate transfer",
        found.verdict,
        (found.reason,),
        found.table,
        found.note,
        _losses(found),
    )


def _losses(found: RateTransfer) -> Drawing:
    """The loss over the rate at a few widths, the first and the last among them."""
    number = min(MOST_CURVES, len(found.widths))
    some = [place * (len(found.widths) - 1) // (number - 1) for place in range(number)]
    rates = [math.log10(rate) for rate in found.rates]
    return Drawing(
        "Where the loss is lowest, width by width",
        "log₁₀ of the rate",
        "logarithm of the loss over that at the start, mean over seeds",
        tuple(Curve.of(f"width {found.widths[at]}", rates, found.curves[at]) for at in some),
    )


def _drawing(check: CoordinateCheck) -> Drawing | None:
    """A panel for every feature; flat is what does not depend on the width."""
    curves = [
        Curve.of(name, _doublings(check.widths), _doublings(line.means), panel=feature)
        for feature in check.features
        for name, line in _shown(check.of(feature))
        if all(mean > 0 and math.isfinite(mean) for mean in line.means)
    ]
    if not curves:
        return None
    return Drawing(
        "How large every feature is at the start, and how far it moves",
        f"doublings of the width since {check.widths[0]}",
        "doublings of size or movement meanwhile: flat where nothing depends on the width",
        tuple(curves),
    )


def _shown(lines: Sequence[Line]) -> list[tuple[str, Line]]:
    """The start, the first step and the last."""
    first, *moved = lines
    ends = dict.fromkeys([moved[0], moved[-1]])
    return [("size at the start", first), *((f"moved, step {line.step}", line) for line in ends)]


def _doublings(values: Sequence[float]) -> list[float]:
    return [math.log2(value / values[0]) for value in values]
