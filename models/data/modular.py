"""Tables of modular arithmetic: the tasks on which networks are seen to learn an algorithm."""

from __future__ import annotations

import torch
from torch import Tensor

from .dataset import Dataset, check_positive


def modular_addition(
    modulus: int, n_train: int, *, random_labels: bool = False, seed: int = 0
) -> Dataset:
    """A random part of the table of a + b mod p to learn from, and the rest to be tested on.

    Inputs are pairs of one-hot vectors times √p, [p², 2p], at the radius √d of d = 2p. Targets
    are one-hot minus 1/p, times √p, so that p outputs have a mean square of 1 − 1/p.

    Args:
        modulus: p, the number of summands and of classes.
        n_train: How many of the p² cells are for training, of 1 … p² − 1.
        random_labels: Whether a random permutation of all the table's answers stands in their
            place: as many of each class, and no rule.
        seed: Of the choice of cells and of the permutation.

    Raises:
        ValueError: A modulus below 2, or a number of cells that leaves none to learn or to test.

    Source: Power et al. 2022; Gromov 2023, "Grokking modular arithmetic".
    """
    check_positive(n_train=n_train)
    if modulus < 2:
        raise ValueError(f"modulus must be at least 2, not {modulus!r}")
    cells = modulus**2
    if n_train >= cells:
        raise ValueError(f"n_train must be below the {cells} cells of the table, not {n_train!r}")
    generator = torch.Generator().manual_seed(seed % 2**63)
    order = torch.randperm(cells, generator=generator)
    answers = (order // modulus + order % modulus) % modulus
    if random_labels:
        answers = answers[torch.randperm(cells, generator=generator)]
    x = torch.cat((one_hot(order // modulus, modulus), one_hot(order % modulus, modulus)), 1)
    y = one_hot(answers, modulus) - modulus**-0.5
    name = f"modular addition(p={modulus}, seed={seed})"
    return Dataset(x[:n_train], y[:n_train], x[n_train:], y[n_train:], name)


def one_hot(numbers: Tensor, modulus: int) -> Tensor:
    """Numbers [n] as vectors of length √p [n, p]."""
    return torch.nn.functional.one_hot(numbers, modulus).to(torch.float32) * modulus**0.5
