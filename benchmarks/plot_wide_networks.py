"""How far units of networks up to a million wide move, and what training them costs.

Run with one thread:
`OMP_NUM_THREADS=1 python benchmarks/plot_wide_networks.py docs/training-without-weights.svg`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import altair as alt
import pandas as pd
import torch

from widthwise.models import MLP, WideMLP, activation_movement, erf, kernel_rate, sphere, train

POINTS, STEPS = 8, 10
DATA = sphere(POINTS, POINTS, 16)
WIDTHS = [2**power for power in range(8, 21, 2)]
KINDS = {"never drawn": WideMLP, "drawn": MLP}
DRAWN_UP_TO = 2**12


def seeds(width: int) -> range:
    """Fewer of wide networks, whose movements differ less."""
    return range(max(4, min(128, 2**18 // width)))


def measured() -> Iterator[dict[str, object]]:
    """One row per kind and width."""
    for kind, make in KINDS.items():
        for width in WIDTHS:
            if make is MLP and width > DRAWN_UP_TO:
                continue
            moved, start = [], time.process_time()
            for seed in seeds(width):
                network = make.initialise(width, (seed,), input_dim=16, activation=erf)
                y = network(DATA.x_train) + DATA.y_train
                rate = kernel_rate(network, DATA.x_train)
                run = train(network, DATA.x_train, y, steps=STEPS, rate=rate, tolerance=0)
                moved.append(activation_movement(network, run.final, DATA.x_train))
            scaled = torch.cat(moved) * width**0.5
            yield {
                "kind": kind,
                "width": width,
                "movement": float(scaled.square().mean().sqrt()),
                "error": float(scaled.std() / len(scaled) ** 0.5),
                "seconds": (time.process_time() - start) / len(scaled),
            }


def figure(rows: pd.DataFrame) -> alt.HConcatChart:
    """Two panels over the width: √N times the movement, and CPU seconds per network."""
    colour = alt.Color("kind:N", title="hidden weights", sort=list(KINDS))
    base = alt.Chart(rows).encode(
        alt.X("width:Q", title="width N")
        .scale(type="log", base=2, nice=False)
        .axis(values=WIDTHS, labelExpr="'2^' + round(log(datum.value) / log(2))"),
        colour,
    )
    movement = base.mark_line(point=True).encode(
        alt.Y("movement:Q", title="√N · movement of units").scale(zero=False)
    )
    bars = base.mark_rule().encode(alt.Y("low:Q"), alt.Y2("high:Q"))
    seconds = base.mark_line(point=True).encode(
        alt.Y("seconds:Q", title="CPU seconds per network").scale(type="log")
    )
    panels = ((bars + movement), seconds)
    return alt.hconcat(*(panel.properties(width=300, height=220) for panel in panels))


def main(path: str) -> None:
    """Measure, print and draw."""
    torch.set_num_threads(1)
    rows = pd.DataFrame(measured())
    rows = rows.assign(
        low=rows["movement"] - 2 * rows["error"], high=rows["movement"] + 2 * rows["error"]
    )
    print(rows.to_string(index=False))
    figure(rows).save(path)


if __name__ == "__main__":
    main(sys.argv[1])
