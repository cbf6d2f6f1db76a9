"""Run the claims under several master seeds and print every verdict that differs.

    python benchmarks/stability.py                      ten seeds, quick effort, two processes
    python benchmarks/stability.py --seeds 3 -- claims/transfer -k erf

Another master seed draws every network anew. A verdict that depends on it is a verdict by luck,
so none may differ: the exit status is 1 where one does, or where a run settles another set of
claims than the others. Samples are kept in the usual store, so a stopped comparison goes on.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from widthwise.harness.terms.evidence import Evidence
from widthwise.reports.files import read

Runs = Mapping[int, Sequence[Evidence]]
"""The evidence of a run, by its master seed."""

ABSENT = "absent"


def verdicts(records: Sequence[Evidence]) -> dict[str, str]:
    """The verdict of every claim and of every control, by name."""
    found = {}
    for record in records:
        found[record.name] = str(record.finding.judgement.verdict)
        found[f"{record.name} control"] = str(record.control.judgement.verdict)
    return found


def differing(runs: Runs) -> list[str]:
    """What is not the same under all master seeds, one line each."""
    found = {seed: verdicts(records) for seed, records in runs.items()}
    names = dict.fromkeys(name for each in found.values() for name in each)
    lines = []
    for name in names:
        seeds: dict[str, list[int]] = {}
        for seed, each in found.items():
            seeds.setdefault(each.get(name, ABSENT), []).append(seed)
        if len(seeds) > 1:
            told = (f"{verdict} under {', '.join(map(str, of))}" for verdict, of in seeds.items())
            lines.append(f"{name}: {'; '.join(told)}")
    return lines


def summary(runs: Runs) -> str:
    """How much was compared."""
    counts = {len(verdicts(records)) for records in runs.values()}
    told = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else f"{min(counts)}"
    return f"{told} verdicts, controls included, under each of {len(runs)} master seeds"


def main() -> int:
    """Run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, default=10, help="how many, counted from 0")
    parser.add_argument("--jobs", default="2", help="processes of pytest-xdist")
    parser.add_argument("--evidence", type=Path, default=Path("stability"), metavar="DIR")
    parser.add_argument("pytest", nargs="*", help="what to run (default: claims)")
    options = parser.parse_args()
    runs = {}
    for seed in range(options.seeds):
        folder = options.evidence / str(seed)
        command = [sys.executable, "-m", "pytest", "-q", "-n", options.jobs, "--tb=no"]
        command += [
            f"--master-seed={seed}",
            f"--evidence={folder}",
            *(options.pytest or ["claims"]),
        ]
        print(f"master seed {seed}", flush=True)
        status = subprocess.run(command).returncode
        if status not in (0, 1):  # 1: a verdict is not the declared one, which is compared below
            print(f"pytest ended with status {status} under master seed {seed}")
            return status
        runs[seed] = read(folder)
    lines = differing(runs)
    print(*lines, summary(runs), sep="\n")
    print("all the same" if not lines else f"{len(lines)} differ")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
