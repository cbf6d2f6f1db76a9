"""Losses whose small values fill a volume that is known, and what particles see of them."""

import torch

from widthwise.models.networks.randomness import generator_of, uniform


def of_powers(powers, seeds):
    """Σ c_i |w_i|^(p_i), the c_i between ½ and 2 drawn by the seed; and how many there are."""
    exponents = torch.tensor(powers, dtype=torch.float64)
    sizes = torch.stack([2 ** (2 * uniform(seed, len(powers)) - 1) for seed in seeds])

    def loss(points, owner):
        return (sizes[owner] * points.abs() ** exponents).sum(1)

    return loss, len(powers)


def prior(seeds, particles, parameters):
    """Independent draws from N(0, 1) [S, C, P]."""
    drawn = [generator_of(seed ^ 1) for seed in seeds]
    rows = [torch.randn(particles, parameters, generator=g, dtype=torch.float64) for g in drawn]
    return torch.stack(rows)


def truths(seeds, rows, columns, rank):
    """Matrices of this rank [S, rows, columns], singular values between 1 and 2 by the seed.

    Which directions they are along does not matter, as the prior has none.
    """
    truth = torch.zeros(len(seeds), rows, columns, dtype=torch.float64)
    for matrix, seed in zip(truth, seeds, strict=True):
        matrix.diagonal()[:rank] = 1 + uniform(seed, rank)
    return truth
