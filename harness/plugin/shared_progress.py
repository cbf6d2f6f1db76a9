"""Progress under xdist: workers measure and cannot write; the controller shows how long is left.

What a worker has planned, measured and settled since its last report travels with its next.
pytest loads this module always, so it imports nothing heavy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..measuring.measuring import Setting
    from ..measuring.progress import Progress, Task

PROGRESS = "widthwise progress"
"""The user property that carries a worker's news, as JSON, to the controller."""


class Dispatch:
    """Gathers a worker's news; implements the harness's `Watcher`."""

    def __init__(self) -> None:
        self._planned: list[Task] = []
        self._spent: list[tuple[Task, float]] = []
        self._settled: list[str] = []

    def plan(self, tasks: Iterable[Task]) -> None:
        """Batches that will be needed."""
        self._planned += tasks

    def started(self, setting: Setting, rung: float, batch: int) -> None:
        """A batch is about to be measured."""
        self._planned.append((setting.label, rung, batch))

    def finished(self, setting: Setting, rung: float, batch: int, seconds: float) -> None:
        """A batch is there."""
        self._spent.append(((setting.label, rung, batch), seconds))

    def waiting(self, more: Sequence[Task], workers: int, running: Sequence[Task] = ()) -> None:
        """Nobody waits in a worker of xdist."""

    def settled(self, labels: Iterable[str]) -> None:
        """Settings that need no further look."""
        self._settled += labels

    def clear(self) -> None:
        """Nothing is drawn in a worker."""

    def news(self) -> str:
        """What happened since this was last asked."""
        told = {"planned": self._planned, "spent": self._spent, "settled": self._settled}
        text = json.dumps(told)
        for each in told.values():
            each.clear()
        return text


def hear(progress: Progress, news: str) -> None:
    """Add a worker's news to what is known."""
    told: dict[str, list[Any]] = json.loads(news)
    progress.plan(_task(each) for each in told["planned"])
    for task, seconds in told["spent"]:
        # What one worker has from the store another may have measured, and the other way round.
        progress.spent[_task(task)] = max(seconds, progress.spent.get(_task(task), 0.0))
        progress.plan([_task(task)])
    progress.settle(told["settled"])


def _task(told: Sequence[Any]) -> Task:
    label, rung, index = told
    return str(label), rung, int(index)
