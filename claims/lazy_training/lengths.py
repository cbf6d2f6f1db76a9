"""How long the way is that training goes, in a measure that no choice of coordinates changes."""

from __future__ import annotations

import torch
from torch import Tensor

from widthwise.models import Network, Parameters


def length_in_the_metric_of_training(network: Network, change: Parameters) -> Tensor:
    """√(Σ_l ‖ΔW_l‖²/η_l) of a change of parameters [S], η_l a layer's learning rate relative to η.

    With weights N^θ times as small, their multiplier and the root of their rate are N^θ and N^-θ
    times what they were: the network computes and learns the same, and so this length is the same.
    """
    parts = [
        tensor.flatten(1).square().sum(1) / scale.rate
        for tensor, scale in zip(change.tensors, network.architecture.scales, strict=True)
    ]
    return torch.stack(parts).sum(0).sqrt()


def shortest_length(kernel: Tensor, change: Tensor) -> Tensor:
    """√(δᵀΘ^-1 δ) [S]: the shortest displacement with which the linearisation changes by δ.

    What Θ does not reach but for rounding takes a very long way.

    Args:
        kernel: Θ on the training inputs [S, n, n].
        change: δ, of the outputs there [S, n].
    """
    values, vectors = torch.linalg.eigh(kernel.double())
    rounding = kernel.shape[1] * torch.finfo(kernel.dtype).eps * values[:, -1:]
    along = (change.double().unsqueeze(1) @ vectors).squeeze(1)
    return (along / values.clamp(min=rounding).sqrt()).norm(dim=1).to(change.dtype)
