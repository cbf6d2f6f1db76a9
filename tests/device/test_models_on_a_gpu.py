"""What `models` computes on a GPU is what it computes on the CPU, and it stays there.

Networks are drawn on the CPU and moved: a seed gives other numbers on another kind of device.
"""

import dataclasses
import functools
import sys
from dataclasses import dataclass, replace

import pytest
import torch

from widthwise import models
from widthwise.models import (
    CNN,
    MLP,
    Architecture,
    erf,
    infinite_channel_kernels,
    infinite_width_kernels,
    kernel_rate,
    relu,
    sphere,
    tangent_kernel,
    train,
)
from widthwise.models.kernels.conditioned import initial_kernels

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


@dataclass(frozen=True)
class Trained:
    """Networks before and after some steps, and what they learned from."""

    before: models.Network
    run: models.Run
    data: models.Dataset

    @classmethod
    def on(cls, device):
        return cls(*trained(MLP, device, TRAININGS["train"], activation=erf, sigma_b=0.3))

    @property
    def moved(self):
        return self.before, self.run.final, self.data.x

    @property
    def task(self):
        return self.before, self.data.x_train, self.data.y_train

    @property
    def units(self):
        return self.before.activations(self.data.x)[0]

    @property
    def change(self):
        return self.run.final.activations(self.data.x)[0] - self.units

    @property
    def regression(self):
        kernel = models.as_matrix(models.tangent_kernel(self.before, self.data.x))
        return kernel[:, :6, :6], kernel[:, 6:, :6], self.data.y_train.expand(2, 6)


def linearised(t):
    network = models.LinearisedNetwork(t.before)
    run = network.train(*t.task[1:], steps=9)
    gradient = network.gradient(t.data.x, network(t.data.x, run.displacement))
    return run.losses, run.displacement.tensors, gradient.tensors


def modules(t):
    return models.ensemble(
        lambda width: torch.nn.Sequential(
            torch.nn.Linear(9, width), torch.nn.Tanh(), torch.nn.Linear(width, 1)
        ),
        *(8, SEEDS),
        dtype=torch.float64,
        device=t.before.device,
    )


def of_a_module(t):
    network = modules(t)
    run = models.train(network, *t.task[1:], steps=3, rate=0.1)
    features = network.features(t.data.x).values()
    kernel = models.tangent_kernel(network, t.data.x)
    return run.losses, run.final(t.data.x), kernel, *features


def coordinates(t):
    found = [
        models.coordinates(modules(t), *t.task[1:], optimiser=way, steps=2)
        for way in ("sgd", "adam")
    ]
    return [(own.sizes, own.movements) for own in found]


