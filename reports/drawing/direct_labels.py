"""Where a figure has room for the names of its lines, so that nobody has to go to the legend."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from widthwise.harness.terms.evidence import Evidence

from . import rivals
from .figure_style import HEIGHT
from .geometry import ScaleType, settings

_ROOM = 22 / HEIGHT
"""What a line of text and the air around it take of the height."""


def names(record: Evidence, low: float, high: float, scale: ScaleType) -> list[dict[str, Any]]:
    """The name of each line at its last rung, above the upper one and below the lower.

    None where the ends of the two are too close to be told apart, where a name would leave the
    figure, or where it would lie on the end of a rival's line.
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
    ends.sort(key=lambda end: end[0])
    if len(ends) < 2 or any(upper[0] - lower[0] < _ROOM for lower, upper in pairwise(ends)):
        return []
    taken = [height(line[-1][1]) for _, line in rivals.lines(record, low, high) if line]
    found = []
    for (place, setting, point), side, step in zip(
        ends, ("below", "above"), (-_ROOM, _ROOM), strict=True
    ):
        middle = place + step
        free = all(abs(middle - other) > _ROOM and abs(place - other) > _ROOM for other in taken)
        if free and 0 <= place <= 1 and 0 < middle < 1:
            found.append(
                {"setting": setting, "rung": point.rung, "value": point.estimate, "side": side}
            )
    return found
