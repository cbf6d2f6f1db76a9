"""Progress: which batches are done, which are ahead, and how long they will take.

The time left is an estimate. A batch is expected to take what it took in an earlier run, at the
pace of this one; where that is not known, what batches of its setting took at its rung in this
run, then at other rungs, then what its claim took, or all claims together, in the earlier run
if there was one: what is measured first need not be like the rest. Looks that are not asked for
yet count if the setting took them in the earlier run.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Task = tuple[str, float, int]
"""A batch to measure: the setting's label, the rung, the number of the batch."""

Costs = Mapping[str, Mapping[float, tuple[float, ...]]]
"""Seconds that batches took in earlier runs, in order: by the setting's label and the rung."""

_GROWTH = 1.8
"""How cost grows with the width where nothing else tells; small widths cost their overhead."""

_OVERHEAD = 128.0
"""Below this width a batch costs what it does there."""


@dataclass
class Progress:
    """What is done and what is ahead, in batches.

    Attributes:
        earlier: what batches took in earlier runs.
        planned: batches that will be needed as far as is known now.
        spent: seconds each finished batch took; 0 where the store had it.
        settled: settings that will need no further look, by label.
    """

    earlier: Costs = field(default_factory=dict)
    planned: dict[Task, None] = field(default_factory=dict)
    spent: dict[Task, float] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)

    def plan(self, tasks: Iterable[Task]) -> None:
        """Batches that will be needed."""
        self.planned.update(dict.fromkeys(tasks))

    def finish(self, task: Task, seconds: float) -> None:
        """A batch is there."""
        self.planned[task] = None
        self.spent.setdefault(task, seconds)

    def settle(self, labels: Iterable[str]) -> None:
        """Settings that need no further look."""
        self.settled.update(labels)

    @property
    def ahead(self) -> list[Task]:
        """The batches that are not there yet."""
        return [task for task in self.planned if task not in self.spent]

    @property
    def measured(self) -> dict[Task, float]:
        """What the batches took that this run has measured."""
        return {task: seconds for task, seconds in self.spent.items() if seconds > 0}

    def seconds_left(self, workers: int = 1) -> float | None:
        """The time the rest will take; None as long as no earlier run and too little of this tells.

        Args:
            workers: how many share the rest; it takes no less than its longest batch.
        """
        if not (self.earlier or self._knows_half()):
            return None
        expected = self.expected().values()
        return max(math.fsum(expected) / workers, max(expected, default=0.0))

    def expected(self) -> dict[Task, float]:
        """Seconds that each batch ahead is expected to take, 0 where nothing tells."""
        prices = _Prices.of(self.measured, self.earlier)
        return {task: prices.of_batch(task) for task in (*self.ahead, *self._foreseen())}

    @staticmethod
    def by_claim(seconds: Mapping[Task, float]) -> dict[str, float]:
        """Seconds of batches, added up by the name of the claim they belong to."""
        found: defaultdict[str, float] = defaultdict(float)
        for (label, _, _), each in seconds.items():
            found[_claim(label)] += each
        return dict(found)

    def _knows_half(self) -> bool:
        """Whether at least half of the claims were met: the first need not be like the rest."""
        claims = {_claim(label) for label, _, _ in self.planned}
        return 2 * len({_claim(label) for label, _, _ in self.measured}) >= max(1, len(claims))

    def _foreseen(self) -> Iterable[Task]:
        """Batches of later looks that an earlier run took and this one has not asked for."""
        for label, rung in {task[:2]: None for task in self.planned}:
            if label not in self.settled:
                for index in range(len(self.earlier.get(label, {}).get(_key(rung), ()))):
                    if (label, rung, index) not in self.planned:
                        yield label, rung, index


@dataclass(frozen=True)
class _Prices:
    """What a batch may cost, by all that is known.

    Attributes:
        own: seconds per batch in this run, by label and rung.
        earlier: what batches took in earlier runs, at this run's pace.
        claims: seconds per batch by the claim's name, over its cases and their controls.
        everything: the same over all.
    """

    own: Mapping[str, Mapping[float, float]]
    earlier: Costs
    claims: Mapping[str, Mapping[float, float]]
    everything: Mapping[float, float]

    @classmethod
    def of(cls, measured: Mapping[Task, float], earlier: Costs) -> _Prices:
        own = _means((task[0], task[1], seconds) for task, seconds in measured.items())
        then = {task: _then(task, earlier) for task in measured}
        known = {task: seconds for task, seconds in then.items() if seconds is not None}
        took, before = math.fsum(measured[task] for task in known), math.fsum(known.values())
        pace = took / before if before else 1.0
        paced = {
            label: {rung: tuple(pace * each for each in batches) for rung, batches in at.items()}
            for label, at in earlier.items()
        }
        rows = [(label, rung, price) for label, at in own.items() for rung, price in at.items()]
        if paced:
            rows = [
                (label, rung, math.fsum(batches) / len(batches))
                for label, at in paced.items()
                for rung, batches in at.items()
            ]
        return cls(
            own=own,
            earlier=paced,
            claims=_means((_claim(label), rung, price) for label, rung, price in rows),
            everything=_means(("", rung, price) for _, rung, price in rows).get("", {}),
        )

    def of_batch(self, task: Task) -> float:
        """Seconds that a batch is expected to take."""
        label, rung, index = task
        own, batches = self.own.get(label, {}), self.earlier.get(label, {}).get(_key(rung), ())
        # A setting that got its first look from others' runs may have to pay for its second.
        if rung in own and index >= len(batches):
            return own[rung]
        then = _then(task, self.earlier)
        if then is not None:
            return then
        known = own or self.claims.get(_claim(label), {}) or self.everything
        return _at(rung, known) if known else 0.0


def _then(task: Task, earlier: Costs) -> float | None:
    label, rung, index = task
    rungs = earlier.get(label)
    if not rungs:
        return None
    batches = rungs.get(_key(rung))
    if batches:
        return batches[index] if index < len(batches) else math.fsum(batches) / len(batches)
    return _at(rung, {at: math.fsum(batches) / len(batches) for at, batches in rungs.items()})


def _at(rung: float, known: Mapping[float, float]) -> float:
    """What a batch costs at a rung, from what it costs at the nearest that is known."""
    if rung in known:
        return known[rung]
    nearest = min(known, key=lambda other: abs(math.log(other / rung)))
    return known[nearest] * _weight(rung) / _weight(nearest)


def _weight(rung: float) -> float:
    # Small parameters cost the same everywhere; small widths cost their overhead.
    return max(rung, _OVERHEAD) ** _GROWTH if rung >= 1 else _OVERHEAD**_GROWTH


def _means(rows: Iterable[tuple[str, float, float]]) -> dict[str, dict[float, float]]:
    found: defaultdict[str, defaultdict[float, list[float]]]
    found = defaultdict(lambda: defaultdict(list))
    for name, rung, seconds in rows:
        found[name][rung].append(seconds)
    return {
        name: {rung: math.fsum(each) / len(each) for rung, each in at.items()}
        for name, at in found.items()
    }


def _claim(label: str) -> str:
    return label.removesuffix(" control").partition("[")[0]


def _key(rung: float) -> float:
    return float(f"{rung:g}")


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
