"""How likely a Gaussian process makes a pattern of signs: probabilities of orthants.

P(S) of a wide network with a threshold, and the volume of a Boolean function, are such
probabilities. By sampling, for any function; by expectation propagation, for hundreds of points.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from scipy import special
from torch import Tensor

from ..kernels.positive_definite import cholesky

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def log_orthant(kernel: Tensor, signs: Tensor, draws: int = 1024, seed: int = 0) -> Tensor:
    """Log P(sign f = signs) for f ~ N(0, K), by sampling one point after the other.

    Each point is drawn on its side given those before it; the mean product of the chances of
    that is unbiased. Its logarithm is low by half its relative variance.

    Args:
        kernel: K [..., n, n], float64.
        signs: ±1 [..., n].
        draws: Points of a scrambled Sobol sequence.
        seed: Of the scrambling.

    Returns:
        [...].

    Raises:
        ValueError: Fewer than one draw, or a singular K.

    Source: Genz 1992 (separation of variables); the estimator of Geweke, Hajivassiliou & Keane.
    """
    return torch.logsumexp(_separated(kernel, signs, draws, seed)[1], -1) - math.log(draws)


class OrthantDraws(NamedTuple):
    """Values of a Gaussian process that have given signs, each draw with a weight.

    Attributes:
        values: f [..., draws, n].
        log_weights: The mean of e^ of them is P(sign f = signs) [..., draws].
    """

    values: Tensor
    log_weights: Tensor


def orthant_draws(kernel: Tensor, signs: Tensor, draws: int = 1024, seed: int = 0) -> OrthantDraws:
    """Draws of f ~ N(0, K) given its signs, as the draws that `log_orthant` takes the mean over.

    Arguments, errors and source as there.
    """
    chosen, log_weights = _separated(kernel, signs, draws, seed)
    factor = cholesky(kernel * signs.unsqueeze(-1) * signs.unsqueeze(-2))
    return OrthantDraws((factor @ chosen).mT * signs.unsqueeze(-2), log_weights)


def _separated(kernel: Tensor, signs: Tensor, draws: int, seed: int) -> tuple[Tensor, Tensor]:
    """Whitened values on their sides [..., n, draws], and the logarithms of their weights."""
    if draws < 1:
        raise ValueError(f"draws must be at least 1, not {draws!r}")
    n = kernel.shape[-1]
    factor = cholesky(kernel * signs.unsqueeze(-1) * signs.unsqueeze(-2))
    sobol = torch.quasirandom.SobolEngine(n, scramble=True, seed=seed)
    uniform = sobol.draw(draws, dtype=torch.float64).clamp(1e-12, 1 - 1e-12).to(kernel)
    chosen = kernel.new_zeros(*kernel.shape[:-2], n, draws)
    log_weight = kernel.new_zeros(*kernel.shape[:-2], draws)
    for i in range(n):
        given = (factor[..., i : i + 1, :i] @ chosen[..., :i, :]).squeeze(-2)
        given = given / factor[..., i, i, None]
        log_weight = log_weight + torch.special.log_ndtr(given)
        chosen[..., i, :] = -_quantile(uniform[:, i].log() + torch.special.log_ndtr(given))
    return chosen, log_weight


def _quantile(log_probability: Tensor) -> Tensor:
    """The normal quantile of a probability too small for anything but its logarithm."""
    quantile = special.ndtri_exp(log_probability.cpu().numpy())
    return torch.as_tensor(quantile, device=log_probability.device)


def log_orthant_by_propagation(kernel: Tensor, signs: Tensor, sweeps: int = 30) -> Tensor:
    """Log P(sign f = signs) for f ~ N(0, K), approximated by expectation propagation.

    Every half-line is replaced by the Gaussian factor that leaves mass, mean and variance of its
    marginal right; all factors are updated at once, by half.

    Args:
        kernel: K [..., n, n], float64.
        signs: ±1 [..., n].
        sweeps: Updates of all factors.

    Returns:
        [...].

    Raises:
        ValueError: A singular K.

    Source: Rasmussen & Williams 2006, section 3.6 and equations (3.65) to (3.75), with the step
    as likelihood; Cunningham, Hennig & Lacoste-Julien 2011 on how accurate it is for orthants.
    """
    flipped = kernel * signs.unsqueeze(-1) * signs.unsqueeze(-2)
    return _log_mass(flipped, *_factors(flipped, sweeps))


class SignPrediction(NamedTuple):
    """What given signs of a Gaussian process say.

    Attributes:
        log_evidence: Log of the probability of the signs given [...].
        plus: Probability of the sign + on each further input, given those [..., m].
    """

    log_evidence: Tensor
    plus: Tensor


def predict_signs(kernel: Tensor, signs: Tensor, sweeps: int = 30) -> SignPrediction:
    """Signs of f ~ N(0, K) on m further inputs given those on n, by expectation propagation.

    Args:
        kernel: K of the n inputs, then of the m [..., n + m, n + m], float64.
        signs: ±1 [..., n].
        sweeps: As for `log_orthant_by_propagation`.

    Raises:
        ValueError: A singular K of the n inputs.

    Source: Rasmussen & Williams 2006, equations (3.60), (3.61) and (3.82), with the step as
    likelihood.
    """
    n = signs.shape[-1]
    flipped = kernel[..., :n, :n] * signs.unsqueeze(-1) * signs.unsqueeze(-2)
    precision, shift = _factors(flipped, sweeps)
    root = precision.sqrt()
    inner = flipped * root.unsqueeze(-1) * root.unsqueeze(-2)
    factor = torch.linalg.cholesky(inner + torch.eye(n).to(kernel))
    across = kernel[..., n:, :n] * signs.unsqueeze(-2)
    pushed = (flipped @ shift.unsqueeze(-1)).squeeze(-1)
    solved = torch.cholesky_solve((root * pushed).unsqueeze(-1), factor).squeeze(-1)
    mean = (across @ (shift - root * solved).unsqueeze(-1)).squeeze(-1)
    half = torch.linalg.solve_triangular(factor, root.unsqueeze(-1) * across.mT, upper=False)
    own = kernel.diagonal(dim1=-2, dim2=-1)[..., n:]
    spread = (own - half.square().sum(-2)).clamp_min(torch.finfo(kernel.dtype).tiny)
    plus = torch.special.ndtr(mean / spread.sqrt())
    return SignPrediction(_log_mass(flipped, precision, shift), plus)


def _factors(flipped: Tensor, sweeps: int) -> tuple[Tensor, Tensor]:
    """Precisions and shifts of the Gaussian factors in the place of half-lines."""
    cholesky(flipped)
    variance = flipped.diagonal(dim1=-2, dim2=-1)
    precision, shift = torch.zeros_like(variance), torch.zeros_like(variance)
    for _ in range(sweeps):
        spread, mean, _ = _marginals(flipped, precision, shift)
        own, centre = _cavity(spread, mean, precision, shift)
        hazard, z = _hazard(own, centre)
        tilted = (1 - hazard * (hazard + z)).clamp_min(1e-10) / own
        middle = centre + hazard / own.sqrt()
        wanted = (1 / tilted - own).clamp_min(0)
        precision = (precision + wanted) / 2
        shift = (shift + (middle / tilted - centre * own)) / 2
    return precision, shift


def _log_mass(flipped: Tensor, precision: Tensor, shift: Tensor) -> Tensor:
    """Log of the mass of N(0, K) times the factors, each scaled to its half-line's mass."""
    spread, mean, half_log_det = _marginals(flipped, precision, shift)
    own, centre = _cavity(spread, mean, precision, shift)
    _, z = _hazard(own, centre)
    total = own + precision
    quadratic = (shift * mean).sum(-1) - (shift.square() / total).sum(-1)
    crossed = (centre * own / total * (precision * centre - 2 * shift)).sum(-1)
    return (
        torch.special.log_ndtr(z).sum(-1)
        + 0.5 * torch.log1p(precision / own).sum(-1)
        - half_log_det
        + 0.5 * (quadratic + crossed)
    )


