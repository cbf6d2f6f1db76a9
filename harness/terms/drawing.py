"""Functions over inputs that a claim draws on its page, beside the figure of its samples.

Some claims are about functions: what an eigenvector looks like, what a network does between its
training points. Numbers over a ladder show none of that. Such a claim names a function that
returns a `Drawing`, or a `Map` of numbers over a plane; nothing is judged by it.

    def modes(end):
        return Drawing("The first eigenvectors", "input x", "value", tuple(curves))

    @claim(..., draws=modes)
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import SupportsFloat

MOST_CURVES = 4
"""Curves of different names that a reader tells apart in one panel."""

MOST_PLACES = 400
"""Places of a curve; a page is no wider."""


MOST_CELLS = 144
"""Cells of a map whose numbers can be read."""


class DrawingError(ValueError):
    """A drawing that could not be shown."""


@dataclass(frozen=True)
class Curve:
    """A function's values.

    Attributes:
        name: what it is; curves of one name look alike.
        across: the inputs.
        up: the values there, as many.
        panel: the heading of the panel it lies in; all of one heading share it.
        dots: whether it is single points rather than a line.

    Raises:
        DrawingError: no place or too many, numbers that do not pair or are not finite.
    """

    name: str
    across: tuple[float, ...]
    up: tuple[float, ...]
    panel: str = ""
    dots: bool = False

    def __post_init__(self) -> None:
        if len(self.across) != len(self.up) or not 0 < len(self.up) <= MOST_PLACES:
            raise DrawingError(
                f"curve {self.name!r} needs as many values as inputs, from 1 to {MOST_PLACES}, "
                f"got {len(self.up)} and {len(self.across)}"
            )
        if not all(math.isfinite(number) for number in (*self.across, *self.up)):
            raise DrawingError(f"curve {self.name!r} holds a number that is not finite")

    @classmethod
    def of(
        cls,
        name: str,
        across: Iterable[SupportsFloat],
        up: Iterable[SupportsFloat],
        *,
        panel: str = "",
        dots: bool = False,
    ) -> Curve:
        """A curve of any numbers, in the four digits that a figure can show."""
        return cls(name, _short(across), _short(up), panel, dots)


@dataclass(frozen=True)
class Drawing:
    """Curves over one kind of input.

    Attributes:
        title: what is to be seen, in a sentence without its full stop.
        across: what the inputs are.
        up: what the values are.
        curves: the curves; panels stand in the order in which they are first named.

    Raises:
        DrawingError: no curve, or more names than can be told apart.
    """

    title: str
    across: str
    up: str
    curves: tuple[Curve, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.names) <= MOST_CURVES:
            raise DrawingError(
                f"drawing {self.title!r} needs curves of 1 to {MOST_CURVES} names, "
                f"got {', '.join(self.names) or 'none'}"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The curves' names, each once."""
        return tuple(dict.fromkeys(curve.name for curve in self.curves))

    @property
    def panels(self) -> tuple[str, ...]:
        """The panels' headings, each once."""
        return tuple(dict.fromkeys(curve.panel for curve in self.curves))


@dataclass(frozen=True)
class Cell:
    """A place of a plane, with what was measured there.

    Attributes:
        across: where it lies.
        up: where it lies.
        measured: the number there.
        predicted: what theory says it is; None where it says nothing.

    Raises:
        DrawingError: a number that is not finite.
    """

    across: float
    up: float
    measured: float
    predicted: float | None = None

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.across, self.up, self.measured, self.predicted or 0))):
            raise DrawingError(f"{self} holds a number that is not finite")


@dataclass(frozen=True)
class Map:
    """Numbers over a plane, each beside what theory says it is.

    Attributes:
        title: what is to be seen, in a sentence without its full stop.
        across: what is told apart from left to right.
        up: what is told apart from bottom to top.
        cells: the places, each once.

    Raises:
        DrawingError: no cell, too many, or one place twice.
    """

    title: str
    across: str
    up: str
    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        places = {(cell.across, cell.up) for cell in self.cells}
        if not 0 < len(places) == len(self.cells) <= MOST_CELLS:
            raise DrawingError(
                f"map {self.title!r} needs from 1 to {MOST_CELLS} cells, each in a place of its "
                f"own, got {len(self.cells)} in {len(places)} places"
            )


def _short(numbers: Iterable[SupportsFloat]) -> tuple[float, ...]:
    return tuple(float(f"{float(number):.4g}") for number in numbers)
