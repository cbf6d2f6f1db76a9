"""The learning coefficient of a loss: how fast the volume of small losses vanishes.

Z(n) = ∫e^(−nK(w)) N(w; 0, 1) dw falls as n^−λ (log n)^(m−1), K being a loss whose least value is 0:
λ is the learning coefficient and m its multiplicity (Watanabe 2009, chapter 6). Where K is
quadratic in all of d directions λ is d/2, half the number of parameters; where it is flatter λ is
less. n⟨K⟩ under the density that Z normalises is −∂ log Z/∂ log n, which tends to λ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import torch
from torch import Tensor

from ..networks.randomness import generators, split_seeds
from .elliptical_slice import elliptical_slice

_PURPOSE = 15
_ENDLESS = 2**31
_Loss = Callable[[Tensor, Tensor], Tensor]
_Number = Callable[[Tensor, Tensor, float], Tensor]
_Walk = Callable[[Tensor, Sequence[int], float], Iterator[Tensor]]


class Annealed(NamedTuple):
    """What particles saw at each n.

    Attributes:
        mean: n⟨K⟩, or the mean of another number [S, T].
        log_volume: log Z(n) [S, T].
        particles: Where they were at the last n [S, C, P].
    """

    mean: Tensor
    log_volume: Tensor
    particles: Tensor


def annealed(
    loss: _Loss,
    start: Tensor,
    seeds: Sequence[int],
    samples: Sequence[float],
    moves: int,
    *,
    walk: _Walk | None = None,
    number: _Number | None = None,
) -> Annealed:
    """Follow e^(−nK(w))·N(w; 0, 1) from n = 0 through growing n, by particles that are copied.

    At each n particles are copied or dropped by their weights e^(−(n − n′)K) and then move in a
    way that leaves the density as it is. That they begin in the prior lets them find every way
    to a small loss in proportion, as a chain could not. n must not grow so fast that few
    particles keep any weight: by a factor of 2 a tenth of them does at λ = 8.

    Args:
        loss: K of points [B, P], at least 0; the second argument [B] says which seed each is of,
            for a loss of the seed's own. Returns [B].
        start: Independent draws from the prior [S, C, P].
        seeds: One per replicate, for the moves.
        samples: The T values of n, growing.
        moves: How many at each n, at least 1; means are taken over the second half of them.
        walk: From points [S, C, P], seeds and n to one state after another; None is elliptical
            slice sampling, which has no step size.
        number: What to take the mean of, from points, whose they are, and n; None is nK. It may
            be nK with part of the parameters averaged over by formula.

    Raises:
        ValueError: Values of n that do not grow from above 0, or no move.

    Source: Del Moral, Doucet & Jasra 2006; Murray, Adams & MacKay 2010.
    """
    if not samples or min(samples) <= 0 or list(samples) != sorted(set(samples)):
        raise ValueError(f"samples must grow from above 0, not {list(samples)!r}")
    if moves < 1:
        raise ValueError(f"moves must be at least 1, not {moves!r}")
    steps_of = _slices(loss) if walk is None else walk
    drawn = generators(seeds, _PURPOSE, start.device)
    own = split_seeds(seeds, len(samples))
    points, before = start, 0.0
    log_volume = start.new_zeros(len(seeds))
    means, volumes = [], []
    for stage, n in enumerate(samples):
        weights = (before - n) * _of(loss, points)
        log_volume = log_volume + weights.logsumexp(1) - math.log(start.shape[1])
        points = _copied(points, weights.softmax(1), drawn)
        steps = list(islice(steps_of(points, own[stage :: len(samples)], n), moves))
        seen = [_of(_at(number, loss, n), step).mean(1) for step in steps[moves // 2 :]]
        means.append(torch.stack(seen).mean(0))
        volumes.append(log_volume)
        points, before = steps[-1], n
    return Annealed(torch.stack(means, 1), torch.stack(volumes, 1), points)


def _slices(loss: _Loss) -> _Walk:
    def walk(points: Tensor, seeds: Sequence[int], n: float) -> Iterator[Tensor]:
        def log_likelihood(at: Tensor, owner: Tensor) -> Tensor:
            return -n * loss(at, owner)

        return elliptical_slice(log_likelihood, points, seeds, _ENDLESS)

    return walk


def _of(loss: _Loss, points: Tensor) -> Tensor:
    owner = torch.arange(len(points), device=points.device).repeat_interleave(points.shape[1])
    return loss(points.flatten(0, 1), owner).unflatten(0, points.shape[:2])


def _at(number: _Number | None, loss: _Loss, n: float) -> _Loss:
    if number is None:
        return lambda points, owner: n * loss(points, owner)
    return lambda points, owner: number(points, owner, n)


def _copied(points: Tensor, weights: Tensor, drawn: Sequence[torch.Generator]) -> Tensor:
    """As many particles [S, C, P], each with a probability of its weight [S, C], spread evenly."""
    many = points.shape[1]
    offsets = torch.stack(
        [torch.rand(1, generator=g, dtype=weights.dtype, device=weights.device) for g in drawn]
    )
    marks = (torch.arange(many, device=weights.device) + offsets) / many
    chosen = torch.searchsorted(weights.cumsum(1), marks).clamp_max(many - 1)
    return points.gather(1, chosen[:, :, None].expand_as(points))