def _marginals(kernel: Tensor, precision: Tensor, shift: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Variances and means of N(0, K) times the factors, and ½ log det(1 + S½ K S½)."""
    root = precision.sqrt()
    inner = kernel * root.unsqueeze(-1) * root.unsqueeze(-2)
    factor = torch.linalg.cholesky(inner + torch.eye(kernel.shape[-1]).to(kernel))
    half = torch.linalg.solve_triangular(factor, root.unsqueeze(-1) * kernel, upper=False)
    spread = kernel.diagonal(dim1=-2, dim2=-1) - half.square().sum(-2)
    whitened = half @ shift.unsqueeze(-1)
    mean = (kernel @ shift.unsqueeze(-1) - half.mT @ whitened).squeeze(-1)
    return spread, mean, factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _cavity(
    spread: Tensor, mean: Tensor, precision: Tensor, shift: Tensor
) -> tuple[Tensor, Tensor]:
    """Precision and mean of each marginal without its own factor."""
    own = 1 / spread - precision
    return own, (mean / spread - shift) / own


def _hazard(own: Tensor, centre: Tensor) -> tuple[Tensor, Tensor]:
    """φ(z)/Φ(z) and z, where Φ(z) is a marginal's mass on its side."""
    z = centre * own.sqrt()
    return (-0.5 * z.square() - _HALF_LOG_2PI - torch.special.log_ndtr(z)).exp(), z


def orthant_of_three(kernel: Tensor, signs: Tensor) -> Tensor:
    """P(sign f = signs) of three values f ~ N(0, K), exactly: ⅛ + Σ arcsin ρ/4π [...].

    Raises:
        ValueError: Not three values.
    """
    if kernel.shape[-1] != 3:
        raise ValueError(f"the formula is for three values, not {kernel.shape[-1]}")
    size = kernel.diagonal(dim1=-2, dim2=-1).sqrt()
    flipped = kernel * signs.unsqueeze(-1) * signs.unsqueeze(-2)
    correlation = flipped / (size.unsqueeze(-1) * size.unsqueeze(-2))
    upper = torch.stack([correlation[..., i, j] for i, j in ((0, 1), (0, 2), (1, 2))], -1)
    return 0.125 + upper.clamp(-1, 1).arcsin().sum(-1) / (4 * math.pi)
