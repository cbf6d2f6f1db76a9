"""A fault put into a measurement changes the verdict: what a claim says, it looks at.

Each fault is one that a person might make in the code that a claim calls. Three narrow rungs do,
because the faulty measurement has to be refuted there and not merely left open.
"""

import inspect
from dataclasses import replace

import numpy as np
import pytest

from widthwise.claims.linear_combinations import runs
from widthwise.claims.linear_combinations import test_gradients_span_all_that_moves as spans
from widthwise.claims.linear_combinations import test_random_combinations_stay_put as random
from widthwise.claims.linear_combinations import test_sums_of_sqrt_width_units_grow as grow
from widthwise.claims.linearisation import test_gradient_descent_follows_the_modified_flow as flow
from widthwise.claims.linearisation import test_homogeneous_nets_satisfy_euler as euler
from widthwise.claims.linearisation import test_output_vanishes_at_initialisation as output
from widthwise.claims.linearisation import (
    test_residuals_decay_as_the_matrix_exponential as residuals,
)
from widthwise.harness import Verdict
from widthwise.harness.declaration import claim_of
from widthwise.harness.ladder import Ladder
from widthwise.harness.prediction import Samples
from widthwise.models import erf, relu

WIDTHS, RATES = (32, 128, 512), (0.4, 0.2, 0.1)
SEEDS = tuple(range(16))
ALPHA = 1e-3


def verdict(function, **available):
    """What a claim's prediction makes of its measurement on three rungs."""
    declared = claim_of(function)
    rungs, limit = (WIDTHS, "infinity") if declared.rung_name == "width" else (RATES, "zero")
    known = inspect.signature(function).parameters
    arguments = {name: value for name, value in available.items() if name in known}
    values = [
        np.asarray(function(**{declared.rung_name: rung}, seeds=SEEDS, **arguments))
        for rung in rungs
    ]
    samples = Samples(Ladder(declared.rung_name, rungs, limit, rungs[0]), np.stack(values))
    return declared.prediction.judge(samples, ALPHA).verdict


def unshared(measure, **arguments):
    """`shared` without a store."""
    return measure(**arguments)


def of_length_root_width(movement):
    return lambda before, *rest, **named: movement(before, *rest, **named) * before.width**0.5


def of_other_units(gradients):
    return lambda *arguments: tuple(g.roll(1, -1) for g in gradients(*arguments))


def over_a_quarter(sums):
    return lambda units, _: sums(units, 0.25)


def with_a_layer_too_many(kernels):
    return lambda made, x: kernels(replace(made, depth=made.depth + 1), x)


def without_a_layer(terms):
    def faulty(network, x, direction):
        weights = (*direction.weights[:-1], 0 * direction.weights[-1])
        return terms(network, x, replace(direction, weights=weights))

    return faulty


def in_other_units_of_time(flow_of):
    return lambda times: flow_of([2 * time for time in times])


def with_half_the_correction(train):
    return lambda *arguments, rate, **named: train(*arguments, rate=rate / 2, **named)


@pytest.mark.parametrize(
    ("function", "module", "name", "fault"),
    [
        (random.test_random_combinations_stay_put, runs, "combination_movement",
         of_length_root_width),
        (grow.test_sums_of_zero_mean_units_grow_as_fourth_root, grow, "sum_over_random_units",
         over_a_quarter),
        (spans.test_gradients_span_what_moves_in_the_first_layer, runs, "output_gradients",
         of_other_units),
        (output.test_output_at_initialisation_is_the_nngp, output, "infinite_width_kernels",
         with_a_layer_too_many),
        (euler.test_homogeneous_nets_satisfy_euler, euler, "taylor_terms", without_a_layer),
        (residuals.test_residuals_decay_as_the_matrix_exponential, residuals, "gradient_flow",
         in_other_units_of_time),
        (flow.test_gradient_descent_follows_the_modified_flow, flow, "train_flow",
         with_half_the_correction),
    ],
    ids=lambda value: getattr(value, "__name__", value).rpartition(".")[2],
)  # fmt: skip
def test_a_fault_is_refuted(monkeypatch, mlp, sphere, function, module, name, fault):
    given = {"mlp": mlp, "data": sphere, "sphere": sphere, "shared": unshared}
    given |= {"activation": erf, "depth": 1}
    if module is euler:
        given["activation"] = relu
    monkeypatch.setattr(module, name, fault(getattr(module, name)))
    assert verdict(function, **given) is Verdict.REFUTED
