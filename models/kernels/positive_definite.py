"""Cholesky factors of kernels, and what to say where there is none."""

from __future__ import annotations

import torch
from torch import Tensor


def cholesky(kernel: Tensor) -> Tensor:
    """The lower Cholesky factor of a kernel [..., n, n].

    Raises:
        ValueError: A matrix that is not square or not finite, or not positive definite to its
            precision; says which inputs coincide.
    """
    if kernel.ndim < 2 or kernel.shape[-1] != kernel.shape[-2]:
        raise ValueError(f"a kernel must be [..., n, n], not {list(kernel.shape)}")
    if not bool(torch.isfinite(kernel).all()):
        raise ValueError("the kernel contains numbers that are not finite")
    factor, failures = torch.linalg.cholesky_ex(kernel)
    singular = (failures > 0) | ~pivots_resolved(factor, kernel)
    if bool(singular.any()):
        raise ValueError(_why_singular(kernel[singular][0]))
    return factor


def pivots_resolved(factor: Tensor, kernel: Tensor) -> Tensor:
    """Whether a kernel [..., n, n] is positive definite beyond rounding, by its factor: [...]."""
    # What remains of K(x_i, x_i) once the inputs before x_i are known.
    remaining = factor.diagonal(dim1=-2, dim2=-1).square()
    whole = kernel.diagonal(dim1=-2, dim2=-1)
    return (remaining > kernel.shape[-1] * torch.finfo(kernel.dtype).eps * whole).all(-1)


def _why_singular(kernel: Tensor) -> str:
    """Name the inputs whose rows of the kernel [n, n] coincide, or else its rank."""
    n = len(kernel)
    size = kernel.diagonal()
    distance = size[:, None] + size[None, :] - 2 * kernel
    tolerance = 8 * n * torch.finfo(kernel.dtype).eps * torch.maximum(size[:, None], size[None, :])
    smallest = float(torch.linalg.eigvalsh(kernel)[0])
    if smallest < -float(tolerance.max()):
        return f"the kernel has the eigenvalue {smallest:.3g}: it is not a covariance"
    pairs = [tuple(pair) for pair in (distance <= tolerance).triu(1).nonzero().tolist()]
    if pairs:
        named = ", ".join(f"{i} and {j}" for i, j in pairs[:5])
        more = f" (and {len(pairs) - 5} more pairs)" if len(pairs) > 5 else ""
        return f"the kernel is singular: inputs {named} coincide{more}"
    rank = int(torch.linalg.matrix_rank(kernel, hermitian=True))
    return f"the kernel is singular: rank {rank} on {n} inputs, of which no two coincide"
