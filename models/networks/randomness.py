"""Normal numbers that belong to a seed, whatever batch the seed is drawn in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

_SPLIT = 8  # other random numbers than any that a network draws from the seed it was split from


def check_seeds(seeds: Sequence[int]) -> tuple[int, ...]:
    """The seeds as a tuple of Python ints.

    Raises:
        ValueError: No seed, a seed twice, or a seed outside 0 … 2^63 − 1.
    """
    checked = tuple(int(seed) for seed in seeds)
    if not checked:
        raise ValueError("seeds is empty: give one integer per network")
    for seed in checked:
        if not 0 <= seed < 2**63:
            raise ValueError(f"seed {seed} is outside 0 … 2^63 - 1")
    if len(set(checked)) < len(checked):
        twice = next(seed for seed in checked if checked.count(seed) > 1)
        raise ValueError(f"seed {twice} is given twice: its networks would not be independent")
    return checked


def split_seeds(seeds: Sequence[int], parts: int) -> tuple[int, ...]:
    """Several seeds from each: for averages over many networks per replicate.

    Args:
        seeds: Any number.
        parts: How many from each.

    Returns:
        Those of the first seed, then those of the second, and so on.

    Raises:
        ValueError: Fewer than one part; seeds as `check_seeds`.
    """
    if parts < 1:
        raise ValueError(f"parts must be at least 1, not {parts!r}")
    words = [
        np.random.SeedSequence((_SPLIT, seed)).generate_state(parts, np.uint64) >> np.uint64(1)
        for seed in check_seeds(seeds)
    ]
    return tuple(int(word) for word in np.concatenate(words))


def normal_(tensors: Sequence[Tensor], seeds: Sequence[int], purpose: int = 0) -> None:
    """Fill tensors [S, …] in place with independent N(0, 1) numbers, row s from seed s.

    Every tensor of every seed has a generator of its own. On the CPU torch's generator keeps
    32 bits of its seed only, so that 63-bit seeds may share a stream; the words below hash all
    63 bits, and two networks coincide only if they collide in every tensor.

    Args:
        tensors: What is filled, each with one row per seed.
        seeds: One per row.
        purpose: Tells apart what is drawn from the same seed (0: initial weights).
    """
    for row, seed in enumerate(seeds):
        words = np.random.SeedSequence((purpose, seed)).generate_state(len(tensors), np.uint64)
        for tensor, word in zip(tensors, words, strict=True):
            # The shift keeps the low half, all that the CPU generator reads, a full hash.
            generator = torch.Generator(tensor.device).manual_seed(int(word) >> 1)
            tensor[row].normal_(generator=generator)


def generators(
    seeds: Sequence[int], purpose: int, device: torch.device | str
) -> list[torch.Generator]:
    """One generator per seed, for numbers that are drawn bit by bit.

    Args:
        seeds: Any number.
        purpose: Tells apart what is drawn from the same seed.
        device: Where the numbers are drawn.
    """
    words = [np.random.SeedSequence((purpose, s)).generate_state(1, np.uint64)[0] for s in seeds]
    return [torch.Generator(device).manual_seed(int(word) >> 1) for word in words]


def generator_of(seed: int) -> torch.Generator:
    """What else a seed draws than networks: on the host, so that it is the same for any device."""
    return torch.Generator().manual_seed(seed % 2**63)


def uniform(seed: int, *shape: int) -> Tensor:
    """Numbers between 0 and 1 in float64, the first that `generator_of` a seed draws [shape]."""
    return torch.rand(*shape, generator=generator_of(seed), dtype=torch.float64)
