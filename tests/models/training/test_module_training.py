"""A plain perceptron as a module, and the hand-written one: the same numbers by two routes."""

import pytest
import torch
from torch import nn

from widthwise.models import (
    MLP,
    LinearisedNetwork,
    Parameters,
    ensemble,
    kernel_rate,
    mean_field,
    mup,
    mup_adam,
    ntk,
    one_shot,
    parameter_movement,
    relu,
    standard,
    tangent_kernel,
    taylor_terms,
    train,
    train_adam,
    train_flow,
    train_minibatch,
    train_momentum,
)

from ..architectures import ATTENTIVE, CONVOLUTIONAL, perceptron, tokens

DOUBLE = torch.float64
BASE, WIDTH, SEEDS = 4, 12, (1, 2, 3)


def without_biases(width):
    return nn.Sequential(
        nn.Linear(5, width, bias=False),
        nn.ReLU(),
        nn.Linear(width, width, bias=False),
        nn.ReLU(),
        nn.Linear(width, 1, bias=False),
    )


def both(parametrization, *, biases=True, power=2):
    """The two kinds of one function, whose tensors learn equally fast at the base width.

    A step moves the function by multiplier^power·rate, with the power 2 for gradient descent and 1
    where the step does not scale with the gradient.
    """
    settings = {"input_dim": 5, "activation": relu, "parametrization": parametrization}
    settings |= {"dtype": DOUBLE, "sigma_b": 0.3 if biases else 0.0}
    by_hand = MLP.initialise(WIDTH, SEEDS, **settings)
    at_base = MLP.initialise(BASE, (0,), **settings).architecture.scales
    weights = ("0.weight", "2.weight", "4.weight")
    names = weights + tuple(name.replace("weight", "bias") for name in weights if biases)
    make = perceptron if biases else without_biases
    rates = {n: s.multiplier**power * s.rate for n, s in zip(names, at_base, strict=True)}
    module = ensemble(
        make,
        WIDTH,
        SEEDS,
        parametrization=parametrization,
        base_width=BASE,
        rates=rates,
        dtype=DOUBLE,
    )
    effective = {
        name: scale.multiplier * (tensor.mT if tensor.ndim == 3 else tensor)
        for name, scale, tensor in zip(
            names, by_hand.architecture.scales, by_hand.parameters.tensors, strict=True
        )
    }
    scales = dict(zip(module.names, module.architecture.scales, strict=True))
    own = tuple(effective[name] / scales[name].multiplier for name in module.names)
    return by_hand, module.displaced(Parameters(own).minus(module.parameters))


every_parametrization = pytest.mark.parametrize(
    "parametrization", [mup, ntk, standard, mean_field], ids=lambda p: p.name
)


def assert_equal(left, right):
    torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-11, equal_nan=True)


@pytest.fixture
def task(inputs):
    return inputs[0], torch.sin(inputs[0].sum(1)), inputs[1]


@every_parametrization
def test_outputs_and_kernels_are_those_of_the_hand_written_network(parametrization, task):
    by_hand, module = both(parametrization)
    x, _, other = task
    assert_equal(module(x), by_hand(x))
    assert_equal(tangent_kernel(module, x, other), tangent_kernel(by_hand, x, other))
    assert_equal(kernel_rate(module, x), kernel_rate(by_hand, x))
    for ours, theirs in zip(
        list(module.features(x).values())[1:4:2], by_hand.features(x).values(), strict=True
    ):
        assert_equal(ours, theirs)


def same_run(ours, theirs):
    assert_equal(ours.observed, theirs.observed)
    assert_equal(ours.losses, theirs.losses)
    assert torch.equal(ours.steps, theirs.steps)
    assert torch.equal(ours.converged, theirs.converged)
    assert torch.equal(ours.diverged, theirs.diverged)
    moved = (ours.observed[:, -1] - ours.observed[:, 0]).abs()
    assert not bool(torch.isfinite(moved).any()) or moved[torch.isfinite(moved)].max() > 1e-3


