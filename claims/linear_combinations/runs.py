"""The training that every claim of this topic looks at, and what they see in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
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
    Parameters,
    Parametrization,
    component_along,
    erf,
    explained_variance,
    fit,
    kernel_rate,
    ntk,
    one_shot,
    output_gradients,
    principal_components,
    relu,
    rms,
    share_within,
    sum_over_random_units,
    unit_combinations,
)

from .in_the_limit import kernels_of_layers, share_beyond_the_gradients

SEEDS = "networks whose directions are looked at"

KERNEL_LIMIT = (
    "Jacot et al. 2018, Theorem 2 (σ twice differentiable with bounded σ″, gradient flow, widths "
    "sent to infinity one after the other, no rate; ReLU and rates are measured)"
)

RANDOM_LABELS = pytest.param("random_labels", erf, id="random_labels-erf")
ODD_DIGITS = pytest.param("odd_digits", erf, id="odd_digits-erf")
HIDDEN_DIRECTION = pytest.param("hidden_direction", relu, id="hidden_direction-relu")


def on(*settings: object) -> pytest.MarkDecorator:
    """Make a claim about networks of some of these activations, on their data."""
    return pytest.mark.parametrize(("data", "activation"), settings, indirect=["data"])


everywhere = on(RANDOM_LABELS, ODD_DIGITS, HIDDEN_DIRECTION)
"""Make a claim about all of them."""


def seen(
    shared: Shared,
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Callable[[Seeds], Dataset],
    activation: Activation,
    parametrization: Parametrization = ntk,
) -> dict[str, NDArray[Any]]:
    """What `movements` finds, from a run that all claims share."""
    return shared(
        movements,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        activation=activation,
        parametrization=parametrization,
    )


def movements(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    data: Callable[[Seeds], Dataset],
    activation: Activation,
    parametrization: Parametrization,
) -> dict[str, Tensor]:
    """What training did to combinations of units, by name, each [S].

    Every network has data of its own. Two hidden layers are asked to change their outputs by
    the labels, brought to unit size (targets f_0 + y), and trained by full-batch gradient
    descent with a momentum of ½, at 3/(2λ_max), until 1% of that is left. Movements are on the
    training and the test inputs.
    """
    drawn = data(seeds)
    before = mlp(
        width,
        seeds,
        input_dim=drawn.input_dim,
        activation=activation,
        parametrization=parametrization,
        sigma_w=gain(activation),
    )
    x, labels = drawn.x_train, of_unit_size(drawn.y_train)
    y = before(x) + labels
    room = 2 if parametrization.regime(before.architecture.depth).feature_learning else 1
    after = fit(before, x, y, rate=1.5 * kernel_rate(before, x) / room, momentum=0.5)
    units = before.activations(drawn.x)[-1]
    moved = after.activations(drawn.x)[-1] - units
    gradients = output_gradients(before, x)
    return {
        "almost all combinations": almost_all_combinations(before, moved),
        **sums(before, units, moved),
        **along_gradients(before, after, gradients, x),
        **within_gradients(before, after, one_shot(before, x, y), gradients, drawn.x),
        **in_the_limit(before, x, labels, drawn.x),
        **among_components(units, units + moved),
    }


def gain(activation: Activation) -> float:
    """σ_w: 2 for erf, whose units are nearly linear at the usual 1."""
    return 2.0 if activation is erf else activation.gain


def of_unit_size(labels: Tensor) -> Tensor:
    """Labels [S, n] of rms 1 in every data set."""
    return labels / rms(labels)[:, None]


def almost_all_combinations(before: Network, moved: Tensor) -> Tensor:
    """The movement, rms over inputs, that 95 of 100 random unit combinations stay below."""
    combined = torch.bmm(moved, unit_combinations(before, 256).mT)
    return combined.square().mean(1).sqrt().quantile(0.95, dim=1)


def sums(before: Network, units: Tensor, moved: Tensor) -> dict[str, Tensor]:
    """Sums of √N units of the last hidden layer: their size and how they change."""
    share = before.width**-0.5
    signs = before.weights[-1].mT.sign()
    return {
        "size of sums": sum_over_random_units(units, share),
        "change of sums": sum_over_random_units(moved, share),
        "mean change of signed sums": share * rms((signs * moved).sum(2)),
    }


def along_gradients(
    before: Network, after: Network, gradients: Sequence[Tensor], x: Tensor
) -> dict[str, Tensor]:
    """Movements of preactivations along the outputs' gradients at the training points.

    Besides their size: ∂f/∂h·Δh over the output's movement, as a slope, where the output
    moves because everything moves, or because only what lies below the layer does.
    """
    start, end, output = before.preactivations(x), after.preactivations(x), before(x)
    learned = after(x) - output
    found: dict[str, Tensor] = {}
    for layer, (h0, h, own) in enumerate(zip(start, end, gradients, strict=True), 1):
        moved = h - h0
        carried = (moved * own).sum(2)
        below = replace(before, parameters=trained_up_to(layer, before, after))
        found |= {
            f"gradient combinations, layer {layer}": component_along(moved, own),
            f"of the output, layer {layer}": slope(carried, learned),
            f"of the output from below, layer {layer}": slope(carried, below(x) - output),
        }
    return found


def trained_up_to(layer: int, before: Network, after: Network) -> Parameters:
    """The weights of the trained networks up to a hidden layer, above it those of the start."""
    return Parameters(after.weights[:layer] + before.weights[layer:])


def slope(values: Tensor, against: Tensor) -> Tensor:
    """The least-squares slope of values [S, n] against others, through the origin [S]."""
    return (values * against).sum(1) / against.square().sum(1)


def within_gradients(
    before: Network, after: Network, solved: Network, gradients: Sequence[Tensor], x: Tensor
) -> dict[str, Tensor]:
    """The share of what moves in the span of the outputs' gradients, at the trained networks.

    And at `solved`, the solution of the linearised problem.
    """
    start = before.preactivations(x)
    return {
        f"within gradients{where}, layer {layer}": share_within(h - h0, own)
        for where, network in (("", after), (" at the one-shot solution", solved))
        for layer, (h, h0, own) in enumerate(
            zip(network.preactivations(x), start, gradients, strict=True), 1
        )
    }


def in_the_limit(before: Network, x_train: Tensor, labels: Tensor, x: Tensor) -> dict[str, Tensor]:
    """What theory says of infinitely wide networks with the same data."""
    architecture, n = before.architecture, x_train.shape[1]
    found: dict[str, list[float]] = {}
    for points, y in zip(x.double(), labels.double(), strict=True):
        layers = kernels_of_layers(architecture, points)
        dual = torch.linalg.solve(layers.below[-1][:n, :n], y)
        own = {
            f"share below layer {layer}": float(y @ below[:n, :n] @ dual / (y @ y))
            for layer, below in enumerate(layers.below, 1)
        }
        for name, equal_slopes in (("", False), (" with equal slopes", True)):
            share = share_beyond_the_gradients(
                architecture, layers, dual, equal_slopes=equal_slopes
            )
            own[f"share beyond the gradients{name}"] = share
        for name, value in own.items():
            found.setdefault(name, []).append(value)
    return {name: torch.tensor(values) for name, values in found.items()}


def among_components(units: Tensor, trained: Tensor) -> dict[str, Tensor]:
    """The last hidden layer's principal components: how they turn, and what moves among them.

    Of any movement 8 of N directions hold 8/N by chance.
    """
    old, new = principal_components(units, 8), principal_components(trained, 8)
    kept = explained_variance(trained, old) / explained_variance(trained, new)
    held = share_within(trained - units, new)
    chance = 8 / units.shape[2]
    return {
        "turning of 8 components": (1 - kept).sqrt(),
        "within 8 components": held,
        "within 8 components beyond chance": (held - chance) / (1 - chance),
    }
