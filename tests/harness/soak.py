"""Kill runs of pytest again and again, let one finish, and compare it with an undisturbed one.

    python tests/harness/soak.py --kills 1000 --entropy 7

A killed run gets SIGKILL either from within, at the n-th thing it does to a file of the store
or of the evidence (every open, lock, flush and rename counts, and every measurement), or from
without, once it was seen to do n of them and goes on. A run that gets through is compared and
its store thrown away, so that kills meet stores of every age. Runs are forked from this process,
which has imported all they need, and take a fraction of a second each.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import random
import signal
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from widthwise.harness.measuring.store import Store

IMPORTED_ONCE = [
    importlib.import_module(f"widthwise.{module}")
    for module in (
        "harness.plugin.plugin",
        "harness.predictions.power_law",
        "harness.plugin.progress_line",
        "harness.measuring.verification",
        "reports.comparison",
        "reports.pages.page",
        "reports.plugin",
        "reports.summary",
    )
]
"""What runs would import each by itself."""

CLAIM = '''
    import numpy as np
    from widthwise.harness import Control, PowerLaw, Source, Widths, claim

    @claim(
        provenance="made",
        source=Source("a thread", "its end"),
        prediction=PowerLaw(-0.65),
        control=Control("where nothing freezes", exponent=0.0),
        over=Widths(64, 4096),
    )
    def test_units_freeze(width, seeds, shared, exponent=-0.5):
        """Units freeze: no number of seeds tells, so that every look is taken."""
        return width**exponent * shared(noise, width=width, seeds=seeds)["noise"]

    def noise(width, seeds):
        draws = [np.random.default_rng(seed).standard_normal() for seed in seeds]
        return {"noise": 1 + 0.02 * np.array(draws)}
'''
WATCHED = ("open", "os.mkdir", "os.rename", "os.remove", "os.chmod")
COMPARED = ("samples", "evidence", "files beside the samples")
FARTHEST = 60
"""Things that a run may do before it is killed; it does a thousand in all."""


def run(directory: Path, place: Path) -> int:
    """One run of the claim, in this process."""
    with Path(os.devnull).open("w") as null, contextlib.redirect_stdout(null):
        return int(
            pytest.main(
                [
                    *("-q", "-p", "no:cacheprovider"),
                    *("-p", "widthwise.harness.plugin.plugin", "-p", "widthwise.reports.plugin"),
                    *("--rootdir", str(directory), "--import-mode=importlib"),
                    *("--store", str(place / "store"), "--evidence", str(place / "evidence")),
                    str(directory / "test_lab.py"),
                ]
            )
        )


def forked(body: Callable[[], object]) -> int:
    """Start a process that does this and nothing else; its id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        body()
        status = 0
    finally:
        os._exit(status)


def when_touching(place: Path, notice: Callable[[], None]) -> None:
    """Have everything that this process does to files under a place noticed first."""
    fsync = os.fsync

    def flushed(descriptor: int) -> None:
        notice()
        fsync(descriptor)

    def seen(event: str, arguments: tuple[object, ...]) -> None:
        if event == "fcntl.flock" or (
            event in WATCHED and str(arguments[0]).startswith(str(place))
        ):
            notice()

    os.fsync = flushed
    sys.addaudithook(seen)


def killed_from_within(directory: Path, place: Path, after: int) -> bool:
    """Run, and die at the `after`-th thing done; whether it came to that."""
    left = iter(range(after, -1, -1))

    def notice() -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def body() -> None:
        when_touching(place, notice)
        run(directory, place)

    return _was_killed(forked(body))


def killed_from_without(directory: Path, place: Path, after: int) -> bool:
    """Run, and be killed by another while going on; whether it came to that."""
    reading, writing = os.pipe()

    def body() -> None:
        os.close(reading)
        when_touching(place, lambda: os.write(writing, b".") and None)
        run(directory, place)

    child = forked(body)
    os.close(writing)
    for _ in range(after):
        if not os.read(reading, 1):
            break
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    return _was_killed(child)


def _was_killed(child: int) -> bool:
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def finish(directory: Path, place: Path) -> None:
    """Let a run get through, whatever an earlier one left."""
    os.waitpid(forked(lambda: run(directory, place)), 0)


def samples(place: Path) -> dict[str, object]:
    """Every entry of a store, bit by bit; None for a damaged one."""
    store = Store(place / "store")
    entries = {path.stem: store.load_arrays(path.stem) for path in store.path.rglob("*.batch")}
    return {
        key: arrays and {name: (array.dtype.str, array.tobytes()) for name, array in arrays.items()}
        for key, arrays in entries.items()
    }


def evidence(place: Path) -> dict[str, Any]:
    """What a run found, but for when and how fast."""
    (record,) = json.loads((place / "evidence" / "evidence.json").read_text("utf-8"))
    del record["finished"], record["finding"]["seconds"], record["control"]["seconds"]
    return record


def litter(place: Path) -> list[str]:
    """What lies in a store beside its entries."""
    files = (path for path in (place / "store").rglob("*") if path.is_file())
    return sorted(path.name for path in files if path.suffix != ".batch")


def soak(directory: Path, kills: int, entropy: int) -> list[str]:
    """Kill that many runs; what was different about the stores that they left."""
    chance = random.Random(entropy)
    (directory / "test_lab.py").write_text(textwrap.dedent(CLAIM))
    (directory / "pytest.ini").write_text("[pytest]\n")
    undisturbed = directory / "undisturbed"
    finish(directory, undisturbed)
    expected = samples(undisturbed), evidence(undisturbed), litter(undisturbed)
    complaints: list[str] = []
    done = 0
    while done < kills:
        place, first = directory / str(done), done
        while done < kills:
            way = chance.choice((killed_from_within, killed_from_without))
            if not way(directory, place, chance.randrange(1, FARTHEST)):
                break
            done += 1
            if None in samples(place).values():
                complaints.append(f"kill {done} left a damaged entry")
        finish(directory, place)
        found = samples(place), evidence(place), litter(place)
        for what, one, other in zip(
            ("samples", "evidence", "litter"), found, expected, strict=True
        ):
            if one != other:
                complaints.append(f"{what} differ after kills {first + 1} to {done}")
    return complaints


def main() -> int:
    """Soak; the exit status says whether anything differed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--entropy", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        complaints = soak(Path(directory).resolve(), options.kills, options.entropy)
    print(*complaints, f"{options.kills} kills, entropy {options.entropy}", sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
