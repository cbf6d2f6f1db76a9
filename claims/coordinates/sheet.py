"""A coordinate check as a page shows it: the table, and every feature over the width."""

from __future__ import annotations

import math
from collections.abc import Sequence

from widthwise.harness import Curve, Drawing
from widthwise.harness.terms.sheet import Sheet

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
