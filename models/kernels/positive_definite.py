"""Whether a kernel is positive definite, and what to say where it is not: one rule for all.

The entries of a kernel are rounded, each by a few units in the last place, and so its eigenvalues
are known to about n·eps·λ_max. Those within that are as good as 0: they may be of either sign, and
nothing is divided by them or multiplied by a time. Below −8n·eps·λ_max there is more than rounding:
the matrix is no covariance, or was computed with less care than its dtype promises, and is refused.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..networks.tensor_checks import check_numbers

_INDEFINITE = 8  # how many times beyond rounding an eigenvalue cannot be that of a covariance

_SAME = 32  # units in the last place between entries of a kernel that would be the same unrounded


class Spectrum(NamedTuple):
    """The eigenvalues of a kernel [..., n, n], those that rounding hides set to 0.

    Attributes:
        values: λ, increasing, at least 0 [..., n].
        modes: Eigenvectors, the columns of [..., n, n]; columns of zeros where λ = 0, so that
            null modes stand still whatever is made of their λ.
    """

    values: Tensor
    modes: Tensor


def rounding(kernel: Tensor, largest: Tensor) -> Tensor:
    """How well an eigenvalue of a kernel [..., n, n] is known: n·eps·λ_max [...]."""
    return kernel.shape[-1] * torch.finfo(kernel.dtype).eps * largest


def spectrum(kernel: Tensor) -> Spectrum:
    """The eigenvalues and eigenvectors of a kernel [..., n, n], rounding taken off.

    Raises:
        ValueError: A matrix that is not square, is empty, not finite or requires grad, or has an
            eigenvalue that is negative beyond rounding.
    """
    values, modes = _eigen(kernel)
    null = values <= rounding(kernel, values.abs().amax(-1)).unsqueeze(-1)
    return Spectrum(values.masked_fill(null, 0), modes.masked_fill(null.unsqueeze(-2), 0))


def square_root(kernel: Tensor) -> Tensor:
    """R [..., n, n] with R Rᵀ the kernel, singular or not, but for what rounding made negative.

    Raises:
        ValueError: As `spectrum`.
    """
    values, modes = _eigen(kernel)
    return modes * values.clamp(min=0).sqrt().unsqueeze(-2)


def _eigen(kernel: Tensor) -> tuple[Tensor, Tensor]:
    check_kernel(kernel)
    values, modes = torch.linalg.eigh(kernel)
    floor = rounding(kernel, values.abs().amax(-1))
    indefinite = values[..., 0] < -_INDEFINITE * floor
    if bool(indefinite.any()):
        raise ValueError(_why_indefinite(kernel[indefinite][0], float(values[indefinite][0, 0])))
    return values, modes


def cholesky(kernel: Tensor, outputs: int = 1) -> Tensor:
    """The lower Cholesky factor of a kernel [..., n, n].

    Args:
        kernel: Positive definite matrices.
        outputs: k, if the rows are n/k inputs with k outputs each: for the names in errors.

    Raises:
        ValueError: A matrix that is not square, is empty, not finite or requires grad, or not
            positive definite to its precision; says which inputs coincide.
    """
    check_kernel(kernel)
    factor, failures = torch.linalg.cholesky_ex(kernel)
    singular = (failures > 0) | ~pivots_resolved(factor, kernel)
    if bool(singular.any()):
        raise ValueError(_why_singular(kernel[singular][0], outputs))
    return factor


def check_kernel(kernel: Tensor, name: str = "the kernel") -> None:
    """Refuse what is no kernel [..., n, n] of at least one input with itself.

    Raises:
        ValueError: A matrix that is not square, is empty, not finite, or requires grad.
    """
    if kernel.ndim < 2 or kernel.shape[-1] != kernel.shape[-2]:
        raise ValueError(f"a kernel must be [..., n, n], not {list(kernel.shape)}")
    if not kernel.shape[-1]:
        raise ValueError(f"{name} is on no inputs: there is nothing to learn from")
    check_numbers(name, kernel)


def pivots_resolved(factor: Tensor, kernel: Tensor) -> Tensor:
    """Whether a kernel [..., n, n] is positive definite beyond rounding, by its factor: [...]."""
    # What remains of K(x_i, x_i) once the inputs before x_i are known.
    remaining = factor.diagonal(dim1=-2, dim2=-1).square()
    whole = kernel.diagonal(dim1=-2, dim2=-1)
    return (remaining > rounding(kernel, whole)).all(-1)


def bounded_covariance(covariance: Tensor, prior: Tensor) -> Tensor:
    """What is left of a prior covariance [..., m, m]: variances at least 0, and what they bound.

    Raises:
        ValueError: A variance that is negative beyond rounding.
    """
    if not covariance.shape[-1]:
        return covariance
    variance = covariance.diagonal(dim1=-2, dim2=-1)
    whole = prior.diagonal(dim1=-2, dim2=-1)
    floor = rounding(covariance, whole.amax(-1, keepdim=True))
    if bool((variance < -_INDEFINITE * floor).any()):
        raise ValueError(
            f"the kernel leaves a variance of {float(variance.min()):.3g} of "
            f"{float(whole.max()):.3g}: it is not a covariance{_advice(covariance.dtype)}"
        )
    deviation = variance.clamp(min=0).sqrt()
    bound = deviation.unsqueeze(-1) * deviation.unsqueeze(-2)
    bounded = torch.minimum(torch.maximum(covariance, -bound), bound)
    bounded.diagonal(dim1=-2, dim2=-1).copy_(variance.clamp(min=0))
    return bounded


def _why_singular(kernel: Tensor, outputs: int) -> str:
    """Name the inputs whose rows of the kernel [n, n] coincide, or else its rank."""
    n = len(kernel)
    values = torch.linalg.eigvalsh(kernel)
    smallest, floor = float(values[0]), float(rounding(kernel, values.abs().amax()))
    if smallest < -_INDEFINITE * floor:
        return _why_indefinite(kernel, smallest)
    pairs = _coinciding(kernel, outputs)
    if pairs:
        named = ", ".join(f"{i} and {j}" for i, j in pairs[:5])
        more = f" (and {len(pairs) - 5} more pairs)" if len(pairs) > 5 else ""
        return f"the kernel is singular: inputs {named} coincide{more}"
    rank = int((values > floor).sum())
    what = f"{n} inputs" if outputs == 1 else f"{n // outputs} inputs with {outputs} outputs"
    return (
        f"the kernel is singular: rank {rank} on {what}, of which no two coincide; its smallest "
        f"eigenvalue {smallest:.3g} is within rounding, ±{floor:.2g} of {float(values[-1]):.3g}"
        f"{_advice(kernel.dtype)}"
    )


def _coinciding(kernel: Tensor, outputs: int) -> list[tuple[int, int]]:
    """The inputs whose rows of the kernel are the same, for every output, pair by pair.

    Rows, not distances K_ii + K_jj − 2K_ij: these are squares, and would take inputs at a
    distance of √eps for the same.
    """
    size = kernel.diagonal().clamp(min=0).sqrt()
    rows = torch.where(size > 0, kernel / size, 0)
    apart = torch.cdist(rows[None], rows[None], p=torch.inf)[0]
    tolerance = _SAME * torch.finfo(kernel.dtype).eps * torch.maximum(size[:, None], size)
    same = (apart <= tolerance).unflatten(1, (-1, outputs)).unflatten(0, (-1, outputs))
    alike = same.diagonal(dim1=1, dim2=3).all(-1)
    return [(int(i), int(j)) for i, j in alike.triu(1).nonzero().tolist()]


def _why_indefinite(kernel: Tensor, smallest: float) -> str:
    floor = float(rounding(kernel, torch.linalg.eigvalsh(kernel).abs().amax()))
    return (
        f"the kernel has the eigenvalue {smallest:.3g}: it is not a covariance, for rounding is "
        f"within ±{_INDEFINITE * floor:.2g}{_advice(kernel.dtype)}"
    )


def _advice(dtype: torch.dtype) -> str:
    return "" if dtype == torch.float64 else "; in float64 more of it can be told from 0"
