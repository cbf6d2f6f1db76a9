"""The cost of a run at full effort is extrapolated from what small networks do."""

import importlib.util
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch

from widthwise.models import CNN, MLP, WideMLP, erf, sphere, train

PATH = Path(__file__).parents[2] / "benchmarks" / "cost_of_full.py"


@pytest.fixture(scope="module")
def cost_of_full():
    specification = importlib.util.spec_from_file_location("widthwise_cost_of_full", PATH)
    module = importlib.util.module_from_spec(specification)
    sys.modules["widthwise_cost_of_full"] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules["widthwise_cost_of_full"]


def counted(module, width, kind, steps):
    data, counts = sphere(5, 1, 8), Counter()
    options = {"input_dim": 9 if kind is CNN else 8, "activation": erf}
    network = kind.initialise(width, (1, 2), **options)
    x = torch.ones(5, 9) if kind is CNN else data.x_train
    with module.counting(counts, width):
        train(network, x, data.y_train, steps=steps, rate=0.01, tolerance=0)
    return counts


def test_arithmetic_of_a_step_is_three_products_of_every_hidden_matrix(cost_of_full):
    few, more = (counted(cost_of_full, 118, MLP, steps) for steps in (1, 3))
    more.subtract(few)
    networks, points, steps = 2, 5, 2
    assert more["flops 2"] == steps * 3 * networks * 2 * points * 118**2


@pytest.mark.parametrize("kind", [MLP, CNN])
def test_counts_of_a_small_width_tell_those_of_a_larger_one(kind, cost_of_full):
    small, large = (counted(cost_of_full, width, kind, 2) for width in (118, 2 * 587))
    for what in ("flops", "bytes"):
        told = cost_of_full.at_width(small, what, 587 / 59)
        assert told == pytest.approx(cost_of_full.at_width(large, what, 1), rel=0.03)


def test_what_is_never_drawn_costs_in_proportion_to_the_width(cost_of_full):
    counts = counted(cost_of_full, 2 * 587, WideMLP, 3)
    assert counts["flops 1"] > 0
    assert not counts["flops 2"] + counts["bytes 2"]


def measured(seeds, power):
    return {"value": torch.rand(len(seeds)) ** power}


def test_a_shared_measurement_is_counted_once(cost_of_full):
    shared = cost_of_full.Shared()
    first, again, other = (shared(measured, seeds=(1, 2), power=power) for power in (1, 1, 2))
    assert first is again
    assert other is not first
    shared.seeds_of = "other networks"
    assert shared(measured, seeds=(1, 2), power=1) is not first


def test_every_rung_and_seed_is_paid_for_and_slower_memory_takes_longer(cost_of_full):
    line = {"name": "a", "claim": "a", "topic": "t", "at": 118, "rungs": [118, 236]}
    counts = {"flops 2": 10**12, "bytes 1": 10**12, "bytes 0": 10**12}
    looks = cost_of_full.first_looks([line | {"without": False, "counts": counts}])
    ((_, cost),) = looks["t"]
    assert cost.flops == 8 * 5e12  # 16 seeds instead of two, at N and at 2N
    assert cost.moved == 8 * 5e12
    assert cost.seconds == pytest.approx((8 * 5e12 / 3.35e12, 8 * 5e12 / 4.8e12))
