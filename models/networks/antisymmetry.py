"""Networks whose output is zero at initialisation."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from .network import Network
from .parameters import Parameters


def antisymmetric(network: Network) -> Network:
    """The networks with their units in pairs that cancel in the output, so that f_0 = 0.

    Every unit gets a twin of the same incoming weights; hidden weights are the same seen from
    either half, [[A, B], [B, A]], and the output weights of twins differ in sign. Each weight
    keeps its law, so the tangent kernel has the limit it would have had, with the fluctuations
    of half the width. Output biases are 0. f_0 vanishes up to rounding.

    Source: the idea of doubling, Chizat et al. 2019, section 2.1; Zhang et al. 2020.

    Raises:
        ValueError: The width is odd.
    """
    if network.width % 2:
        raise ValueError(f"antisymmetric networks need an even width, not {network.width}")
    half = network.width // 2
    first, *hidden, last = network.weights
    weights = (
        _twice(first[..., :half]),
        *(_mirrored(weight.unflatten(1, (-1, network.width))) for weight in hidden),
        _opposed(last.unflatten(1, (-1, network.width))),
    )
    biases = tuple(_twice(bias[..., :half]) for bias in network.biases[:-1])
    if network.biases:
        biases += (torch.zeros_like(network.biases[-1]),)
    return replace(network, parameters=Parameters(weights, biases))


def _twice(units: Tensor) -> Tensor:
    """Every unit (last dimension) and its twin."""
    return torch.cat((units, units), -1)


def _mirrored(weight: Tensor) -> Tensor:
    """[[A, B], [B, A]] from the upper half of weights [S, places in a patch, N, N]."""
    half = weight.shape[2] // 2
    upper = weight[:, :, :half]
    return torch.cat((upper, upper.roll(half, -1)), 2).flatten(1, 2)


def _opposed(weight: Tensor) -> Tensor:
    """(A, −A) from the upper half of weights [S, places, N, k]."""
    upper = weight[:, :, : weight.shape[2] // 2]
    return torch.cat((upper, -upper), 2).flatten(1, 2)
