"""A grid of parametrizations, and what moves in networks that are trained for a few steps on it.

Weights below the readout start with variance 1/fan-in and outputs that are O(1); a network on the
grid differs in how its readout starts and in how fast its layers learn.
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
    Exponents,
    Network,
    Parametrization,
    erf,
    kernel_target_alignment,
    layerwise_activation_movement,
    output_movement,
    relative_movement,
    relu,
    tangent_kernel,
    train,
)

SEEDS = "networks on a grid of parametrizations"
"""The name that the seeds of all these runs derive from."""

YANG_HU = (
    "Yang & Hu 2021, Theorems 3.3 and 3.8, Corollary 3.9 (multilayer perceptrons with tanh or "
    "smoothed ReLU, a fixed number of steps before the width grows)"
)

NEAR_STABILITY = 0.6
"""η·n that is 1/λ_max of the NTK limit's tangent kernel, within a sixth: two hidden layers of erf
with σ_w = 2 or of ReLU, on the points or images of this topic."""


def scaled(name: str, start: float, readout: float, below: float) -> Parametrization:
    """A readout that starts N^-start times as large as in NTK, and layers at their rates.

    Args:
        name: What it is.
        start: s; the readout is N^-(½ + s), times a standard normal.
        readout: q; the readout learns as fast as in NTK, times N^-q.
        below: u; all other layers do, times N^-u.
    """
    return Parametrization(
        name,
        Exponents(0, 0, below),
        Exponents(1 / 2, 0, below),
        Exponents(1 / 2, start, readout),
    )


def slowed(parametrization: Parametrization, by: float) -> Parametrization:
    """All rates N^-by times as large: a neighbour on the grid, r and the outputs' exponent + by."""

    def slower(layer: Exponents) -> Exponents:
        return Exponents(layer.a, layer.b, layer.c + by)

    hidden = parametrization.hidden
    assert isinstance(hidden, Exponents)
    return Parametrization(
        f"{parametrization.name}, slowed",
        slower(parametrization.input),
        slower(hidden),
        slower(parametrization.output),
    )


NTK = scaled("NTK", 0, 0, 0)
HALF_WAY = scaled("half-way from NTK to μP", 1 / 4, 0, -1 / 2)
MUP = scaled("μP", 1 / 2, 0, -1)
READOUT_ALONE = scaled("the readout learns, all else hardly", 1 / 2, 0, 0)
MUP_BELOW = scaled("μP whose readout hardly learns", 1 / 2, 1 / 2, -1)
FROM_ZERO = scaled("μP whose readout starts at 0", 2, 0, -1)
SLOW = scaled("too slow to learn", 1 / 2, 1 / 2, -1 / 2)
UNSTABLE = scaled("too fast", 0, 0, -1 / 2)


def everything_moves(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Callable[[Seeds], Dataset],
    activation: Activation,
    parametrization: Parametrization,
    steps: int,
    rate: float,
) -> dict[str, Tensor]:
    """How far units, outputs and embedding move in a few steps at the rate `rate`/n.

    Returns:
        By name, on the training inputs [S]: the movement of the units of the last of two hidden
        layers and of the outputs; of the kernel zzᵀ that the units z make, relative to its size,
        and of its centred alignment with the labels.
    """
    drawn = data(seeds)
    before, after = trained(
        width, seeds, mlp, drawn, activation, parametrization, steps=steps, rate=rate
    )
    x, y = drawn.x_train, drawn.y_train
    start, end = embedding(before, x), embedding(after, x)
    return {
        "units": layerwise_activation_movement(before, after, x)[:, -1],
        "outputs": output_movement(before, after, x),
        "embedding": relative_movement(start, end),
        "alignment": kernel_target_alignment(end, y) - kernel_target_alignment(start, y),
    }


def kernel_moves(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Callable[[Seeds], Dataset],
    activation: Activation,
    parametrization: Parametrization,
    steps: int,
    rate: float,
) -> dict[str, Tensor]:
    """How far the tangent kernel moves in a few steps, relative to its size [S]."""
    drawn = data(seeds)
    networks = trained(
        width, seeds, mlp, drawn, activation, parametrization, steps=steps, rate=rate
    )
    start, end = (tangent_kernel(network, drawn.x_train) for network in networks)
    return {"kernel": relative_movement(start, end)}


def trained(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    drawn: Dataset,
    activation: Activation,
    parametrization: Parametrization,
    *,
    steps: int,
    rate: float,
) -> tuple[Network, Network]:
    """Networks of two hidden layers as they start, and asked to change by the labels."""
    before = mlp(
        width,
        seeds,
        input_dim=drawn.input_dim,
        depth=2,
        activation=activation,
        parametrization=parametrization,
        sigma_w=2.0 if activation == erf else None,
    )
    x = drawn.x_train
    y = before(x) + drawn.y_train
    run = train(before, x, y, steps=steps, rate=rate / x.shape[1], tolerance=0.0)
    return before, run.final


def embedding(network: Network, x: Tensor) -> Tensor:
    """zzᵀ/N of the last hidden layer's units z, positions of an image among them [S, n, n]."""
    z = network.activations(x)[-1].flatten(2)
    return torch.bmm(z, z.mT) / network.width


def seen(
    shared: Shared,
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Callable[[Seeds], Dataset],
    activation: Activation,
    parametrization: Parametrization,
    steps: int,
    rate: float,
) -> dict[str, NDArray[Any]]:
    """What `everything_moves` returns, measured once for all claims about the same runs."""
    return shared(
        everything_moves,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        activation=activation,
        parametrization=parametrization,
        steps=steps,
        rate=rate,
    )


LABELS = ("random_labels", erf)
IMAGES = ("odd_digits", relu)


def on(**points: tuple[tuple[str, Activation], Parametrization]) -> pytest.MarkDecorator:
    """Make a claim about these points of the grid, each on its data."""
    settings = [
        pytest.param(*data, point, id=name.replace("_", "-"))
        for name, (data, point) in points.items()
    ]
    return pytest.mark.parametrize(
        ("data", "activation", "parametrization"), settings, indirect=["data"]
    )