FUNCTIONS = {
    "LinearisedNetwork": linearised,
    "activation_movement": lambda t: models.activation_movement(*t.moved),
    "antisymmetric": lambda t: models.antisymmetric(t.before)(t.data.x),
    "as_matrix": lambda t: models.as_matrix(tangent_kernel(t.before, t.data.x)),
    "biases_from_zero": lambda t: models.biases_from_zero(t.before)(t.data.x),
    "combination_movement": lambda t: models.combination_movement(*t.moved, combinations=2),
    "component_along": lambda t: models.component_along(t.change, t.units),
    "contribution_movement": lambda t: models.contribution_movement(*t.moved),
    "contributions": lambda t: models.contributions(t.before, t.before.activations(t.data.x)[-1]),
    "coordinates": coordinates,
    "course": lambda t: [network(t.data.x) for network in models.course(*t.task, at=(0, 2, 5))],
    "ensemble": of_a_module,
    "explained_variance": lambda t: models.explained_variance(
        t.units, models.principal_components(t.units, 2)
    ),
    "fit": lambda t: models.fit(*t.task, share=0.9)(t.data.x),
    "gradient_descent_in_function_space": lambda t: models.gradient_descent_in_function_space(
        *t.regression, rate=0.1, steps=(0, 3, 9)
    ),
    "infinite_channel_kernels": lambda t: models.infinite_channel_kernels(
        Architecture(1, 9, connectivity=models.Convolution((1, 3, 3), 3)), t.data.x
    ),
    "infinite_width_kernels": lambda t: models.infinite_width_kernels(
        t.before.architecture, t.data.x
    ),
    "input_gradients": lambda t: (
        models.input_gradients(t.before, t.data.x),
        models.input_gradients(modules(t), t.data.x),
    ),
    "kernel_movement": lambda t: models.kernel_movement(*t.moved),
    "kernel_rate": lambda t: models.kernel_rate(t.before, t.data.x),
    "kernel_regression": lambda t: (
        models.kernel_regression(*t.regression),
        models.kernel_regression(*t.regression, ridge=0.1),
    ),
    "kernel_target_alignment": lambda t: models.kernel_target_alignment(
        t.regression[0], t.data.y_train
    ),
    "layerwise_activation_movement": lambda t: models.layerwise_activation_movement(*t.moved),
    "layerwise_movement": lambda t: models.layerwise_movement(
        *[network.activations(t.data.x) for network in t.moved[:2]]
    ),
    "layerwise_gradient": lambda t: models.layerwise_gradient(t.before, t.data.x),
    "log_marginal_likelihood": lambda t: models.log_marginal_likelihood(
        t.regression[0], t.data.y_train, noise=0.1
    ),
    "nngp_kernel": lambda t: models.nngp_kernel(t.before, t.data.x),
    "one_shot": lambda t: models.one_shot(*t.task)(t.data.x),
    "operator_movement": lambda t: models.operator_movement(*t.moved[:2]),
    "output_gradients": lambda t: models.output_gradients(t.before, t.data.x),
    "output_movement": lambda t: models.output_movement(*t.moved),
    "minimise": lambda t: models.minimise(*t.task, steps=3, rate=0.1).losses,
    "residual_networks": lambda t: models.residual_networks(
        *(8, SEEDS), input_dim=9, dtype=torch.float64, device=t.before.device
    )(t.data.x),
    "transformers": lambda t: models.transformers(
        *(8, SEEDS), input_dim=9, patch=3, dtype=torch.float64, device=t.before.device
    )(t.data.x),
    "own_updates": lambda t: models.own_updates(modules(t), *t.task[1:]),
    "parameter_movement": lambda t: models.parameter_movement(*t.moved[:2]),
    "posterior": lambda t: models.posterior(
        models.nngp_kernel(t.before, t.data.x), t.data.y_train, noise=0.1
    ),
    "preactivation_movement": lambda t: models.preactivation_movement(*t.moved),
    "principal_components": lambda t: models.principal_components(t.units, 3),
    "pytorch_default": lambda t: models.pytorch_default(
        *(8, SEEDS), input_dim=9, dtype=torch.float64, device=t.before.device
    )(t.data.x),
    "random_direction": lambda t: torch.stack(  # drawn, on a GPU in other numbers
        [tensor.isfinite().all() for tensor in models.random_direction(t.before).tensors]
    ),
    "relative_movement": lambda t: models.relative_movement(t.units, t.units + t.change),
    "residual_left": lambda t: models.residual_left(t.run),
    "rms": lambda t: models.rms(t.units),
    "sample_langevin": lambda t: (
        models.sample_langevin(*t.task, rate=0.01, steps=3, temperature=1e-16).losses
    ),
    "share_within": lambda t: models.share_within(t.change, t.units[:, :3]),
    "snapshot": lambda t: dataclasses.astuple(models.snapshot(t.before, t.data.x)),
    "stable_rank": lambda t: models.stable_rank(
        t.run.final.parameters.minus(t.before.parameters).weights
    ),
    "sum_over_random_units": lambda t: models.sum_over_random_units(t.units, 0.3),
    "tangent_kernel": lambda t: models.tangent_kernel(t.before, t.data.x),
    "tangent_kernel_trace": lambda t: models.tangent_kernel_trace(t.before, t.data.x),
    "taylor_terms": lambda t: models.taylor_terms(
        t.before, t.data.x, models.unit_direction(t.before, t.before.parameters)
    ),
    "train": lambda t: models.train(*t.task, steps=9, observe=t.data.x_test).observed,
    "train_adam": lambda t: models.train_adam(*t.task, rate=0.01, epochs=3, batch_size=2).losses,
    "train_decayed": lambda t: models.train_decayed(*t.task, rate=0.1, steps=9, decay=0.1).losses,
    "train_flow": lambda t: models.train_flow(*t.task, time=0.5, steps=2, rate=0.1).outputs,
    "train_minibatch": lambda t: (
        models.train_minibatch(*t.task, rate=0.1, epochs=3, batch_size=4).losses
    ),
    "train_momentum": lambda t: models.train_momentum(*t.task, rate=0.1, steps=9).losses,
    "unit_combinations": lambda t: models.unit_combinations(t.before, 2),
    "unit_direction": lambda t: models.unit_direction(t.before, t.before.parameters).tensors,
    "weight_movement": lambda t: models.weight_movement(*t.moved[:2]),
}
"""A use of every public function that computes where the networks lie."""

