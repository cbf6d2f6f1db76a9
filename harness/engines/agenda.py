"""The agenda of an engine: which batch is handed out next, and how.

The longest go first. A batch that comes back because another process is measuring what
it asks for is put aside until all that were under way then have answered: whoever
measured it was one of them, unless it belongs to another run. Only when nothing else is
left is a worker made to wait for it. So no worker is idle while there is work, none
asks again before something has changed, and nobody needs to know which claims share
their measurements.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from ..measuring.measuring import Setting
from ..measuring.progress import Task, units


@dataclass(frozen=True)
class Work:
    """A batch to measure: number `index` of a setting at a rung."""

    setting: Setting
    rung: float
    index: int

    @property
    def task(self) -> Task:
        """How progress calls it."""
        return self.setting.label, self.rung, self.index

    @property
    def place(self) -> str:
        """How errors call it."""
        return f"claim {self.setting.label!r} at {self.setting.rung_name}={self.rung:g}"


@dataclass(frozen=True)
class Handout:
    """A batch on its way to a worker.

    Attributes:
        piece: the batch.
        manner: "unless busy" comes back rather than wait for another process, "patiently"
            waits, "alone" waits too and has no other batch beside it.
    """

    piece: Work
    manner: Literal["unless busy", "patiently", "alone"]


class Agenda:
    """What is to be handed out, what is with the workers and what was put aside.

    Args:
        at_once: how many batches are with the workers at most.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._ahead: list[tuple[float, int, Work]] = []
        self._numbers = itertools.count()  # among equally long ones the first to come goes first
        self._aside: list[tuple[Work, frozenset[Task]]] = []
        self._suspects: list[Work] = []
        self._under_way: set[Task] = set()

    def add(self, pieces: Iterable[Work]) -> None:
        """Batches to hand out."""
        for piece in pieces:
            heapq.heappush(self._ahead, (-units(piece.task), next(self._numbers), piece))

    def handouts(self) -> Iterator[Handout]:
        """What to hand out now."""
        while len(self._under_way) < self._at_once and (handout := self._next()) is not None:
            self._under_way.add(handout.piece.task)
            yield handout

    def answered(self, piece: Work) -> None:
        """A batch is there, or will never be; those that were put aside for it come back."""
        self._under_way.remove(piece.task)
        waiting, self._aside = self._aside, []
        for other, behind in waiting:
            if behind & self._under_way:
                self._aside.append((other, behind))
            else:
                self.add([other])

    def busy(self, piece: Work) -> None:
        """Another process is measuring what a batch asks for."""
        self._under_way.remove(piece.task)
        self._aside.append((piece, frozenset(self._under_way)))

    def suspect(self, piece: Work) -> None:
        """A worker died that had this batch; it is handed out alone, after all others."""
        self.answered(piece)
        self._suspects.append(piece)

    def _next(self) -> Handout | None:
        if self._ahead:
            return Handout(heapq.heappop(self._ahead)[-1], "unless busy")
        if self._aside:
            return Handout(self._aside.pop(0)[0], "patiently")
        if self._suspects and not self._under_way:
            return Handout(self._suspects.pop(0), "alone")
        return None
