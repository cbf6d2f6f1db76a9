"""The posterior over functions of a wide network that has to get given signs right.

P_B(f|S) of the literature on random sampling: of networks drawn from the prior, those whose
outputs on the training inputs have the right signs, and the signs that they have elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from scipy.optimize import root_scalar
from torch import Tensor

from ..kernels.positive_definite import cholesky
from .orthants import log_orthant_by_propagation, orthant_draws

_SWEEPS = 8  # after which propagation on smooth kernels changes by less than 1e-3
_FLATTEST, _STEEPEST = 1 / 8, 8.0


class SignPosterior(NamedTuple):
    """Signs of f ~ N(0, K) on m further inputs, given its signs on n.

    Attributes:
        kernel: K of the n inputs, then of the m [n + m, n + m].
        labels: The signs given [n].
        mean: Means of f on the further inputs, given its values on the others, draw by draw
            [draws, m].
        covariance: Their covariance, the same for all draws [m, m].
        log_weights: What the draws count, normalised [draws].
        log_evidence: log P(S), by expectation propagation [].
    """

    kernel: Tensor
    labels: Tensor
    mean: Tensor
    covariance: Tensor
    log_weights: Tensor
    log_evidence: Tensor

    def log_probability(self, signs: Tensor) -> Tensor:
        """Log P_B(f|S) of functions f by their signs ±1 [F, m], by expectation propagation [F]."""
        distinct, which = signs.to(self.kernel).unique(dim=0, return_inverse=True)
        count = len(distinct)
        both = torch.cat((self.labels.expand(count, -1), distinct), 1)
        kernel = self.kernel.expand(count, -1, -1)
        return (log_orthant_by_propagation(kernel, both, _SWEEPS) - self.log_evidence)[which]

    def log_bits(self) -> Tensor:
        """Log P_B of the sign − and of + at each further input alone [2, m]."""
        size = self.covariance.diagonal().sqrt()
        sides = torch.stack((-self.mean / size, self.mean / size))
        return torch.logsumexp(self.log_weights[:, None] + torch.special.log_ndtr(sides), 1)

    def sample(self, count: int, generator: torch.Generator) -> Tensor:
        """Functions drawn from P_B [count, m]."""
        chosen = torch.multinomial(self.log_weights.exp(), count, True, generator=generator)
        normal = torch.randn(count, self.mean.shape[1], generator=generator, dtype=self.mean.dtype)
        return signs_of(self.mean[chosen] + normal @ cholesky(self.covariance).mT)


def sign_posterior(
    kernel: Tensor, labels: Tensor, draws: int = 1024, seed: int = 0
) -> SignPosterior:
    """P_B over the signs on the last m of n + m inputs, given those on the first n.

    Args:
        kernel: K [n + m, n + m], float64, on the host.
        labels: ±1 [n].
        draws: Of the values on the n inputs, for marginals and samples.
        seed: Of their quasi-random points.

    Raises:
        ValueError: A singular K, or fewer than one draw.

    Source: Mingard et al. 2021 (likelihood 1 where all training signs are right, 0 elsewhere;
    expectation propagation); Rasmussen & Williams 2006, section 3.6.
    """
    n = len(labels)
    inner = kernel[:n, :n]
    drawn = orthant_draws(inner, labels, draws, seed)
    weights = torch.cholesky_solve(kernel[:n, n:], cholesky(inner))
    return SignPosterior(
        kernel,
        labels,
        drawn.values @ weights,
        kernel[n:, n:] - kernel[n:, :n] @ weights,
        drawn.log_weights.log_softmax(0),
        log_orthant_by_propagation(inner, labels, _SWEEPS),
    )


def signs_of(values: Tensor) -> Tensor:
    """±1, and +1 for 0."""
    return 1 - 2 * (values < 0).to(values)


def inverse_temperature(seen: Tensor, drawn: Tensor) -> float:
    """β for which the law ∝ P^β has the mean log P that is seen: its maximum likelihood.

    Args:
        seen: log P of what a sampler found [M].
        drawn: log P of draws from P itself [B].

    Returns:
        Between ⅛, where nearly all that P allows is alike, and 8, where next to nothing but the
        likeliest is found.
    """
    wanted = float(seen.mean())

    def excess(beta: float) -> float:
        return float(((beta - 1) * drawn).softmax(0) @ drawn) - wanted

    if excess(_FLATTEST) >= 0:
        return _FLATTEST
    if excess(_STEEPEST) <= 0:
        return _STEEPEST
    return root_scalar(excess, bracket=(_FLATTEST, _STEEPEST), xtol=1e-4).root
