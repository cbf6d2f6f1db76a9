"""Where a figure has room for the names of its lines, so that nobody has to go to the legend."""

from __future__ import annotations

import math
from typing import Any

from widthwise.harness.terms.evidence import Evidence

from . import rivals
from .figure_style import HEIGHT
from .geometry import ScaleType, settings

_ROOM = 22 / HEIGHT
"""What a line of text and the air around it take of the height."""


def names(record: Evidence, low: float, high: float, scale: ScaleType) -> list[dict[str, Any]]:
    """The name of each line beside its last rung: to the left, where the line comes from.

    Below a line that falls and above one that rises; of level lines, above the upper and below the
    lower one. Otherwise on the other side, and nowhere if it would leave the figure or come near
    the end of another line.
    """

    def height(value: float) -> float:
        if scale == "log":
            return math.log(value / low) / math.log(high / low) if value > 0 else -math.inf
        return (value - low) / (high - low)

    ends = [
        (height(finding.points[-1].estimate), setting, finding.points)
        for setting, finding in settings(record)
        if finding.points and math.isfinite(finding.points[-1].estimate)
    ]
    ends.sort(key=lambda end: end[0], reverse=True)
    taken = [height(line[-1][1]) for _, line in rivals.lines(record, low, high) if line]
    found = []
    for upper, (place, setting, points) in zip((True, False), ends, strict=False):
        others = [*taken, *(end[0] for end in ends if end[1] != setting)]
        *_, before, last = (points[0], *points)  # of a single rung the line is level
        rise = place - height(before.estimate)
        for side, step in _sides(rise, upper):
            if 0 <= place <= 1 and _is_free(place + step, others):
                found.append(
                    {"setting": setting, "rung": last.rung, "value": last.estimate, "side": side}
                )
                taken.append(place + step)
                break
    return found


def _sides(rise: float, upper: bool) -> tuple[tuple[str, float], tuple[str, float]]:
    above = rise > 0 if abs(rise) > 0.02 else upper
    return (_ABOVE, _BELOW) if above else (_BELOW, _ABOVE)


def _is_free(middle: float, others: list[float]) -> bool:
    inside = _ROOM / 2 <= middle <= 1 - _ROOM / 2
    return inside and all(abs(middle - other) > 0.9 * _ROOM for other in others)


_ABOVE, _BELOW = ("above", _ROOM), ("below", -_ROOM)
