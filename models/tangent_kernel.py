"""The empirical tangent kernel of finite networks.

Θ(x, x') = Σ_l N^-c_l·⟨∂f(x)/∂w^l, ∂f(x')/∂w^l⟩ (Jacot et al. 2018), in the metric in which the
parameters are trained, so that a step of gradient descent of rate η changes the outputs by
−ηΘ(f − Y) in every parametrization. In a multilayer perceptron the gradient with respect to a
weight matrix is an outer product, hence each term is the Gram matrix of the layer's inputs times,
entry by entry, the Gram matrix of the signals that come back to it: no Jacobian is formed.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .backpropagation import output_signals
from .network import MLP, forward


def tangent_kernel(network: MLP, x: Tensor, x2: Tensor | None = None) -> Tensor:
    """Empirical tangent kernel between inputs x and x2 (x itself by default).

    Args:
        network: S networks with k outputs.
        x: Inputs [n, d] or [S, n, d].
        x2: Inputs [m, d] or [S, m, d].

    Returns:
        [S, n, m] for one output; [S, n, k, m, k] for k > 1.

    Raises:
        ValueError: Inputs of another shape.
        TypeError: Inputs of another dtype or device than the network.
    """
    inputs = [network.check_inputs(points) for points in (x, x2) if points is not None]
    blocks = network.blocks(sum(points.shape[1] for points in inputs))
    kernel = torch.cat(
        [_block(network[block], *(points[block] for points in inputs)) for block in blocks]
    )
    return kernel[:, :, 0, :, 0] if network.architecture.output_dim == 1 else kernel


def _block(network: MLP, x: Tensor, x2: Tensor | None = None) -> Tensor:
    """The kernel [S, n, k, m, k] of one block of networks."""
    k = network.architecture.output_dim
    left = forward(network, x)
    left_signals = output_signals(network, left)
    right, right_signals = left, left_signals
    if x2 is not None:
        right = forward(network, x2)
        right_signals = output_signals(network, right)
    s, n, m = len(network), x.shape[1], right.outputs.shape[1]
    kernel = torch.zeros(s, n, k, m, k, dtype=network.dtype, device=network.device)
    for layer, (multiplier, _, rate) in enumerate(network.architecture.weight_scales):
        z, z2 = left.activations[layer], right.activations[layer]
        inputs = torch.bmm(z, z2.mT).mul_(rate * multiplier**2)
        if network.biases:
            multiplier, _, rate = network.architecture.bias_scales[layer]
            inputs.add_(rate * multiplier**2)
        signals = torch.bmm(left_signals[layer], right_signals[layer].mT)
        kernel.addcmul_(inputs[:, :, None, :, None], signals.view(s, n, k, m, k))
    return kernel


def as_matrix(kernel: Tensor) -> Tensor:
    """A kernel of k outputs [S, n, k, m, k] as matrices [S, n·k, m·k]; others unchanged."""
    return kernel.flatten(3, 4).flatten(1, 2) if kernel.ndim == 5 else kernel


def kernel_rate(network: MLP, x: Tensor) -> Tensor:
    """1/λ_max of every network's tangent kernel on x [S].

    The learning rate of full-batch gradient descent on ½Σ(f−y)² at which the fastest mode is
    learned in one step; twice it is the limit of stability of the linearised dynamics.
    """
    return 1 / torch.linalg.eigvalsh(as_matrix(tangent_kernel(network, x)))[:, -1]
