"""Gain, start and rate of single layers, frozen ones, and a scaled output: against autograd."""

import itertools

import pytest
import torch
from torch import nn

from widthwise import models
from widthwise.models import (
    Architecture,
    Factors,
    WideMLP,
    by_layer,
    erf,
    frozen,
    ntk,
    scaled_output,
    sphere,
    tangent_kernel,
    tanh,
    train,
)
from widthwise.models.kernels.conditioned import initial_kernels
from widthwise.models.networks.backpropagation import pull_back
from widthwise.models.networks.network import forward
from widthwise.models.sampling.weights import prior_weights, weights_of
from widthwise.models.training.linearisation import in_metric

DATA = sphere(6, 4, 5, seed=1).to(dtype=torch.float64)
X, Y = DATA.x_train, DATA.y_train
ODD = (Factors(2.0, 1.0, 0.5, 0.7, 1.5), frozen, Factors(0.6, 3.0, 1.3, 2.0, 0.4))
SMOOTH = {"sigma_b": 0.4, "activation": tanh, "factors": ODD}


def with_gains(plain):
    """A plain network whose layers' maps are multiplied by their gains, one layer at a time."""

    def output(network, tensors, x):
        a, tensors = network.architecture, list(tensors)
        for layer, own in enumerate(a.factors):
            tensors[layer] = tensors[layer] * own.gain
            if a.sigma_b:
                bias = layer + a.depth + 1
                tensors[bias] = tensors[bias] * own.gain * own.bias_gain
        return plain(network, tensors, x)

    return output


@pytest.fixture
def gained(plain):
    return with_gains(plain)


def test_outputs_and_kernels_are_autograds(make, gained, jacobian_kernel, inputs):
    network = make(**SMOOTH, output_dim=2, seeds=(1, 2))
    x, x2 = inputs
    for s in range(len(network)):
        own = [t[s] for t in network.parameters.tensors]
        torch.testing.assert_close(network(x)[s], gained(network, own, x))
    kernel = jacobian_kernel(network, gained, x, x2)
    torch.testing.assert_close(tangent_kernel(network, x, x2), kernel)
    trace = models.tangent_kernel_trace(network, x, x2)
    torch.testing.assert_close(trace, torch.einsum("snkmk->snm", kernel))


def test_convolutional_networks_have_them_too(
    make_cnn, plain_convolutional, jacobian_kernel, images
):
    network = make_cnn(**SMOOTH)
    kernel = jacobian_kernel(network, with_gains(plain_convolutional), *images)
    torch.testing.assert_close(tangent_kernel(network, *images), kernel[:, :, 0, :, 0])


def test_layers_start_as_they_are_told(make):
    plain, other = make(sigma_b=0.4), make(sigma_b=0.4, factors=ODD)
    for layer, own in enumerate(ODD):
        torch.testing.assert_close(other.weights[layer], own.start * plain.weights[layer])
        torch.testing.assert_close(other.biases[layer], own.bias_start * plain.biases[layer])


def test_training_is_autograds_at_each_layers_rate(make, gained):
    network = make(**SMOOTH)
    final = train(network, X, Y, steps=3, rate=0.1, tolerance=0).final
    rates = [scale.rate for scale in network.architecture.scales]
    for s in range(len(network)):
        own = [t[s].clone().requires_grad_() for t in network.parameters.tensors]
        for _ in range(3):
            loss = (gained(network, own, X)[:, 0] - Y).square().sum() / 2
            gradients = torch.autograd.grad(loss, own)
            own = [
                (tensor - 0.1 * rate * gradient).detach().requires_grad_()
                for tensor, rate, gradient in zip(own, rates, gradients, strict=True)
            ]
        for ours, theirs in zip(final.parameters.tensors, own, strict=True):
            torch.testing.assert_close(ours[s], theirs.detach())


