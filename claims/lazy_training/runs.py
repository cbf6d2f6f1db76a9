"""The runs that the claims of this topic look at, and how far everything moved in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from numpy.typing import NDArray
from torch import Tensor

from widthwise.harness.measuring.shared import Shared
from widthwise.harness.terms.seeds import Seeds
from widthwise.models import (
    Activation,
    Dataset,
    Network,
    Parametrization,
    activation_movement,
    contribution_movement,
    erf,
    kernel_rate,
    kernel_target_alignment,
    ntk,
    output_movement,
    parameter_movement,
    relative_movement,
    relu,
    tangent_kernel,
    train,
    weight_movement,
)

RUNS = "lazy training runs"
"""The name that the seeds of all these runs derive from."""

SPHERE_ERF = pytest.param("sphere", erf, 1, id="sphere-erf-depth1")
DIGITS_ERF = pytest.param("digits", erf, 2, id="digits-erf-depth2")
DIGITS_RELU = pytest.param("digits", relu, 2, id="digits-relu-depth2")
SPHERE_RELU = pytest.param("sphere", relu, 3, id="sphere-relu-depth3")


def on(*settings: object) -> pytest.MarkDecorator:
    """Make a claim about networks of some of these depths and activations, on their data."""
    return pytest.mark.parametrize(("data", "activation", "depth"), settings, indirect=["data"])


everywhere = on(SPHERE_ERF, DIGITS_ERF, DIGITS_RELU, SPHERE_RELU)
"""Make a claim about all of them."""


def one_step(network: Network, x: Tensor, y: Tensor) -> Network:
    """The networks after a single gradient step."""
    return train(network, x, y, steps=1).final


def convergence(network: Network, x: Tensor, y: Tensor) -> Network:
    """The networks once they fit; half the rate leaves room for a kernel that grows."""
    return train(network, x, y, steps=400, tolerance=0.1, rate=kernel_rate(network, x) / 2).final


def moved(
    shared: Shared,
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Dataset,
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


def asked_to_change(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Dataset,
    activation: Activation,
    depth: int,
    parametrization: Parametrization,
    solve: Callable[[Network, Tensor, Tensor], Network],
) -> tuple[Network, Network]:
    """Networks, and the same after they were asked to change their output by the labels.

    The targets are f_0 + y, so that every seed has the same way to go: the random output at
    the start would otherwise be most of the noise.
    """
    before = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        depth=depth,
        activation=activation,
        parametrization=parametrization,
    )
    return before, solve(before, data.x_train, before(data.x_train) + data.y_train)


def movements(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Dataset,
    activation: Activation,
    depth: int,
    parametrization: Parametrization,
    solve: Callable[[Network, Tensor, Tensor], Network],
) -> dict[str, Tensor]:
    """How far everything moved in networks that were asked to change by the labels.

    Returns:
        By name, each [S] but for the weights: the movement of units, contributions of units to
        the output and the output, over all inputs; of the tangent kernel on them and of its
        alignment with the labels; of each layer's weights [S, L + 1] and of all parameters,
        relative to their size at the start; and the distance that the parameters moved.
    """
    before, after = asked_to_change(
        width, seeds, mlp, data, activation, depth, parametrization, solve
    )
    n = len(data.y_train)
    start, end = tangent_kernel(before, data.x), tangent_kernel(after, data.x)
    distance = parameter_movement(before, after)
    return {
        "units": activation_movement(before, after, data.x),
        "contributions": contribution_movement(before, after, data.x),
        "output": output_movement(before, after, data.x),
        "kernel": relative_movement(start, end),
        "alignment": kernel_target_alignment(end[:, :n, :n], data.y_train)
        - kernel_target_alignment(start[:, :n, :n], data.y_train),
        "weights": weight_movement(before, after),
        "parameters": distance / before.parameters.norm(),
        "distance": distance,
    }
