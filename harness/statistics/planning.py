"""How many seeds a claim needs, worked out before any is spent."""

from __future__ import annotations

from collections.abc import Callable

from ..terms.ladder import FIRST_LOOK

FAILURE = 1e-4
"""How often a well-planned claim may stay inconclusive."""
SPARE = 4.0
"""Standard errors to spare in planning; a t interval then fails less often than that."""
MOST_SEEDS = 1 << 20
"""Planning gives up beyond this many seeds."""


def fewest(settles: Callable[[int], bool]) -> int | None:
    """The smallest number of seeds that settles, from `FIRST_LOOK` up to `MOST_SEEDS`."""
    high = FIRST_LOOK
    if settles(high):
        return high
    while not settles(high):
        high *= 2
        if high > MOST_SEEDS:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if settles(middle) else (middle, high)
    return high
