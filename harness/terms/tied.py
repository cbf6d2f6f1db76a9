"""Ladders on which other arguments grow with the rung: depth with the width, inputs with dimension.

    over=Tied(Widths(32, 256), depth=1 / 16)

Wide and deep networks have a limit for each ratio of depth to width (Hanin & Nica 2020), and
data sets one for each number of points per dimension: it is the ratio that is held.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from .ladder import Effort, Ladder, Rungs


@dataclass(frozen=True, init=False)
class Tied:
    """A ladder whose measurement takes further arguments, in proportion to the rung.

    `Tied(Widths(32, 256), depth=1 / 16)` passes `width=32, depth=2`, then `width=64, depth=4`, and
    so on. A control may hold one of them fixed by naming it.

    Attributes:
        over: the ladder.
        ratios: what each argument is a multiple of the rung by.

    Raises:
        ValueError: if nothing is tied, a ratio is not positive and finite, an argument is the rung
            itself or the seeds, or a multiple at any effort is no whole number of at least 1.
    """

    over: Rungs
    ratios: tuple[tuple[str, float], ...]

    def __init__(self, over: Rungs, **ratios: float) -> None:
        if not hasattr(over, "at"):
            raise ValueError(f"Tied: needs a ladder such as Widths(64, 4096) first, got {over!r}")
        if not ratios:
            raise ValueError("Tied: name what grows with the rung, e.g. depth=1 / 16")
        for name, ratio in ratios.items():
            number = isinstance(ratio, (int, float)) and not isinstance(ratio, bool)
            if not number or not 0 < ratio < math.inf:
                raise ValueError(f"Tied: the ratio of {name} is positive, got {ratio!r}")
        object.__setattr__(self, "over", over)
        object.__setattr__(self, "ratios", tuple(ratios.items()))

    def at(self, effort: Effort) -> Ladder:
        """The ladder of this effort, and what is tied to its rungs."""
        ladder = self.over.at(effort)
        for name, ratio in self.ratios:
            if name in (ladder.name, "seeds"):
                raise ValueError(f"Tied: {name} cannot be tied to {ladder.name}")
            for rung in ladder.rungs:
                if not _is_whole(ratio * rung):
                    raise ValueError(
                        f"Tied: {name} is {ratio * rung:g} at {ladder.name}={rung:g}, and whole "
                        "numbers are what can be tied: choose rungs that the ratio divides"
                    )
        return dataclasses.replace(ladder, tied=(*ladder.tied, *self.ratios))


def _is_whole(number: float) -> bool:
    return number > 0.5 and abs(number - round(number)) <= 1e-9 * number
