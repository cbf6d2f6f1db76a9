"""The runs that the claims of this topic look at, and how far everything moved in them.

Every network has data of its own, four points per dimension, which no linear map fits. erf has the
gain σ_w = 2: at 1 more than nine tenths of a unit's variance are linear in what it reads, and the
tangent kernel so ill-conditioned that training ends late or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from widthwise.harness.measuring.shared import Shared
from widthwise.harness.terms.seeds import Seeds
from widthwise.models import (
    Activation,
    Dataset,
    Network,
    Parametrization,
    contributions,
    erf,
    fit,
    kernel_rate,
    kernel_target_alignment,
    layerwise_movement,
    nngp_kernel,
    ntk,
    parameter_movement,
    relative_movement,
    relu,
    rms,
    snapshot,
    stable_rank,
    train,
    weight_movement,
)

from .lengths import length_in_the_metric_of_training, shortest_length

RUNS = "lazy training runs"
"""The name that the seeds of all these runs derive from."""

Draw = Callable[[Seeds], Dataset]
"""Draws one data set per seed."""

LABELS_ERF = pytest.param("random_labels", erf, 3, id="labels-erf-depth3")
DIGITS_ERF = pytest.param("odd_digits", erf, 2, id="digits-erf-depth2")
LABELS_RELU = pytest.param("random_labels", relu, 2, id="labels-relu-depth2")
DIGITS_RELU = pytest.param("odd_digits", relu, 1, id="digits-relu-depth1")
ONE_LAYER_LABELS = pytest.param("random_labels", erf, 1, id="labels-erf-depth1")
ONE_LAYER_DIGITS = pytest.param("odd_digits", erf, 1, id="digits-erf-depth1")
NETWORKS = 4
"""Networks per seed where claims are about networks of one hidden layer of erf."""


def on(*settings: object) -> pytest.MarkDecorator:
    """Make a claim about networks of some of these depths and activations, on their data."""
    return pytest.mark.parametrize(("data", "activation", "depth"), settings, indirect=["data"])


everywhere = on(LABELS_ERF, DIGITS_ERF, LABELS_RELU, DIGITS_RELU)
"""Make a claim about all of them."""


def layer_by_layer(*settings: Any) -> pytest.MarkDecorator:
    """Make a claim about every hidden layer of some of these networks by itself."""
    each = [
        pytest.param(*setting.values, layer, id=f"{setting.id}-layer{layer}")
        for setting in settings
        for layer in range(1, setting.values[2] + 1)
    ]
    return pytest.mark.parametrize(
        ("data", "activation", "depth", "layer"), each, indirect=["data"]
    )


def one_step(network: Network, x: Tensor, y: Tensor) -> Network:
    """The networks after a single gradient step."""
    return train(network, x, y, steps=1).final


def rate_with_room(network: Network, x: Tensor) -> Tensor:
    """1/λ_max; half of it where features are learned, which leaves room for a kernel that grows.

    Steps that are too large there switch all ReLU units of a network off.
    """
    architecture = network.architecture
    room = 2 if architecture.parametrization.regime(architecture.depth).feature_learning else 1
    return kernel_rate(network, x) / room


def convergence(network: Network, x: Tensor, y: Tensor, share: float = 0.008) -> Network:
    """The networks once less than a hundredth of the residual of every one is left.

    At 3/(2λ_max) with a momentum of ½, which is as far from instability as 1/λ_max is without it,
    the slow modes take a third of the steps; units move by a hundredth more than in plain gradient
    descent, which follows the same way. Where features are learned, at half of that.
    """
    return fit(network, x, y, share=share, rate=1.5 * rate_with_room(network, x), momentum=0.5)


def moved(
    shared: Shared,
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Draw,
    activation: Activation,
    depth: int,
    parametrization: Parametrization = ntk,
    solve: Callable[[Network, Tensor, Tensor], Network] = convergence,
) -> dict[str, NDArray[Any]]:
    """What `movements` returns, measured once for all claims about the same runs."""
    return shared(
        movements,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        activation=activation,
        depth=depth,
        parametrization=parametrization,
        solve=solve,
    )


def networks(
    width: int,
    seeds: Seeds,
    model: Callable[..., Network],
    drawn: Dataset,
    activation: Activation,
    depth: int,
    parametrization: Parametrization = ntk,
) -> Network:
    """Networks at initialisation that fit the data; erf has the gain 2."""
    return model(
        width,
        seeds,
        input_dim=drawn.input_dim,
        depth=depth,
        activation=activation,
        parametrization=parametrization,
        sigma_w=2.0 if activation == erf else None,
    )


def asked_to_change(network: Network, drawn: Dataset) -> tuple[Tensor, Tensor]:
    """Inputs, and targets that ask for a change of the outputs by the labels.

    The targets are f_0 + y, so that every seed has the same way to go: the random output at
    the start would otherwise be most of the noise.
    """
    return drawn.x_train, network(drawn.x_train) + drawn.y_train


def movements(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Draw,
    activation: Activation,
    depth: int,
    parametrization: Parametrization,
    solve: Callable[[Network, Tensor, Tensor], Network],
) -> dict[str, Tensor]:
    """How far everything moved in networks that were asked to change by the labels.

    Returns:
        By name, over all inputs: the share of the residual that is left [S]; the movement of the
        units of each hidden layer [S, L], of contributions of units to the output and of the
        output [S]; of the output's gradient with respect to each hidden layer, relative to its
        size [S, L]; of the tangent kernel, relative to its size, and of its alignment with the
        labels [S]; of each layer's weights [S, L + 1] and of all parameters, relative to their
        size; the stable rank of what each layer moved by [S, L + 1]; the distance that the
        parameters moved [S]; and the square of its length in the metric of the learning rates over
        that of the shortest way in the linearised problem, and where only output weights move [S].
    """
    drawn = data(seeds)
    before = networks(width, seeds, mlp, drawn, activation, depth, parametrization)
    x, y = asked_to_change(before, drawn)
    after = solve(before, x, y)
    n = x.shape[1]
    start, end = snapshot(before, drawn.x), snapshot(after, drawn.x)
    theta, learned = start.kernel[:, :n, :n], (end.outputs - start.outputs)[:, :n]
    change = after.parameters.minus(before.parameters)
    length = length_in_the_metric_of_training(before, change)
    output_weights = nngp_kernel(before, x)
    distance = parameter_movement(before, after)
    return {
        "residual": rms(end.outputs[:, :n] - y) / rms(drawn.y_train),
        "units": layerwise_movement(start.activations, end.activations),
        "contributions": rms(
            contributions(after, end.activations[-1]) - contributions(before, start.activations[-1])
        ),
        "output": rms(end.outputs - start.outputs),
        "gradients": torch.stack(
            [relative_movement(g, h) for g, h in zip(start.gradients, end.gradients, strict=True)],
            1,
        ),
        "kernel": relative_movement(start.kernel, end.kernel),
        "alignment": kernel_target_alignment(end.kernel[:, :n, :n], drawn.y_train)
        - kernel_target_alignment(theta, drawn.y_train),
        "weights": weight_movement(before, after),
        "rank": stable_rank(change.weights),
        "parameters": distance / before.parameters.norm(),
        "distance": distance,
        "detour": (length / shortest_length(theta, learned)).square(),
        "detour by output weights": (length / shortest_length(output_weights, learned)).square(),
    }
