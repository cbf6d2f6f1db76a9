"""One rule for the axis of outputs, and one switch: all that is made of networks keeps it.

The table walks the public functions: whatever is new has to say what its outputs look like.
"""

import dataclasses

import pytest
import torch
from torch import nn

from widthwise import models
from widthwise.models import CNN, MLP, erf, sphere
from widthwise.models.kernels.conditioned import initial_kernels
from widthwise.models.kernels.mup_limit import limit_moments, train_moments

SEEDS = (1, 2)
DATA = sphere(6, 3, 9, seed=1).to(dtype=torch.float64)
X, X2 = DATA.x_train, DATA.x_test


def mlp(k):
    return MLP.initialise(
        8, SEEDS, input_dim=9, output_dim=k, activation=erf, sigma_b=0.3, dtype=torch.float64
    )


def cnn(k):
    return CNN.initialise(4, SEEDS, input_dim=9, output_dim=k, dtype=torch.float64)


def module(k):
    make = lambda width: nn.Sequential(nn.Linear(9, width), nn.Tanh(), nn.Linear(width, k))  # noqa: E731
    return models.ensemble(make, 8, SEEDS, dtype=torch.float64)


def targets(k):
    return torch.stack([DATA.y_train * (1 - 2 * j) for j in range(k)], 1)


def with_axis(network, y):
    """The networks, and targets of them."""
    return network.with_output_axis(), y


def scalar(network, y):
    return network, y[:, 0]


def run_of(run):
    return run.losses, run.observed, run.final(X)


def linearised(n, y):
    linear = models.LinearisedNetwork(n)
    run = linear.train(X, y, steps=2)
    return run.losses, linear(X, run.displacement)


WAYS = {
    "LinearisedNetwork": linearised,
    "coordinates": lambda n, y: models.coordinates(n, X, y, steps=2).movements["outputs"],
    "course": lambda n, y: [own(X) for own in models.course(n, X, y, at=(0, 2))],
    "fit": lambda n, y: models.fit(n, X, y, share=0.9)(X),
    "input_gradients": lambda n, y: models.input_gradients(n, X),
    "kernel_movement": lambda n, y: models.kernel_movement(n, moved(n, y), X),
    "kernel_rate": lambda n, y: models.kernel_rate(n, X),
    "kernel_regression": lambda n, y: models.kernel_regression(
        models.as_matrix(models.tangent_kernel(n, X)),
        models.as_matrix(models.tangent_kernel(n, X2, X)),
        y.reshape(-1).expand(2, -1),
        n(X).flatten(1),
        n(X2).flatten(1),
        outputs=y.numel() // len(y),
    ).view(n(X2).shape),
    "minimise": lambda n, y: models.minimise(n, X, y, steps=2).final(X),
    "one_shot": lambda n, y: models.one_shot(n, X, y)(X),
    "output_movement": lambda n, y: models.output_movement(n, moved(n, y), X),
    "sample_langevin": lambda n, y: run_of(
        models.sample_langevin(n, X, y, steps=2, rate=0.1, temperature=0.1, observe=X2)
    ),
    "tangent_kernel": lambda n, y: (models.tangent_kernel(n, X), models.tangent_kernel(n, X, X2)),
    "tangent_kernel_trace": lambda n, y: models.tangent_kernel_trace(n, X),
    "taylor_terms": lambda n, y: models.taylor_terms(n, X, models.unit_direction(n, n.parameters)),
    "train": lambda n, y: run_of(models.train(n, X, y, steps=2, observe=X2)),
    "train_adam": lambda n, y: run_of(models.train_adam(n, X, y, rate=0.1, epochs=2, observe=X2)),
    "train_decayed": lambda n, y: run_of(
        models.train_decayed(n, X, y, rate=0.1, steps=2, decay=0.1, observe=X2)
    ),
    "train_flow": lambda n, y: models.train_flow(n, X, y, time=0.1, steps=2).outputs,
    "train_minibatch": lambda n, y: run_of(
        models.train_minibatch(n, X, y, rate=0.1, epochs=2, batch_size=3, observe=X2)
    ),
    "train_momentum": lambda n, y: run_of(
        models.train_momentum(n, X, y, rate=0.1, steps=2, observe=X2)
    ),
}
"""What is made of networks, by the names of public functions."""

OF_LAYERS = {
    "antisymmetric": lambda n, y: models.antisymmetric(n)(X).round(decimals=9),
    "biases_from_zero": lambda n, y: models.biases_from_zero(n)(X),
    "output_gradients": lambda n, y: [
        g.unflatten(1, (6, -1)) for g in models.output_gradients(n, X)
    ],
    "snapshot": lambda n, y: (models.snapshot(n, X).outputs, models.snapshot(n, X).kernel),
}
"""What needs dense layers."""

