"""Products of many matrices at once, arranged so that the libraries multiply them fast."""

from __future__ import annotations

import torch
from torch import Tensor

# MKL takes up to ten times as long for a batch of products with fewer columns than this as for
# their transposes.
NARROW = 16


def multiply(left: Tensor, right: Tensor, scale: float, out: Tensor | None = None) -> Tensor:
    """scale·left·right of matrices [S, n, m] and [S, m, p], written into `out` if given."""
    if left.shape[2] == 1:
        return torch.mul(left * scale, right, out=out)
    if right.shape[2] < NARROW:
        # A copy, because a row taken from a column keeps the column's strides.
        rows = right.mT.clone(memory_format=torch.contiguous_format)
        product = torch.bmm(rows, left.mT).mul_(scale).mT
        return product if out is None else out.copy_(product)
    if out is None:
        out = left.new_empty(len(left), left.shape[1], right.shape[2])
    return out.baddbmm_(left, right, beta=0, alpha=scale)


def add_product_(target: Tensor, left: Tensor, right: Tensor, scale: float) -> None:
    """Add scale·leftᵀ·right, of matrices [S, n, m] and [S, n, p], to the target [S, m, p]."""
    if right.shape[2] < NARROW:
        target.add_(torch.bmm(right.mT, left).mT, alpha=scale)
    else:
        target.baddbmm_(left.mT, right, alpha=scale)
