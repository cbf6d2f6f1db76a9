"""How the cost of training grows with width, seeds, inputs and depth, against the floor.

The floor is the time of the floating-point operations at the measured rate of a square matrix
product. Run with one thread: `OMP_NUM_THREADS=1 python benchmarks/plot_cost.py docs/cost.svg`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import altair as alt
import pandas as pd
import torch

from widthwise.models import MLP, sphere, train

STEPS, ROUNDS = 10, 5
BASE = {"width": 256, "seeds": 8, "inputs": 64, "depth": 2}
LADDERS = {
    "width": [32, 64, 128, 256, 512, 1024, 2048],
    "seeds": [1, 2, 4, 8, 16, 32, 64],
    "inputs": [8, 16, 32, 64, 128, 256, 512],
    "depth": [1, 2, 3, 4, 6, 8],
}


def fastest(function: Callable[[], object]) -> float:
    """CPU seconds of the fastest of some rounds, after one to warm up."""
    function()
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def operations(width: int, seeds: int, inputs: int, depth: int) -> int:
    """Of one step: three products per layer, two in the first, whose inputs have no gradient."""
    fans = (16, *[width] * depth, 1)
    entries = [fan_in * fan_out for fan_in, fan_out in pairwise(fans)]
    return 2 * seeds * inputs * (3 * sum(entries) - entries[0])


def measured(peak: float) -> Iterator[dict[str, object]]:
    """One row per rung: milliseconds of a step, and of its operations at the peak."""
    for name, ladder in LADDERS.items():
        for rung in ladder:
            size = BASE | {name: rung}
            network = MLP.initialise(
                size["width"], range(size["seeds"]), input_dim=16, depth=size["depth"]
            )
            data = sphere(size["inputs"], 1, 16)
            seconds = fastest(
                lambda network=network, data=data: train(
                    network, data.x_train, data.y_train, steps=STEPS, rate=1e-3, tolerance=0
                )
            )
            floor = operations(**size) / peak
            for kind, value in (("measured", seconds / STEPS), ("floor", floor)):
                yield {"ladder": name, "rung": rung, "kind": kind, "ms": value * 1e3}


def figure(rows: pd.DataFrame) -> alt.HConcatChart:
    """Four panels, log–log: the measured cost over the floor."""
    panels = []
    for name in LADDERS:
        fixed = ", ".join(f"{key} {value}" for key, value in BASE.items() if key != name)
        panels.append(
            alt.Chart(rows[rows["ladder"] == name], title=alt.Title(name, subtitle=fixed))
            .mark_line(point=True)
            .encode(
                alt.X("rung:Q", title=None)
                .scale(type="log", nice=False)
                .axis(values=LADDERS[name], format="d"),
                alt.Y("ms:Q", title="ms per step").scale(type="log").axis(tickCount=3, format="~g"),
                alt.Color("kind:N", title=None, sort=["measured", "floor"]),
            )
            .properties(width=200, height=170)
        )
    return alt.hconcat(*panels)


def main(path: str) -> None:
    """Measure, print and draw."""
    torch.set_num_threads(1)
    square = torch.ones(2048, 2048)
    peak = 2 * 2048**3 / fastest(lambda: square @ square)
    rows = pd.DataFrame(measured(peak))
    print(f"peak {peak / 1e9:.0f} Gflop/s")
    print(rows.pivot(index=["ladder", "rung"], columns="kind", values="ms").to_string())
    figure(rows).save(path)


if __name__ == "__main__":
    main(sys.argv[1])
