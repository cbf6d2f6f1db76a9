"""How complex the function is that a string of bits lists: three measures of the literature."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def words(text: str) -> int:
    """The words of the exhaustive history of a string: Lempel and Ziv's complexity of 1976.

    Reading on from where the last word ended, a word is the shortest that cannot be copied from
    what lies before its own last letter.

    Source: Lempel & Ziv 1976, section II; their example 0·001·10·100·1000·101 has 6.

    Raises:
        ValueError: An empty string.
    """
    if not text:
        raise ValueError("text is empty: it has no history")
    count, start, length = 0, 0, 1
    while start + length <= len(text):
        if text[start : start + length] in text[: start + length - 1]:
            length += 1
        else:
            count, start, length = count + 1, start + length, 1
    return count + (start < len(text))


def lempel_ziv(text: str) -> float:
    """Bits that it takes to name the words of a string, from the left or from the right.

    log₂ n times the mean number of words of the string and its reverse; log₂ n for a constant.

    Source: Dingle, Camargo & Louis 2018, equation (4) (the measure of the literature on bias
    towards simple outputs).

    Raises:
        ValueError: A string of fewer than two letters.
    """
    if len(text) < 2:
        raise ValueError(f"text must have at least 2 letters, not {text!r}")
    if len(set(text)) == 1:
        return math.log2(len(text))
    return math.log2(len(text)) * (words(text) + words(text[::-1])) / 2


def lempel_ziv_of(bits: Tensor) -> Tensor:
    """`lempel_ziv` of rows of 0 and 1 [F, n], float64 [F]."""
    texts = ["".join("01"[bit] for bit in row) for row in bits.long().tolist()]
    return torch.tensor([lempel_ziv(text) for text in texts], dtype=torch.float64)


def entropy_of(bits: Tensor) -> Tensor:
    """Entropy of the share of ones of rows of 0 and 1, in bits per point, float64 [F]."""
    share = bits.double().mean(-1)
    return (torch.special.entr(share) + torch.special.entr(1 - share)) / math.log(2)


def sensitivity_of(bits: Tensor) -> Tensor:
    """The share of the cube's edges along which functions [F, 2^d] change, float64 [F].

    Points in the order of `boolean_cube`. The first term of the generalisation complexity of
    Franco & Anthony 2006.

    Raises:
        ValueError: Rows whose length is no power of 2.
    """
    dim = bits.shape[-1].bit_length() - 1
    if dim < 1 or bits.shape[-1] != 2**dim:
        raise ValueError(f"functions must list 2^d points, d at least 1, not {bits.shape[-1]}")
    table = bits.reshape(-1, *[2] * dim)
    changes = [
        (table.select(k + 1, 0) != table.select(k + 1, 1)).flatten(1).double().mean(1)
        for k in range(dim)
    ]
    return torch.stack(changes).mean(0)
