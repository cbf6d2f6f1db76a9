"""Fan-out: on an engine, everything that the items of a run will ask for is measured first.

pytest runs items one after another, and each asks for a handful of batches; that
would leave most workers idle. So the batches of all items go to the engine together:
the first look of every setting, then the next look of those that are still open.
The items then find in the store what they need, and judge it as they always do.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .engine import Engine, Work
from .judging import is_open
from .ladder import Effort, Ladder
from .measuring import BATCH, Bench, MeasurementError, Setting
from .verification import Case, Role, Verification, ladder_of


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
    once = [piece for each in wanted for piece in each.once]
    settling = [side for each in wanted for side in each.settling]
    left: dict[str, str] = {}
    with contextlib.ExitStack() as opened:
        hands = functools.cache(lambda: opened.enter_context(engine.workers()))

        def measure(work: Iterable[Work]) -> None:
            missing = [piece for piece in work if _is_missing(piece, bench)]
            if missing:  # no worker is started for a run that finds all in the store
                left.update(engine.measure(bench, missing, hands()))

        first = [piece for side in settling for piece in side.look(effort.looks[0])]
        measure({piece.task: piece for piece in (*once, *first)}.values())
        for before, seeds in itertools.pairwise(effort.looks):
            settling = [
                side
                for side in settling
                if side.setting.label not in left and side.needs_more(before, effort, bench)
            ]
            measure(piece for side in settling for piece in side.look(seeds))
    return left


def _is_missing(piece: Work, bench: Bench) -> bool:
    try:
        return not bench.has(piece.setting, piece.rung, piece.index)
    except MeasurementError:  # an argument without identity: the item will name it
        return False
