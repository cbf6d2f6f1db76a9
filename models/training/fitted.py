"""Training that is done when it ends: to a share of the residual that is checked, not hoped for."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..kernels.tangent_kernel import kernel_rate
from ..networks.network import Network
from ..networks.tensor_checks import check_no_graph
from .descent import Run
from .optimisers import train_momentum
from .training import train


class UnfinishedTrainingError(RuntimeError):
    """Networks that should fit their targets do not."""


def fit(
    network: Network,
    x: Tensor,
    y: Tensor,
    *,
    share: float = 0.01,
    steps: int = 5000,
    rate: float | Tensor | None = None,
    momentum: float = 0.0,
) -> Network:
    """Train by full-batch gradient descent until every network fits.

    Args:
        network: S networks.
        x: Inputs [n, d] or [S, n, d].
        y: Targets, as for `train`.
        share: At most this share of its initial residual ‖f_0 − y‖ is left in any network.
        steps: At most this many steps.
        rate: η, as for `train`.
        momentum: β, as for `train_momentum`; slow modes decay 1/(1 − β) times as fast.

    Returns:
        The trained networks.

    Raises:
        UnfinishedTrainingError: A network has more of its residual left, or diverged; says
            which, and how much.
        ValueError: A share outside (0, 1), a momentum outside [0, 1), and all that `train` refuses.
        TypeError: As `train`.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be between 0 and 1, not {share!r}")
    if not x.shape[-2]:
        raise ValueError("x has no inputs: there is nothing to learn from")
    check_no_graph("y", y)
    residual = network(x) - y
    size = residual.flatten(1).square().mean(1).sqrt()
    least = float(size.min())
    if not math.isfinite(least):
        network.check_targets(y, network.check_inputs(x))
    if momentum:
        rate = kernel_rate(network, x) if rate is None else rate
        run = train_momentum(
            network, x, y, steps=steps, rate=rate, momentum=momentum, tolerance=share * size
        )
    else:
        run = train(network, x, y, steps=steps, rate=rate, tolerance=share * size)
    left = residual_left(run)
    if not bool((left <= share * (1 + 1e-3)).all()):
        raise UnfinishedTrainingError(_unfinished(run, left, share))
    return run.final


def residual_left(run: Run) -> Tensor:
    """‖f_T − y‖/‖f_0 − y‖ of every network of a run [S]; NaN where it diverged, 0 for no task."""
    left = (run.losses[:, -1] / run.losses[:, 0]).sqrt()
    return torch.where(run.losses[:, 0] == 0, torch.zeros_like(left), left)


def _unfinished(run: Run, left: Tensor, share: float) -> str:
    late = [
        (seed, "diverged" if bad else f"{part:.1%} left after {taken} steps")
        for seed, bad, part, taken in zip(
            run.final.seeds,
            run.diverged.tolist(),
            left.tolist(),
            run.steps.tolist(),
            strict=True,
        )
        if bad or part > share
    ]
    seed, what = late[0]
    return (
        f"training is not done: {len(late)} of {len(run.final)} networks have more than {share:g} "
        f"of their residual left (seed {seed}: {what}); give more steps or another rate"
    )
