"""Whichever engine measures, the samples are the same; a worker's death costs one claim at most.

Ray and Dask run with their real schedulers, each in one run of everything.
"""

import importlib.util
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import pytest

from widthwise.harness import executors, progress_line
from widthwise.harness.progress import Progress
from widthwise.harness.store import Store

CONFTEST = """
import dataclasses
import functools
import os
import numpy as np
import pytest

@dataclasses.dataclass(frozen=True)
class Noise:
    scale: np.ndarray

    def __call__(self, seeds):
        normals = [np.random.default_rng(seed).standard_normal() for seed in seeds]
        return 1 + self.scale[0] * np.array(normals)

@pytest.fixture
def noise():
    return Noise(np.array([0.02]))

@pytest.fixture
def power(request):
    return functools.partial(lambda base, exponent: float(base) ** exponent)

def pytest_sessionstart():
    with open("calls", "a") as calls:
        print(os.getpid(), "main", file=calls)
"""

CLAIMS = '''
import pathlib
import numpy as np
import pytest
from widthwise.harness import Control, PowerLaw, Source, Widths, claim

HERE = pathlib.Path(__file__).parent
ABOUT = dict(source=Source("a thread", "its end"), over=Widths(64, 4096))
CONTROL = Control("where nothing freezes", exponent=0.0)

def note(width, seeds):
    import os
    with (HERE / "calls").open("a") as calls:
        print(os.getpid(), width, seeds[0], file=calls)

@claim(prediction=PowerLaw(-1 / 2), control=CONTROL, **ABOUT)
@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_units_freeze(width, seeds, noise, power, gain, exponent=-0.5):
    """Units freeze."""
    note(width, seeds)
    return gain * power(width, exponent) * noise(seeds)

@claim(prediction=PowerLaw(-1 / 2), control=CONTROL, **ABOUT)
def test_units_scatter(width, seeds, noise, exponent=-0.5):
    """Units freeze, with more noise than one look settles."""
    note(width, seeds)
    return float(width) ** exponent * noise(seeds) ** 6

def run(width, seeds, noise):
    note(width, seeds)
    return {"units": float(width) ** -0.5 * noise(seeds), "kernel": 1 / width * noise(seeds)}

def still(width, seeds, noise):
    return noise(seeds)

@claim(prediction=PowerLaw(-1 / 2), seeds_of="runs", control=Control("no", measure=still), **ABOUT)
def test_units_of_a_run(width, seeds, noise, shared):
    """Units freeze."""
    return shared(run, width=width, seeds=seeds, noise=noise)["units"]

@claim(prediction=PowerLaw(-1), seeds_of="runs", control=Control("no", measure=still), **ABOUT)
def test_kernel_of_a_run(width, seeds, noise, shared):
    """The kernel freezes."""
    return shared(run, width=width, seeds=seeds, noise=noise)["kernel"]
'''

FAULTS = '''
import os
import pathlib
import signal
import threading
from widthwise.harness import Control, PowerLaw, Source, Widths, claim

ABOUT = dict(source=Source("a thread", "its end"), over=Widths(64, 4096))
CONTROL = Control("where nothing freezes", exponent=0.0)
HERE = pathlib.Path(__file__).parent

@claim(prediction=PowerLaw(-1 / 2), control=CONTROL, **ABOUT)
def test_units_break(width, seeds, noise, exponent=-0.5):
    """Units break."""
    if width == 256:
        raise RuntimeError("no such width")
    return float(width) ** exponent * noise(seeds)

@claim(prediction=PowerLaw(-1 / 2), control=CONTROL, **ABOUT)
def test_units_kill(width, seeds, noise, exponent=-0.5):
    """Units kill whoever measures them."""
    if width == 512 and exponent:
        os.kill(os.getpid(), signal.SIGKILL)
    return float(width) ** exponent * noise(seeds)

@claim(prediction=PowerLaw(-1 / 2), control=CONTROL, **ABOUT)
def test_units_kill_once(width, seeds, noise, exponent=-0.5):
    """A worker is killed from outside, once."""
    if width == 1024 and exponent:
        try:
            (HERE / "killed").touch(exist_ok=False)
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return float(width) ** exponent * noise(seeds)

@claim(prediction=PowerLaw(-1 / 2), control=CONTROL, **ABOUT)
def test_units_stay_here(width, seeds, noise, locked, exponent=-0.5):
    """What cannot be pickled is measured where it is."""
    with locked():
        return float(width) ** exponent * noise(seeds)
'''
LOCKED = """
@pytest.fixture
def locked():
    import threading
    lock = threading.Lock()
    def take():
        return lock
    return take
"""

INI = "[pytest]\nfilterwarnings = error\n"
BARE = ("-p", "no:widthwise-fixtures", "-p", "no:widthwise-reports", "-p", "no:cacheprovider")


@pytest.fixture
def lab(pytester, monkeypatch):
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makefile(".ini", pytest=INI)
    pytester.makeconftest(CONFTEST + LOCKED)
    pytester.makepyfile(test_lab=CLAIMS)
    return pytester


