"""Convolutional networks, each number by a second route: plain networks built on conv2d."""

import importlib

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import jacrev

from widthwise.models import (
    CNN,
    MLP,
    LinearisedNetwork,
    activation_movement,
    antisymmetric,
    as_matrix,
    combination_movement,
    erf,
    kernel_movement,
    kernel_rate,
    kernel_regression,
    mup,
    nngp_kernel,
    ntk,
    one_shot,
    output_movement,
    sample_langevin,
    standard,
    tangent_kernel,
    tangent_kernel_trace,
    taylor_terms,
    train,
    train_adam,
    train_minibatch,
)
from widthwise.models.networks.backpropagation import pull_back
from widthwise.models.networks.network import forward

SETTINGS = [
    {"readout": "flatten"},
    {"readout": "average", "sigma_b": 0.4, "depth": 3},
    {"readout": "flatten", "sigma_b": 0.4, "output_dim": 3, "parametrization": mup},
    {"readout": "average", "output_dim": 2, "parametrization": standard, "filter_size": 1},
    {"readout": "average", "depth": 1, "filter_size": 5},
]
LABELS = torch.tensor([1.0, -1, 1, 1, -1], dtype=torch.float64)

every_setting = pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: str(s["readout"]))
both_readouts = pytest.mark.parametrize("readout", ["flatten", "average"])


@every_setting
def test_outputs_equal_the_plain_network(
    make_cnn, plain_convolutional, images, activation, settings
):
    network = make_cnn(activation=activation, **settings)
    outputs = network(images[0])
    for s in range(3):
        own = [t[s] for t in network.parameters.tensors]
        expected = plain_convolutional(network, own, images[0])
        torch.testing.assert_close(outputs[s].view(5, -1), expected, rtol=1e-12, atol=1e-12)


@every_setting
def test_gradient_equals_autograd(make_cnn, plain_convolutional, images, activation, settings):
    network = make_cnn(activation=activation, **settings)
    passed = forward(network, network.check_inputs(images[0]))
    generator = torch.Generator().manual_seed(0)
    cotangent = torch.randn(passed.outputs.shape, generator=generator, dtype=torch.float64)
    gradient = pull_back(network, passed, cotangent)
    for s in range(3):
        own = [t[s].clone().requires_grad_() for t in network.parameters.tensors]
        (plain_convolutional(network, own, images[0]) * cotangent[s]).sum().backward()
        for ours, theirs in zip(gradient.tensors, own, strict=True):
            torch.testing.assert_close(ours[s], theirs.grad, rtol=1e-11, atol=1e-12)


