"""Training in function space, exact at any time: single networks and whole ensembles.

Under a constant tangent kernel Θ training moves each eigenmode of Θ(X, X) on its own, so that
f_t = f_0 + Θ(·, X) g_t(Θ(X, X)) (Y − f_0(X)). The training method enters only by its spectral
filter g_t(λ); one eigendecomposition serves all times. Modes whose eigenvalue rounding hides
(`positive_definite.spectrum`) stand still: no time amplifies them.

Kernels are on the training inputs followed by the test inputs, with any leading dimensions, and
so are the outputs; how many inputs are for training, the targets say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ..networks.tensor_checks import check_numbers
from .gaussian_process import Gaussian
from .infinite_width import InfiniteWidthKernels
from .positive_definite import spectrum, square_root

SpectralFilter = Callable[[Tensor], Tensor]
"""From eigenvalues λ [..., n] of Θ(X, X) to g_t(λ) at T times, [..., T, n]."""


def gradient_flow(times: Sequence[float] | Tensor) -> SpectralFilter:
    """(1 − exp(−λt))/λ: gradient flow on ½Σ(f−y)² for the times t.

    Raises:
        ValueError: A time that is negative or not finite.
    """
    t = torch.as_tensor(times, dtype=torch.float64)
    if t.ndim != 1 or not bool((torch.isfinite(t) & (t >= 0)).all()):
        raise ValueError(f"times must be finite numbers, at least 0, not {times!r}")

    def learned(values: Tensor) -> Tensor:
        return _per_eigenvalue(values, t, lambda rate, time: -torch.expm1(-rate * time))

    return learned


def gradient_descent(rate: float, steps: Sequence[int] | Tensor) -> SpectralFilter:
    """(1 − (1 − ηλ)^t)/λ: full-batch gradient descent of rate η on ½Σ(f−y)² after t steps.

    Raises:
        ValueError: A rate that is not positive, a negative step count; when applied, a rate
            above the limit of stability 2/λ_max.
    """
    counts = torch.as_tensor(steps, dtype=torch.float64)
    if counts.ndim != 1 or not bool(((counts >= 0) & (counts == counts.floor())).all()):
        raise ValueError(f"steps must be whole numbers, at least 0, not {steps!r}")
    if not 0 < rate < float("inf"):
        raise ValueError(f"rate must be a positive number, not {rate!r}")

    def shrunk(shrink: Tensor, count: Tensor) -> Tensor:
        # log1p where 1 − ηλ is positive keeps the digits of slow modes.
        slow = -torch.expm1(count * torch.log1p(-shrink.clamp(max=0.5)))
        return torch.where(shrink < 0.5, slow, 1 - (1 - shrink) ** count)

    def learned(values: Tensor) -> Tensor:
        largest = float(values.max())
        if rate * largest > 2:
            raise ValueError(
                f"rate {rate:g} is above the limit of stability 2/λ_max = {2 / largest:.6g}"
            )
        return _per_eigenvalue(rate * values, counts, shrunk) * rate

    return learned


def ridge(noise: float) -> SpectralFilter:
    """1/(λ + s): kernel ridge regression; one "time".

    With s = 0 it is where training ends.

    Raises:
        ValueError: A negative s; when applied, a kernel that s leaves singular.
    """
    if not 0 <= noise < float("inf"):
        raise ValueError(f"noise must be a finite variance, at least 0, not {noise!r}")

    def learned(values: Tensor) -> Tensor:
        floor = values.shape[-1] * torch.finfo(values.dtype).eps * values.amax(-1)
        smallest = values.amin(-1) + noise
        if not bool((smallest > floor).all()):
            raise ValueError(
                f"the kernel is singular: its smallest eigenvalue is {float(smallest.min()):.3g} "
                f"to the precision of {values.dtype}, so training never ends; ask for a finite "
                "time, or a noise above 0, or take float64"
            )
        return 1 / (values + noise).unsqueeze(-2)

    return learned


def trained_outputs(theta: Tensor, y: Tensor, f0: Tensor, learned: SpectralFilter) -> Tensor:
    """Outputs of linearised networks in training, [..., T, n + m].

    Source: Lee et al. 2019, equations (10) and (11).

    Args:
        theta: Θ [..., n + m, n + m] or its first columns [..., n + m, n].
        y: Targets [..., n] on the first n inputs.
        f0: Outputs at initialisation [..., n + m].
        learned: The training method and the times.

    Raises:
        ValueError: Shapes that do not fit, numbers that are not finite, tensors that require
            grad, a Θ that is no covariance; whatever the filter refuses.
    """
    n = _check(theta, y)
    check_numbers("f0", f0)
    if f0.shape[-1] != theta.shape[-2]:
        raise ValueError(f"f0 must be [..., {theta.shape[-2]}], not {list(f0.shape)}")
    values, modes = spectrum(theta[..., :n, :n])
    residual = (y - f0[..., :n]).unsqueeze(-2) @ modes
    moved = (learned(values) * residual) @ modes.mT
    return f0.unsqueeze(-2) + moved @ theta[..., :n].mT


def trained_ensemble(kernels: InfiniteWidthKernels, y: Tensor, learned: SpectralFilter) -> Gaussian:
    """The law of the outputs of infinitely wide networks in training, over initialisations.

    With A = Θ(·, X) g_t(Θ(X, X)) the mean is AY and the covariance
    K + A K(X, X) Aᵀ − A K(X, ·) − K(·, X) Aᵀ. It is no posterior: training the whole network
    and conditioning its prior differ.

    Source: Lee et al. 2019, equations (14) to (16).

    Args:
        kernels: K and Θ [..., n + m, n + m].
        y: Targets [..., n] on the first n inputs.
        learned: The training method and the times.

    Returns:
        Mean [..., T, n + m] and covariance [..., T, n + m, n + m].

    Raises:
        ValueError: Shapes that do not fit, numbers that are not finite, tensors that require
            grad, a K or a Θ that is no covariance; whatever the filter refuses.
    """
    nngp, theta = kernels
    n = _check(theta, y)
    if nngp.shape[-2:] != (theta.shape[-2],) * 2:
        size = theta.shape[-2]
        raise ValueError(f"the NNGP kernel must be [..., {size}, {size}], not {list(nngp.shape)}")
    values, modes = spectrum(theta[..., :n, :n])
    mixed = (theta[..., :n] @ modes).unsqueeze(-3) * learned(values).unsqueeze(-2)
    influence = mixed @ modes.mT.unsqueeze(-3)
    mean = (influence @ y[..., None, :, None]).squeeze(-1)
    # As a square, so that no variance comes out negative: of f_0, what training leaves of it.
    start = square_root(nngp).unsqueeze(-3)
    left = start - influence @ start[..., :n, :]
    return Gaussian(mean, left @ left.mT)


def _per_eigenvalue(
    rates: Tensor, times: Tensor, share: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """share(rate, t)/rate [..., T, n]; its limit t where the rate is 0."""
    rates, times = rates.unsqueeze(-2), times.to(rates)[:, None]
    positive = rates.clamp(min=torch.finfo(rates.dtype).tiny)
    return torch.where(rates > 0, share(positive, times) / positive, times)


def _check(theta: Tensor, y: Tensor) -> int:
    n = y.shape[-1] if y.ndim else 0
    if theta.ndim < 2 or min(theta.shape[-2:]) < n or n == 0:
        raise ValueError(
            f"theta {list(theta.shape)} must be [..., n + m, n + m] for targets [..., n], "
            f"which are {list(y.shape)}"
        )
    check_numbers("theta", theta)
    check_numbers("y", y)
    return n
