"""Engines: many batches at once, on the cores of a machine or of many.

An engine changes when and where batches are measured, never what comes out: each
worker keeps its batch in the store itself, and the items of a run later find it
there. A batch that could not be measured is remembered with the reason, and
whichever claim asks for it fails with that; everything else goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from ..measuring.measuring import Bench
from ..measuring.store import Batch
from .agenda import Agenda, Handout, Work
from .executors import EngineError, EngineName, Workers, workers
from .order import Order, UnsendableError, packed
from .worker import Answer, Busy, Failure, Refusal, Unfit, measure, measure_unless_busy

_BETWEEN_COUNTS = 5.0
"""Seconds without an answer after which the workers are counted, to see whether any is left."""


@dataclass(frozen=True)
class Devices:
    """What workers measure on.

    Attributes:
        gpus: this machine's GPUs, as CUDA_VISIBLE_DEVICES names them, one for each
            worker; none if measuring is on the CPU.
        kind: called in a worker, tells the kind of its device; must travel, as a
            function of an installed module does.
    """

    gpus: tuple[str, ...] = ()
    kind: Callable[[], str] | None = None


@dataclass(frozen=True)
class Engine:
    """Who measures, and on what.

    Attributes:
        name: "loky" (this machine's cores), "ray" or "dask".
        jobs: how many workers at most; None for as many as there are GPUs or cores.
        address: the Ray or Dask cluster to join, or None to start one here.
        devices: what they measure on.
    """

    name: EngineName
    jobs: int | None
    address: str | None
    devices: Devices

    def workers(self) -> AbstractContextManager[Workers]:
        """The engine's workers, for as long as they are needed.

        Raises:
            EngineError: if they cannot be had.
        """
        return workers(self.name, self.jobs, self.address, self.devices.gpus)

    def measure(
        self,
        bench: Bench,
        work: Iterable[Work],
        hands: Workers,
        follow: Callable[[Work], Iterable[Work]],
    ) -> dict[str, str]:
        """Measure batches, the longest first.

        Args:
            bench: where what comes back is kept.
            work: the batches, each once.
            hands: who measures them.
            follow: called with each batch once it is there, or is known not to be had;
                tells which others it makes necessary.

        Returns:
            What only this process can measure, by the setting's label, and why.

        Raises:
            EngineError: if a worker does not see the same files or has another device, or
                if no worker is left.
        """
        run = _Run(bench, hands, self.devices.kind, Agenda(2 * hands.count))
        run.add(work)
        for piece in run.measured():
            run.add(follow(piece))
        return run.left


@dataclass
class _Run:
    """One go through an agenda, which may grow meanwhile.

    Attributes:
        bench: where what comes back is kept.
        hands: who measures.
        device_kind: tells, in a worker, the kind of its device.
        agenda: what is to be measured.
        left: why settings are left to this process, by label.
        kept: how many batches came back.
    """

    bench: Bench
    hands: Workers
    device_kind: Callable[[], str] | None
    agenda: Agenda
    left: dict[str, str] = field(default_factory=dict)
    kept: int = 0
    _orders: dict[str, bytes] = field(default_factory=dict)
    _running: dict[Future[Any], Handout] = field(default_factory=dict)

    def add(self, work: Iterable[Work]) -> None:
        """More batches to measure."""
        pieces = tuple(work)
        self.agenda.add(pieces)
        self.bench.watcher.waiting([piece.task for piece in pieces], self.hands.count)

    def measured(self) -> Iterator[Work]:
        """Each batch once it is there or known not to be had, until there are no more."""
        try:
            while True:
                for handout in self.agenda.handouts():
                    self._hand_out(handout)
                if not self._running:
                    return
                # Workers take what they were handed in its order; the rest is in their queues.
                at_work = [each.piece.task for each in self._running.values()]
                count = self.hands.count
                self.bench.watcher.waiting([], count, at_work[:count])
                for future in self._done():
                    handout = self._running.pop(future)
                    if future.cancelled():  # by nobody here
                        raise self._lost("went away")
                    answer = future.exception() or future.result()
                    if self._take(handout, answer):
                        yield handout.piece
        finally:
            for future in self._running:
                future.cancel()

    def _hand_out(self, handout: Handout) -> None:
        setting = handout.piece.setting
        if setting.label not in self._orders and setting.label not in self.left:
            try:
                self._orders[setting.label] = packed(Order(self.bench, setting, self.device_kind))
            except UnsendableError as error:
                self.left[setting.label] = str(error)
        if setting.label in self.left:
            future: Future[Any] = Future()
            future.set_result(Refusal(self.left[setting.label]))
        else:
            future = _submitted(self.hands, self._orders[setting.label], handout)
        self._running[future] = handout

    def _done(self) -> set[Future[Any]]:
        """The answers that are there, at least one.

        Raises:
            EngineError: if the workers are gone for longer than they may be.
        """
        gone_since = None
        while True:
            done, _ = wait(self._running, _BETWEEN_COUNTS, return_when=FIRST_COMPLETED)
            if done:
                return done
            if self.hands.present():
                gone_since = None
                continue
            now = time.monotonic()
            gone_since = now if gone_since is None else gone_since
            if now - gone_since >= self.hands.grace:
                raise self._lost(f"has had no worker for {self.hands.grace:g} s")

    def _lost(self, what: str) -> EngineError:
        return EngineError(
            f"{self.hands.cluster} {what}; {self.hands.count} were there at the start. Batches "
            f"measured and kept in this run: {self.kept}; the next run goes on from there"
        )

    def _take(self, handout: Handout, answer: Answer | BaseException) -> bool:
        """Note what came of a batch; whether that is settled."""
        piece, bench = handout.piece, self.bench
        if isinstance(answer, Unfit):
            raise EngineError(answer.text)
        if isinstance(answer, Busy):
            self.agenda.busy(piece)
            return False
        if isinstance(answer, BaseException) and handout.manner != "alone":
            self.agenda.suspect(piece)
            return False
        self.agenda.answered(piece)
        if isinstance(answer, Refusal):
            self.left[piece.setting.label] = answer.text
            return False
        if isinstance(answer, Batch):
            self.kept += 1
            bench.receive(piece.setting, piece.rung, piece.index, answer)
        else:
            reason = answer.text if isinstance(answer, Failure) else _death(piece, answer)
            bench.fail(piece.setting, piece.rung, piece.index, reason)
        return True


def _death(piece: Work, error: BaseException) -> str:
    first_line = next(iter(str(error).strip().splitlines()), "")
    return (
        f"{piece.place}: the worker that measured batch {piece.index + 1} died twice, once with no "
        "other batch beside it; perhaps it ran out of memory, or its code crashed Python "
        f"({type(error).__name__}: {first_line})"
    )


def _submitted(hands: Workers, order: bytes, handout: Handout) -> Future[Any]:
    piece = handout.piece
    call = measure_unless_busy if handout.manner == "unless busy" else measure
    try:
        return hands.submit(call, order, piece.place, piece.rung, piece.index, hands.gpus)
    except Exception as error:  # the workers died between two calls
        refused: Future[Any] = Future()
        refused.set_exception(error)
        return refused
