"""What a GPU is asked per step is what docs/performance.md says, and rarely a value."""

import functools
import importlib.util
import sys
from pathlib import Path

import pytest

from widthwise import models
from widthwise.models import MLP, sphere

from .pretended_gpu import pretended

ROOT = Path(__file__).parents[2]
DEVICE = "gpu:0"
DATA = sphere(6, 4, 9, seed=1)


@pytest.fixture(scope="module")
def launches():
    specification = importlib.util.spec_from_file_location(
        "widthwise_launches", ROOT / "benchmarks" / "launches.py"
    )
    module = importlib.util.module_from_spec(specification)
    sys.modules["widthwise_launches"] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules["widthwise_launches"]


def test_the_table_is_todays(launches):
    text = (ROOT / "docs" / "performance.md").read_text()
    kept = text.partition(launches.START)[2].partition(launches.END)[0].split("\n")[1:-1]
    counted = list(launches.table(pretended))
    assert len(kept) == len(counted)
    for said, found in zip(kept, counted, strict=True):
        if "WideMLP" not in said:
            assert said == found
            continue
        pairs = zip(said.split("|")[2:4], found.split("|")[2:4], strict=True)
        for one, other in pairs:  # how many directions are new hangs on rounding
            assert float(one) == pytest.approx(float(other), rel=0.15)


ASKED = {
    "train": functools.partial(models.train, rate=1e-3, tolerance=0),
    "train_momentum": functools.partial(models.train_momentum, rate=1e-3, tolerance=0),
    "train_minibatch": lambda *task, steps: models.train_minibatch(
        *task, epochs=(steps + 1) // 2, batch_size=3, rate=1e-3, tolerance=0
    ),
    "train_adam": lambda *task, steps: models.train_adam(
        *task, epochs=(steps + 1) // 2, batch_size=3, rate=1e-3, tolerance=0
    ),
    "sample_langevin": functools.partial(models.sample_langevin, rate=1e-3, temperature=1e-3),
    "train_flow": functools.partial(models.train_flow, time=1),
    "modified train_flow": functools.partial(models.train_flow, time=1, rate=0.1),
    "course": lambda *task, steps: models.course(*task, at=(steps,), rate=1e-3, tolerance=0),
    "LinearisedNetwork.train": lambda network, *task, steps: models.LinearisedNetwork(
        network
    ).train(*task, steps=steps, tolerance=0),
}


def waits(train, steps):
    with pretended() as log:
        data = DATA.to(device=DEVICE)
        network = MLP.initialise(16, (3, 4), input_dim=9, activation=models.tanh, device=DEVICE)
        train(network, data.x_train, data.y_train, steps=steps)
    return log.waits


@pytest.mark.parametrize("way", ASKED)
def test_training_reads_a_value_once_in_a_hundred_steps_at_most(way):
    few, more = (waits(ASKED[way], steps) for steps in (1, 101))
    assert more.total() - few.total() <= 1, more - few


def test_fitting_reads_a_value_once_in_a_hundred_steps_at_most():
    def fit(share):
        return lambda *task, steps: models.fit(*task, share=share, rate=5e-3, steps=steps)

    little, more = (waits(fit(share), 1000) for share in (0.99, 0.5))  # a few steps, some 400
    assert more.total() - little.total() <= 4, more - little


def test_the_one_shot_solution_reads_a_few_values():
    read = waits(lambda *task, steps: models.one_shot(*task), 0)
    assert read.total() <= 6, read
