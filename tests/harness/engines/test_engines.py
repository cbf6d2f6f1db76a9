"""Whichever engine measures, the samples are the same; a worker's death costs one claim at most.

Ray and Dask run with their real schedulers, each in one run of everything.
"""

import itertools
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import pytest

from widthwise.harness.engines import executors
from widthwise.harness.measuring.progress import Progress
from widthwise.harness.plugin import progress_line

FAULTS = '''
import os
import pathlib
import signal
import threading
from widthwise.harness import Control, PowerLaw, Source, Widths, claim

ABOUT = dict(provenance="made", source=Source("a thread", "its end"), over=Widths(64, 4096))
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
FAULTY = {
    f"test_faults.py::test_units_{name}"
    for name in ("break[width256]", "break[control]", "break[verdict]")
} | {f"test_faults.py::test_units_kill[{part}]" for part in ("width512", "verdict")}


@pytest.mark.parametrize("engine", ["loky", "dask", "ray"])
def test_an_engine_measures_everything_once_whatever_befalls_its_workers(crew, engine):
    assert crew.run("--store", "inline").ret == 0
    _, here = crew.measured()
    (crew.path / "calls").unlink()
    crew.pytester.makepyfile(test_faults=FAULTS)

    result = crew.start("-v", "--engine", engine, "--jobs", "2", "--store", "s")

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

    alone, ahead = crew.samples("inline"), crew.samples("s")
    assert alone.items() <= ahead.items()
    main, there = crew.measured()
    assert main not in {process for process, *_ in there}
    again = Counter(call[1:] for call in there) - Counter(call[1:] for call in here)
    deaths, beside = 3, 3  # with two workers, four batches are with them at a time
    assert len(there) - len(here) == again.total() <= deaths * beside


LEAVE = '''
from joblib.externals.loky import process_executor
from widthwise.harness import Control, PowerLaw, Source, Widths, claim

@claim(
    provenance="made",
    source=Source("a thread", "its end"),
    prediction=PowerLaw(-1 / 2),
    control=Control("where nothing freezes", exponent=0.0),
    over=Widths(64, 4096),
)
def test_units_leak(width, seeds, noise, exponent=-0.5):
    """To loky every batch looks like a leak of memory, after which it lets a worker go."""
    process_executor._MEMORY_LEAK_CHECK_DELAY = 0.0
    process_executor._MAX_MEMORY_LEAK_SIZE = -(10**12)
    return float(width) ** exponent * noise(seeds)
'''


def test_a_worker_that_is_let_go_is_replaced(crew):
    """The ini of this repository makes errors of warnings, of which loky gives one then."""
    crew.pytester.makepyfile(test_leak=LEAVE)
    result = crew.pytester.runpytest_subprocess(
        *crew.BARE, "test_leak.py", "--engine", "loky", "--jobs", "2", timeout=120
    )
    result.assert_outcomes(passed=7)


def test_the_time_left_is_shared_out_but_no_shorter_than_the_longest_batch():
    progress = Progress()
    progress.plan([("a", 64.0, index) for index in range(9)])
    progress.finish(("a", 64.0, 0), 3.0)
    assert progress.seconds_left() == pytest.approx(24.0)
    assert progress.seconds_left(workers=2) == pytest.approx(12.0)
    assert progress.seconds_left(workers=100) == pytest.approx(3.0)


SAID = (
    r"  measuring units_freeze\[1.0\](?: control)? at \d+ · batches left: (\d+), workers: 1"
    r" · under a minute left"
)


def test_a_log_says_how_many_batches_are_left(crew, monkeypatch):
    clock = itertools.count(0, 20)  # every reading is 20 seconds after the last
    monkeypatch.setattr(progress_line, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    selection = ("-k", "units_freeze and 1.0")
    result = crew.run("--engine", "loky", "--jobs", "1", *selection)
    lines = [line for line in result.outlines if line.startswith("  measuring ")]
    left = [re.fullmatch(SAID, line)[1] for line in lines]
    assert left == ["9", "7", "5", "3", "1"]  # the clock passes a minute at every second batch


def test_a_second_run_starts_no_workers(crew, monkeypatch):
    assert crew.run("--store", "s").ret == 0
    monkeypatch.setattr(executors, "_loky", None)
    assert crew.run("--store", "s", "--engine", "loky").ret == 0


def test_xdist_measures_in_its_own_workers(crew):
    result = crew.start("-n1", "--engine", "loky", "-k", "units_freeze")
    result.assert_outcomes(passed=14)
    rows = [line.split() for line in (crew.path / "calls").read_text().splitlines()]
    _controller, worker = [row[0] for row in rows if row[1] == "main"]
    assert {row[0] for row in rows if row[1] != "main"} == {worker}


def test_a_selection_measures_no_more_than_it_asks_for(crew):
    selection = ("-k", "units_freeze and 1.0 and (128 or control)")
    result = crew.start("--engine", "loky", "--jobs", "1", *selection)
    result.assert_outcomes(passed=2)
    _, calls = crew.measured()
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


def test_fixtures_that_fail_or_skip_are_reported_once_and_the_rest_is_measured(crew):
    crew.conftest(UNWILLING)
    result = crew.start("--engine", "loky", "--jobs", "1", "-k", "s_freeze or catter")
    result.assert_outcomes(passed=7, errors=7, skipped=7)
    assert result.stdout.str().count("ERROR at setup") == 7
    main, calls = crew.measured()
    assert len(calls) == 10
    assert main not in {process for process, *_ in calls}
    assert (crew.path / "set up").read_text().split("\n") == ["once", "torn down", ""]


SHARING = '''
import pathlib
import numpy as np
from widthwise.harness import Control, PowerLaw, Source, Widths, claim

