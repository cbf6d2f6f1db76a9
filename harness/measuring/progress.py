"""Progress: which claim is being measured, at which width, and how long is left.

The time left is an estimate: the work still known to be ahead, at the pace this
run has shown. Work is counted in units that grow with the square of the width,
as a layer's matrix does; a claim that was measured before is judged by its own
pace, one that was not by the pace of the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

Task = tuple[str, float, int]
"""A batch to measure: the setting's label, the rung, the number of the batch."""


@dataclass
class Progress:
    """What is done and what is ahead, in batches.

    Attributes:
        planned: batches that will be needed as far as is known now.
        spent: seconds each finished batch took; 0 where the store had it.
    """

    planned: dict[Task, None] = field(default_factory=dict)
    spent: dict[Task, float] = field(default_factory=dict)

    def plan(self, tasks: Iterable[Task]) -> None:
        """Batches that will be needed."""
        self.planned.update(dict.fromkeys(tasks))

    def finish(self, task: Task, seconds: float) -> None:
        """A batch is there."""
        self.planned[task] = None
        self.spent.setdefault(task, seconds)

    @property
    def ahead(self) -> list[Task]:
        """The batches that are not there yet."""
        return [task for task in self.planned if task not in self.spent]

    def seconds_left(self, workers: int = 1) -> float | None:
        """The time the rest will take at the pace so far; None before there is a pace.

        Args:
            workers: how many share the rest; it takes no less than its longest batch.
        """
        measured = {task: seconds for task, seconds in self.spent.items() if seconds > 0}
        if not measured:
            return None
        overall = _pace(measured)
        own = {
            label: _pace({task: s for task, s in measured.items() if task[0] == label})
            for label in {task[0] for task in measured}
        }
        expected = [units(task) * own.get(task[0], overall) for task in self.ahead]
        return max(math.fsum(expected) / workers, max(expected, default=0.0))


def duration(seconds: float) -> str:
    """A duration as a person says it: "under a minute", "about 4 min", "about 2.5 h"."""
    if seconds < 50:
        return "under a minute"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60):d} min"
    return f"about {seconds / 3600:.1f} h"


def units(task: Task) -> float:
    """How much work a batch is, as far as its rung tells."""
    rung = task[1]
    # Small parameters cost the same everywhere; small widths cost their overhead.
    return max(rung, 64.0) ** 2 if rung >= 1 else 1.0


def _pace(measured: dict[Task, float]) -> float:
    return math.fsum(measured.values()) / math.fsum(map(units, measured))
