"""Gradients of the outputs with respect to the inputs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.func import jacrev, vmap

from ..modules.derivatives import differentiable, module_call, over_networks
from ..modules.ensemble import ModuleNetwork
from ..networks.backpropagation import output_signals_
from ..networks.network import Network, forward


def input_gradients(network: Network, x: Tensor) -> Tensor:
    """∂f(x)/∂x at each input by itself: how sensitive the outputs are, and along what.

    By a backward pass through hand-written layers, and by `torch.func` through modules. At a kink
    of the activation it is what `Activation.slope` says.

    Args:
        network: S networks.
        x: Inputs [n, d], or [S, n, d] for inputs of each network's own.

    Returns:
        [S, n, d] for one output, [S, n, k, d] for k > 1, and `with_output_axis`.

    Raises:
        ValueError: Inputs of another shape, not finite, or that require grad.
        TypeError: Inputs of another dtype or device than the networks'; whole numbers, of which
            a module may be no differentiable function.
    """
    x = network.check_inputs(x)
    if not x.is_floating_point():
        raise TypeError(f"inputs are {x.dtype}, and outputs have no gradient in whole numbers")
    gradients = torch.cat(
        [_of_networks(network[block], x[block]) for block in network.blocks(x.shape[1])]
    )
    keeps = network.architecture.output_axis or gradients.shape[2] > 1
    return gradients if keeps else gradients.squeeze(2)


def _of_networks(network: Network, x: Tensor) -> Tensor:
    if isinstance(network, ModuleNetwork):
        return _of_modules(network, x)
    return _of_layers(network, x)


def _of_layers(network: Network, x: Tensor) -> Tensor:
    """[S, n, k, d], carried from the first hidden layer through the first weights."""
    architecture = network.architecture
    *_, signal = output_signals_(network, forward(network, x))
    below = architecture.connections[0].multiply_back(
        signal, network.weights[0], architecture.weight_scales[0].multiplier
    )
    return below.unflatten(1, (x.shape[1], architecture.output_dim))


def _of_modules(network: ModuleNetwork, x: Tensor) -> Tensor:
    """[S, n, k, d]."""
    call = module_call(network)

    def outputs(tensors: tuple[Tensor, ...], own: dict[str, Tensor], point: Tensor) -> Tensor:
        return call(tensors, own, point.unsqueeze(0)).flatten()

    each = vmap(jacrev(outputs, argnums=2), (None, None, 0))
    tensors = tuple(t.clone() if t.is_inference() else t for t in network.parameters.tensors)
    with differentiable():
        return over_networks(network, each, x, tensors).detach()
