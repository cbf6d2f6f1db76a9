"""Derivatives of the outputs, by hand: backward signals, gradients and directional derivatives.

A backward pass of a multilayer perceptron is one matrix product per layer, so that it costs
less written out than recorded and replayed by automatic differentiation.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .network import MLP, Pass, affine
from .parameters import Parameters
from .products import add_product_, multiply


def backpropagate(
    network: MLP, passed: Pass, signal: Tensor, layer: int, scratch: Sequence[Tensor] | None = None
) -> Tensor:
    """Carry derivatives with respect to h^(layer+1) back to h^layer.

    Args:
        network: S networks.
        passed: Their forward pass on n inputs.
        signal: [S, n, fan_out of the layer], or [S, n·k, fan_out], the outputs inner.
        layer: Index of the weight layer that is crossed, 1 … L.
        scratch: Three tensors [S, n, N] to work in, the answer in one of the first two by turns;
            None makes new ones.
    """
    multiplier = network.architecture.weight_scales[layer].multiplier
    out, slope = (scratch[layer % 2], scratch[2]) if scratch else (None, None)
    slope = network.architecture.activation.slope(passed.preactivations[layer - 1], out=slope)
    below = multiply(signal, network.weights[layer].mT, multiplier, out)
    if below.shape == slope.shape:
        return below.mul_(slope)
    return below.unflatten(1, (slope.shape[1], -1)).mul_(slope.unsqueeze(2)).flatten(1, 2)


def output_signals(network: MLP, passed: Pass) -> tuple[Tensor, ...]:
    """∂f_j/∂h^l for every layer l = 1 … L+1 and output j, each [S, n·k, fan_out], j inner."""
    s, n, k = passed.outputs.shape
    signal = torch.eye(k, dtype=network.dtype, device=network.device).repeat(s, n, 1)
    signals = [signal]
    for layer in range(network.architecture.depth, 0, -1):
        signals.append(backpropagate(network, passed, signals[-1], layer))
    return tuple(reversed(signals))


def descend_(
    network: MLP,
    passed: Pass,
    signal: Tensor,
    parameters: Parameters,
    scratch: Sequence[Tensor] | None = None,
) -> None:
    """Move parameters, in place, against the gradient of Σ signal·f at the networks.

    Every tensor moves at its own relative rate N^-c.

    Args:
        network: S networks.
        passed: Their forward pass on n inputs.
        signal: [S, n, k], with η in it.
        parameters: The networks' own, or a displacement from them.
        scratch: As for `backpropagate`.
    """
    weight_scales = network.architecture.weight_scales
    bias_scales = network.architecture.bias_scales
    for layer in range(network.architecture.depth, -1, -1):
        below = backpropagate(network, passed, signal, layer, scratch) if layer else signal
        multiplier, _, rate = weight_scales[layer]
        add_product_(
            parameters.weights[layer], passed.activations[layer], signal, -rate * multiplier
        )
        if parameters.biases:
            multiplier, _, rate = bias_scales[layer]
            parameters.biases[layer].sub_(signal.sum(1), alpha=rate * multiplier)
        signal = below


def pull_back(network: MLP, passed: Pass, signal: Tensor) -> Parameters:
    """The gradient Σ_x,j signal·∂f_j(x)/∂θ of every network (a vector–Jacobian product)."""
    architecture = network.architecture
    weights, biases = [], []
    for layer in range(architecture.depth, -1, -1):
        z = passed.activations[layer]
        weights.append(multiply(z.mT, signal, architecture.weight_scales[layer].multiplier))
        if network.biases:
            biases.append(signal.sum(1).mul_(architecture.bias_scales[layer].multiplier))
        if layer:
            signal = backpropagate(network, passed, signal, layer)
    return Parameters(tuple(reversed(weights)), tuple(reversed(biases)))


def push_forward(network: MLP, passed: Pass, direction: Parameters) -> Tensor:
    """The derivative of the outputs along θ + δ·direction at δ = 0 [S, n, k]."""
    own = Parameters(network.weights)
    change = affine(network, direction, 0, passed.activations[0])
    for layer, h in enumerate(passed.preactivations, start=1):
        z1 = network.architecture.activation.slope(h).mul_(change)
        change = affine(network, direction, layer, passed.activations[layer])
        change.add_(affine(network, own, layer, z1))
    return change


def push_forward_twice(network: MLP, passed: Pass, direction: Parameters) -> tuple[Tensor, Tensor]:
    """First and second derivative of the outputs along θ + δ·direction at δ = 0.

    Returns:
        (df/dδ, d²f/dδ²), each [S, n, k].
    """
    activation = network.architecture.activation
    own, along = Parameters(network.weights), Parameters(direction.weights)
    h1 = affine(network, direction, 0, passed.activations[0])
    h2 = torch.zeros_like(h1)
    for layer, h in enumerate(passed.preactivations, start=1):
        slope = activation.slope(h)
        z1, z2 = slope * h1, activation.curvature(h) * h1.square() + slope * h2
        h1 = affine(network, direction, layer, passed.activations[layer])
        h1.add_(affine(network, own, layer, z1))
        h2 = 2 * affine(network, along, layer, z1) + affine(network, own, layer, z2)
    return h1, h2
