"""What each engine adds to a batch: `python benchmarks/engine_overhead.py` prints a table.

The measurement takes no time, so what is timed is all overhead: the order to the worker, the
key, the lock, writing the batch to the store and the answer. The fastest of several rounds is
reported, which other work on the machine disturbs least.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from widthwise.harness.engines.agenda import Work
from widthwise.harness.engines.engine import Devices, Engine
from widthwise.harness.measuring.measuring import Bench, Setting
from widthwise.harness.measuring.store import Store
from widthwise.harness.predictions.power_law import PowerLaw

ENGINES = ("inline", "loky", "dask", "ray")


class Unwatched:
    """A watcher that looks away."""

    def started(self, setting, rung, batch):
        pass

    def finished(self, setting, rung, batch, seconds):
        pass

    def waiting(self, more, workers, running=()):
        pass


def nothing(width, seeds):
    return np.full(len(seeds), width**-0.5)


def overhead(name, jobs, batches, rounds):
    """Seconds until the first batch is there, and seconds per batch after that."""
    # From the module, not from __main__: no worker could load that.
    from engine_overhead import nothing

    setting = Setting("nothing", "nothing", nothing, {}, "width", PowerLaw(-1 / 2))

    def timed(bench, measure, first):
        began = time.perf_counter()
        measure(bench, [Work(setting, 64, first + index) for index in range(batches)])
        return (time.perf_counter() - began) / batches

    def series(bench, measure):
        began = time.perf_counter()
        measure(bench, [Work(setting, 64, 0)])
        start = time.perf_counter() - began
        return start, min(timed(bench, measure, 1 + n * batches) for n in range(rounds))

    def inline(bench, work):
        for piece in work:
            bench.batch(piece.setting, piece.rung, piece.index)

    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Store.at(Path(folder)), "cpu", 0, Unwatched())
        if name == "inline":
            return series(bench, inline)
        engine = Engine(name, jobs, None, Devices())
        began = time.perf_counter()
        with engine.workers() as hands:
            ready = time.perf_counter() - began
            start, each = series(
                bench, lambda bench, work: engine.measure(bench, work, hands, lambda _: ())
            )
            return ready + start, each


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--batches", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print("| engine | until the first batch | each batch |\n|---|---|---|")
    for name in ENGINES:
        start, each = overhead(name, options.jobs, options.batches, options.rounds)
        print(f"| {name} | {start:.1f} s | {1000 * each:.1f} ms |", flush=True)


if __name__ == "__main__":
    main()
