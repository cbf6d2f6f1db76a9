"""Kernel regression and gradient descent in function space, for given kernels.

Kernels are matrices with any leading dimensions [..., n, n]; targets and outputs are [..., n].
The seeds are such a leading dimension. For k outputs that share a kernel move the outputs to the
front (y.mT is [k, n]); for a kernel that mixes outputs use `as_matrix` and flatten the targets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ..networks.tensor_checks import check_numbers
from .positive_definite import cholesky, spectrum


def kernel_regression(
    theta_train: Tensor,
    theta_test_train: Tensor,
    y: Tensor,
    f0_train: Tensor | float = 0.0,
    f0_test: Tensor | float = 0.0,
    *,
    outputs: int = 1,
    ridge: float = 0.0,
) -> Tensor:
    """f_0(x) + Θ(x, X) (Θ(X, X) + λ·1)^-1 (Y − f_0(X)): where linearised training ends at λ = 0.

    With a ridge λ it ends there if the loss ‖f(X) − Y‖²/2 is given λ‖θ − θ_0‖²/2 (in the metric of
    the learning rates, as Θ is); f_0 = 0 makes it kernel ridge regression.

    Source: Jacot et al. 2018, section 5; Lee et al. 2019, equation (11) for t → ∞.

    Args:
        theta_train: Θ(X, X) [..., n, n].
        theta_test_train: Θ(x, X) [..., m, n].
        y: Targets Y [..., n].
        f0_train: Initial outputs f_0(X) [..., n].
        f0_test: Initial outputs f_0(x) [..., m].
        outputs: k, if the kernel is `as_matrix` of one that mixes k outputs: errors then name
            inputs, not rows.
        ridge: λ, added to the diagonal as it is.

    Returns:
        Predictions [..., m].

    Raises:
        ValueError: A ridge that is negative or not finite, shapes that do not fit, no training
            inputs, numbers that are not finite, tensors that require grad, or a singular kernel
            (says which inputs coincide, or that float64 may do).
    """
    _check(theta_train, theta_test_train, y, f0_train, f0_test)
    if not 0 <= ridge < math.inf:
        raise ValueError(f"ridge must be a finite number, at least 0, not {ridge!r}")
    ridged = theta_train
    if ridge:
        ridged = theta_train.clone()
        ridged.diagonal(dim1=-2, dim2=-1).add_(ridge)
    residual = y - f0_train
    return f0_test + _apply(theta_test_train, solve(ridged, residual, outputs))


def solve(theta: Tensor, residual: Tensor, outputs: int = 1) -> Tensor:
    """Θ^-1 residual, for a positive definite Θ [..., n, n] and residuals [..., n].

    With k outputs the rows of Θ are n/k inputs with k outputs each.

    Raises:
        ValueError: Θ is not positive definite to its precision; says which inputs coincide.
    """
    return torch.cholesky_solve(residual.unsqueeze(-1), cholesky(theta, outputs)).squeeze(-1)


def gradient_descent_in_function_space(
    theta_train: Tensor,
    theta_test_train: Tensor,
    y: Tensor,
    f0_train: Tensor | float = 0.0,
    f0_test: Tensor | float = 0.0,
    *,
    rate: Tensor | float,
    steps: Sequence[int] | Tensor,
) -> Tensor:
    """Outputs of the linearised network during gradient descent, exact at any step.

    f_t(x) = f_0(x) + Θ(x, X) Θ^-1 (1 − (1 − ηΘ)^t) (Y − f_0(X)), through one eigendecomposition;
    no step is simulated. A singular kernel is no obstacle: its null modes do not move, nor do
    those that rounding cannot tell from them.
    For outputs on the training inputs themselves pass Θ(X, X) and f_0(X) a second time.

    Args:
        theta_train: Θ(X, X) [..., n, n].
        theta_test_train: Θ(x, X) [..., m, n].
        y: Targets Y [..., n].
        f0_train: Initial outputs f_0(X) [..., n].
        f0_test: Initial outputs f_0(x) [..., m].
        rate: Learning rate η, a number or one per kernel [...].
        steps: The T step counts t to report.

    Returns:
        [..., T, m].

    Raises:
        ValueError: Shapes that do not fit, no training inputs, numbers that are not finite,
            tensors that require grad, a kernel that is no covariance, or a rate that is not
            positive or above the limit of stability 2/λ_max.
    """
    _check(theta_train, theta_test_train, y, f0_train, f0_test)
    values, modes = spectrum(theta_train)
    rates = torch.as_tensor(rate, dtype=values.dtype, device=values.device)
    if not bool(((rates > 0) & torch.isfinite(rates)).all()):
        raise ValueError(f"rate must be a positive number, not {rate!r}")
    if bool((rates * values[..., -1] > 2).any()):
        limit = float((2 / values[..., -1]).min())
        raise ValueError(f"rate {rate!r} is above the limit of stability 2/λ_max = {limit:.6g}")
    times = torch.as_tensor(steps, dtype=values.dtype, device=values.device)
    learned = _learned(values, rates, times)
    residual = _apply(modes.mT, y - f0_train)
    coefficients = (learned * residual.unsqueeze(-2)) @ modes.mT
    change = coefficients @ theta_test_train.mT
    if isinstance(f0_test, Tensor):
        f0_test = f0_test.unsqueeze(-2)
    return f0_test + change


def _learned(values: Tensor, rates: Tensor, times: Tensor) -> Tensor:
    """(1 − (1 − ηλ)^t)/λ [..., T, n], without cancellation for small λ; ηt at λ = 0."""
    values, steps = values.unsqueeze(-2), times.unsqueeze(-1)
    shrink = rates[..., None, None] * values
    slow = -torch.expm1(steps * torch.log1p(-shrink.clamp(max=0.5)))
    fast = 1 - (1 - shrink) ** steps
    share = torch.where(shrink < 0.5, slow, fast)
    limit = rates[..., None, None] * steps
    return torch.where(values > 0, share / values.clamp(min=torch.finfo(values.dtype).tiny), limit)


def _apply(matrix: Tensor, vector: Tensor) -> Tensor:
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def _check(
    theta_train: Tensor,
    theta_test_train: Tensor,
    y: Tensor,
    f0_train: Tensor | float,
    f0_test: Tensor | float,
) -> None:
    n = theta_train.shape[-1]
    if theta_train.ndim < 2 or theta_train.shape[-2] != n:
        raise ValueError(f"theta_train must be [..., n, n], not {list(theta_train.shape)}")
    if theta_test_train.ndim < 2 or theta_test_train.shape[-1] != n:
        raise ValueError(
            f"theta_test_train must be [..., m, {n}], not {list(theta_test_train.shape)}"
        )
    if y.shape[-1] != n:
        raise ValueError(f"y must be [..., {n}], not {list(y.shape)}")
    if not n:
        raise ValueError("theta_train is on no inputs: there is nothing to learn from")
    named = {"theta_test_train": theta_test_train, "y": y, "f0_train": f0_train, "f0_test": f0_test}
    for name, tensor in named.items():
        check_numbers(name, torch.as_tensor(tensor))
