"""What may go wrong around a run costs time at most: never a verdict, never a sample."""

import errno
import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from widthwise.harness.measuring import store as store_module
from widthwise.harness.measuring.store import Store

SOAK = Path(__file__).parents[1] / "soak.py"
PLUGINS = ("-p", "widthwise.harness.plugin.plugin", "-p", "widthwise.reports.plugin")


def alone(*arguments, **options):
    """pytest in a process of its own, with no plugins but ours."""
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *PLUGINS, *arguments]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    )


def records(directory):
    return json.loads((directory / "evidence.json").read_text())


def found(lab, store):
    """What a run of the lab's claim finds, but for when and how fast; and its remarks."""
    lab.conftest(FULL_RECORD)
    result = lab.run(f"--store={store}")
    (line,) = lab.lines("full")
    (lab.path / "full").unlink()
    record = json.loads(line)
    remarks = [*record["finding"].pop("remarks"), *record["control"].pop("remarks")]
    del record["finished"], record["finding"]["seconds"], record["control"]["seconds"]
    return result.ret, record, remarks


FULL_RECORD = """
    from widthwise.harness.terms.evidence import to_json

    def pytest_widthwise_evidence(config, evidence):
        with (config.rootpath / "full").open("a") as file:
            print(to_json(evidence), file=file)
"""


