"""Measuring: one batch of seeds at one rung, taken from the store or measured now.

A batch is the unit of work, of resumption and of progress: sixteen replicates at
one rung. Whatever a measurement returns is checked before it is kept, and a
claim's first batch is measured again in part.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..terms.given import Given
from ..terms.ladder import Ladder
from ..terms.prediction import Prediction
from ..terms.seeds import Seeds, replicate_seeds
from .digest import NotIdentifiableError, digest
from .environment import threads
from .memory import Room
from .progress import Task
from .repetition import require_repeatable
from .replicates import Replicates
from .returned import BATCH, MeasurementError, as_array, checked, dtype_of, parted
from .shared import Shared
from .store import Batch, Store, key_of


@dataclass(frozen=True)
class Setting:
    """A measurement with every argument filled in but the rung and the seeds.

    Attributes:
        seeds_of: the name that the seeds derive from.
        label: how progress and errors call this setting.
        measure: the measuring function.
        arguments: its other arguments, by name.
        rung_name: the argument the rung is passed to.
        prediction: what the values will be held against; knows their form.
        repeated_at: the rung whose first batch is measured again, or None.
        given: the event that the values are about, or None.
        tied: other arguments that grow with the rung, and by which multiple of it.
    """

    seeds_of: str
    label: str
    measure: Callable[..., Any]
    arguments: Mapping[str, Any]
    rung_name: str
    prediction: Prediction
    repeated_at: float | None = None
    given: Given | None = None
    tied: tuple[tuple[str, float], ...] = ()

    def at(self, rung: float) -> dict[str, float]:
        """What the measurement is passed at a rung, besides the seeds and its own arguments."""
        return {self.rung_name: rung, **{name: round(ratio * rung) for name, ratio in self.tied}}

    @functools.cached_property
    def digest(self) -> str:
        """The identity of this setting's code and arguments.

        Raises:
            MeasurementError: if an argument has no identity.
        """
        try:
            # `Shared` only saves work: what is asked of it is in the code of the measurement.
            own = {k: v for k, v in self.arguments.items() if not isinstance(v, Shared)}
            return digest(self.measure, own)
        except NotIdentifiableError as error:
            raise MeasurementError(f"claim {self.label!r}: {error}") from None


class Watcher(Protocol):
    """Who wants to know what is being measured: the progress line."""

    def started(self, setting: Setting, rung: float, batch: int) -> None:
        """A batch is about to be measured."""
        ...

    def finished(self, setting: Setting, rung: float, batch: int, seconds: float) -> None:
        """A batch is there; `seconds` is 0 if the store had it."""
        ...

    def waiting(self, more: Sequence[Task], workers: int, running: Sequence[Task] = ()) -> None:
        """So many workers are measuring `running`; `more` batches are to follow."""
        ...


@dataclass(frozen=True)
class Bench:
    """Where measurements are taken.

    Attributes:
        store: where batches are kept.
        device: the kind of device, part of every key.
        master_seed: the seed all others derive from.
        watcher: told of every batch.
        failures: why batches could not be measured, here or elsewhere, by key.
        room: how many seeds this process can measure at once.
    """

    store: Store
    device: str
    master_seed: int
    watcher: Watcher
    failures: dict[str, str] = field(default_factory=dict, repr=False)
    room: Room = field(default_factory=Room, repr=False)

    def key(self, setting: Setting, rung: float, index: int) -> str:
        """What the store calls a batch.

        Raises:
            MeasurementError: if an argument of the setting has no identity.
        """
        identity = {
            "digest": setting.digest,
            "rung": rung.hex() if isinstance(rung, float) else rung,
            "seeds": self._seeds(setting, index),
            "device": self.device,
        }
        # Which event it is the measurement decides; that it says so is another form of answer.
        given = {"given": True} if setting.given else {}
        tied = {name: at for name, at in setting.at(rung).items() if name != setting.rung_name}
        return key_of(identity | given | ({"tied": tied} if tied else {}))

    def batch(self, setting: Setting, rung: float, index: int) -> Batch:
        """Batch number `index` of a setting at a rung.

        Raises:
            MeasurementError: if the measurement returns anything but finite numbers
                of the prediction's form, one row per seed; the message names the
                claim, the value and what would be right. Also if it failed elsewhere.
        """
        key = self.key(setting, rung, index)
        if key in self.failures:
            raise MeasurementError(self.failures[key])
        kept = self.store.load(key)
        if kept is not None:
            self.watcher.finished(setting, rung, index, 0.0)
            return kept
        with self.store.measuring(key):
            try:
                return self.store.load(key) or self._measured(setting, rung, index, key)
            except MeasurementError as error:
                self.failures[key] = str(error)  # it would be the same again
                raise

    def replicates(
        self, setting: Setting, ladder: Ladder, seeds: int
    ) -> tuple[Replicates, list[Batch]]:
        """The first `seeds` replicates at every rung, and the batches they came in."""
        rows = [
            [self.batch(setting, rung, index) for index in range(seeds // BATCH)]
            for rung in ladder.rungs
        ]
        return replicates_of(ladder, rows), [batch for row in rows for batch in row]

    def has(self, setting: Setting, rung: float, index: int) -> bool:
        """Whether a batch is there, or known not to be had."""
        key = self.key(setting, rung, index)
        return key in self.failures or self.store.load(key) is not None

    def receive(self, setting: Setting, rung: float, index: int, batch: Batch) -> None:
        """Take a batch that was measured elsewhere, and keep it if its worker could not."""
        key = self.key(setting, rung, index)
        if self.store.load(key) is None:
            with contextlib.suppress(OSError):  # whoever needs it measures it again and says so
                self.store.save(key, batch)
        self.watcher.finished(setting, rung, index, batch.seconds)

    def fail(self, setting: Setting, rung: float, index: int, reason: str) -> None:
        """Remember why a batch could not be measured elsewhere."""
        self.failures[self.key(setting, rung, index)] = reason
        self.watcher.finished(setting, rung, index, 0.0)

    def _seeds(self, setting: Setting, index: int) -> Seeds:
        replicates = range(index * BATCH, (index + 1) * BATCH)
        return replicate_seeds(self.master_seed, setting.seeds_of, replicates)

    def _measured(self, setting: Setting, rung: float, index: int, key: str) -> Batch:
        trouble = self.store.trouble(key)
        self.watcher.started(setting, rung, index)
        width = rung if setting.rung_name == "width" else 0
        seeds = self._seeds(setting, index)
        where = f"claim {setting.label!r} at {_at(setting, rung)}"
        began = time.perf_counter()
        returned, met, dtype, remarks = _in_parts(setting, rung, width, seeds, self.room, where)
        values = checked(returned, setting.prediction, where, rung, index, met)
        seconds = time.perf_counter() - began
        if index == 0 and rung == setting.repeated_at:

            def again(
                seeds: Seeds, arguments: Mapping[str, Any]
            ) -> tuple[Any, NDArray[np.bool_] | None]:
                anew = replace(setting, arguments=arguments)
                return _in_parts(anew, rung, width, seeds, self.room, where)[:2]

            require_repeatable(
                again, setting.arguments, seeds, values, met, setting.prediction, where
            )
        remarks += _said(setting, rung)
        if trouble:
            remarks += (f"the stored samples at {_at(setting, rung)} {trouble}: measured again",)
        batch = Batch(values, dtype, seconds, remarks, threads(), met)
        try:
            self.store.save(key, batch)
        except OSError as error:
            unkept = f"samples at {_at(setting, rung)} could not be kept: {error.strerror or error}"
            batch = replace(batch, remarks=(*remarks, unkept))
        self.watcher.finished(setting, rung, index, seconds)
        return batch


def replicates_of(ladder: Ladder, rows: Sequence[Sequence[Batch]]) -> Replicates:
    """The replicates in the batches of every rung, in their order."""
    values = np.stack([np.concatenate([batch.values for batch in row]) for row in rows])
    met = [[batch.met for batch in row if batch.met is not None] for row in rows]
    return Replicates(
        ladder, values, np.stack([np.concatenate(row) for row in met]) if met[0] else None
    )


def _in_parts(
    setting: Setting, rung: float, width: float, seeds: Seeds, room: Room, where: str
) -> tuple[Any, NDArray[np.bool_] | None, str, tuple[str, ...]]:
    """Measure, in as many parts as memory asks for: seeds do not depend on those beside them.

    Returns:
        The values that the measurement returned, which seeds meet the event, the values' dtype,
        and what a reader should know.

    Raises:
        MeasurementError: if a measurement under a condition does not say who meets it.
    """
    networks, ahead = setting.seeds_of, seeds
    size = room.seeds(networks, width, len(seeds))
    parts: list[tuple[Any, NDArray[np.bool_] | None]] = []
    while ahead:
        returned = _attempt(setting, rung, ahead[:size])
        if returned is None:
            room.lacks(networks, width, len(ahead[:size]))
            size = room.seeds(networks, width, size)
        else:
            parts += [parted(each, setting.given, where) for each in returned]
            ahead = ahead[size:]
    dtype = dtype_of(parts[0][0])
    if len(parts) == 1:
        return *parts[0], dtype, ()
    values = np.concatenate([np.atleast_1d(as_array(part)) for part, _ in parts])
    met = [truths for _, truths in parts if truths is not None]
    remark = f"{size} seeds at a time at {_at(setting, rung)}: more did not fit in memory"
    return values, np.concatenate(met) if met else None, dtype, (remark,)


def _attempt(setting: Setting, rung: float, seeds: Seeds) -> tuple[Any] | None:
    """What the measurement returns; None if they do not fit in memory, unless it is only one."""
    try:
        return (setting.measure(**setting.arguments, **setting.at(rung), seeds=seeds),)
    except Exception as error:
        if len(seeds) < 2 or not _is_out_of_memory(error):
            raise
    return None  # out here the exception is gone, and with it the tensors its traceback held


def _said(setting: Setting, rung: float) -> tuple[str, ...]:
    """What the arguments have to say of how they measure at this rung."""
    if setting.rung_name != "width":
        return ()
    spoken = [getattr(value, "remark", None) for value in setting.arguments.values()]
    said = [remark(rung) for remark in spoken if callable(remark)]
    return tuple(str(remark) for remark in said if remark)


def _is_out_of_memory(error: Exception) -> bool:
    # torch's own class goes by name: the harness does not know torch.
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"


def _at(setting: Setting, rung: float) -> str:
    return f"{setting.rung_name}={rung:g}"
