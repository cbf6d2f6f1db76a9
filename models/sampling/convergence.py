"""Whether chains have converged, and how many independent draws they are worth."""

from __future__ import annotations

import torch
from torch import Tensor


def potential_scale_reduction(draws: Tensor) -> Tensor:
    """Split R̂ of chains [..., C, T]: near 1 where every half of every chain has the same law.

    Source: Gelman et al. 2013, section 11.4; Vehtari et al. 2021, equations (1) to (4).

    Raises:
        ValueError: Fewer than 4 draws of a chain.
    """
    halves = _halves(draws)
    length = halves.shape[-1]
    within = halves.var(-1).mean(-1)
    between = length * halves.mean(-1).var(-1)
    return (((length - 1) / length * within + between / length) / within).sqrt()


def effective_size(draws: Tensor) -> Tensor:
    """How many independent draws the chains [..., C, T] are worth for their mean [...].

    C·T over the integrated autocorrelation time: sums of neighbouring autocorrelations are added
    up while they are positive, and none counts more than the one before.

    Source: Geyer 1992 (initial monotone sequence); Vehtari et al. 2021, equations (10) to (13).

    Raises:
        ValueError: Fewer than 4 draws of a chain.
    """
    halves = _halves(draws)
    count, length = halves.shape[-2:]
    centred = halves - halves.mean(-1, keepdim=True)
    spectrum = torch.fft.rfft(centred, 2 * length)
    products = torch.fft.irfft(spectrum.abs().square(), 2 * length)[..., :length] / length
    within = products[..., 0].mean(-1) * length / (length - 1)
    total = (length - 1) / length * within + halves.mean(-1).var(-1)
    own = products.mean(-2) * length / (length - 1)
    correlation = 1 - (within.unsqueeze(-1) - own) / total.unsqueeze(-1)
    correlation[..., 0] = 1
    pairs = correlation[..., : length // 2 * 2].unflatten(-1, (-1, 2)).sum(-1)
    kept = (pairs > 0).cumprod(-1).to(pairs)
    time = 2 * (pairs.cummin(-1).values * kept).sum(-1) - 1
    return count * length / time.clamp_min(1 / torch.tensor(count * length).log10())


def _halves(draws: Tensor) -> Tensor:
    half = draws.shape[-1] // 2
    if draws.ndim < 2 or half < 2:
        raise ValueError(f"draws must be [..., chains, at least 4], not {list(draws.shape)}")
    return torch.cat((draws[..., :half], draws[..., -half:]), -2)