def samples(store):
    """Every batch of a store, by its key."""
    kept = Store(store.absolute())
    found = {path.stem: kept.load(path.stem) for path in store.rglob("*.batch")}
    return {key: batch.values.tobytes() for key, batch in found.items() if batch is not None}


def measured(path):
    """The process, width and first seed of every call, the main process' name in front."""
    rows = [line.split() for line in (path / "calls").read_text().splitlines()]
    (main,) = [row[0] for row in rows if row[1] == "main"]
    return main, [tuple(row) for row in rows if row[1] != "main"]


FAULTY = {
    f"test_faults.py::test_units_{name}"
    for name in ("break[width=256]", "break[control]", "break[verdict]")
} | {f"test_faults.py::test_units_kill[{part}]" for part in ("width=512", "verdict")}


@pytest.mark.parametrize("engine", ["loky", "dask", "ray"])
def test_an_engine_measures_everything_once_whatever_befalls_its_workers(lab, engine):
    assert lab.runpytest_inprocess(*BARE, "--store", "inline").ret == 0
    _, here = measured(lab.path)
    (lab.path / "calls").unlink()
    lab.makepyfile(test_faults=FAULTS)

    result = lab.runpytest_subprocess(
        *BARE, "-v", "--engine", engine, "--jobs", "2", "--store", "s"
    )

    lines = result.outlines
    failed = {line.split()[0] for line in lines if "::" in line and " FAILED" in line}
    assert failed == FAULTY
    result.assert_outcomes(passed=9 * 7 - len(FAULTY), failed=len(FAULTY))
    text = result.stdout.str()
    assert "claim 'units_break' at width=256: raised in a worker:" in text
    assert 'raise RuntimeError("no such width")' in text
    assert "claim 'units_kill' at width=512: the worker that measured batch 1 died twice" in text
    said = (
        "measured in this process, not in a worker: units_stay_here (cannot pickle '_thread.lock'"
    )
    assert said in text
    assert result.stderr.str() == ""

    alone, ahead = samples(lab.path / "inline"), samples(lab.path / "s")
    assert alone.items() <= ahead.items()
    main, there = measured(lab.path)
    assert main not in {process for process, *_ in there}
    again = Counter(call[1:] for call in there) - Counter(call[1:] for call in here)
    deaths, beside = 3, 3  # with two workers, four batches are with them at a time
    assert len(there) - len(here) == again.total() <= deaths * beside


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--engine", "slurm"), "*--engine: invalid choice: 'slurm'*"),
        (("--engine", "loky", "--jobs", "0"), "*--jobs*'0'*"),
        (("--jobs", "2"), "ERROR: --jobs 2 means nothing to --engine inline, only to *loky or *"),
        (
            ("--engine", "loky", "--engine-address", "host:1"),
            "ERROR: --engine-address host:1 means nothing to --engine loky, only to *ray or *dask",
        ),
    ],
)
def test_an_engine_that_makes_no_sense_is_refused_before_anything_is_measured(lab, arguments, said):
    result = lab.runpytest_inprocess(*BARE, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])
    assert not samples(lab.path)


@pytest.mark.parametrize(("engine", "package"), [("ray", "ray"), ("dask", "distributed")])
def test_an_engine_that_is_not_installed_names_what_brings_it(lab, monkeypatch, engine, package):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == package else found(name)
    )
    result = lab.runpytest_inprocess(*BARE, "--engine", engine)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *{package}*; pip install 'widthwise[[]{engine}[]]'*"])


@pytest.mark.parametrize("engine", ["ray", "dask"])
def test_a_cluster_that_does_not_answer_is_named_at_once(lab, engine):
    # A port that was just free, and that nobody listens to.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    result = lab.runpytest_subprocess(*BARE, "--engine", engine, "--engine-address", address)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --engine {engine}: no * answers at '{address}'*"])
    assert not samples(lab.path)


ON_GPUS = """
def pytest_widthwise_devices(config):
    from widthwise.harness.engine import Devices
    return Devices(gpus=("0",))
"""


def test_ray_without_a_gpu_says_what_is_there_instead_of_waiting(lab):
    lab.makeconftest(CONFTEST + LOCKED + ON_GPUS)
    result = lab.runpytest_subprocess(*BARE, "--engine", "ray", "--jobs", "1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --engine ray: the Ray cluster has no GPU for each worker; there is *CPU *"]
    )
    assert not samples(lab.path)


def test_a_worker_with_another_device_is_refused_at_once(lab):
    other = """
def pytest_widthwise_devices(config):
    from widthwise.harness.engine import Devices
    return Devices(kind=lambda: "another")
"""
    lab.makeconftest(CONFTEST + LOCKED + other)
    result = lab.runpytest_inprocess(*BARE, "--engine", "loky", "--jobs", "1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --engine loky: the worker on * measures on another, and this process on *"]
    )
    assert not samples(lab.path)


