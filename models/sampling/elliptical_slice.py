"""Elliptical slice sampling of many chains at once, for laws with a Gaussian prior."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from ..networks.randomness import generators

_PURPOSE = 12
_LogLikelihood = Callable[[Tensor, Tensor], Tensor]


def elliptical_slice(
    log_likelihood: _LogLikelihood, start: Tensor, seeds: Sequence[int], steps: int
) -> Iterator[Tensor]:
    """Sample the density ∝ exp(log_likelihood(θ))·N(θ; 0, 1), in C chains per seed.

    Each step draws ν from the prior and a point of the slice on the ellipse θ cos a + ν sin a,
    shrinking the bracket of a towards 0 until the likelihood is above the slice's level. No step
    size, no rejection; a chain leaves its law as it is, whatever the dimension.

    Args:
        log_likelihood: Of points [B, P]; the second argument [B] says which seed each is of, for
            data of the seed's own. Returns [B]; −inf is allowed, but not at the start.
        start: [S, C, P].
        seeds: One per row of `start`. What a seed's chains do depends on no other seed's.
        steps: At least 1.

    Yields:
        The states [S, C, P] after each step, each a tensor of its own.

    Raises:
        ValueError: Shapes that do not fit, steps below 1, or a start of no likelihood.

    Source: Murray, Adams & MacKay 2010, figure 2.
    """
    if start.ndim != 3 or start.shape[0] != len(seeds):
        raise ValueError(
            f"start must be [{len(seeds)}, C, P], one row per seed, not {list(start.shape)}"
        )
    if steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps!r}")
    chains = start.shape[1]
    owner = torch.arange(len(seeds), device=start.device).repeat_interleave(chains)
    state = start.flatten(0, 1)
    level = log_likelihood(state, owner)
    if not bool((level > -math.inf).all()):
        raise ValueError("start has points of no likelihood, or of none that is a number")
    draw = _Draws(generators(seeds, _PURPOSE, start.device), chains, start.dtype)
    for _ in range(steps):
        state, level = _step(log_likelihood, state, level, owner, draw)
        yield state.unflatten(0, (len(seeds), chains))


def _step(
    log_likelihood: _LogLikelihood, state: Tensor, level: Tensor, owner: Tensor, draw: _Draws
) -> tuple[Tensor, Tensor]:
    """One step of every chain: states [B, P] and their log-likelihoods [B]."""
    partner = draw.normal(state.shape[1])
    everyone = torch.ones_like(owner, dtype=torch.bool)
    floor = level + draw.uniform(everyone).log()
    high = 2 * math.pi * draw.uniform(everyone)
    low, angle = high - 2 * math.pi, high.clone()
    state, level = state.clone(), level.clone()
    active = everyone
    while True:
        (rows,) = active.nonzero(as_tuple=True)
        if not len(rows):
            return state, level
        at = angle[rows, None]
        proposed = state[rows] * at.cos() + partner[rows] * at.sin()
        found = log_likelihood(proposed, owner[rows])
        accepted = found > floor[rows]
        # The start itself is on the slice: a bracket shrunk to rounding has nowhere else to go.
        still = ~accepted & (angle[rows].abs() < 1e-6)
        done = rows[accepted]
        state[done], level[done] = proposed[accepted], found[accepted]
        active = active.clone()
        active[rows[accepted | still]] = False
        below = active & (angle < 0)
        low = torch.where(below, angle, low)
        high = torch.where(active & ~below, angle, high)
        angle = torch.where(active, low + (high - low) * draw.uniform(active), angle)


class _Draws:
    """Random numbers of every chain, from the generator of its own seed."""

    def __init__(self, own: Sequence[torch.Generator], chains: int, dtype: torch.dtype) -> None:
        self.own, self.chains, self.dtype = own, chains, dtype

    def normal(self, size: int) -> Tensor:
        """N(0, 1) of shape [B, size]."""
        drawn = [
            torch.randn(self.chains, size, generator=g, device=g.device, dtype=self.dtype)
            for g in self.own
        ]
        return torch.cat(drawn)

    def uniform(self, active: Tensor) -> Tensor:
        """Numbers in [0, 1) [B]; a seed none of whose chains is active draws nothing."""
        needed = active.unflatten(0, (len(self.own), self.chains)).any(1).tolist()
        drawn = torch.ones(len(self.own), self.chains, dtype=self.dtype, device=active.device)
        for row, generator, wanted in zip(drawn, self.own, needed, strict=True):
            if wanted:
                row.uniform_(generator=generator)
        return drawn.flatten()
