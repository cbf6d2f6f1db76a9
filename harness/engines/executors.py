"""Where the workers of an engine come from: this machine's cores, a Ray or a Dask cluster.

Each engine is brought to the interface of `concurrent.futures`: a function that
takes a call and returns a future. joblib's own fronts for Ray and Dask would be
one interface too, but the first cannot say that a batch is there before all are,
and the second waits for ever for a task whose worker was killed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import socket
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal

EngineName = Literal["inline", "loky", "ray", "dask"]

_RAY_QUIET: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
_NEVER: Any = None  # loky's worker waits for work so long; its annotation knows seconds only
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


GRACE = 60.0
"""Seconds that a cluster may be without any worker: time for another to come up."""


class EngineError(Exception):
    """An engine that cannot do what is asked of it."""


@dataclass(frozen=True)
class Workers:
    """Workers that are there and ready.

    Attributes:
        count: how many measure at once.
        submit: hands one of them a function and its arguments.
        gpus: of which each worker is to take one; none if that is settled.
        cluster: what errors call them together.
        present: how many are there now.
        grace: seconds that none need be there before they count as lost.
    """

    count: int
    submit: Callable[..., Future[Any]]
    gpus: tuple[str, ...]
    cluster: str
    present: Callable[[], int]
    grace: float = GRACE


def require(name: EngineName) -> None:
    """Refuse an engine whose package is not installed.

    Raises:
        EngineError: naming the extra that brings it.
    """
    package = {"ray": "ray", "dask": "distributed"}.get(name)
    if package is not None and importlib.util.find_spec(package) is None:
        raise EngineError(
            f"--engine {name} needs the package {package}, which is not installed; "
            f"pip install 'widthwise[{name}]' brings it"
        )


@contextlib.contextmanager
def workers(
    name: EngineName, jobs: int | None, address: str | None, gpus: tuple[str, ...]
) -> Iterator[Workers]:
    """Workers of an engine, for as long as they are needed.

    Args:
        name: the engine.
        jobs: how many workers at most; None for one per GPU, or per core where
            measuring is on the CPU.
        address: the cluster to join, or None to start one on this machine.
        gpus: this machine's GPUs, as CUDA_VISIBLE_DEVICES names them, if measuring
            is on GPUs.

    Raises:
        EngineError: if there is no cluster at the address, or not what is needed in it.
    """
    if name == "loky":
        opened = _loky(_local_jobs(jobs, gpus), gpus)
    elif name == "ray":
        opened = _ray(jobs, address, gpus)
    else:
        opened = _dask(jobs, address, gpus)
    with opened as ready:
        yield ready


def cores() -> int:
    """The cores that this process may use."""
    import joblib

    return joblib.cpu_count()


def _local_jobs(jobs: int | None, gpus: tuple[str, ...]) -> int:
    return min(jobs or len(gpus), len(gpus)) if gpus else jobs or cores()


def _threads(jobs: int) -> dict[str, str]:
    """The environment that shares this machine's cores among workers."""
    share = str(max(1, cores() // jobs))
    return {name: os.environ.get(name, share) for name in _THREADS}


@contextlib.contextmanager
def _loky(jobs: int, gpus: tuple[str, ...]) -> Iterator[Workers]:
    from joblib.externals.loky import get_reusable_executor

    def executor() -> Any:
        """The same each time, or a new one after a worker died, which ends them all."""
        return get_reusable_executor(max_workers=jobs, timeout=_NEVER, env=_threads(jobs))

    # loky replaces a worker whose memory has grown, and warns of it in a thread that would end,
    # and leave this process waiting for ever, where warnings are errors.
    with _unwarned():
        try:
            yield Workers(
                count=jobs,
                submit=lambda *call: executor().submit(*call),
                gpus=gpus,
                cluster="this machine",
                present=lambda: jobs,  # loky tells of a death at once, and replaces the dead
            )
        finally:
            executor().shutdown(wait=True, kill_workers=True)


@contextlib.contextmanager
def _ray(jobs: int | None, address: str | None, gpus: tuple[str, ...]) -> Iterator[Workers]:
    import ray

    threads = 1
    with _unwarned():
        if address is None:
            wanted = _local_jobs(jobs, gpus)
            threads = max(1, cores() // wanted)
            ray.init("local", num_cpus=wanted * threads, include_dashboard=False, **_RAY_QUIET)
        else:
            _require_answer("Ray", address)  # Ray itself would try for minutes
            try:
                ray.init(address, **_RAY_QUIET)
            except (ConnectionError, ValueError) as error:
                raise EngineError(f"no Ray cluster answers at {address!r}: {error}") from None

    def present() -> int:
        resources = ray.cluster_resources()
        return int(resources.get("GPU" if gpus else "CPU", 0) // (1 if gpus else threads))

    try:
        # Ray would wait for ever for what is not there.
        count = present()
        if not count:
            raise EngineError(_lacking("Ray", bool(gpus), ray.cluster_resources()))
        task = ray.remote(num_cpus=threads, num_gpus=1 if gpus else 0, max_retries=0)
        remote: dict[Callable[..., Any], Any] = {}

        def submit(function: Callable[..., Any], *arguments: Any) -> Future[Any]:
            if function not in remote:
                remote[function] = task(function)
            return remote[function].remote(*arguments).future()

        yield Workers(min(jobs or count, count), submit, (), _called("Ray", address), present)
    finally:
        ray.shutdown()


@contextlib.contextmanager
def _dask(jobs: int | None, address: str | None, gpus: tuple[str, ...]) -> Iterator[Workers]:
    import dask.config
    from distributed import Client, LocalCluster

    with contextlib.ExitStack() as opened:
        opened.enter_context(_unwarned())
        # A batch whose worker was killed is tried again by the engine, and alone.
        opened.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": 0}))
        scheduler: Any = address
        if address is not None:
            _require_answer("Dask", address)
        else:
            count = _local_jobs(jobs, gpus)
            cluster: Any = LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                dashboard_address=":0",
                silence_logs=logging.CRITICAL,
                env=_threads(count),
            )
            scheduler = opened.enter_context(cluster)
        try:
            client: Any = Client(scheduler, set_as_default=False, timeout=20)
        except (OSError, ValueError) as error:
            raise EngineError(f"no Dask cluster answers at {address!r}: {error}") from None
        opened.enter_context(client)

        def present() -> int:
            try:
                return sum(client.ncores().values())
            except (OSError, ValueError):  # the scheduler is gone, and knows of nobody
                return 0

        count = present()
        if not count:
            raise EngineError(f"{_called('Dask', address)} has no workers")
        executor = client.get_executor(pure=False)
        yield Workers(
            count=min(jobs or count, count),
            submit=executor.submit,
            # In a cluster that was joined, whoever started it gave each worker its GPU.
            gpus=() if address else gpus,
            cluster=_called("Dask", address),
            present=present,
        )


def _called(cluster: str, address: str | None) -> str:
    return f"the {cluster} cluster " + ("on this machine" if address is None else f"at {address!r}")


def _require_answer(cluster: str, address: str) -> None:
    """Refuse an address with a port that nobody listens to."""
    host, _, port = address.rpartition("//")[2].rpartition(":")
    if not host or not port.isdecimal():
        return  # a name that the cluster's own software resolves
    try:
        socket.create_connection((host, int(port)), timeout=20).close()
    except OSError as error:
        raise EngineError(f"no {cluster} cluster answers at {address!r}: {error}") from None


def _lacking(cluster: str, on_gpu: bool, resources: Mapping[str, float]) -> str:
    there = ", ".join(f"{key} {n:g}" for key, n in sorted(resources.items()) if ":" not in key)
    needed = "GPU" if on_gpu else "core"
    return f"the {cluster} cluster has no {needed} for each worker; there is {there or 'nothing'}"


@contextlib.contextmanager
def _unwarned() -> Iterator[None]:
    """What a cluster's software warns its own authors of is not for the reader of a claim."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