HERE = pathlib.Path(__file__).parent
ABOUT = dict(provenance="made", source=Source("a thread", "its end"), over=Widths(64, 4096))
STILL = Control("where nothing freezes", exponent=0.0)

def meet(role):
    """Wait, the first time, until a process in the other role is here too."""
    try:
        (HERE / role).touch(exist_ok=False)
    except FileExistsError:
        return
    with (HERE / "meeting").open("r" if role == "reads" else "w"):
        pass

def run(width, seeds, noise, exponent):
    if width == 1024 and exponent:
        meet("reads")
    return {"units": float(width) ** exponent * noise(seeds)}

@claim(prediction=PowerLaw(-1 / 2), seeds_of="runs", control=STILL, **ABOUT)
def test_units_of_a_run(width, seeds, noise, shared, exponent=-0.5):
    """Units freeze."""
    return shared(run, width=width, seeds=seeds, noise=noise, exponent=exponent)["units"]

@claim(prediction=PowerLaw(-1), seeds_of="runs", control=STILL, **ABOUT)
def test_squares_of_a_run(width, seeds, noise, shared, exponent=-0.5):
    """Their squares do."""
    return shared(run, width=width, seeds=seeds, noise=noise, exponent=exponent)["units"] ** 2

@claim(prediction=PowerLaw(-1 / 2), control=STILL, **ABOUT)
def test_other_units(width, seeds, noise, exponent=-0.5):
    """The run at the largest width does not end before this is measured at a smaller one."""
    if width == 512:
        meet("writes")
    return float(width) ** exponent * noise(seeds)
'''


def test_no_worker_waits_for_a_shared_measurement_while_there_is_something_else(crew):
    os.mkfifo(crew.path / "meeting")
    crew.pytester.makepyfile(test_lab=SHARING)
    # Two workers that stood before the same run would meet nobody, and never end.
    result = crew.pytester.runpytest_subprocess(
        *crew.BARE, "--engine", "loky", "--jobs", "2", timeout=300
    )
    result.assert_outcomes(passed=3 * 7)


WAITING = '''
import pathlib
from widthwise.harness import Control, PowerLaw, Source, Widths, claim

HERE = pathlib.Path(__file__).parent

@claim(
    provenance="made",
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


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_ends_the_run_and_its_workers_and_keeps_what_was_measured(crew):
    crew.pytester.makepyfile(test_lab=WAITING)
    for name in ("waits", "never"):
        os.mkfifo(crew.path / name)
    command = [
        sys.executable,
        "-m",
        "pytest",
        *crew.BARE,
        "--engine",
        "loky",
        "--jobs",
        "1",
        "--store",
        "s",
    ]
    process = subprocess.Popen(
        command,
        cwd=crew.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with (crew.path / "waits").open() as waits:
        assert waits.read(4) == "here"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to workers, too
        out, err = process.communicate(timeout=120)
        assert waits.read() == ""  # its only writer, the worker, is gone
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in out
    assert "Traceback" not in err
    assert len(crew.samples("s")) >= 8
