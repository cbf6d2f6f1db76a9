"""Langevin dynamics of many small networks at once, and how large its steps may be."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..kernels.tangent_kernel import kernel_rate
from ..networks.architecture import Architecture
from ..networks.backpropagation import pull_back
from ..networks.network import forward
from ..networks.randomness import generators
from .weights import networks_of

_PURPOSE = 13


def largest_step(
    architecture: Architecture, weights: Tensor, x: Tensor, temperature: float
) -> float:
    """The step beyond which Langevin dynamics diverges along some direction: 2/(λ_max/T + 1).

    λ_max is the largest eigenvalue of the networks' tangent kernels on x, which near the minimum
    are the curvature of ½Σ(f−y)²; the 1 is that of the prior.

    Args:
        architecture: Of the networks.
        weights: In units of their prior's deviation [B, P].
        x: Inputs [B, n, d].
        temperature: T.
    """
    rate = float(kernel_rate(networks_of(architecture, weights), x).min())
    return 2 / (1 / (rate * temperature) + 1)


def langevin(
    architecture: Architecture,
    start: Tensor,
    x: Tensor,
    y: Tensor,
    *,
    step: float,
    steps: int,
    temperature: float,
    seeds: Sequence[int],
) -> Tensor:
    """Unadjusted Langevin dynamics towards exp(−L/T)·prior, L = ½Σ(f−y)², C chains per seed.

    w ← w − η(∇L/T + w) + √(2η)·ξ in units of the prior's deviation: gradient descent with weight
    decay and noise. The law is reached up to O(η).

    Args:
        architecture: Of the networks, with one output.
        start: [S, C, P].
        x: Inputs of every seed [S, n, d].
        y: Targets [S, n].
        step: η.
        steps: How many, at least 1.
        temperature: T, positive.
        seeds: One per row; the noise of a seed is its own.

    Returns:
        The states after the last step [S, C, P].

    Raises:
        ValueError: A temperature or a step that is not positive, a step at which the dynamics
            diverges (says the largest), or steps below 1.

    Source: Welling & Teh 2011 without minibatches; Naveh et al. 2020 for networks.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, not {temperature!r}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps!r}")
    chains = start.shape[1]
    points, targets = (part.repeat_interleave(chains, 0) for part in (x, y))
    weights = start.flatten(0, 1).clone()
    limit = largest_step(architecture, weights, points, temperature)
    if not 0 < step < limit:
        raise ValueError(f"step must be positive and below {limit:.3g}, not {step!r}")
    own = generators(seeds, _PURPOSE, start.device)
    deviations = [scale.deviation for scale in architecture.scales]
    noise = torch.empty_like(start)
    for _ in range(steps):
        network = networks_of(architecture, weights)
        passed = forward(network, points)
        gradient = pull_back(network, passed, passed.outputs - targets.unsqueeze(-1))
        parts = zip(gradient.tensors, deviations, strict=True)
        slope = torch.cat([(tensor * deviation).flatten(1) for tensor, deviation in parts], 1)
        for row, generator in zip(noise, own, strict=True):
            row.normal_(generator=generator)
        weights = (1 - step) * weights - (step / temperature) * slope
        weights += (2 * step) ** 0.5 * noise.flatten(0, 1)
    return weights.unflatten(0, (len(seeds), chains))
