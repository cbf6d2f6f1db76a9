"""What deep networks do to small changes of their input: Jacobians, layer by layer, whole."""

from dataclasses import replace

import torch

from widthwise.models import Parameters


def gaussian(mlp, width, seeds, layers, activation, dtype=torch.float32):
    """Networks whose hidden layers and inputs have one width, as they are drawn."""
    return mlp(width, seeds, input_dim=width, depth=layers, activation=activation, dtype=dtype)


def orthogonal(mlp, width, seeds, layers, activation):
    """The same with random orthogonal matrices of the same mean square for weights."""
    network = gaussian(mlp, width, seeds, layers, activation)
    *square, readout = network.weights
    scales = network.architecture.weight_scales
    turned = [
        rotation(w) * (width**0.5 * scale.deviation)
        for w, scale in zip(square, scales[:-1], strict=True)
    ]
    return replace(network, parameters=Parameters((*turned, readout)))


def rotation(normal):
    """Haar's orthogonal matrices out of normal ones [S, N, N]."""
    q, r = torch.linalg.qr(normal)
    return q * r.diagonal(dim1=1, dim2=2).sign().unsqueeze(1)


def jacobian(network):
    """∂z^L/∂x of networks of one width at an input of mean square 1 [S, N, N], input first.

    Their law is that at any input of this size: weights are as likely as any rotation of them.
    """
    architecture = network.architecture
    x = torch.ones(1, architecture.input_dim, dtype=network.dtype, device=network.device)
    change = torch.eye(architecture.input_dim, dtype=network.dtype, device=network.device)
    layers = zip(
        network.weights[:-1],
        architecture.weight_scales[:-1],
        network.preactivations(x),
        strict=True,
    )
    for w, scale, h in layers:
        change = change @ (scale.multiplier * w * architecture.activation.slope(h))
    return change
