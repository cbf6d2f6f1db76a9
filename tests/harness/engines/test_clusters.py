"""Clusters that somebody else started: joined by address, and lost while they measure.

Both are real: Dask's scheduler and workers, Ray's head and nodes, in processes of their own.
"""

import contextlib
import dataclasses
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from widthwise.harness.engines import engine as engines
from widthwise.harness.engines.agenda import Work
from widthwise.harness.engines.engine import Devices, Engine
from widthwise.harness.engines.executors import EngineError
from widthwise.harness.measuring.measuring import Bench, Setting
from widthwise.harness.measuring.store import Store
from widthwise.harness.predictions.power_law import PowerLaw

PLACE = "cluster-"
ADDRESS = re.compile(r"(tcp://)?[\d.]+:\d+")

DASK = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(
        n_workers={nodes}, threads_per_worker=1, dashboard_address=None, env={{"CREW": "cluster-"}}
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""

RAY = """
import os, sys
os.environ["CREW"] = "cluster-"
import ray
from ray.cluster_utils import Cluster

cluster = Cluster(
    initialize_head=True, head_node_args=dict(num_cpus=0, include_dashboard=False)
)
for _ in range({nodes}):
    cluster.add_node(num_cpus=1)
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@contextlib.contextmanager
def cluster(script, nodes, directory):
    """A cluster with so many workers, in a process of its own; yields its address."""
    file = directory / "cluster.py"
    file.write_text(script.format(nodes=nodes))
    process = subprocess.Popen(
        [sys.executable, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        # Ray writes lines of its own before.
        yield next(
            line for line in process.stdout if ":" in line and " " not in line.strip()
        ).strip()
        assert process.poll() is None  # whoever joined a cluster leaves it running
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(("engine", "script"), [("dask", DASK), ("ray", RAY)])
def test_a_cluster_that_is_joined_measures_what_this_process_would(crew, tmp_path, engine, script):
    assert crew.run("--store=inline").ret == 0
    (crew.path / "calls").unlink()
    with cluster(script, 2, tmp_path) as address:
        result = crew.start("--engine", engine, "--engine-address", address, "--store=joined")
        result.assert_outcomes(passed=5 * 7)
        assert result.stderr.str() == ""
    assert crew.samples("joined") == crew.samples("inline")
    _, calls = crew.measured()
    processes = {process for process, *_ in calls}
    assert all(process.startswith(PLACE) for process in processes)


MORTAL_DASK = """
import subprocess, sys
from distributed import Client, LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=0, dashboard_address=None) as cluster, Client(cluster) as client:
        # Without a nanny, nobody replaces a worker that was killed.
        arguments = ["--no-nanny", "--nthreads=1", "--no-dashboard", cluster.scheduler_address]
        worker = subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_worker", *arguments])
        client.wait_for_workers({nodes})
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
        worker.kill()
        worker.wait()
"""


def takes_the_worker_along(width, seeds):
    if width == 64:
        os.kill(os.getpid(), signal.SIGKILL)
    return np.array(seeds) / 2**63


def takes_the_node_along(width, seeds):
    if width == 64:
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
    return np.array(seeds) / 2**63


class Unwatched:
    """Nobody looks."""

    def waiting(self, more, workers, running=()):
        pass

    def finished(self, setting, rung, batch, seconds):
        pass


@pytest.mark.parametrize(
    ("name", "script", "fatal"),
    [("dask", MORTAL_DASK, takes_the_worker_along), ("ray", RAY, takes_the_node_along)],
)
def test_a_cluster_that_loses_all_its_workers_ends_the_run_and_keeps_what_there_is(
    tmp_path, monkeypatch, name, script, fatal
):
    monkeypatch.setattr(engines, "_BETWEEN_COUNTS", 0.1)
    bench = Bench(Store.at(tmp_path / "store"), "cpu", 0, Unwatched())
    setting = Setting("units", "units", fatal, {}, "width", PowerLaw(0))
    first, last = [Work(setting, width, 0) for width in (256, 128)], Work(setting, 64, 0)
    answered = iter([(), [last]])
    with cluster(script, 1, tmp_path) as address:
        engine = Engine(name, None, address, Devices())
        said = (
            f"the {name.title()} cluster at '{address}' has had no worker for 0 s; 1 were there at "
            "the start. Batches measured and kept in this run: 2;"
        )
        with engine.workers() as hands:
            impatient = dataclasses.replace(hands, grace=0.0)
            with pytest.raises(EngineError, match=re.escape(said)):
                engine.measure(bench, first, impatient, lambda piece: next(answered))
    assert [bench.has(setting, width, 0) for width in (256, 128, 64)] == [True, True, False]
