"""Networks whose biases start at 0 and are trained, as most are in practice."""

from __future__ import annotations

from dataclasses import replace

import torch

from .network import Network
from .parameters import Parameters


def biases_from_zero(network: Network) -> Network:
    """The networks with every bias at 0, to be trained at the rate it has (σ_b sets it).

    At initialisation they are the networks without biases of the same seeds, and their tangent
    kernel is that of those plus what biases add. `infinite_width_kernels` is about biases that
    are drawn, so that its limit is another.

    Raises:
        ValueError: Networks that have no biases, or are modules, whose factory says how they start.
    """
    if not network.biases:
        raise ValueError(
            "these networks have no biases that could start at 0: give sigma_b > 0, the gain of "
            "a bias, or for a module let its factory set them"
        )
    zeros = tuple(torch.zeros_like(bias) for bias in network.biases)
    return replace(network, parameters=Parameters(network.weights, zeros))
