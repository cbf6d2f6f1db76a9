"""Where a claim is measured: the rungs, and how an effort chooses them.

A ladder is the sequence of values that the claim's asymptotic variable takes.
The variable is the width in nearly every claim; others are about a small
parameter (the size of a displacement, the distance between two tasks), or about
anything that a measurement takes as a number: depth, time, sample size, frequency.

One visible rule scales a claim to an effort: the claim declares the standard
ladder, `quick` stops at a quarter of its largest width, but not before its fourth
rung, `full` goes on to four times the largest. Rungs of a cheaper effort are rungs
of a dearer one, so samples are never thrown away when the effort changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

FEWEST = 4
"""Rungs that every effort keeps of a ladder that has them: a law and its misfit need no fewer."""

FIRST_LOOK = 16
"""Seeds in the first look, and in every batch that is measured at once."""


@dataclass(frozen=True)
class Ladder:
    """The rungs at which a claim is measured.

    Attributes:
        name: the argument of the measurement that a rung is passed to.
        rungs: the values, in the order that approaches the limit.
        limit: where the variable goes, "infinity" (a width) or "zero".
        reference: the value at which a correction D of the prediction is stated
            (statistics.md calls it N_0; 64 for widths).
        tied: other arguments of the measurement, and by which multiple of the rung they grow
            with it (`Tied`).
    """

    name: str
    rungs: tuple[float, ...]
    limit: Literal["infinity", "zero"]
    reference: float
    tied: tuple[tuple[str, float], ...] = ()

    def beside(self, rung: float) -> dict[str, int]:
        """What is tied to a rung, by argument."""
        return {name: round(ratio * rung) for name, ratio in self.tied}

    @property
    def is_width(self) -> bool:
        """Whether the rungs are widths, hence whole numbers."""
        return self.name == "width"


@dataclass(frozen=True)
class Effort:
    """How much a run may cost: how far ladders reach and how many seeds they get.

    Attributes:
        name: what `--effort` calls it.
        reach: the largest width as a multiple of the declared one.
        looks: seeds per rung at each look, declared in advance. The error rate
            is shared among all five looks whatever the effort, so that a verdict
            at a given look does not depend on the effort.
    """

    name: str
    reach: float
    looks: tuple[int, ...]


EFFORTS = {
    effort.name: effort
    for effort in (
        Effort("quick", 1 / 4, (16, 32, 64)),
        Effort("standard", 1, (16, 32, 64, 128, 256)),
        Effort("full", 4, (16, 32, 64, 128, 256)),
    )
}


class Rungs(Protocol):
    """What a claim declares: a rule that gives the ladder of each effort."""

    def at(self, effort: Effort) -> Ladder:
        """The ladder to climb at this effort."""
        ...


@dataclass(frozen=True)
class Widths:
    """Widths from `smallest` to `largest` by a constant factor, at standard effort.

    Attributes:
        smallest: the first width.
        largest: the last width at standard effort; reached exactly.
        factor: the ratio of neighbouring widths, a whole number.

    Raises:
        ValueError: if a width is not a positive whole number, if they are out of
            order, or if `largest` is not `smallest` times a power of `factor`.
    """

    smallest: int
    largest: int
    factor: int = 2

    def __post_init__(self) -> None:
        for name in ("smallest", "largest"):
            width = getattr(self, name)
            if not isinstance(width, int) or isinstance(width, bool) or width < 1:
                raise ValueError(f"Widths: {name} must be a positive whole number, got {width!r}")
        if not isinstance(self.factor, int) or self.factor < 2:
            raise ValueError(
                f"Widths: factor must be a whole number of at least 2, got {self.factor!r}"
            )
        if self.largest <= self.smallest:
            raise ValueError(
                f"Widths: largest must exceed smallest, got {self.smallest} to {self.largest}"
            )
        if not self._reaches(self.largest):
            raise ValueError(
                f"Widths: {self.largest} is not {self.smallest} times a power of {self.factor}"
            )

    def _reaches(self, width: int) -> bool:
        steps = round(math.log(width / self.smallest, self.factor))
        return self.smallest * self.factor**steps == width

    def at(self, effort: Effort) -> Ladder:
        """The widths up to `effort.reach * largest`, and at least the first four declared."""
        fewest = self.smallest * self.factor ** (FEWEST - 1)
        last = max(effort.reach * self.largest, min(fewest, self.largest))
        rungs = [self.smallest]
        while rungs[-1] * self.factor <= last:
            rungs.append(rungs[-1] * self.factor)
        return Ladder("width", tuple(rungs), "infinity", reference=64)


@dataclass(frozen=True)
class WidthList:
    """Widths chosen one by one, the same at every effort.

    Raises:
        ValueError: if they are not positive whole numbers in increasing order.
    """

    widths: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.widths:
            raise ValueError("WidthList: name at least one width")
        for width in self.widths:
            if not isinstance(width, int) or isinstance(width, bool) or width < 1:
                raise ValueError(f"WidthList: widths are positive whole numbers, got {width!r}")
        if list(self.widths) != sorted(set(self.widths)):
            raise ValueError(
                f"WidthList: widths must increase, each named once, got {self.widths!r}"
            )

    def at(self, effort: Effort) -> Ladder:  # noqa: ARG002 - the same at every effort
        """These widths."""
        return Ladder("width", tuple(self.widths), "infinity", reference=64)


@dataclass(frozen=True)
class Vanishing:
    """A small parameter falling from `largest` to `smallest` in equal ratios.

    The same at every effort: what limits such a ladder is rounding, not cost.

    Attributes:
        name: the argument of the measurement it is passed to.
        largest: the first value, and the one at which corrections are stated.
        smallest: the last value.
        rungs: how many values, both ends included.

    Raises:
        ValueError: if the values are not finite, positive and falling.
    """

    name: str
    largest: float
    smallest: float
    rungs: int = 5

    def __post_init__(self) -> None:
        if not 0 < self.smallest < self.largest < math.inf:
            raise ValueError(
                f"Vanishing({self.name!r}): needs 0 < smallest < largest, "
                f"got {self.smallest!r} and {self.largest!r}"
            )
        if self.rungs < 2:
            raise ValueError(f"Vanishing({self.name!r}): needs at least 2 rungs, got {self.rungs}")

    def at(self, effort: Effort) -> Ladder:  # noqa: ARG002 - the same at every effort
        """The same values at every effort."""
        ratio = (self.smallest / self.largest) ** (1 / (self.rungs - 1))
        values = tuple(self.largest * ratio**i for i in range(self.rungs))
        return Ladder(self.name, values, "zero", reference=self.largest)


@dataclass(frozen=True)
class Over:
    """Values of any variable, one by one: `Over("depth", (4, 8, 16, 32))`.

    Growing values go to infinity, falling ones to zero. They reach the measurement as they are
    written, whole numbers as whole numbers.

    Attributes:
        name: the argument of the measurement they are passed to.
        rungs: the values at standard effort, in the order that approaches the limit.
        quick: how many of them effort quick climbs; None: all.
        full: further values that effort full goes on to.
        reference: the value at which corrections are stated; None: the first one.

    Raises:
        ValueError: if the values are not finite, positive and all growing or all falling, if
            there is only one, if quick has none or more than there are, if the reference is not
            positive, or if they are widths, which `Widths` and `WidthList` declare.
    """

    name: str
    rungs: tuple[float, ...]
    quick: int | None = None
    full: tuple[float, ...] = ()
    reference: float | None = None

    def __post_init__(self) -> None:
        owner = f"Over({self.name!r})"
        if self.name == "width":
            raise ValueError(f"{owner}: declare widths by Widths or WidthList")
        values = (*self.rungs, *self.full)
        for value in values if self.reference is None else (*values, self.reference):
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not 0 < value < math.inf:
                raise ValueError(f"{owner}: values are finite and positive, got {value!r}")
        ordered = sorted(set(values), reverse=values[:1] > values[1:2])
        if len(self.rungs) < 2 or list(values) != ordered:
            raise ValueError(
                f"{owner}: needs at least two values, all growing or all falling, got {values!r}"
            )
        if self.quick is not None and not 1 <= self.quick <= len(self.rungs):
            raise ValueError(
                f"{owner}: quick is how many of the {len(self.rungs)} values effort quick climbs, "
                f"got {self.quick!r}"
            )

    def at(self, effort: Effort) -> Ladder:
        """The values of this effort."""
        climbed = {"quick": self.rungs[: self.quick], "full": (*self.rungs, *self.full)}
        falling = self.rungs[1] < self.rungs[0]
        return Ladder(
            self.name,
            climbed.get(effort.name, self.rungs),
            "zero" if falling else "infinity",
            reference=self.rungs[0] if self.reference is None else self.reference,
        )