TRAININGS = {
    "train": lambda n: train(n, X, Y, steps=3, rate=0.1).final,
    "train_momentum": lambda n: models.train_momentum(n, X, Y, steps=3, rate=0.1).final,
    "train_minibatch": lambda n: (
        models.train_minibatch(n, X, Y, epochs=2, batch_size=3, rate=0.1).final
    ),
    "train_adam": lambda n: models.train_adam(n, X, Y, epochs=3, rate=0.01).final,
    "train_decayed": lambda n: models.train_decayed(n, X, Y, steps=3, rate=0.1, decay=0.1).final,
    "sample_langevin": lambda n: (
        models.sample_langevin(n, X, Y, steps=3, rate=0.1, temperature=0.1).final
    ),
    "train_flow": lambda n: models.train_flow(n, X, Y, time=0.2, steps=2, rate=0.1).final,
    "minimise by sgd": lambda n: models.minimise(n, X, Y, steps=3, rate=0.1).final,
    "minimise by adam": lambda n: (
        models.minimise(n, X, Y, steps=3, rate=0.1, optimiser="adam").final
    ),
    "course": lambda n: list(models.course(n, X, Y, at=(0, 3), rate=0.1))[-1],
    "fit": lambda n: models.fit(n, X, Y, share=0.9),
    "one_shot": lambda n: models.one_shot(n, X, Y),
}


@pytest.mark.parametrize("way", TRAININGS)
def test_a_frozen_layer_stays_and_the_others_move(make, way):
    before = make(**SMOOTH)
    after = TRAININGS[way](before)
    tensors = zip(before.parameters.tensors, after.parameters.tensors, strict=True)
    same = [torch.equal(one, other) for one, other in tensors]
    assert same == [False, True, False, False, True, False]
    moved = models.weight_movement(before, after)
    assert bool((moved[:, 1] == 0).all())
    assert bool((models.operator_movement(before, after)[:, ::2] > 0).all())


def test_the_linearised_problem_knows_trained_layers_only(make, gained, jacobian_kernel):
    network = make(**SMOOTH)
    kernel = jacobian_kernel(network, gained, X, X)[:, :, 0, :, 0]
    residual = Y - network(X)
    dual = torch.linalg.solve(kernel, residual)
    shot = models.one_shot(network, X, Y).parameters.minus(network.parameters)
    for s in range(len(network)):
        own = [t[s].clone().requires_grad_() for t in network.parameters.tensors]
        total = (gained(network, own, X)[:, 0] * dual[s]).sum()
        scales = network.architecture.scales
        for ours, gradient, scale in zip(
            shot.tensors, torch.autograd.grad(total, own), scales, strict=True
        ):
            torch.testing.assert_close(ours[s], scale.rate * gradient)
    linear = models.LinearisedNetwork(network)
    torch.testing.assert_close(linear(X, shot), Y.expand_as(residual))
    run = linear.train(X, Y, steps=4000)
    torch.testing.assert_close(linear(X, run.displacement), linear(X, shot), atol=0.05, rtol=0)
    assert not bool(run.displacement.weights[1].any() | run.displacement.biases[1].any())


def test_directions_leave_frozen_layers_alone(make):
    network = make(**SMOOTH)
    for direction in (
        models.random_direction(network),
        models.unit_direction(network, network.parameters),
    ):
        assert not bool(direction.weights[1].any() | direction.biases[1].any())
        rates = [scale.rate for scale in network.architecture.scales]
        squares = [
            tensor.flatten(1).square().sum(1) / rate
            for tensor, rate in zip(direction.tensors, rates, strict=True)
            if rate
        ]
        torch.testing.assert_close(sum(squares), torch.ones(3, dtype=torch.float64))


def test_only_the_readout_is_random_features(make, inputs):
    """Two routes: the tangent kernel of the readout alone is the NNGP kernel."""
    network = make(factors=by_layer(2, first=frozen, hidden=frozen))
    torch.testing.assert_close(
        tangent_kernel(network, *inputs), models.nngp_kernel(network, *inputs)
    )