@every_parametrization
def test_training_is_that_of_the_hand_written_network(parametrization, task):
    x, y, other = task
    networks = both(parametrization)
    rate = kernel_rate(networks[0], x)
    runs = [train(network, x, y, steps=12, tolerance=0.3, observe=other) for network in networks]
    same_run(*runs)
    runs = [
        train_momentum(network, x, y, steps=6, rate=rate / 10, observe=other)
        for network in networks
    ]
    same_run(*runs)
    runs = [
        train_minibatch(network, x, y, epochs=4, rate=rate / 10, batch_size=3, observe=other)
        for network in networks
    ]
    same_run(*runs)


def test_adam_is_that_of_the_hand_written_network(task):
    x, y, other = task
    runs = [
        train_adam(network, x, y, epochs=4, rate=0.05, batch_size=3, epsilon=0.0, observe=other)
        for network in both(mup_adam, biases=False, power=1)
    ]
    same_run(*runs)


def test_divergence_is_that_of_the_hand_written_network(task):
    x, y, _ = task
    runs = [train(network, x, y, steps=40, rate=3.0) for network in both(ntk)]
    assert bool(runs[0].diverged.any())
    same_run(*runs)
    assert runs[0].diverged_seeds == runs[1].diverged_seeds
    spoiled = runs[1].final.parameters.tensors[0][runs[1].diverged]
    assert bool(spoiled.isnan().all())


def test_linearisation_is_that_of_the_hand_written_network(task):
    x, y, other = task
    by_hand, module = both(mup)
    assert_equal(one_shot(module, x, y)(other), one_shot(by_hand, x, y)(other))
    runs = [LinearisedNetwork(network).train(x, y, steps=7) for network in (by_hand, module)]
    assert_equal(runs[1].losses, runs[0].losses)
    ours, theirs = (
        LinearisedNetwork(network)(other, run.displacement)
        for network, run in zip((module, by_hand), reversed(runs), strict=True)
    )
    assert_equal(ours, theirs)
    directions = [run.displacement for run in runs]
    for left, right in zip(
        taylor_terms(module, other, directions[1]),
        taylor_terms(by_hand, other, directions[0]),
        strict=True,
    ):
        assert_equal(left, right)


@pytest.mark.parametrize("rate", [0.0, 0.05])
def test_gradient_flow_takes_modules_too(task, rate):
    x, y, _ = task
    flows = [train_flow(network, x, y, time=0.2, steps=5, rate=rate) for network in both(mup)]
    assert_equal(flows[0].final(x), flows[1].final(x))


@pytest.mark.parametrize(("make", "settings", "inputs"), [CONVOLUTIONAL, ATTENTIVE])
def test_every_architecture_learns_its_targets(make, settings, inputs):
    network = ensemble(make, 16, (1, 2), dtype=DOUBLE, **settings)
    x = inputs(4)
    targets = network(x).roll(1, 1) + 0.1
    run = train(network, x, targets, steps=300, tolerance=0)
    assert (run.losses[:, -1] < 0.1 * run.losses[:, 0]).all()
    torch.testing.assert_close(
        run.losses[:, -1], (run.final(x) - targets).square().sum((1, 2)) / 2, rtol=1e-9, atol=0
    )
    assert parameter_movement(network, run.final).min() > 0


def test_a_run_depends_on_its_own_seed_only():
    x, y = tokens(6), torch.randn(6, 7)

    def losses(*seeds):
        network = ensemble(ATTENTIVE[0], 8, seeds)
        return train_minibatch(network, x, y, epochs=3, rate=0.001, batch_size=2).losses

    torch.testing.assert_close(losses(1, 2, 3)[1:2], losses(2))


def test_targets_of_another_shape_are_refused(task):
    _, module = both(ntk)
    x, y, _ = task
    with pytest.raises(ValueError, match=r"targets must be \[7\] or \[3, 7\], not \[7, 2\]"):
        train(module, x, torch.stack([y, y], 1), steps=1)
