"""Langevin dynamics of many chains at once, in units of the prior's deviation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from ..networks.randomness import generators

_PURPOSE = 21
_Loss = Callable[[Tensor, Tensor], Tensor]


def langevin(
    loss: _Loss,
    start: Tensor,
    seeds: Sequence[int],
    steps: int,
    *,
    rate: float,
    temperature: float,
    noise: float = 1.0,
) -> Iterator[Tensor]:
    """Gradient descent with weight decay and noise, towards e^(−L(θ)/T)·N(θ; 0, 1).

    θ ← θ − η(∇L + Tθ) + √(2ηT)·½(ξ + ξ′), ξ′ being the noise of the step before: the mean of two
    takes the law, which is off by O(η) with ξ alone, to O(η²). Unlike `sample_langevin` it draws
    the noise of all chains of a seed at once, so that thousands of small networks are cheap.

    Args:
        loss: L of points [B, P], by operations that torch differentiates; the second argument
            [B] says which seed each is of. Returns [B].
        start: [S, C, P].
        seeds: One per row of `start`.
        steps: At least 1.
        rate: η.
        temperature: T, of the decay and of the noise.
        noise: The variance of the noise, in units of 2ηT; 0 is gradient descent with decay.

    Yields:
        The states [S, C, P] after each step.

    Raises:
        ValueError: A number out of range, or rows that are not one per seed.

    Source: Naveh et al. 2021, section II (noisy gradients with weight decay); Leimkuhler &
    Matthews 2013 (the mean of two).
    """
    if start.ndim != 3 or start.shape[0] != len(seeds):
        raise ValueError(f"start must be [{len(seeds)}, C, P], not {list(start.shape)}")
    if steps < 1 or not rate > 0 or not temperature >= 0 or not noise >= 0:
        raise ValueError(
            f"steps must be at least 1, the rate positive, temperature and noise not negative, "
            f"not {steps!r}, {rate!r}, {temperature!r} and {noise!r}"
        )
    own = generators(seeds, _PURPOSE, start.device)
    owner = torch.arange(len(seeds), device=start.device).repeat_interleave(start.shape[1])
    state = start.clone()
    before, drawn = torch.empty_like(start), torch.empty_like(start)
    size = math.sqrt(2 * rate * temperature * noise)
    _fill(before, own)
    for _ in range(steps):
        point = state.flatten(0, 1).requires_grad_()
        (slope,) = torch.autograd.grad(loss(point, owner).sum(), point)
        state = state - rate * (slope.view_as(state) + temperature * state)
        if size:
            _fill(drawn, own)
            state = state + size / 2 * (drawn + before)
            before, drawn = drawn, before
        yield state


def _fill(rows: Tensor, own: Sequence[torch.Generator]) -> None:
    """N(0, 1) in every row, from the generator of its seed."""
    for row, generator in zip(rows, own, strict=True):
        row.normal_(generator=generator)
