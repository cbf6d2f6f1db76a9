"""How much of a function on an interval is a sinusoid."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_PER_MODE = 64  # frequencies tried between one resolvable frequency and the next


def best_sinusoid(functions: Tensor, highest: float) -> Tensor:
    """R² of the best a·cos(ωt) + b·sin(ωt) with any frequency, for functions [..., n].

    The values are taken at evenly spaced points of an interval. The share of their sum of squares
    that the best wave explains is at most 1, and 1 for a wave only; R² is not about the mean, so
    that a constant is a wave of frequency 0.

    Args:
        functions: Values [..., n], float64.
        highest: The largest number of periods within the interval that is tried.

    Returns:
        [...].

    Raises:
        ValueError: Fewer than 4 points, or a number of periods that they cannot resolve.
    """
    n = functions.shape[-1]
    if n < 4:
        raise ValueError(f"a wave needs at least 4 points, got {n}")
    if not 0 < highest <= n / 2:
        raise ValueError(f"{n} points resolve between 0 and {n / 2:g} periods, not {highest!r}")
    times = (torch.arange(n, dtype=functions.dtype, device=functions.device) + 0.5) / n - 0.5
    periods = torch.arange(1, math.ceil(highest * _PER_MODE) + 1).to(times) / _PER_MODE
    phases = 2 * math.pi * periods[:, None] * times
    # About the middle cosines are even and sines odd, hence orthogonal.
    cosines, sines = (
        (functions @ waves.mT).square() / waves.square().sum(1)
        for waves in (phases.cos(), phases.sin())
    )
    constant = functions.sum(-1, keepdim=True).square() / n
    best = torch.maximum((cosines + sines).amax(-1, keepdim=True), constant).squeeze(-1)
    return best / functions.square().sum(-1)