NO_OUTPUTS = (
    "activation_movement combination_movement component_along contribution_movement contributions "
    "describe explained_variance kernel_target_alignment layerwise_activation_movement "
    "layerwise_gradient layerwise_movement nngp_kernel operator_movement own_updates "
    "parameter_movement preactivation_movement principal_components random_direction "
    "relative_movement residual_left rms share_within stable_rank sum_over_random_units "
    "unit_combinations unit_direction weight_movement"
)
"""Shapes that know no axis of outputs, or have one whatever k is (contributions [S, n, N, k])."""

NO_NETWORKS = (
    "as_matrix boolean_cube by_layer circle digits drawn erf frozen gaussian_xor gelu "
    "gradient_descent_in_function_space grid hidden_directions index_model "
    "infinite_channel_kernels infinite_width_kernels leaky_relu linear log_marginal_likelihood "
    "mean_field mnist modular_addition mup mup_adam ntk odd_digits parity planted_mixture "
    "posterior quadratic relu scaled_output sin single_index sphere split_seeds standard "
    "standard_fixed_rate tanh"
)
"""What is about kernels, data or scales."""

MAKERS = "ensemble pytorch_default residual_networks transformers"
"""What makes networks, whose method is the switch."""


def moved(network, y):
    return models.train(network, X, y, steps=2, rate=0.05).final


def shapes(found):
    return [list(tensor.shape) for tensor in flat(found)]


def flat(found):
    return [found] if isinstance(found, torch.Tensor) else [t for part in found for t in flat(part)]


def test_every_public_function_has_said_what_its_outputs_look_like():
    said = {*WAYS, *OF_LAYERS, *NO_OUTPUTS.split(), *NO_NETWORKS.split(), *MAKERS.split()}
    functions = {name for name in models.__all__ if not name[0].isupper()}
    assert said - {"LinearisedNetwork"} == functions


CASES = [
    *((kind, name) for kind in (mlp, module) for name in WAYS),
    *((mlp, name) for name in OF_LAYERS),
    *((cnn, name) for name in ("tangent_kernel", "train", "input_gradients", "one_shot")),
]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_the_rank_is_the_same_for_one_output_and_for_two(kind, name):
    way = (WAYS | OF_LAYERS)[name]
    if kind is module and name == "sample_langevin":
        pytest.skip("a module's prior is its own")
    one = way(*with_axis(kind(1), targets(1)))
    two = way(*with_axis(kind(2), targets(2)))
    without = way(*scalar(kind(1), targets(1)))
    for ours, theirs, bare in zip(flat(one), flat(two), flat(without), strict=True):
        assert ours.ndim == theirs.ndim
        squeezed = ours.reshape(bare.shape)  # whatever is dropped is an axis of size 1
        torch.testing.assert_close(squeezed, bare)
        pairs = zip(ours.shape, theirs.shape, strict=True)
        assert all((a, b) == (1, 2) or a == b for a, b in pairs)


def test_with_several_outputs_the_switch_changes_nothing():
    network = mlp(2)
    assert torch.equal(network.with_output_axis()(X), network(X))
    assert shapes(models.tangent_kernel(network.with_output_axis(), X)) == [[2, 6, 2, 6, 2]]


@pytest.mark.parametrize("make", [mlp, cnn, module])
def test_targets_have_the_axis_that_outputs_have(make):
    with pytest.raises(ValueError, match=r"targets must be \[6, 1\] or \[2, 6, 1\], not \[6\]"):
        models.train(make(1).with_output_axis(), X, DATA.y_train, steps=1)
    with pytest.raises(ValueError, match=r"targets must be \[6\] or \[2, 6\], not \[6, 1\]"):
        models.train(make(1), X, targets(1), steps=1)


@pytest.mark.parametrize("points", [X, X[:0]])
def test_kernels_without_weights_keep_it_too(points):
    kept = initial_kernels(mlp(1).with_output_axis().architecture, points, SEEDS)
    bare = initial_kernels(mlp(1).architecture, points, SEEDS)
    n = len(points)
    assert shapes(kept) == [[2, n, 1], [2, n, n], [2, n, 1, n, 1]]
    for own, other in zip(kept, bare, strict=True):
        torch.testing.assert_close(own.reshape(other.shape), other)


def test_the_limit_of_mup_keeps_it_too():
    bare = models.Architecture(1, 9, depth=1, activation=models.linear, parametrization=models.mup)
    kept = dataclasses.replace(bare, output_axis=True)
    runs = [
        train_moments(limit_moments(a), X, y, steps=2, rate=0.1)
        for a, y in ((bare, DATA.y_train), (kept, targets(1)))
    ]
    assert shapes([run.observed for run in runs]) == [[3, 6], [3, 6, 1]]
    torch.testing.assert_close(runs[0].observed, runs[1].observed[..., 0])
