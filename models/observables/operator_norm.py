"""The operator norm of many large matrices at once, by products with vectors alone."""

from __future__ import annotations

import torch
from torch import Tensor

from ..networks.randomness import normal_

# Up to here a decomposition is as quick; from here on it costs N³ and Lanczos some N^(7/3).
_SMALL = 64
# Bidiagonal steps between two looks at whether all matrices have converged.
_BETWEEN_LOOKS = 16
# What the numbers of the starting vector are drawn from: the same for every matrix.
_START = (0,)


def operator_norm(matrices: Tensor) -> Tensor:
    """The largest singular value of matrices [S, m, n], to some units of rounding [S].

    Golub–Kahan–Lanczos bidiagonalisation with full reorthogonalisation (Golub & Van Loan, Matrix
    Computations, section 10.4) from a random vector, until the residual of every matrix's largest
    singular pair is within rounding: 5·N^(1/3) steps for a random N×N matrix, whose singular
    values lie N^(-2/3) apart at the edge, a few for a matrix of low rank.
    """
    tall = matrices if matrices.shape[1] >= matrices.shape[2] else matrices.mT
    s, m, n = tall.shape
    if n <= _SMALL:
        return torch.linalg.eigvalsh(torch.bmm(tall.mT, tall))[:, -1].clamp(min=0).sqrt()
    start = tall.new_empty(1, 1, n)
    normal_((start,), _START)
    v = _unit(start)[0].expand(s, 1, n)
    left, right = tall.new_empty(s, 0, m), v
    diagonal: list[Tensor] = []
    above: list[Tensor] = []
    while True:
        u, length = _unit(_beyond(v @ tall.mT, left))
        left = torch.cat((left, u), 1)
        diagonal.append(length)
        v, length = _unit(_beyond(u @ tall, right))
        if len(diagonal) % _BETWEEN_LOOKS == 0 or len(diagonal) == n:
            largest, residual = _largest(diagonal, above, length)
            rounding = 8 * torch.finfo(tall.dtype).eps * largest
            if len(diagonal) == n or bool((residual <= rounding).all()):
                return largest
        right = torch.cat((right, v), 1)
        above.append(length)


def _largest(
    diagonal: list[Tensor], above: list[Tensor], next_above: Tensor
) -> tuple[Tensor, Tensor]:
    """The largest singular value of a bidiagonal matrix, and how far A is from having it [S]."""
    bidiagonal = torch.diag_embed(torch.stack(diagonal, 1))
    bidiagonal += torch.diag_embed(torch.stack(above, 1), offset=1)
    rotations, values, _ = torch.linalg.svd(bidiagonal)
    return values[:, 0], next_above * rotations[:, -1, 0].abs()


def _beyond(vector: Tensor, basis: Tensor) -> Tensor:
    """A vector [S, 1, n] less its part in the span of a basis [S, k, n]; twice, for rounding."""
    for _ in range(2):
        vector = vector - (vector @ basis.mT) @ basis
    return vector


def _unit(vector: Tensor) -> tuple[Tensor, Tensor]:
    """A vector [S, 1, n] at length one, or zero if it is zero, and its length [S]."""
    length = vector.norm(dim=2, keepdim=True)
    return vector / length.clamp(min=torch.finfo(vector.dtype).tiny), length[:, 0, 0]
