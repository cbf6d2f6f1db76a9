"""What a GPU is asked per step: operations that it runs, and values that the host waits for.

`python benchmarks/launches.py --write docs/performance.md` puts the table between the marks there.
Counted on the pretended GPU of the tests, so that any machine can: an operation that runs there is
one kernel on a GPU, or a few where a library splits it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from widthwise import models
from widthwise.models import CNN, MLP, Network, WideMLP

START, END = "<!-- launches: start -->", "<!-- launches: end -->"
DEVICE = "gpu:0"
SEEDS = (3, 4)
Pretended = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Work:
    """Something that is done again and again.

    Attributes:
        make: The networks.
        run: Does it a number of times with networks on inputs and targets.
        times: Fewer times and more, between which the difference is taken.
        each: How many networks do it in turns.
    """

    make: Callable[[], Network]
    run: Callable[[Network, Any, Any, int], object]
    times: tuple[int, int] = (3, 131)  # a GPU is asked once in 128 steps
    each: int = 1


def mlp(kind: Any = MLP, width: int = 32, **options: Any) -> Callable[[], Network]:
    """Networks of 9 inputs on the pretended GPU."""
    return lambda: kind.initialise(width, SEEDS, input_dim=9, device=DEVICE, **options)


def descent(network: Network, x: Any, y: Any, steps: int) -> object:
    return models.train(network, x, y, steps=steps, rate=1e-3, tolerance=0)


def momentum(network: Network, x: Any, y: Any, steps: int) -> object:
    return models.train_momentum(network, x, y, steps=steps, rate=1e-3, tolerance=0)


def minibatch(network: Network, x: Any, y: Any, epochs: int) -> object:
    return models.train_minibatch(
        network, x, y, epochs=epochs, batch_size=8, rate=1e-3, tolerance=0
    )


def adam(network: Network, x: Any, y: Any, epochs: int) -> object:
    return models.train_adam(network, x, y, epochs=epochs, rate=1e-3, tolerance=0)


def flow(network: Network, x: Any, y: Any, steps: int) -> object:
    return models.train_flow(network, x, y, time=1, steps=steps)


def tangent_kernels(network: Network, x: Any, _: Any, count: int) -> object:
    return [models.tangent_kernel(network, x) for _ in range(count)]


WORKS = {
    "gradient descent, MLP, 1 hidden layer": Work(mlp(depth=1), descent),
    "the same, 2 hidden layers": Work(mlp(), descent),
    "the same, 3 hidden layers": Work(mlp(depth=3), descent),
    "the same, 2 hidden layers with biases": Work(mlp(sigma_b=0.3), descent),
    "gradient descent, CNN, 2 hidden layers": Work(mlp(CNN), descent),
    "momentum, MLP, 2 hidden layers": Work(mlp(), momentum),
    "an epoch of two minibatches, the same": Work(mlp(), minibatch),
    "Adam, the same": Work(mlp(), adam),
    "gradient flow, a step of Runge–Kutta, the same": Work(mlp(), flow),
    "tangent kernel, MLP, 2 hidden layers": Work(mlp(), tangent_kernels, (1, 3)),
    "tangent kernel, CNN, 2 hidden layers": Work(mlp(CNN), tangent_kernels, (1, 3)),
    "WideMLP, 2 hidden layers, each network": Work(
        mlp(WideMLP, 256, activation=models.erf), descent, (1, 17), len(SEEDS)
    ),
}


def asked(work: Work, pretended: Pretended) -> tuple[float, float]:
    """Operations and waits, each time."""
    totals = []
    for times in work.times:
        with pretended() as log:
            data = models.sphere(16, 1, 9, seed=1).to(device=DEVICE)
            network = work.make()
            before = log.launches.total(), log.waits.total()
            work.run(network, data.x_train, data.y_train, times)
            totals.append((log.launches.total() - before[0], log.waits.total() - before[1]))
    count = (work.times[1] - work.times[0]) * work.each
    launches, waits = ((more - fewer) / count for fewer, more in zip(*totals, strict=True))
    return launches, waits


def table(pretended: Pretended) -> Iterator[str]:
    """The lines of the table."""
    yield "| each step | operations | values read by the host |"
    yield "|---|---|---|"
    for name, work in WORKS.items():
        launches, waits = asked(work, pretended)
        yield f"| {name} | {launches:.0f} | {waits:.2g} |"


def main() -> None:
    """Print the table, or write it where the marks are."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.device.pretended_gpu import pretended

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="a file with the two marks")
    where = parser.parse_args().write
    lines = "\n".join(table(pretended))
    if where is None:
        print(lines)
        return
    before, rest = where.read_text().split(START)
    after = rest.split(END)[1]
    where.write_text(f"{before}{START}\n{lines}\n{END}{after}")


if __name__ == "__main__":
    main()
