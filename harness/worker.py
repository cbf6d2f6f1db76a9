"""What a worker of an engine does: it measures one batch and says what came of it.

An order reaches a worker as bytes: the setting with all its arguments, pickled by
the process that runs pytest and opened by processes that it started, or that its
user started for it. Nothing of this is ever kept: the store holds numbers only. The
code of claim files travels inside the order, because a worker could not import
it; everything else a worker imports itself, and refuses to measure if what it has
differs from what the order was written with.
"""

from __future__ import annotations

import functools
import os
import pickle
import socket
import sys
import tempfile
import traceback
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cloudpickle
from filelock import FileLock, Timeout

from .measuring import Bench, MeasurementError, Setting
from .provenance import installation
from .source_code import is_project
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
    """Why a worker is unfit for any batch of this run.

    Attributes:
        text: what is wrong with it, and what would be right.
    """

    text: str


class _UnfitError(Exception):
    """This worker cannot measure what it is asked for."""


@dataclass(frozen=True)
class _Order:
    bench: Bench
    setting: Setting
    installation: Mapping[str, str]
    device_kind: Callable[[], str] | None


class _Unwatched:
    """A watcher that looks away: nobody sees a worker's terminal."""

    def started(self, setting: Setting, rung: float, batch: int) -> None:
        """Say nothing."""

    def finished(self, setting: Setting, rung: float, batch: int, seconds: float) -> None:
        """Say nothing."""

    def waiting(self, more: object, workers: int) -> None:
        """Say nothing."""


def order(bench: Bench, setting: Setting, device_kind: Callable[[], str] | None) -> bytes:
    """A setting and where to measure it, as a worker takes it.

    Args:
        bench: where batches are kept; its device is the one that workers must have.
        setting: what to measure.
        device_kind: tells, in a worker, the kind of device it measures on; None if
            that cannot differ.

    Raises:
        Exception: whatever pickling raises, if an argument cannot leave this process.
    """
    setting.digest  # noqa: B018 - found here, where the source of the code is; it travels along
    told = _Order(
        replace(bench, watcher=_Unwatched(), failures={}), setting, installation(), device_kind
    )
    with _by_value():
        return cloudpickle.dumps(told)


def measure(
    order: bytes, place: str, rung: float, index: int, gpus: tuple[str, ...]
) -> Batch | Failure | Refusal:
    """Measure a batch in a worker, or say why not; raises nothing that would have to travel.

    Args:
        order: what `order` made.
        place: how errors call the batch.
        rung: the rung.
        index: the number of the batch.
        gpus: GPUs of this machine, as CUDA_VISIBLE_DEVICES names them, of which this
            process takes one to itself; none if they were shared out already.
    """
    try:
        _take_gpu(gpus)
        told = _opened(order)
        return told.bench.batch(told.setting, rung, index)
    except _UnfitError as error:
        return Refusal(f"the worker on {socket.gethostname()} {error}")
    except MeasurementError as error:
        return Failure(str(error))
    except Exception:
        return Failure(f"{place}: raised in a worker:\n\n{traceback.format_exc()}")


@functools.lru_cache(maxsize=8)  # a worker measures many batches of the same settings
def _opened(order: bytes) -> _Order:
    told: _Order = pickle.loads(order)
    here, wanted = installation(), told.installation
    if told.device_kind is not None:
        here = {**here, "device": told.device_kind()}
        wanted = {**wanted, "device": told.bench.device}
    for name, found in here.items():
        if found != wanted.get(name):
            raise _UnfitError(
                f"has {name} {found}, and this process {wanted.get(name)}: samples would differ; "
                "give both the same"
            )
    return told


_GPU_LOCKS: list[FileLock] = []
"""Held until the process ends: the GPU is this worker's own."""


def _take_gpu(gpus: tuple[str, ...]) -> None:
    """Make one of these GPUs the only one this process sees, and no other worker's.

    A lock that the system releases with the process marks a GPU as taken, so that
    the workers of two runs on one machine do not share one either.

    Raises:
        _UnfitError: if all are taken.
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
    raise _UnfitError(f"finds every GPU taken by another worker: {', '.join(gpus)}")


@contextmanager
def _by_value() -> Iterator[None]:
    """Pickle what repositories define by its content: workers cannot import claim files."""
    modules = [
        module
        for name, module in list(sys.modules.items())
        if isinstance(module, types.ModuleType)
        and name != "__main__"
        and name.partition(".")[0] != "widthwise"
        and is_project(name)
    ]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)
