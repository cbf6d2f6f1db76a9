"""What a worker of an engine does: it measures one batch and says what came of it."""

from __future__ import annotations

import functools
import os
import socket
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from ..measuring.measuring import MeasurementError
from ..measuring.memory import Room
from ..measuring.store import Batch
from .impatient import BusyError, impatient
from .order import Order, OtherCodeError, UnfitError, opened


@dataclass(frozen=True)
class Failure:
    """Why a batch could not be measured.

    Attributes:
        text: what the claim that asked for it fails with.
    """

    text: str


@dataclass(frozen=True)
class Refusal:
    """Why a worker does not measure a setting, which is left to the process that asked.

    Attributes:
        text: what stands in the way.
    """

    text: str


@dataclass(frozen=True)
class Unfit:
    """Why a worker can measure nothing of this run.

    Attributes:
        text: what is wrong with it, and what would be right.
    """

    text: str


@dataclass(frozen=True)
class Busy:
    """Another process is measuring what a batch asks for; it may be asked for again."""


Answer = Batch | Failure | Refusal | Unfit | Busy


def measure(packed: bytes, place: str, rung: float, index: int, gpus: tuple[str, ...]) -> Answer:
    """Measure a batch in a worker, or say why not; raises nothing that would have to travel.

    What another process is measuring is waited for.

    Args:
        packed: an order as it travels.
        place: how errors call the batch.
        rung: the rung.
        index: the number of the batch.
        gpus: GPUs of this machine, as CUDA_VISIBLE_DEVICES names them, of which this
            process takes one to itself; none if they were shared out already.
    """
    return _answer(_opened, packed, place, rung, index, gpus)


def measure_unless_busy(
    packed: bytes, place: str, rung: float, index: int, gpus: tuple[str, ...]
) -> Answer:
    """Measure a batch as `measure` does, or say at once that another process is at it."""
    return _answer(_opened_impatiently, packed, place, rung, index, gpus)


def _answer(
    find: Callable[[bytes], Order],
    packed: bytes,
    place: str,
    rung: float,
    index: int,
    gpus: tuple[str, ...],
) -> Answer:
    try:
        take_gpu(gpus)
        order = find(packed)
        return order.bench.batch(order.setting, rung, index)
    except BusyError:
        return Busy()
    except UnfitError as error:
        return Unfit(f"the worker on {socket.gethostname()} {error}")
    except OtherCodeError as error:
        return Refusal(str(error))
    except MeasurementError as error:
        return Failure(str(error))
    except Exception:
        return Failure(f"{place}: raised in a worker:\n\n{traceback.format_exc()}")


@functools.lru_cache(maxsize=512)  # a setting has many batches, and those of all settings alternate
def _opened(packed: bytes) -> Order:
    order = opened(packed)
    return replace(order, bench=replace(order.bench, room=_ROOM))


@functools.lru_cache(maxsize=512)
def _opened_impatiently(packed: bytes) -> Order:
    return impatient(_opened(packed))


_ROOM = Room()
"""What this process learns of its memory, whichever setting it measures."""

_GPU_LOCKS: list[FileLock] = []
"""Held until the process ends: the GPU is this worker's own."""


def take_gpu(gpus: tuple[str, ...]) -> None:
    """Make one of these GPUs the only one this process sees, and no other worker's.

    A lock that the system releases with the process marks a GPU as taken, so that
    the workers of two runs on one machine do not share one either.

    Raises:
        UnfitError: if all are taken.
    """
    if not gpus or _GPU_LOCKS:
        return
    for gpu in gpus:
        lock = FileLock(Path(tempfile.gettempdir()) / f"widthwise-gpu-{gpu.replace('/', '-')}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        _GPU_LOCKS.append(lock)
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
        return
    raise UnfitError(f"finds every GPU taken by another worker: {', '.join(gpus)}")
