"""Many networks of one architecture as rows of numbers: what a sampler moves through."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..networks.architecture import Architecture
from ..networks.connectivity import Dense
from ..networks.network import CNN, MLP, Network, forward
from ..networks.parameters import Parameters
from ..networks.randomness import generators

_PRIOR = 11  # other random numbers than those of `initialise` with the same seed


def prior_weights(
    architecture: Architecture,
    seeds: Sequence[int],
    networks: int,
    *,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Tensor:
    """The weights of `networks` networks per seed, in units of their prior's deviation [S, C, P].

    Every number is N(0, 1). A row depends on its own seed only, and drawing thousands of small
    networks takes one generator, not thousands.

    Args:
        architecture: Of the networks; P is its number of parameters.
        seeds: One per row.
        networks: C, at least 1.
        dtype: Of the weights.
        device: Where they lie.

    Raises:
        ValueError: Fewer than one network, no seeds, or a tensor that starts at 0.
    """
    architecture.require_starts("a prior over weights")
    if networks < 1:
        raise ValueError(f"networks must be at least 1, not {networks!r}")
    if not seeds:
        raise ValueError("seeds is empty: give one integer per replicate")
    weights = torch.empty(
        len(seeds), networks, architecture.parameter_count, dtype=dtype, device=device
    )
    for row, generator in zip(weights, generators(seeds, _PRIOR, device), strict=True):
        row.normal_(generator=generator)
    return weights


def networks_of(architecture: Architecture, weights: Tensor) -> Network:
    """The networks whose weights, in units of their prior's deviation, are rows [B, P].

    Raises:
        ValueError: Rows of another length than the architecture has parameters.
    """
    if weights.ndim != 2 or weights.shape[1] != architecture.parameter_count:
        raise ValueError(
            f"weights must be [B, {architecture.parameter_count}], not {list(weights.shape)}"
        )
    fans = architecture.fans
    biased = architecture.sigma_b > 0
    sizes = [i * o for i, o in fans] + [o for _, o in fans if biased]
    parts = weights.split(sizes, 1)
    shaped = tuple(
        part.reshape(-1, *fan).contiguous() for part, fan in zip(parts, fans, strict=False)
    )
    parameters = Parameters(shaped, tuple(part.contiguous() for part in parts[len(fans) :]))
    deviations = [scale.deviation for scale in architecture.scales]
    if any(deviation != 1 for deviation in deviations):
        parameters = parameters.times(deviations)
    kind = MLP if isinstance(architecture.connectivity, Dense) else CNN
    return kind(architecture, parameters, tuple(range(len(weights))))


def weights_of(network: Network) -> Tensor:
    """The inverse of `networks_of`: the rows [B, P] of networks.

    Raises:
        ValueError: A tensor that starts at 0.
    """
    network.architecture.require_starts("weights in units of their prior")
    scales = network.architecture.scales
    return torch.cat(
        [
            (tensor / scale.deviation).flatten(1)
            for tensor, scale in zip(network.parameters.tensors, scales, strict=True)
        ],
        1,
    )


def outputs_of(architecture: Architecture, weights: Tensor, x: Tensor) -> Tensor:
    """f(x) of networks with one output [B, n], their weights [B, P], x [n, d] or [B, n, d]."""
    network = networks_of(architecture, weights)
    points = x.expand(len(weights), *x.shape[-2:])
    blocks = network.blocks(points.shape[1])
    return torch.cat([forward(network[b], points[b]).outputs[..., 0] for b in blocks])