ELSEWHERE = {
    "tested below": "CNN MLP AnyWidth WideMLP drawn Dataset Activation erf gelu leaky_relu linear "
    "quadratic relu sin tanh",
    "made on the host, moved by Dataset.to": "boolean_cube circle digits gaussian_xor grid "
    "hidden_directions index_model mnist modular_addition odd_digits "
    "parity planted_mixture single_index sphere",
    "names and numbers": "Architecture Convolution Dense Description Exponents Factors "
    "Parametrization by_layer frozen scaled_output "
    "Regime Role describe split_seeds UnfinishedTrainingError mean_field mup mup_adam ntk "
    "standard standard_fixed_rate",
    "what the functions take and return": "Coordinates Flow Gaussian InfiniteWidthKernels "
    "LinearisedRun Minimisation ModuleNetwork Network Parameters ResidualNetwork Run Snapshot "
    "Transformer",
}


def test_no_public_function_is_left_out():
    elsewhere = {name for names in ELSEWHERE.values() for name in names.split()}
    assert sorted(elsewhere | FUNCTIONS.keys()) == sorted(models.__all__)
    assert not elsewhere & FUNCTIONS.keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function(name, assert_same, monkeypatch):
    own, used = getattr(models, name), []
    monkeypatch.setattr(models, name, lambda *a, **k: used.append(name) or own(*a, **k))
    assert_same(lambda device: FUNCTIONS[name](Trained.on(device)))
    assert len(used) >= 2


@pytest.mark.parametrize("kind", [MLP, CNN, models.WideMLP, models.AnyWidth(crossover=16)])
@pytest.mark.usefixtures("gpu")
def test_networks_are_drawn_on_the_device(kind, device):
    make = getattr(kind, "initialise", kind)
    network = make(16, SEEDS, input_dim=9, sigma_b=0.3, dtype=torch.float64, device=device)
    x = DATA.x.to(device)
    made = (network(x), *network.weights, *network.biases, tangent_kernel(network, x))
    assert {str(tensor.device) for tensor in made} == {device}
    assert bool(made[0].isfinite().all() & made[-1].isfinite().all())


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(("free", "blocks"), [(2**40, 1), (2**16, 2), (1, 4)])
def test_blocks_of_networks_are_what_free_memory_holds(free, blocks, monkeypatch):
    network_module = sys.modules[models.Network.__module__]
    monkeypatch.setattr(network_module, "available_bytes", lambda device: free)
    seeds = range(4)
    network = MLP.initialise(32, seeds, input_dim=9, device="gpu:0")  # 10.5 KiB
    assert len(network.blocks(6)) == blocks
    x = DATA.x_train.to(dtype=torch.float32, device="gpu:0")
    here = MLP.initialise(32, seeds, input_dim=9)(x.cpu())
    torch.testing.assert_close(network(x).cpu(), here)


@pytest.mark.usefixtures("gpu")
def test_data_of_each_network_are_laid_on_the_device(device):
    data = models.drawn(functools.partial(sphere, 6, 4, 9), SEEDS, device=device)
    assert {str(t.device) for t in (data.x, data.y_train, data.y_test)} == {device}


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


ACTIVATIONS = (
    *(relu, erf, models.gelu, models.sin, models.tanh, models.linear),
    models.leaky_relu(0.2),
)


@pytest.mark.parametrize("activation", ACTIVATIONS)
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