def test_kernels_without_weights_have_them_too():
    """The same products are drawn, so that a gain of the readout multiplies and no more."""
    one, scaled, readout = (
        initial_kernels(Architecture(16, 5, sigma_b=0.3, factors=own), X, (1, 2))
        for own in (
            (),
            by_layer(2, last=Factors(gain=3.0)),
            by_layer(2, first=frozen, hidden=frozen),
        )
    )
    torch.testing.assert_close(scaled.outputs, 3 * one.outputs)
    torch.testing.assert_close(scaled.tangent, 9 * one.tangent)
    torch.testing.assert_close(readout.tangent, readout.nngp)


def test_unseen_weights_have_factors_too():
    network = WideMLP.initialise(
        32, (1, 2), input_dim=5, activation=erf, factors=(ODD[0], frozen, ODD[2]),
        dtype=torch.float64,
    )  # fmt: skip
    passed = forward(network, network.check_inputs(X))
    kernel = tangent_kernel(network, X)
    for i in range(2):
        signal = torch.zeros_like(passed.outputs)
        signal[:, i] = 1
        gradient = pull_back(network, passed, signal)
        along = models.LinearisedNetwork(network)(X, in_metric(network, gradient)) - network(X)
        torch.testing.assert_close(along, kernel[:, :, i])
    after = train(network, X, Y, steps=5, rate=0.1).final
    assert bool((models.weight_movement(network, after)[:, 1] == 0).all())
    with pytest.raises(ValueError, match="starts at 0 needs to be drawn"):
        WideMLP.initialise(32, (1,), input_dim=5, factors=by_layer(2, hidden=Factors(start=0)))


@pytest.mark.parametrize("alpha", [0.5, 20.0])
def test_a_scaled_output_is_trained_on_the_scaled_loss(make, plain, alpha):
    network = make(activation=tanh, factors=scaled_output(2, alpha))
    torch.testing.assert_close(network(X), alpha * make(activation=tanh)(X))
    final = train(network, X, Y, steps=3, rate=0.1, tolerance=0).final
    own = [t[0].clone().requires_grad_() for t in make(activation=tanh).parameters.tensors]
    for _ in range(3):
        loss = (alpha * plain(make(activation=tanh), own, X)[:, 0] - Y).square().sum()
        gradients = torch.autograd.grad(loss / (2 * alpha**2), own)
        own = [(t - 0.1 * g).detach().requires_grad_() for t, g in zip(own, gradients, strict=True)]
    for ours, theirs in zip(final.parameters.tensors, own, strict=True):
        torch.testing.assert_close(ours[0], theirs.detach())
    kernel = tangent_kernel(network, X)
    torch.testing.assert_close(kernel, tangent_kernel(make(activation=tanh), X))


def test_a_layer_may_start_at_zero(make):
    network = make(sigma_b=0.4, factors=by_layer(2, last=Factors(start=0, bias_start=0)))
    assert not bool(network(X).any())
    assert bool(train(network, X, Y, steps=3, rate=0.1).final(X).any())
    assert not bool(models.nngp_kernel(network, X).any())


REFUSALS = {
    "infinite_width_kernels": lambda n: models.infinite_width_kernels(n.architecture, X),
    "weight_movement": lambda n: models.weight_movement(n, n),
    "operator_movement": lambda n: models.operator_movement(n, n),
    "weight decay": lambda n: models.train_decayed(n, X, Y, steps=1, rate=0.1, decay=0.1),
    "Langevin": lambda n: models.sample_langevin(n, X, Y, steps=1, rate=0.1, temperature=1.0),
    "a prior over weights": lambda n: prior_weights(n.architecture, (1,), 1),
    "weights in units": weights_of,
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_cannot_take_them_says_so_by_name(make, what):
    network = make(factors=by_layer(2, last=Factors(start=0.0)))
    with pytest.raises(ValueError, match=rf"^{what}.* layer 3 "):
        REFUSALS[what](network)


def test_channels_without_limit_are_refused_by_name(make_cnn, images):
    architecture = make_cnn(factors=by_layer(2, first=frozen)).architecture
    with pytest.raises(ValueError, match=r"infinite_channel_kernels .* layer 1 has factors"):
        models.infinite_channel_kernels(architecture, images[0])


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ((frozen,), r"of 1 layers, a network of depth 2 has 3 .* take by_layer\(2, ...\)"),
        ((frozen, frozen, frozen), "every layer is frozen"),
        ((1.0, 1.0, 2.0), "must be Factors, one per layer"),
    ],
)
def test_a_network_has_one_entry_per_layer(make, factors, said):
    with pytest.raises(ValueError, match=said):
        make(factors=factors)


