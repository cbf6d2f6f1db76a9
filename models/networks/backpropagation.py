"""Derivatives of the outputs, by hand: backward signals, gradients and directional derivatives.

A backward pass is one matrix product (or convolution) per layer, so that it costs less written
out than recorded and replayed by automatic differentiation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from .network import Network, Pass, affine
from .parameters import Parameters


def backpropagate(
    network: Network,
    passed: Pass,
    signal: Tensor,
    layer: int,
    scratch: Sequence[Tensor] | None = None,
) -> Tensor:
    """Carry derivatives with respect to h^(layer+1) back to h^layer.

    Args:
        network: S networks.
        passed: Their forward pass on n inputs.
        signal: [S, n·P, fan_out of the layer], or of k outputs [S, n·k·P, fan_out].
        layer: Index of the weight layer that is crossed, 1 … L.
        scratch: Three tensors [S, n·P, N] to work in, the answer in one of the first two by
            turns; None makes new ones.
    """
    architecture = network.architecture
    out, slope = (scratch[layer % 2], scratch[2]) if scratch else (None, None)
    slope = architecture.activation.slope(passed.preactivations[layer - 1], out=slope)
    below = architecture.connections[layer].multiply_back(
        signal, network.weights[layer], architecture.weight_scales[layer].multiplier, out
    )
    if below.shape == slope.shape:
        return below.mul_(slope)
    n = passed.outputs.shape[1]
    slope = slope.unflatten(1, (n, 1, -1))
    return below.unflatten(1, (n, -1, slope.shape[3])).mul_(slope).flatten(1, 3)


def output_signals_(network: Network, passed: Pass) -> Iterator[Tensor]:
    """∂f_j/∂h^l of every output j, each [S, n·k·P, fan_out], from layer l = L+1 down to 1.

    Each is made when it is asked for, and may be written over what the pass holds of its layer.
    """
    s, n, k = passed.outputs.shape
    unit = torch.eye(k, dtype=network.dtype, device=network.device)
    signal = unit.expand(s, n, k, k).reshape(s, n * k, k)
    yield signal
    for layer in range(network.architecture.depth, 0, -1):
        z, h = passed.activations[layer], passed.preactivations[layer - 1]
        signal = backpropagate(network, passed, signal, layer, (z, z, h) if k == 1 else None)
        yield signal


def descend_(
    network: Network,
    passed: Pass,
    signal: Tensor,
    parameters: Parameters,
    scratch: Sequence[Tensor] | None = None,
) -> None:
    """Move parameters, in place, against the gradient of Σ signal·f at the networks.

    Every tensor moves at its own relative rate N^-c; a frozen layer, whose rate is 0, not at all.

    Args:
        network: S networks.
        passed: Their forward pass on n inputs.
        signal: [S, n, k], with η in it.
        parameters: The networks' own, or a displacement from them.
        scratch: As for `backpropagate`.
    """
    architecture = network.architecture
    if passed.derivatives is not None:
        gradient = passed.derivatives.pull_back(signal)
        for t, g, scale in zip(
            parameters.tensors, gradient.tensors, architecture.scales, strict=True
        ):
            t.sub_(g, alpha=scale.rate)
        return
    weight_scales, bias_scales = architecture.weight_scales, architecture.bias_scales
    for layer in range(architecture.depth, -1, -1):
        below = backpropagate(network, passed, signal, layer, scratch) if layer else signal
        multiplier, _, rate = weight_scales[layer]
        if rate:
            architecture.connections[layer].add_gradient_(
                parameters.weights[layer], passed.activations[layer], signal, -rate * multiplier
            )
        if parameters.biases and rate:
            multiplier, _, rate = bias_scales[layer]
            parameters.biases[layer].sub_(signal.sum(1), alpha=rate * multiplier)
        signal = below


def pull_back(network: Network, passed: Pass, signal: Tensor) -> Parameters:
    """The gradient Σ_x,j signal·∂f_j(x)/∂θ of every network (a vector–Jacobian product)."""
    if passed.derivatives is not None:
        return passed.derivatives.pull_back(signal)
    architecture = network.architecture
    weights, biases = [], []
    for layer in range(architecture.depth, -1, -1):
        weights.append(torch.zeros_like(network.weights[layer]))
        architecture.connections[layer].add_gradient_(
            weights[-1],
            passed.activations[layer],
            signal,
            architecture.weight_scales[layer].multiplier,
        )
        if network.biases:
            biases.append(signal.sum(1).mul_(architecture.bias_scales[layer].multiplier))
        if layer:
            signal = backpropagate(network, passed, signal, layer)
    return Parameters(tuple(reversed(weights)), tuple(reversed(biases)))


def push_forward(network: Network, passed: Pass, direction: Parameters) -> Tensor:
    """The derivative of the outputs along θ + δ·direction at δ = 0 [S, n, k]."""
    if passed.derivatives is not None:
        return passed.derivatives.push_forward(direction)
    own = Parameters(network.weights)
    change = affine(network, direction, 0, passed.activations[0])
    for layer, h in enumerate(passed.preactivations, start=1):
        z1 = network.architecture.activation.slope(h).mul_(change)
        change = affine(network, direction, layer, passed.activations[layer])
        change.add_(affine(network, own, layer, z1))
    return change


def push_forward_twice(
    network: Network, passed: Pass, direction: Parameters
) -> tuple[Tensor, Tensor]:
    """First and second derivative of the outputs along θ + δ·direction at δ = 0.

    Returns:
        (df/dδ, d²f/dδ²), each [S, n, k].
    """
    if passed.derivatives is not None:
        return passed.derivatives.push_forward_twice(direction)
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
