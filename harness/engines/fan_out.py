"""Fan-out: on an engine, everything that the items of a run will ask for is measured first.

pytest runs items one after another, and each asks for a handful of batches; that
would leave most workers idle. So the batches of all items go to the engine together:
the first look of every setting, and as soon as a setting's look is there and leaves it
open, its next. The items then find in the store what they need, and judge it as always.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..measuring.judging import is_open
from ..measuring.measuring import BATCH, Bench, MeasurementError, Setting
from ..measuring.progress import Task
from ..measuring.verification import Case, Role, Verification, ladder_of
from ..terms.ladder import Effort, Ladder
from .agenda import Work
from .engine import Engine


@dataclass(frozen=True)
class Settling:
    """A setting that will be measured look by look until it is settled.

    Attributes:
        setting: the setting.
        ladder: where it is measured.
    """

    setting: Setting
    ladder: Ladder

    def look(self, seeds: int) -> Iterator[Work]:
        """The batches of the look with so many seeds, those of earlier looks included."""
        for rung in self.ladder.rungs:
            for index in range(seeds // BATCH):
                yield Work(self.setting, rung, index)

    def looks(self, effort: Effort, bench: Bench) -> Iterator[list[Work]]:
        """The missing batches of each look that has any, as long as the looks leave it open."""
        for seeds in effort.looks:
            missing = [piece for piece in self.look(seeds) if _is_missing(piece, bench)]
            if missing:
                yield missing
            if not self.needs_more(seeds, effort, bench):
                return

    def is_settled(self, effort: Effort, bench: Bench) -> bool:
        """Whether nothing is missing for a verdict."""
        return next(self.looks(effort, bench), None) is None

    def needs_more(self, seeds: int, effort: Effort, bench: Bench) -> bool:
        """Whether the look with so many seeds leaves it open."""
        try:
            return is_open(self.setting, self.ladder, seeds, effort, bench)
        except Exception:  # the item meets the same, and reports it as its own
            return False


@dataclass(frozen=True)
class Wanted:
    """What the items of one case will ask for.

    Attributes:
        once: batches that are needed whatever they show.
        settling: the claim's side and the control's, where they will be settled.
    """

    once: tuple[Work, ...]
    settling: tuple[Settling, ...]

    @classmethod
    def of(
        cls, verification: Verification, case: Case, rungs: Iterable[float], roles: Iterable[Role]
    ) -> Wanted:
        """What measuring a case at these rungs, and settling it in these roles, will ask for."""
        ladder = ladder_of(case.claim, verification.effort)
        return cls(
            once=tuple(Work(verification.setting(case, "claim"), rung, 0) for rung in rungs),
            settling=tuple(Settling(verification.setting(case, role), ladder) for role in roles),
        )

    def is_there(self, effort: Effort, bench: Bench) -> bool:
        """Whether all of it is measured, so that the case can be judged."""
        missing = any(_is_missing(piece, bench) for piece in self.once)
        return not missing and all(side.is_settled(effort, bench) for side in self.settling)


class Looks:
    """Settings on their way to being settled, each at a look of its own.

    Args:
        looks: by label, the missing batches of one look after the other; the next is
            asked for when all of the last are there.
    """

    def __init__(self, looks: Mapping[str, Iterator[list[Work]]]) -> None:
        self._looks = looks
        self._awaited: dict[str, set[Task]] = {}

    def first(self) -> list[Work]:
        """The batches of every setting's first look that lacks any."""
        return [piece for label in self._looks for piece in self._next(label)]

    def after(self, piece: Work) -> list[Work]:
        """The batches that are needed now that this one is there."""
        label = piece.setting.label
        awaited = self._awaited.get(label, set())
        if piece.task not in awaited:  # asked for, but not by a look
            return []
        awaited.remove(piece.task)
        return [] if awaited else self._next(label)

    def _next(self, label: str) -> list[Work]:
        pieces = next(self._looks[label], [])
        self._awaited[label] = {piece.task for piece in pieces}
        return pieces


def measure_ahead(
    engine: Engine, verification: Verification, wanted: Iterable[Wanted]
) -> dict[str, str]:
    """Measure on an engine what the items will ask for.

    Returns:
        What only this process can measure, by the setting's label, and why.

    Raises:
        EngineError: if the engine's workers cannot be had or are unfit.
    """
    bench, effort = verification.bench, verification.effort
    wanted = tuple(wanted)
    once = [piece for each in wanted for piece in each.once if _is_missing(piece, bench)]
    settling = [side for each in wanted for side in each.settling]
    looks = Looks({side.setting.label: side.looks(effort, bench) for side in settling})
    work = {piece.task: piece for piece in (*once, *looks.first())}
    if not work:  # no worker is started for a run that finds all in the store
        return {}
    with engine.workers() as hands:
        return engine.measure(bench, work.values(), hands, looks.after)


def _is_missing(piece: Work, bench: Bench) -> bool:
    try:
        return not bench.has(piece.setting, piece.rung, piece.index)
    except MeasurementError:  # an argument without identity: the item will name it
        return False