def test_the_time_left_is_shared_out_but_no_shorter_than_the_longest_batch():
    progress = Progress()
    progress.plan([("a", 64.0, index) for index in range(9)])
    progress.finish(("a", 64.0, 0), 3.0)
    assert progress.seconds_left() == pytest.approx(24.0)
    assert progress.seconds_left(workers=2) == pytest.approx(12.0)
    assert progress.seconds_left(workers=100) == pytest.approx(3.0)


SAID = r"  measuring batches left: (\d+), workers: 1 · under a minute left"


def test_a_log_says_how_many_batches_are_left(lab, monkeypatch):
    clock = itertools.count(0, 40)  # every reading is 40 seconds after the last
    monkeypatch.setattr(progress_line, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    selection = ("-k", "units_freeze and 1.0")
    result = lab.runpytest_inprocess(*BARE, "--engine", "loky", "--jobs", "1", *selection)
    lines = [line for line in result.outlines if line.startswith("  measuring ")]
    left = [re.fullmatch(SAID, line)[1] for line in lines]
    assert left == ["9", "7", "5", "3", "1"]  # the clock passes a minute at every second batch


def test_a_second_run_starts_no_workers(lab, monkeypatch):
    assert lab.runpytest_inprocess(*BARE, "--store", "s").ret == 0
    monkeypatch.setattr(executors, "_loky", None)
    assert lab.runpytest_inprocess(*BARE, "--store", "s", "--engine", "loky").ret == 0


def test_xdist_measures_in_its_own_workers(lab):
    result = lab.runpytest_subprocess(*BARE, "-n1", "--engine", "loky", "-k", "units_freeze")
    result.assert_outcomes(passed=14)
    rows = [line.split() for line in (lab.path / "calls").read_text().splitlines()]
    _controller, worker = [row[0] for row in rows if row[1] == "main"]
    assert {row[0] for row in rows if row[1] != "main"} == {worker}


def test_a_selection_measures_no_more_than_it_asks_for(lab):
    selection = ("-k", "units_freeze and 1.0 and (128 or control)")
    result = lab.runpytest_subprocess(*BARE, "--engine", "loky", "--jobs", "1", *selection)
    result.assert_outcomes(passed=2)
    _, calls = measured(lab.path)
    assert sorted(int(width) for _, width, _ in calls) == [64, 128, 128, 256, 512, 1024]


UNWILLING = """
import pytest

@pytest.fixture(scope="session")
def once(request):
    with open("set up", "a") as file:
        print("once", file=file)
    yield
    with open("set up", "a") as file:
        print("torn down", file=file)

@pytest.fixture
def noise(request, once):
    if "2.0" in request.node.name:
        raise RuntimeError("no noise today")
    if "scatter" in request.node.name:
        pytest.skip("too much noise")
    return Noise(np.array([0.02]))
"""


def test_fixtures_that_fail_or_skip_are_reported_once_and_the_rest_is_measured(lab):
    lab.makeconftest(CONFTEST + UNWILLING)
    result = lab.runpytest_subprocess(
        *BARE, "--engine", "loky", "--jobs", "1", "-k", "s_freeze or catter"
    )
    result.assert_outcomes(passed=7, errors=7, skipped=7)
    assert result.stdout.str().count("ERROR at setup") == 7
    main, calls = measured(lab.path)
    assert len(calls) == 10
    assert main not in {process for process, *_ in calls}
    assert (lab.path / "set up").read_text().split("\n") == ["once", "torn down", ""]


WAITING = '''
import pathlib
from widthwise.harness import Control, PowerLaw, Source, Widths, claim

HERE = pathlib.Path(__file__).parent

@claim(
    source=Source("a thread", "its end"),
    prediction=PowerLaw(-1 / 2),
    control=Control("where nothing freezes", exponent=0.0),
    over=Widths(64, 4096),
)
def test_units_wait(width, seeds, noise, exponent=-0.5):
    """Units wait for ever at the smallest width, which comes last."""
    if width == 64 and exponent:
        with (HERE / "waits").open("w") as file:
            file.write("here")
            file.flush()
            (HERE / "never").open()
    return float(width) ** exponent * noise(seeds)
'''


def test_an_interruption_ends_the_run_and_its_workers_and_keeps_what_was_measured(lab):
    lab.makepyfile(test_lab=WAITING)
    for name in ("waits", "never"):
        os.mkfifo(lab.path / name)
    command = [
        sys.executable,
        "-m",
        "pytest",
        *BARE,
        "--engine",
        "loky",
        "--jobs",
        "1",
        "--store",
        "s",
    ]
    process = subprocess.Popen(
        command,
        cwd=lab.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with (lab.path / "waits").open() as waits:
        assert waits.read(4) == "here"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to workers, too
        out, err = process.communicate()
        assert waits.read() == ""  # its only writer, the worker, is gone
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in out
    assert "Traceback" not in err
    assert len(samples(lab.path / "s")) >= 8