@pytest.mark.parametrize(
    "wrong", [{"gain": 0}, {"gain": float("inf")}, {"start": -1}, {"rate": float("nan")}]
)
def test_factors_are_sizes(wrong):
    with pytest.raises(ValueError, match=f"Factors: {next(iter(wrong))} must be"):
        Factors(**wrong)


def test_factors_multiply():
    twice = Factors(2, 3, 4, 5, 6).times(Factors(10, 10, 100, 0, 0.5))
    assert twice == Factors(20, 30, 400, 0, 3)


def linears(width, depth, d, k):
    sizes = [d, *[width] * depth, k]
    layers = [nn.Linear(a, b, dtype=torch.float64) for a, b in itertools.pairwise(sizes)]
    return nn.Sequential(*[m for layer in layers for m in (layer, nn.ReLU())][:-1])


def test_pytorchs_default_has_the_law_of_its_linear_layers():
    network = models.pytorch_default(40, range(30), input_dim=5, dtype=torch.float64)
    modules = [linears(40, 2, 5, 1) for _ in range(30)]
    for layer in range(3):
        for ours, name in ((network.weights, "weight"), (network.biases, "bias")):
            theirs = torch.stack([getattr(m[2 * layer], name).detach() for m in modules])
            bound = getattr(modules[0][2 * layer], "in_features") ** -0.5  # noqa: B009
            assert ours[layer].abs().max() <= bound
            assert ours[layer].abs().max() > 0.8 * bound
            own, other = (t.flatten().sort().values for t in (ours[layer], theirs))
            apart = (torch.searchsorted(own, other) / len(own)).double()
            apart -= torch.linspace(0, 1, len(other), dtype=torch.float64)
            assert apart.abs().max() < 2.5 * (2 / len(own)) ** 0.5
    scales = network.architecture.scales
    for tensor, scale in zip(network.parameters.tensors, scales, strict=True):
        assert tensor.square().mean().sqrt() == pytest.approx(scale.deviation, rel=0.3)
        assert (scale.multiplier, scale.rate) == pytest.approx((1, 1))


def test_pytorchs_default_is_trained_as_pytorch_trains_it():
    network = models.pytorch_default(8, (4, 5), input_dim=5, output_dim=2, dtype=torch.float64)
    targets = torch.stack([Y, -Y], 1)
    final = train(network, X, targets, steps=4, rate=0.05, tolerance=0).final
    module = linears(8, 2, 5, 2)
    with torch.no_grad():
        for layer, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
            module[2 * layer].weight.copy_(weight[1].T)
            module[2 * layer].bias.copy_(bias[1])
    torch.testing.assert_close(network(X)[1], module(X).detach())
    optimiser = torch.optim.SGD(module.parameters(), lr=0.05)
    for _ in range(4):
        optimiser.zero_grad()
        ((module(X) - targets).square().sum() / 2).backward()
        optimiser.step()
    torch.testing.assert_close(final(X)[1], module(X).detach())


def test_networks_without_factors_are_what_they_were(make, inputs):
    same = make(sigma_b=0.3, factors=by_layer(2))
    assert torch.equal(same(inputs[0]), make(sigma_b=0.3)(inputs[0]))
    assert same.architecture.scales == make(sigma_b=0.3).architecture.scales
    assert same.architecture.parametrization is ntk
