"""What networks are given: empty sets, numbers that are none, graphs, kernels that are 0."""

from __future__ import annotations

import pytest
import torch

from widthwise.models import (
    CNN,
    MLP,
    antisymmetric,
    course,
    fit,
    kernel_rate,
    nngp_kernel,
    one_shot,
    tangent_kernel,
    tangent_kernel_trace,
    train,
    train_flow,
    train_momentum,
)
from widthwise.models.kernels.conditioned import initial_kernels
from widthwise.models.training.linearisation import LinearisedNetwork
from widthwise.models.training.optimisers import sample_langevin, train_adam, train_minibatch

TRAINERS = {
    "descent": lambda net, x, y: train(net, x, y, steps=2),
    "descent at a rate": lambda net, x, y: train(net, x, y, steps=2, rate=0.1),
    "fit": lambda net, x, y: fit(net, x, y, share=0.9, steps=2),
    "course": lambda net, x, y: course(net, x, y, [1]),
    "minibatch": lambda net, x, y: train_minibatch(net, x, y, rate=0.1, epochs=2, batch_size=1),
    "momentum": lambda net, x, y: train_momentum(net, x, y, rate=0.1, momentum=0.5, steps=2),
    "adam": lambda net, x, y: train_adam(net, x, y, rate=0.1, epochs=2),
    "langevin": lambda net, x, y: sample_langevin(net, x, y, rate=0.1, steps=2, temperature=1),
    "flow": lambda net, x, y: train_flow(net, x, y, time=1.0, steps=2),
    "linearised": lambda net, x, y: LinearisedNetwork(net).train(x, y, steps=2),
    "one shot": one_shot,
}
KERNELS = {
    "outputs": lambda net, x: net(x),
    "tangent": tangent_kernel,
    "trace": tangent_kernel_trace,
    "nngp": nngp_kernel,
    "rate": kernel_rate,
    "initial": lambda net, x: initial_kernels(net.architecture, x, [1]).tangent,
}


@pytest.fixture(params=[1, 2])
def network(request):
    return MLP.initialise(8, [1, 2], input_dim=4, output_dim=request.param, sigma_b=0.2)


def data(network, n=3):
    generator = torch.Generator().manual_seed(0)
    k = network.architecture.output_dim
    x, y = torch.randn(n, 4, generator=generator), torch.randn(n, k, generator=generator)
    return x, y[:, 0] if k == 1 else y


@pytest.mark.parametrize("name", TRAINERS)
def test_training_on_nothing_is_refused(network, name):
    x, y = data(network)
    with pytest.raises(ValueError, match="x has no inputs: there is nothing to learn from"):
        TRAINERS[name](network, x[:0], y[:0])


@pytest.mark.parametrize("name", TRAINERS)
@pytest.mark.parametrize("wrong", [torch.nan, torch.inf])
@pytest.mark.parametrize("which", ["x", "y"])
def test_numbers_that_are_not_finite_are_refused_before_training(network, name, wrong, which):
    x, y = data(network)
    (x if which == "x" else y).view(-1)[2] = wrong
    with pytest.raises(ValueError, match=f"^{which} contains numbers that are not finite"):
        TRAINERS[name](network, x, y)


@pytest.mark.parametrize("name", TRAINERS)
@pytest.mark.parametrize("which", ["x", "y"])
def test_data_that_require_grad_are_refused(network, name, which):
    x, y = data(network)
    (x if which == "x" else y).requires_grad_()
    with pytest.raises(ValueError, match=rf"^{which} requires grad, .* pass its \.detach\(\)"):
        TRAINERS[name](network, x, y)


@pytest.mark.parametrize("name", KERNELS)
def test_inputs_that_require_grad_are_refused_with_any_number_of_outputs(network, name):
    x, _ = data(network)
    x.requires_grad_()
    with pytest.raises(ValueError, match="x requires grad"):
        KERNELS[name](network, x)
    with torch.no_grad():
        assert not KERNELS[name](network, x).requires_grad


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("wrong", [torch.nan, torch.inf])
def test_kernels_of_numbers_that_are_not_finite_are_refused(network, name, wrong):
    x, _ = data(network)
    x[1, 2] = wrong
    with pytest.raises(ValueError, match=rf"x contains numbers .* first {wrong} at \[.*1, 2\]"):
        KERNELS[name](network, x)