@every_setting
@pytest.mark.parametrize("width", [4, 40], ids=["gradients", "grams"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_tangent_kernel_equals_the_jacobian(
    make_cnn, plain_convolutional, jacobian_kernel, images, settings, width, dtype, tolerance
):
    """With few channels and with many, which are computed in different ways."""
    network = make_cnn(width, activation=erf, dtype=dtype, **settings)
    x, x2 = (points.to(dtype) for points in images)
    expected = jacobian_kernel(network, plain_convolutional, x, x2)
    if expected.shape[2] == 1:
        expected = expected[:, :, 0, :, 0]
    ours = tangent_kernel(network, x, x2)
    assert ours.shape == expected.shape
    assert float((ours - expected).abs().max()) <= tolerance * float(expected.abs().max())


@pytest.mark.parametrize("way", ["grams", "gradients"])
def test_both_ways_of_summing_give_the_tangent_kernel(monkeypatch, make_cnn, images, way):
    """Also in blocks so small that every image, and every channel, is one by itself."""
    network = make_cnn(output_dim=2, sigma_b=0.3, activation=erf)
    whole = tangent_kernel(network, *images)
    equal_sides = tangent_kernel(network, images[0], images[0].clone())
    # The package's `tangent_kernel` is the function; this is the module.
    module = importlib.import_module("widthwise.models.kernels.tangent_kernel")
    monkeypatch.setattr(module, "_grams_are_cheaper", lambda *_: way == "grams")
    monkeypatch.setattr(module, "_BLOCK_BYTES", 1)
    torch.testing.assert_close(tangent_kernel(network, *images), whole, rtol=1e-11, atol=1e-11)
    own = tangent_kernel(network, images[0])
    torch.testing.assert_close(own, equal_sides, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_the_trace_is_the_sum_over_equal_outputs(make, make_cnn, inputs, images, kind):
    network = make(output_dim=3) if kind == "dense" else make_cnn(output_dim=3, sigma_b=0.2)
    x, x2 = inputs if kind == "dense" else images
    full = tangent_kernel(network, x, x2)
    expected = full.diagonal(dim1=2, dim2=4).sum(-1)
    torch.testing.assert_close(tangent_kernel_trace(network, x, x2), expected)


@every_setting
def test_taylor_terms_equal_nested_jacobians(make_cnn, plain_convolutional, images, settings):
    network = make_cnn(activation=erf, **settings)
    other = make_cnn(seeds=(7, 8, 9), activation=erf, **settings)
    value, first, second = taylor_terms(network, images[0], other.parameters)
    for s in range(3):
        here = [t[s] for t in network.parameters.tensors]
        along = [t[s] for t in other.parameters.tensors]

        def f(delta, here=here, along=along):
            moved = [t + delta * u for t, u in zip(here, along, strict=True)]
            return network.drop_single_output(plain_convolutional(network, moved, images[0]))

        zero = torch.zeros((), dtype=torch.float64)
        torch.testing.assert_close(value[s], f(zero), rtol=1e-11, atol=1e-11)
        torch.testing.assert_close(first[s], jacrev(f)(zero), rtol=1e-11, atol=1e-11)
        torch.testing.assert_close(second[s], jacrev(jacrev(f))(zero), rtol=1e-10, atol=1e-10)


@both_readouts
def test_training_equals_autograd_descent(make_cnn, plain_convolutional, images, readout):
    network = make_cnn(activation=erf, readout=readout, sigma_b=0.3, parametrization=mup)
    rate = 0.3 * kernel_rate(network, images[0])
    run = train(network, images[0], LABELS, steps=8, rate=rate, tolerance=0, observe=images[1])
    for s in range(3):
        own = [t[s].clone().requires_grad_() for t in network.parameters.tensors]
        for step in range(8):
            f = plain_convolutional(network, own, images[0])[:, 0]
            loss = (f - LABELS).square().sum() / 2
            torch.testing.assert_close(run.losses[s, step], loss.detach(), rtol=1e-10, atol=0)
            gradients = torch.autograd.grad(loss, own)
            with torch.no_grad():
                for tensor, gradient in zip(own, gradients, strict=True):
                    tensor -= rate[s] * gradient
        seen = plain_convolutional(network, own, images[1])[:, 0].detach()
        torch.testing.assert_close(run.observed[s, -1], seen, rtol=1e-10, atol=1e-11)


def test_a_network_stops_at_convergence_by_itself_and_divergence_is_its_own(make_cnn, images):
    network = make_cnn(16, activation=erf)
    rate = kernel_rate(network, images[0]) * torch.tensor([0.3, 0.9, 50.0], dtype=torch.float64)
    run = train(network, images[0], LABELS, steps=400, rate=rate, tolerance=0.05)
    assert run.converged.tolist() == [True, True, False]
    assert run.diverged_seeds == (3,)
    assert run.steps[0] > run.steps[1] > 0
    alone = train(network[1:2], images[0], LABELS, steps=400, rate=rate[1:2], tolerance=0.05)
    torch.testing.assert_close(
        alone.final.weights[1][0], run.final.weights[1][1], rtol=1e-9, atol=1e-11
    )
    assert activation_movement(network, run.final, images[0]).isnan().tolist() == [False] * 2 + [
        True
    ]


@pytest.mark.parametrize(
    "way",
    [
        lambda net, x: train_minibatch(net, x, LABELS, rate=0.02, epochs=3, batch_size=2),
        lambda net, x: train_adam(net, x, LABELS, rate=0.01, epochs=3, batch_size=2),
        lambda net, x: sample_langevin(net, x, LABELS, rate=0.01, steps=3, temperature=0.1),
    ],
    ids=["minibatch", "adam", "langevin"],
)
def test_every_way_of_training_is_for_them_too(make_cnn, images, way):
    """A filter of one pixel on images of one pixel is a dense layer, and trains as it does."""
    shared = {"activation": erf, "dtype": torch.float64, "sigma_b": 0.3}
    x = images[0][:, :5]
    dense = MLP.initialise(8, (3, 4), input_dim=5, **shared)
    pixel = CNN.initialise(8, (3, 4), input_dim=5, image=(5, 1, 1), filter_size=1, **shared)
    for one, other in zip(way(dense, x).final.weights, way(pixel, x).final.weights, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-11)
    assert bool((way(make_cnn(), images[0]).losses[:, 1:].diff().abs() > 0).all())


@settings(deadline=None, max_examples=20)
@given(order=st.permutations((5, 2**40, 7, 2**63 - 1)), cut=st.integers(1, 3))
def test_a_network_depends_on_its_own_seed_only(order, cut):
    def initialise(seeds):
        return CNN.initialise(4, seeds, input_dim=9, sigma_b=0.1)

    whole = initialise(order)
    parts = [initialise(part) for part in (order[:cut], order[cut:])]
    for index, tensor in enumerate(whole.parameters.tensors):
        joined = torch.cat([part.parameters.tensors[index] for part in parts])
        assert torch.equal(tensor, joined)


@both_readouts
@pytest.mark.parametrize("parametrization", [ntk, standard, mup], ids=lambda p: p.name)
def test_preactivations_have_the_recursions_variance(readout, parametrization):
    """Var h² of every layer and position for ReLU: the mean over the patch of that below.

    60 networks at five standard errors; with the edge, where patches have zeros.
    """
    network = CNN.initialise(
        64, range(60), input_dim=16, readout=readout, parametrization=parametrization, depth=3
    )
    expected = torch.ones(4, 4)
    for h in network.preactivations(torch.ones(1, 16)):
        mean = torch.nn.functional.avg_pool2d(expected[None], 3, 1, padding=1)[0]
        expected = 2 * mean
        size = h.square().mean(2).view(60, 4, 4)
        assert bool(((size.mean(0) - expected).abs() < 5 * size.std(0) / 60**0.5).all())
        expected = expected / 2


@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_nngp_kernel_is_the_covariance_over_readouts(make, make_cnn, inputs, images, kind):
    """Against 20,000 last layers drawn anew, at five standard errors."""
    options = {"activation": erf, "sigma_b": 0.5, "parametrization": standard}
    network = make(**options) if kind == "dense" else make_cnn(**options)
    x, x2 = inputs if kind == "dense" else images
    kernel = nngp_kernel(network, x, x2)
    assert kernel.shape == (3, len(x), len(x2))
    generator = torch.Generator().manual_seed(0)
    (*_, last), (*_, bias) = network.architecture.weight_scales, network.architecture.bias_scales
    points = torch.cat((x, x2))
    passed = forward(network, network.check_inputs(points))
    z = network.architecture.connections[-1].read(passed.activations[-1])[0]
    draws = [
        torch.randn(20_000, size, generator=generator, dtype=torch.float64)
        for size in (z.shape[1], 1)
    ]
    f = last.multiplier * last.deviation * draws[0] @ z.T
    f += bias.multiplier * bias.deviation * draws[1]
    products = f[:, : len(x), None] * f[:, None, len(x) :]
    error = 5 * products.std(0) / 20_000**0.5
    assert bool(((products.mean(0) - kernel[0]).abs() < error).all())


@both_readouts
def test_linearised_training_ends_at_kernel_regression(make_cnn, images, readout):
    network = make_cnn(20, activation=erf, readout=readout, sigma_b=0.3)
    x, x2 = images
    expected = kernel_regression(
        tangent_kernel(network, x), tangent_kernel(network, x2, x), LABELS, network(x), network(x2)
    )
    shift = one_shot(network, x, LABELS).parameters.minus(network.parameters)
    ours = LinearisedNetwork(network)(x2, shift)
    torch.testing.assert_close(ours, expected, rtol=1e-9, atol=1e-9)


@both_readouts
def test_antisymmetric_networks_start_at_zero(make_cnn, images, readout):
    plain = make_cnn(8, activation=erf, readout=readout, depth=3, sigma_b=0.3, output_dim=2)
    network = antisymmetric(plain)
    assert float(network(images[0]).abs().max()) < 1e-13
    assert float(network.preactivations(images[0])[-1].abs().max()) > 0.1
    for weight, drawn in zip(network.weights, plain.weights, strict=True):
        assert weight.shape == drawn.shape
        assert set(weight.abs().flatten().tolist()) <= set(drawn.abs().flatten().tolist())


def test_observables_count_positions_as_further_inputs(make_cnn, images):
    before = make_cnn()
    after = before.displaced(before.parameters, 0.1)
    sizes = [(0.1, before.activations(images[0])[0]), (0.21, before.activations(images[0])[1])]
    expected = torch.stack([(f * z).square().mean((1, 2)) for f, z in sizes]).mean(0).sqrt()
    torch.testing.assert_close(activation_movement(before, after, images[0]), expected)
    torch.testing.assert_close(
        kernel_movement(before, after, images[0]), torch.full((3,), 1.1**4 - 1).double()
    )
    assert combination_movement(before, after, images[0]).shape == (3,)
    assert output_movement(before, after, images[0]).shape == (3,)


def test_a_kernel_of_many_outputs_is_positive(make_cnn, images):
    values = torch.linalg.eigvalsh(as_matrix(tangent_kernel(make_cnn(output_dim=3), images[0])))
    assert bool((values > -1e-12).all())


def test_square_images_of_one_channel_need_no_shape():
    network = CNN.initialise(3, (0,), input_dim=64)
    assert network.architecture.connectivity.image == (1, 8, 8)
    with pytest.raises(ValueError, match=r"= \(1, 7, 7\) have 49 numbers, not input_dim = 50"):
        CNN.initialise(3, (0,), input_dim=50)
    with pytest.raises(ValueError, match=r"inputs must be \[n, 64\]"):
        network(torch.zeros(2, 8, 8))
