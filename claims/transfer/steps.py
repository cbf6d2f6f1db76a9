"""How many steps a constant kernel takes."""

from __future__ import annotations

import torch
from torch import Tensor

MOST = 5000


def steps_of_kernel(theta: Tensor, residual: Tensor, rate: Tensor, tolerance: float) -> Tensor:
    """Steps of gradient descent after which the RMS of (1 − ηΘ)^t r is at most the tolerance [S].

    Args:
        theta: Θ on the training inputs [S, n, n].
        residual: r at the start [S, n].
        rate: η [S].
        tolerance: Of the RMS.
    """
    values, modes = torch.linalg.eigh(theta)
    along = (residual[:, None] @ modes)[:, 0].square() / residual.shape[1]
    shrink = (1 - rate[:, None] * values).square()
    steps = torch.arange(MOST, dtype=theta.dtype, device=theta.device)
    left = torch.einsum("sn,snt->st", along, shrink[:, :, None] ** steps)
    return (left > tolerance**2).sum(1)
