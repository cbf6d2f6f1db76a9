"""The empirical NNGP kernel of finite networks."""

from __future__ import annotations

import torch
from torch import Tensor

from ..networks.network import Network, forward
from ..networks.overflow import check_overflow


def nngp_kernel(network: Network, x: Tensor, x2: Tensor | None = None) -> Tensor:
    """Covariance of an output between inputs, given the hidden layers.

    K(x, x') = v·⟨z(x), z(x')⟩ + v_b: the last layer is thought to be drawn anew, with the
    variances that it has at initialisation, on the hidden layers that the networks have now,
    trained or not. Every output has the same kernel, and none with another.

    Args:
        network: S networks.
        x: Inputs [n, d] or [S, n, d].
        x2: Inputs [m, d] or [S, m, d]; None means x.

    Returns:
        [S, n, m].

    Raises:
        ValueError: Inputs of another shape, not finite, or requiring grad.
        TypeError: Inputs of another dtype or device than the network.
        OverflowError: A kernel out of the range of the dtype.

    Source: Lee et al. 2018, section 2.2; Novak et al. 2019, section 3 for images.
    """
    inputs = [network.check_inputs(points) for points in (x, x2) if points is not None]
    weight, readout = network.architecture.weight_scales[-1], network.architecture.connections[-1]
    parts = []
    for block in network.blocks(sum(points.shape[1] for points in inputs)):
        z = [
            readout.read(forward(network[block], points[block]).activations[-1])
            for points in inputs
        ]
        parts.append(torch.bmm(z[0], z[-1].mT))
    kernel = torch.cat(parts).mul_((weight.multiplier * weight.deviation) ** 2)
    if network.biases:
        bias = network.architecture.bias_scales[-1]
        kernel.add_((bias.multiplier * bias.deviation) ** 2)
    check_overflow("NNGP kernels", kernel, network)
    return kernel
