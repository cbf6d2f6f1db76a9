"""Gradient descent with weight decay: what fits and what the weights cost, together."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..networks.architecture import Architecture
from ..networks.backpropagation import descend_
from ..networks.network import Network
from ..networks.parameters import per_network
from .descent import Run, Step, run_training


def train_decayed(
    network: Network,
    x: Tensor,
    y: Tensor,
    *,
    steps: int,
    rate: float | Tensor,
    decay: float,
    momentum: float = 0.9,
    observe: Tensor | None = None,
) -> Run:
    """Full-batch gradient descent with a heavy ball on ½Σ(f−y)² + ½λ Σ (w/σ)².

    σ is the standard deviation that a tensor was drawn with, so that the networks trained are
    the same in all coordinates of a parametrization. Its end is the mode of the posterior under
    the prior of the initialisation and noise of variance λ.

    Args:
        network: S networks with k outputs.
        x: Inputs [n, d] or [S, n, d].
        y: Targets as in `train`.
        steps: How many steps: with a decay no residual is what training ends at.
        rate: η, a number or one per network [S].
        decay: λ; 0 is `train_momentum`.
        momentum: β, in [0, 1).
        observe: Inputs on which to record the outputs at every step.

    Returns:
        The run; its `losses` are of the fit alone.

    Raises:
        ValueError: A momentum outside [0, 1), a decay that is negative or not finite, a tensor
            that starts at 0, or as `train`.
        TypeError: Tensors of another dtype or device than the network.

    Source: Krogh & Hertz 1991.
    """
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be in [0, 1), not {momentum!r}")
    if not 0 <= decay < math.inf:
        raise ValueError(f"decay must be a finite number, at least 0, not {decay!r}")

    if isinstance(network.architecture, Architecture):
        network.architecture.require_starts("weight decay")

    def begin(block: Network) -> Callable[[Step], None]:
        velocity = block.parameters.map(torch.zeros_like)
        pulls = [decay * scale.rate / scale.deviation**2 for scale in block.architecture.scales]

        def advance(step: Step) -> None:
            thetas = step.network.parameters.tensors
            keep = (step.rates > 0).to(step.rates) * momentum
            for v, theta, pull in zip(velocity.tensors, thetas, pulls, strict=True):
                v.mul_(per_network(keep, v))
                v.sub_(theta * per_network(step.rates, theta), alpha=pull)
            signal = step.residual * step.rates[:, None, None]
            descend_(step.network, step.passed, signal, velocity, step.scratch)
            for theta, v in zip(thetas, velocity.tensors, strict=True):
                theta.add_(v)

        return advance

    return run_training(
        network, x, y, begin, steps=steps, rate=rate, tolerance=0.0, observe=observe
    )