def every_kind():
    for k in (1, 3):
        yield MLP.initialise(8, [1, 2], input_dim=4, output_dim=k)
        for readout in ("flatten", "average"):
            yield CNN.initialise(4, [1, 2], input_dim=4, output_dim=k, readout=readout)


@pytest.mark.parametrize("network", list(every_kind()), ids=str)
def test_networks_on_no_inputs_give_empty_answers(network):
    k = network.architecture.output_dim
    x = torch.randn(3, 4)
    none = x[:0]
    outputs = (2, 0) if k == 1 else (2, 0, k)
    assert network(none).shape == outputs
    for shape, given in (((0, 0), (none,)), ((3, 0), (x, none)), ((0, 3), (none, x))):
        n, m = shape
        full = (2, n, m) if k == 1 else (2, n, k, m, k)
        assert tangent_kernel(network, *given).shape == full
        assert tangent_kernel_trace(network, *given).shape == (2, n, m)
        assert nngp_kernel(network, *given).shape == (2, n, m)
    assert all(len(units) == 2 and units.shape[1] == 0 for units in network.activations(none))
    with pytest.raises(ValueError, match="nothing to learn from"):
        kernel_rate(network, none)
    if isinstance(network, MLP):
        kernels = initial_kernels(network.architecture, none, [1, 2])
        assert kernels.outputs.shape == outputs
        assert kernels.nngp.shape == (2, 0, 0)
        run = train(network, x, network(x) + 1, steps=2, observe=none)
        assert run.observed.shape == ((2, 3, 0) if k == 1 else (2, 3, 0, k))


@pytest.mark.parametrize("trainer", ["descent", "course", "linearised"])
def test_a_kernel_of_0_has_no_rate(trainer):
    """Inputs of 0 without biases: the rate was infinite, the networks NaN."""
    network = MLP.initialise(8, [5, 6], input_dim=4)
    x, y = torch.zeros(3, 4), torch.ones(3)
    with pytest.raises(ValueError, match=r"seeds 5, 6 is 0 on these inputs: .* give a rate"):
        TRAINERS[trainer](network, x, y)
    run = train(network, x, y, steps=2, rate=0.1)
    assert bool(torch.isfinite(run.losses).all())


@pytest.mark.parametrize("rate", [torch.inf, torch.nan, 0.0, -1.0])
def test_rates_that_are_no_positive_numbers_are_refused(network, rate):
    x, y = data(network)
    for trainer in (
        lambda: train(network, x, y, steps=1, rate=rate),
        lambda: train_minibatch(network, x, y, rate=rate, epochs=1, batch_size=2),
        lambda: train_adam(network, x, y, rate=rate, epochs=1),
        lambda: sample_langevin(network, x, y, rate=rate, steps=1, temperature=1),
        lambda: LinearisedNetwork(network).train(x, y, steps=1, rate=rate),
        lambda: train_flow(network, x, y, time=rate, steps=1),
    ):
        with pytest.raises(ValueError, match="must be positive and finite"):
            trainer()
    with pytest.raises(ValueError, match="temperature must be positive and finite"):
        sample_langevin(network, x, y, rate=0.1, steps=1, temperature=torch.inf)


def test_networks_out_of_the_range_of_their_dtype_are_refused():
    """Not so those that have diverged: their parameters say what happened."""
    network = MLP.initialise(16, [7, 8], input_dim=4, depth=40, sigma_w=30.0)
    x, y = torch.randn(3, 4, generator=torch.Generator().manual_seed(0)), torch.ones(3)
    for kernel in (tangent_kernel, nngp_kernel, kernel_rate):
        with pytest.raises(OverflowError, match=r"seeds 7, 8 are out of .* float32: take float64"):
            kernel(network, x)
    with pytest.raises(OverflowError, match="out of the range of"):
        initial_kernels(network.architecture, x, [1])
    for name in ("descent", "descent at a rate", "flow", "adam"):
        with pytest.raises(OverflowError, match=r"seeds 7, 8 are out of the range of float32"):
            TRAINERS[name](network, x, y)
    run = train(MLP.initialise(16, [1], input_dim=4), x, y, steps=200, rate=100.0)
    assert bool(run.diverged.all())
    assert bool(tangent_kernel(run.final, x).isnan().all())
    with pytest.raises(ValueError, match="seeds 1 is not finite: they have diverged"):
        kernel_rate(run.final, x)


def test_antisymmetric_networks_keep_the_contract():
    network = antisymmetric(MLP.initialise(8, [1], input_dim=4))
    assert network(torch.empty(0, 4)).shape == (1, 0)
