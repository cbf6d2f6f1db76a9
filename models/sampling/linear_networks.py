"""Linear networks with a hidden layer: their posterior is Gaussian in a layer given the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ..networks.randomness import generators

_PURPOSE = 16


class LinearNetworks(NamedTuple):
    """Y = BAX with white inputs, so that K = ½‖BA − W‖²; what `annealed` asks of them.

    Points are the numbers of B [rows, hidden], then those of A [hidden, columns]: [B, P].

    Attributes:
        truth: W, one per seed [S, rows, columns].
        hidden: How many hidden units.
    """

    truth: Tensor
    hidden: int

    @property
    def parameters(self) -> int:
        """P."""
        return sum(self.truth.shape[1:]) * self.hidden

    def layers(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """B [..., rows, hidden] and A [..., hidden, columns] of points [..., P]."""
        rows, columns = self.truth.shape[1:]
        left, right = points.split((rows * self.hidden, self.hidden * columns), -1)
        return left.unflatten(-1, (rows, -1)), right.unflatten(-1, (-1, columns))

    def loss(self, points: Tensor, owner: Tensor) -> Tensor:
        """K of points [B, P], the truth being their owner's [B]."""
        left, right = self.layers(points)
        return (left @ right - self.truth[owner]).square().sum((1, 2)) / 2

    def energy(self, points: Tensor, owner: Tensor, n: float) -> Tensor:
        """n⟨K⟩ averaged over B, given the A of points [B, P]."""
        _, a = self.layers(points)
        w = self.truth[owner]
        known = n * a @ a.mT
        covariance = torch.linalg.inv(known + torch.eye(self.hidden).to(a))
        missed = w - n * w @ a.mT @ covariance @ a
        spread = self.truth.shape[1] * (known * covariance).sum((1, 2))
        return (spread + n * missed.square().sum((1, 2))) / 2

    def walk(self, points: Tensor, seeds: Sequence[int], n: float) -> Iterator[Tensor]:
        """Gibbs sampling of e^(−nK)·N(0, 1) without end: B given A, then A given B; [S, C, P]."""
        drawn = generators(seeds, _PURPOSE, points.device)
        w = self.truth[:, None]
        _, a = self.layers(points)
        while True:
            b = _given(a, w, n, drawn)
            a = _given(b.mT, w.mT, n, drawn).mT
            yield torch.cat((b.flatten(2), a.flatten(2)), 2)


def _given(a: Tensor, w: Tensor, n: float, drawn: Sequence[torch.Generator]) -> Tensor:
    """A draw of B [S, C, rows, hidden] given A [S, C, hidden, columns] and W [S, 1, rows, columns].

    Rows are independent, with the precision 1 + nAAᵀ and the mean nWAᵀ(1 + nAAᵀ)⁻¹.
    """
    factor = torch.linalg.cholesky(n * a @ a.mT + torch.eye(a.shape[2]).to(a))
    mean = torch.cholesky_solve(n * a @ w.mT, factor)
    normal = torch.stack(
        [torch.randn(mean.shape[1:], generator=g, dtype=a.dtype, device=a.device) for g in drawn]
    )
    return (mean + torch.linalg.solve_triangular(factor.mT, normal, upper=True)).mT


class Coefficient(NamedTuple):
    """How the volume of small losses vanishes: as n^−λ (log n)^(m−1).

    Attributes:
        value: λ, the learning coefficient.
        multiplicity: m.
    """

    value: float
    multiplicity: int


def reduced_rank_coefficient(rows: int, columns: int, hidden: int, rank: int) -> Coefficient:
    """λ and m of Y = BAX + noise, B [rows, hidden], A [hidden, columns], if the true BA has `rank`.

    Raises:
        ValueError: A true rank that the model cannot have.

    Source: Aoyagi & Watanabe 2005, main theorem.
    """
    if not 0 <= rank <= min(rows, columns, hidden):
        raise ValueError(f"rank must be between 0 and {min(rows, columns, hidden)}, not {rank!r}")
    if columns + hidden < rows + rank:
        return Coefficient((hidden * (columns - rank) + rows * rank) / 2, 1)
    if rows + hidden < columns + rank:
        return Coefficient((hidden * (rows - rank) + columns * rank) / 2, 1)
    if rows + columns < hidden + rank:
        return Coefficient(rows * columns / 2, 1)
    both = hidden + rank
    odd = (rows + columns + both) % 2
    found = 2 * both * (rows + columns) - (rows - columns) ** 2 - both**2 + odd
    return Coefficient(found / 8, 1 + odd)
