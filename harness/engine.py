"""Engines: many batches at once, on the cores of a machine or of many.

An engine changes when and where batches are measured, never what comes out: each
worker keeps its batch in the store itself, and the items of a run later find it
there. A batch that could not be measured is remembered with the reason, and
whichever claim asks for it fails with that; everything else goes on.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from .executors import EngineError, EngineName, Workers, workers
from .measuring import Bench, Setting
from .order import Order, UnsendableError, packed
from .progress import Task, units
from .store import Batch
from .worker import Answer, Failure, Refusal, Unfit, measure


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

    def measure(self, bench: Bench, work: Sequence[Work], hands: Workers) -> dict[str, str]:
        """Measure batches, the longest first.

        Returns:
            What only this process can measure, by the setting's label, and why.

        Raises:
            EngineError: if a worker does not see the same files or has another device.
        """
        orders: dict[str, bytes] = {}
        left: dict[str, str] = {}
        for setting in {piece.setting.label: piece.setting for piece in work}.values():
            try:
                orders[setting.label] = packed(Order(bench, setting, self.devices.kind))
            except UnsendableError as error:
                left[setting.label] = str(error)
        sent = [piece for piece in work if piece.setting.label in orders]
        sent.sort(key=lambda piece: units(piece.task), reverse=True)
        bench.watcher.waiting([piece.task for piece in sent], hands.count)
        for piece, answer in _answers(hands, orders, sent):
            if isinstance(answer, Failure):
                bench.fail(piece.setting, piece.rung, piece.index, answer.text)
            elif isinstance(answer, Refusal):
                left[piece.setting.label] = answer.text
            elif isinstance(answer, Batch):
                bench.receive(piece.setting, piece.rung, piece.index, answer)
            bench.watcher.waiting((), hands.count)
        return left


def _answers(
    hands: Workers, orders: dict[str, bytes], work: Sequence[Work]
) -> Iterator[tuple[Work, Answer]]:
    """What came of each batch, in the order in which they are there.

    Where a worker dies, the batches it may have died of are measured again one at a
    time, after all others: those that were only near succeed, the one that kills is named.
    """
    suspects: list[Work] = []
    for piece, answer in _attempts(hands, orders, work, 2 * hands.count):
        if isinstance(answer, BaseException):
            suspects.append(piece)
        else:
            yield piece, answer
    for piece, answer in _attempts(hands, orders, suspects, 1):
        yield piece, _death(piece, answer) if isinstance(answer, BaseException) else answer


def _death(piece: Work, error: BaseException) -> Failure:
    first_line = next(iter(str(error).strip().splitlines()), "")
    return Failure(
        f"{piece.place}: the worker that measured batch {piece.index + 1} died twice, once with no "
        "other batch beside it; perhaps it ran out of memory, or its code crashed Python "
        f"({type(error).__name__}: {first_line})"
    )


def _attempts(
    hands: Workers, orders: dict[str, bytes], work: Iterable[Work], at_once: int
) -> Iterator[tuple[Work, Answer | BaseException]]:
    """Each batch with its answer, or with the error that its worker died of."""
    ahead = iter(work)
    running: dict[Future[Any], Work] = {}
    try:
        while True:
            for piece in itertools.islice(ahead, at_once - len(running)):
                running[_submitted(hands, orders[piece.setting.label], piece)] = piece
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                piece = running.pop(future)
                answer = future.exception() or future.result()
                if isinstance(answer, Unfit):
                    raise EngineError(answer.text)
                yield piece, answer
    finally:
        for future in running:
            future.cancel()


def _submitted(hands: Workers, order: bytes, piece: Work) -> Future[Any]:
    try:
        return hands.submit(measure, order, piece.place, piece.rung, piece.index, hands.gpus)
    except Exception as error:  # the workers died between two calls
        refused: Future[Any] = Future()
        refused.set_exception(error)
        return refused