def test_fifty_runs_killed_at_random_moments_leave_the_samples_of_an_undisturbed_one():
    process = subprocess.run(
        [sys.executable, SOAK, "--kills", "50", "--entropy", "0"],
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    assert process.stdout == "50 kills, entropy 0\n", process.stdout + process.stderr
    assert process.returncode == 0


WRITE_POINTS = {
    "making the folder": (Path, "mkdir"),
    "taking the lock": (store_module.FileLock, "acquire"),
    "opening": (Path, "open"),
    "flushing": (os, "fsync"),
    "renaming": (Path, "replace"),
}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize("point", WRITE_POINTS)
def test_a_store_that_can_no_longer_be_written_changes_no_verdict(
    lab, monkeypatch, tmp_path, point, code
):
    expected = found(lab.write(), tmp_path / "undisturbed")
    owner, name = WRITE_POINTS[point]
    undisturbed = getattr(owner, name)
    store = Store.at(tmp_path / "full").path

    def fail(*arguments, **options):
        path = options["dir"] if "dir" in options else arguments[0]
        if name == "open" and "x" not in str(arguments[1:]):  # to read
            return undisturbed(*arguments, **options)
        touched = str(getattr(path, "lock_file", path))
        if name == "fsync" or (touched.startswith(str(store)) and touched != str(store)):
            raise OSError(code, os.strerror(code))
        return undisturbed(*arguments, **options)

    with monkeypatch.context() as broken:
        broken.setattr(owner, name, fail)
        status, record, remarks = found(lab, store)
    assert (status, record) == expected[:2]
    lost = [
        f"samples at width={width} could not be kept: {os.strerror(code)}" for width in lab.WIDTHS
    ]
    assert remarks == ([] if point == "taking the lock" else lost * 2)
    left = [
        path for path in store.rglob("*") if path.suffix not in {"", ".lock", ".batch", ".json"}
    ]
    assert left == []
    assert found(lab, store) == expected  # once there is room again


@pytest.fixture
def disk(tmp_path):
    """Mounts a file system of so many bytes; only root may."""
    mounted = []

    def mount(options):
        place = tmp_path / "disk"
        place.mkdir(exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("a file system can be mounted by root only")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_loses_nothing_but_what_it_cannot_keep(lab, disk, tmp_path):
    expected = found(lab.write(), tmp_path / "undisturbed")
    place = disk("size=24k")
    status, record, remarks = found(lab, place / "store")
    assert (status, record) == expected[:2]
    assert 0 < len(remarks) < 2 * len(lab.WIDTHS)
    assert all(remark.endswith("could not be kept: No space left on device") for remark in remarks)
    kept = list(place.rglob("*.batch"))
    assert kept
    assert all(Store(place / "store").load(entry.stem) for entry in kept)
    subprocess.run(["mount", "-o", "remount,size=8M", place], check=True)
    assert found(lab, place / "store") == expected
    assert len(list(place.rglob("*.batch"))) == 2 * len(lab.WIDTHS)


def test_a_disk_that_is_read_only_is_refused_by_name_and_before_anything_is_measured(lab, disk):
    place = disk("ro")
    result = lab.write().run(f"--store={place / 'store'}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: the store '*' cannot be written to (Read-only file system); *--store DIR"]
    )
    assert not lab.measured()


def test_damaged_entries_are_measured_again_and_nothing_else(lab, tmp_path):
    """One bit in another field of every entry: checksum, header, shape, values."""
    store = tmp_path / "store"
    expected = found(lab.write(), store)
    entries = sorted(store.rglob("*.batch"))
    for number, entry in enumerate(entries):
        content = bytearray(entry.read_bytes())
        content[number * (len(content) - 1) // (len(entries) - 1)] ^= 1 << number % 8
        entry.write_bytes(content)
    before = len(lab.measured())
    status, record, remarks = found(lab, store)
    assert (status, record) == expected[:2]
    assert len(remarks) == len(entries) == len(lab.measured()) - before
    assert all("were damaged: measured again" in remark for remark in remarks)
    status, record, again = found(lab, store)
    assert (record, again) == (expected[1], remarks)
    assert len(lab.measured()) - before == len(entries)


def test_a_clock_that_is_set_back_changes_nothing(lab, monkeypatch, tmp_path):
    store = tmp_path / "store"
    expected = found(lab.write(), store)
    measured = lab.measured()
    for path in store.rglob("*"):
        os.utime(path, (4e9, 4e9))  # written in 2096
    assert found(lab, store) == expected
    assert lab.measured() == measured
    clock = itertools.count(4e9, -3600.0)  # an hour back with every look at it
    monkeypatch.setattr(time, "time", lambda: next(clock))
    lab.conftest(FULL_RECORD)
    assert lab.run(f"--store={tmp_path / 'another'}").ret == 0
    (line,) = lab.lines("full")
    assert 0 <= json.loads(line)["finding"]["seconds"] < 3600


def test_a_store_of_an_older_version_is_left_alone(lab, monkeypatch, tmp_path):
    store = tmp_path / "store"
    with monkeypatch.context() as older:
        older.setattr(store_module, "FORMAT", store_module.FORMAT - 1)
        expected = found(lab.write(), store)
    old = {path: path.read_bytes() for path in store.rglob("*.batch")}
    before = len(lab.measured())
    assert found(lab, store) == expected
    assert len(lab.measured()) == 2 * before
    assert {path: path.read_bytes() for path in old} == old
    assert len(list(store.rglob("*.batch"))) == 2 * len(old)


INTERRUPTED = (
    "    return width**exponent",
    "    if width == 256 and marked('interrupted'):\n"
    "        os.kill(os.getpid(), signal.SIGINT)\n"
    "    return width**exponent",
)
MARKED = """
    import os, signal

    def marked(name):
        file = pathlib.Path(__file__).parent / name
        if file.exists():
            file.unlink()
            return True
"""


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_run_keeps_its_evidence_and_says_that_it_is_partial(lab):
    first = lab.FREEZE.replace("units_freeze", "some_freeze").replace(
        "    count(width, seeds)\n", ""
    )
    (lab.path / "test_a.py").write_text(first)
    lab.write(INTERRUPTED, more=MARKED)
    (lab.path / "interrupted").touch()
    output, _ = alone("--store", "store", cwd=lab.path).communicate()
    assert b"KeyboardInterrupt" in output
    assert b"the run was interrupted: claims are missing" in output
    assert [record["claim"] for record in records(lab.path / "evidence")] == ["some_freeze"]
    for name in ("index.html", "summary.md"):
        assert "The run was interrupted" in (lab.path / "evidence" / name).read_text()
    assert "interrupted" in (lab.path / "evidence" / "badge.svg").read_text()
    before = len(lab.measured())
    process = alone("--store", "store", cwd=lab.path)
    output, _ = process.communicate()
    assert process.returncode == 0
    assert b"the run was interrupted" not in output
    assert len(records(lab.path / "evidence")) == 2
    assert lab.measured().count("64") == 2  # claim and control: kept from before the interruption
    assert len(lab.measured()) - before == 8


MEETING = """
    import os

    def pytest_collection_finish(session):
        os.write(int(os.environ["ARRIVED"]), b".")
        os.read(int(os.environ["LEAVE"]), 1)
"""


def test_two_runs_in_one_directory_share_the_work_and_agree(lab, monkeypatch):
    (seen, arrived), (leave, left) = os.pipe(), os.pipe()
    monkeypatch.setenv("ARRIVED", str(arrived))
    monkeypatch.setenv("LEAVE", str(leave))
    lab.write(*lab.UNCLEAR).conftest(MEETING)
    shared = ("--store", "store", "--evidence", "evidence")
    both = [alone(*shared, cwd=lab.path, pass_fds=(arrived, leave)) for _ in range(2)]
    os.close(arrived)
    assert os.read(seen, 1) + os.read(seen, 1) == b".."
    os.write(left, b"..")
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [1, 1], outputs
    assert len(lab.measured()) == len(list((lab.path / "store").rglob("*.batch")))
    assert len(records(lab.path / "evidence")) == 1
    assert {path.name for path in (lab.path / "evidence").iterdir()} == {
        "evidence.json", "gaps.json", "evidence.csv", "samples", "index.html", "summary.md",
        "badge.svg", "claims", "card.png", ".drawings.json.gz",
    }  # fmt: skip
    assert not list((lab.path / "store").rglob("*.lock"))
    for end in (seen, leave, left):
        os.close(end)
