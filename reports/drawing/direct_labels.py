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
    """The name of each line at its last rung, above the upper one and below the lower if it fits.

    Otherwise on the other side of its line, and nowhere if it would leave the figure or come near
    the end of another line.
    """

    def height(value: float) -> float:
        if scale == "log":
            return math.log(value / low) / math.log(high / low) if value > 0 else -math.inf
        return (value - low) / (high - low)

    ends = [
        (height(finding.points[-1].estimate), setting, finding.points[-1])
        for setting, finding in settings(record)
        if finding.points and math.isfinite(finding.points[-1].estimate)
    ]
    ends.sort(key=lambda end: end[0], reverse=True)
    taken = [height(line[-1][1]) for _, line in rivals.lines(record, low, high) if line]
    found = []
    for (place, setting, point), sides in zip(ends, _SIDES, strict=False):
        others = [*taken, *(end[0] for end in ends if end[1] != setting)]
        for side, step in sides:
            if 0 <= place <= 1 and _is_free(place + step, others):
                found.append(
                    {"setting": setting, "rung": point.rung, "value": point.estimate, "side": side}
                )
                taken.append(place + step)
                break
    return found


def _is_free(middle: float, others: list[float]) -> bool:
    inside = _ROOM / 2 <= middle <= 1 - _ROOM / 2
    return inside and all(abs(middle - other) > 0.9 * _ROOM for other in others)


_ABOVE, _BELOW = ("above", _ROOM), ("below", -_ROOM)
_SIDES = ((_ABOVE, _BELOW), (_BELOW, _ABOVE))
"""For the upper line, and for the lower."""
