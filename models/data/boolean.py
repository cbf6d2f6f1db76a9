"""Functions on the Boolean cube as whole numbers: one bit per point."""

from __future__ import annotations

import torch
from torch import Tensor

_MOST = 62  # points that an int64 has bits for, its sign left alone


def bit_codes(bits: Tensor) -> Tensor:
    """Rows of 0 and 1 [..., n] as whole numbers [...], the first point the highest bit.

    Two functions are the same exactly if their codes are: counting functions is counting numbers.

    Raises:
        ValueError: More than 62 points, or none.
    """
    n = bits.shape[-1] if bits.ndim else 0
    if not 1 <= n <= _MOST:
        raise ValueError(f"a code has 1 … {_MOST} points, not {n}")
    powers = 2 ** torch.arange(n - 1, -1, -1, device=bits.device)
    return (bits.long() * powers).sum(-1)


def bits_of(codes: Tensor, points: int) -> Tensor:
    """The inverse of `bit_codes`: whole numbers [...] as rows of 0 and 1 [..., points].

    Raises:
        ValueError: More than 62 points, or none.
    """
    if not 1 <= points <= _MOST:
        raise ValueError(f"a code has 1 … {_MOST} points, not {points}")
    shifts = torch.arange(points - 1, -1, -1, device=codes.device)
    return codes.unsqueeze(-1) >> shifts & 1
