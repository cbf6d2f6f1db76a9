"""Gaussian process regression with a given kernel, such as the NNGP kernel of a wide network.

The kernel is one matrix on the training inputs followed by the test inputs, with any leading
dimensions; how many inputs are for training, the targets say.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ..networks.tensor_checks import check_no_graph
from .positive_definite import bounded_covariance, check_kernel, cholesky


class Gaussian(NamedTuple):
    """The normal law of the outputs on m inputs.

    Attributes:
        mean: [..., m].
        covariance: [..., m, m].
    """

    mean: Tensor
    covariance: Tensor


def posterior(kernel: Tensor, y: Tensor, noise: float = 0.0) -> Gaussian:
    """The law of the outputs on the test inputs, given targets on the training inputs.

    Mean K(x, X) A Y and covariance K(x, x′) − K(x, X) A K(X, x′) with A = (K(X, X) + s·1)^-1.

    Source: Rasmussen & Williams 2006, equations (2.23) and (2.24).

    Args:
        kernel: K [..., n + m, n + m] on n training inputs followed by m test inputs.
        y: Targets Y [..., n].
        noise: Variance s of the noise on the targets.

    Raises:
        ValueError: Shapes that do not fit, no training inputs, numbers that are not finite,
            tensors that require grad, a negative noise, a K that is no covariance, or a singular
            K(X, X) + s·1 (says which inputs coincide, or that float64 may do).
    """
    n = _training_inputs(kernel, y)
    factor = cholesky(_noisy(kernel[..., :n, :n], noise))
    half = torch.linalg.solve_triangular(factor, kernel[..., :n, n:], upper=False)
    whitened = torch.linalg.solve_triangular(factor, y.unsqueeze(-1), upper=False)
    mean = (half.mT @ whitened).squeeze(-1)
    prior = kernel[..., n:, n:]
    return Gaussian(mean, bounded_covariance(prior - half.mT @ half, prior))


def log_marginal_likelihood(kernel: Tensor, y: Tensor, noise: float = 0.0) -> Tensor:
    """Log N(Y; 0, K + s·1) [...], in nats: how likely the prior makes the targets.

    Source: Rasmussen & Williams 2006, equation (2.30).

    Args:
        kernel: K [..., n, n] on the training inputs.
        y: Targets Y [..., n].
        noise: Variance s of the noise on the targets.

    Raises:
        ValueError: Shapes that do not fit, a negative noise, or a singular K + s·1 (says which
            inputs coincide).
    """
    n = _training_inputs(kernel, y)
    if n != kernel.shape[-1]:
        raise ValueError(f"y must be [..., {kernel.shape[-1]}], not {list(y.shape)}")
    factor = cholesky(_noisy(kernel, noise))
    whitened = torch.linalg.solve_triangular(factor, y.unsqueeze(-1), upper=False).squeeze(-1)
    log_volume = factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return -0.5 * whitened.square().sum(-1) - log_volume - n / 2 * math.log(2 * math.pi)


def _training_inputs(kernel: Tensor, y: Tensor) -> int:
    if y.ndim < 1 or kernel.ndim < 2 or y.shape[-1] > kernel.shape[-1]:
        raise ValueError(
            f"y {list(y.shape)} has more targets than the kernel {list(kernel.shape)} has inputs"
        )
    if not bool(torch.isfinite(y).all()):
        raise ValueError("y contains numbers that are not finite")
    if not y.shape[-1]:
        raise ValueError("y is empty: there is nothing to learn from")
    check_no_graph("y", y)
    check_kernel(kernel)
    return y.shape[-1]


def _noisy(kernel: Tensor, noise: float) -> Tensor:
    if not (math.isfinite(noise) and noise >= 0):
        raise ValueError(f"noise must be a finite variance, at least 0, not {noise!r}")
    return kernel + noise * torch.eye(kernel.shape[-1], dtype=kernel.dtype, device=kernel.device)
