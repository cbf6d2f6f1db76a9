"""Rivals that need an interpreter of their own: a process that runs a piece of work when asked.

Asked for a name on standard input it runs that work once and answers with the CPU seconds of
its one thread, so that rivals can take turns with widthwise on a machine whose load changes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

# Standard at import, before any rival reads it: one thread for XLA.
ONE_THREAD = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}

Work = Callable[[], object]


def answer(works: Mapping[str, Callable[[], Work]]) -> None:
    """Serve requests: each work is prepared when first asked for, with one run to compile it."""
    prepared: dict[str, Work] = {}
    for line in sys.stdin:
        name = line.strip()
        if name not in prepared:
            prepared[name] = works[name]()
            prepared[name]()
        start = time.process_time()
        prepared[name]()
        print(time.process_time() - start, flush=True)


class RivalProcess:
    """The other end: `seconds(name)` of a script that calls `answer`."""

    def __init__(self, python: str, script: Path, environment: Mapping[str, str]) -> None:
        """Start the script."""
        self._process = subprocess.Popen(
            [python, script],
            env={**environment, **ONE_THREAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def seconds(self, name: str) -> float:
        """CPU seconds of one run of the work."""
        assert self._process.stdin
        assert self._process.stdout
        print(name, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the rival's process ended while it ran {name!r}")
        return float(answer)

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()
