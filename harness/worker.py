"""What a worker of an engine does: it measures one batch and says what came of it."""

from __future__ import annotations

import functools
import os
import socket
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from .measuring import MeasurementError
from .order import OtherCodeError, UnfitError, opened
from .store import Batch


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


Answer = Batch | Failure | Refusal | Unfit


def measure(packed: bytes, place: str, rung: float, index: int, gpus: tuple[str, ...]) -> Answer:
    """Measure a batch in a worker, or say why not; raises nothing that would have to travel.

    Args:
        packed: an order as it travels.
        place: how errors call the batch.
        rung: the rung.
        index: the number of the batch.
        gpus: GPUs of this machine, as CUDA_VISIBLE_DEVICES names them, of which this
            process takes one to itself; none if they were shared out already.
    """
    try:
        take_gpu(gpus)
        order = _opened(packed)
        return order.bench.batch(order.setting, rung, index)
    except UnfitError as error:
        return Unfit(f"the worker on {socket.gethostname()} {error}")
    except OtherCodeError as error:
        return Refusal(str(error))
    except MeasurementError as error:
        return Failure(str(error))
    except Exception:
        return Failure(f"{place}: raised in a worker:\n\n{traceback.format_exc()}")


_opened = functools.lru_cache(maxsize=8)(opened)  # a setting has many batches


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
