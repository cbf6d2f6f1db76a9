"""What `models` computes on a GPU is what it computes on the CPU, and it stays there.

Networks are drawn on the CPU and moved: a seed gives other numbers on another kind of device.
"""

import functools
from dataclasses import replace

import pytest
import torch

from widthwise import models
from widthwise.models import (
    CNN,
    MLP,
    Architecture,
    erf,
    fit,
    kernel_rate,
    one_shot,
    relu,
    sphere,
    tangent_kernel,
    train,
)
from widthwise.models.kernels.conditioned import initial_kernels
from widthwise.models.kernels.infinite_channels import infinite_channel_kernels
from widthwise.models.kernels.infinite_width import infinite_width_kernels

SEEDS = (3, 4)
DATA = sphere(6, 4, 9, seed=1).to(dtype=torch.float64)


def networks(kind, device, **options):
    drawn = kind.initialise(8, SEEDS, input_dim=9, dtype=torch.float64, **options)
    return replace(drawn, parameters=drawn.parameters.map(lambda t: t.to(device)))


@pytest.fixture
def assert_same(gpu, device):
    """Computes the same on the CPU and on the GPU and compares."""
    del gpu

    def compare(compute):
        here, there = (torch.utils._pytree.tree_leaves(compute(d)) for d in ("cpu", device))
        assert len(here) == len(there) > 0
        for a, b in zip(here, there, strict=True):
            assert str(b.device) == device
            torch.testing.assert_close(a, b.cpu(), rtol=1e-9, atol=1e-11)

    return compare


def trained(kind, device, train_by, **options):
    network = networks(kind, device, **options)
    data = DATA.to(device=device)
    return network, train_by(network, data.x_train, data.y_train), data


TRAININGS = {
    "train": functools.partial(train, steps=20),
    "minibatch": functools.partial(models.train_minibatch, epochs=5, batch_size=3, rate=0.1),
    "adam": functools.partial(models.train_adam, epochs=5, rate=0.01),
}


@pytest.mark.parametrize("kind", [MLP, CNN])
@pytest.mark.parametrize("way", TRAININGS)
def test_training(kind, way, assert_same):
    def compute(device):
        _, run, data = trained(kind, device, TRAININGS[way], activation=erf, sigma_b=0.3)
        return run.losses, run.final(data.x), run.final.parameters.tensors

    assert_same(compute)


MOVEMENTS = (
    models.activation_movement,
    models.output_movement,
    models.preactivation_movement,
    models.contribution_movement,
    models.layerwise_activation_movement,
    models.kernel_movement,
)
WITHOUT_INPUTS = (models.parameter_movement, models.weight_movement, models.operator_movement)


@pytest.mark.parametrize("observable", [*MOVEMENTS, *WITHOUT_INPUTS])
def test_observables(observable, assert_same):
    def compute(device):
        before, run, data = trained(MLP, device, TRAININGS["train"])
        inputs = () if observable in WITHOUT_INPUTS else (data.x,)
        return observable(before, run.final, *inputs)

    assert_same(compute)


@pytest.mark.parametrize("kind", [MLP, CNN])
@pytest.mark.parametrize("outputs", [1, 2])
def test_kernels_of_finite_networks(kind, outputs, assert_same):
    def compute(device):
        network, x = networks(kind, device, output_dim=outputs), DATA.x.to(device)
        return (
            tangent_kernel(network, x),
            tangent_kernel(network, x[:2], x),
            models.nngp_kernel(network, x),
            kernel_rate(network, x),
        )

    assert_same(compute)


@pytest.mark.parametrize("activation", [relu, erf, models.gelu, models.sin, models.tanh])
def test_kernels_of_infinite_width(activation, assert_same):
    def compute(device):
        architecture = Architecture(1, 9, activation=activation, sigma_b=0.3)
        x = DATA.x.to(device)
        kernels = infinite_width_kernels(architecture, x)
        return kernels.nngp, kernels.tangent, infinite_width_kernels(architecture, x, x[:2]).tangent

    assert_same(compute)


def test_kernels_of_infinitely_many_channels(assert_same):
    def compute(device):
        architecture = networks(CNN, "cpu").architecture
        kernels = infinite_channel_kernels(architecture, DATA.x.to(device))
        return kernels.nngp, kernels.tangent

    assert_same(compute)


def test_kernels_at_initialisation_without_networks(assert_same):
    def compute(device):
        architecture = Architecture(32, 9, sigma_b=0.3)
        kernels = initial_kernels(architecture, DATA.x.to(device), SEEDS)
        return kernels.nngp, kernels.tangent

    assert_same(compute)


def test_linearised_training_and_the_one_shot_solution(assert_same):
    def compute(device):
        network, data = networks(MLP, device), DATA.to(device=device)
        moved = one_shot(network, data.x_train, data.y_train)
        kernel = models.as_matrix(tangent_kernel(network, data.x))
        at = kernel[:, 6:, :6], kernel[:, :6, :6]
        return moved(data.x), models.kernel_regression(at[1], at[0], data.y_train.expand(2, 6))

    assert_same(compute)


def test_the_flow_of_gradients(assert_same):
    def compute(device):
        network, data = networks(MLP, device, activation=models.tanh), DATA.to(device=device)
        return models.train_flow(network, data.x_train, data.y_train, time=0.5, steps=5).final(
            data.x
        )

    assert_same(compute)


def test_directions_among_units(assert_same):
    def compute(device):
        before, run, data = trained(MLP, device, TRAININGS["train"])
        change = run.final.activations(data.x)[0] - before.activations(data.x)[0]
        gradients = models.output_gradients(before, data.x)[0]
        combinations = models.unit_combinations(before)
        return (
            models.principal_components(before.activations(data.x)[0], 3),
            models.share_within(change, gradients),
            models.combination_movement(before, run.final, data.x),
            combinations,
        )

    assert_same(compute)


def test_training_asks_the_device_rarely(counted):
    """Asking whether every network has stopped waits for all that was launched before."""
    network, data = networks(MLP, "gpu:0"), DATA.to(device="gpu:0")
    rate = torch.full((2,), 1e-3, dtype=torch.float64, device="gpu:0")
    train(network, data.x_train, data.y_train, steps=1, rate=rate, tolerance=0)
    few = counted.waits.total()
    train(network, data.x_train, data.y_train, steps=401, rate=rate, tolerance=0)
    assert counted.waits.total() - 2 * few <= 4, counted.waits


def test_fitting_asks_the_device_rarely(counted):
    data = DATA.to(device="gpu:0")
    network = MLP.initialise(
        128, SEEDS, input_dim=9, activation=erf, dtype=torch.float64, device="gpu:0"
    )
    fit(network, data.x_train, data.y_train, share=0.1, steps=200)
    asked = sum(
        n for line, n in counted.waits.items() if line.startswith("models.training.descent")
    )
    assert asked <= 6, counted.waits
