"""How often an interval misses that misses once in a million times.

Counting is hopeless that far in the tail, so the noise is drawn from another law under which
misses are frequent, and every draw is weighted by the ratio of the two (importance sampling).
The other law keeps seeds independent and every one of them Gaussian underneath, with the mean
and covariance that seeds have where the interval misses; those are found by lowering the bar
and raising it again step by step (cross-entropy method, Rubinstein & Kroese 2004).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from widthwise.harness.planted import OUTLIER_SHARE

Floats = NDArray[np.float64]
Misses = Callable[[Floats, float], NDArray[np.bool_]]
"""Which of the samples an interval of so many standard errors misses the truth."""

OFTEN = 0.1
"""The share of misses that a step is content with."""
PATIENCE = 4
"""Steps in a row that may fail to raise the bar before the search is given up."""


@dataclass(frozen=True)
class Law:
    """Another law of one seed.

    Attributes:
        mean: shape [normals], of all its normal numbers in the order they are drawn.
        factor: lower triangular, shape [normals, normals]; times its transpose, the covariance.
        coins: shape [coins], the probability of every rare coin.
    """

    mean: Floats
    factor: Floats
    coins: Floats

    @classmethod
    def of(cls, normals: Floats, coins: Floats, weights: Floats) -> Law:
        """With the weighted moments of draws of shape [normals or coins, seeds]."""
        mean = normals @ weights
        centred = normals - mean[:, None]
        ridge = 1e-9 * np.eye(len(mean))
        factor = np.linalg.cholesky((centred * weights) @ centred.T + ridge)
        return cls(mean, factor, np.clip(coins @ weights, 1e-3, 0.9))


@dataclass
class Tilted:
    """Stands in for a `Generator`: draws from another law, and keeps account of it.

    Attributes:
        rng: where chance comes from.
        law: the law of every seed; None for the true one.
        plain: standard normal numbers, one row per normal number of a seed.
        normals: what became of them.
        coins: 1 where a rare coin fell, one row per coin.
        log_weight: log of the true density over that of the law, one per seed.
    """

    rng: Generator
    law: Law | None
    plain: list[Floats] = field(default_factory=list)
    normals: list[Floats] = field(default_factory=list)
    coins: list[Floats] = field(default_factory=list)
    log_weight: Floats | float = 0.0

    def standard_normal(self, shape: int | tuple[int, ...]) -> Floats:
        """Normal numbers; the last axis is that of seeds."""
        rows = self.rng.standard_normal(shape).reshape(-1, np.atleast_1d(shape)[-1])
        first = len(self.plain)
        self.plain += list(rows)
        if self.law is not None:
            own = slice(first, len(self.plain))
            factor = self.law.factor[own, : own.stop]
            numbers = self.law.mean[own, None] + factor @ np.stack(self.plain)
            volume = np.log(np.diag(self.law.factor)[own]).sum()
            self.log_weight = self.log_weight + (rows**2 - numbers**2).sum(axis=0) / 2 + volume
            rows = numbers
        self.normals += list(rows)
        return rows.reshape(shape)

    def random(self, shape: tuple[int, ...]) -> Floats:
        """Uniform numbers, of which other shares lie below `OUTLIER_SHARE`."""
        uniform = self.rng.random(shape)
        below = uniform < OUTLIER_SHARE
        if self.law is not None:
            share = self.law.coins[len(self.coins) : len(self.coins) + shape[0], None]
            below = uniform < share
            true, rest = OUTLIER_SHARE, 1 - OUTLIER_SHARE
            ratio = np.where(below, np.log(true / share), np.log(rest / (1 - share)))
            self.log_weight = self.log_weight + ratio.sum(axis=0)
            beyond = true + rest * (uniform - share) / (1 - share)
            uniform = np.where(below, true * uniform / share, beyond)
        self.coins += list(below.astype(float))
        return uniform

    def fitted(self, weights: Floats) -> Law:
        """The law that resembles these draws most, one weight per seed."""
        coins = np.stack(self.coins) if self.coins else np.empty((0, len(weights)))
        return Law.of(np.stack(self.normals), coins, weights)


@dataclass(frozen=True)
class Estimate:
    """A probability, and the number of equally weighted misses that would tell as much."""

    probability: float
    misses: float


@dataclass(frozen=True)
class _Round:
    """Samples under some law, and the log of how much likelier each is under the true one."""

    tilted: Tilted
    values: Floats
    log_weights: Floats

    def refit(self, missed: NDArray[np.bool_]) -> Law:
        """The law of the seeds where the interval missed."""
        largest = self.log_weights[missed].max()
        weights = np.where(missed, np.exp(self.log_weights - largest), 0.0)
        seeds = self.values.shape[-1]
        return self.tilted.fitted(np.repeat(weights / weights.sum(), seeds) / seeds)


def probability_of_missing(
    noise: Callable[[Tilted, Floats, int], Floats],
    rungs: Floats,
    seeds: int,
    misses: Misses,
    quantile: float,
    numbers: int = 200_000,
) -> Estimate:
    """The probability that an interval of `quantile` standard errors misses the truth.

    Args:
        noise: a family of `planted`, whose truth is one at every rung.
        rungs: where it is drawn.
        seeds: seeds per rung.
        misses: whether the interval misses, monotone in the quantile.
        quantile: how many standard errors it reaches.
        numbers: seeds to draw in a round; three rounds make the estimate.

    Returns:
        The estimate; one of 0, from no misses, where the way there is too steep or there is none.
    """
    rng = np.random.default_rng(0)
    repetitions = max(numbers // seeds, 1000)

    def draw(law: Law | None) -> _Round:
        tilted = Tilted(rng, law)
        values = noise(tilted, rungs, repetitions * seeds)
        weights = np.broadcast_to(tilted.log_weight, repetitions * seeds)
        return _Round(
            tilted,
            values.reshape(len(rungs), repetitions, seeds),
            weights.reshape(repetitions, seeds).sum(axis=1),
        )

    law, bar, stuck = None, 0.0, 0
    while bar < quantile:
        sampled = draw(law)
        lower, bar = bar, _bar(sampled.values[:, ::8], misses, quantile)
        missed = misses(sampled.values, bar)
        stuck = stuck + 1 if bar <= lower else 0
        if stuck == PATIENCE or not missed.any():
            return Estimate(0.0, 0.0)
        law = sampled.refit(missed)
    weights = []
    for _ in range(4):
        sampled = draw(law)
        missed = misses(sampled.values, quantile)
        weights.append(np.exp(sampled.log_weights[missed]))
        if missed.any():
            law = sampled.refit(missed)
    found = np.concatenate(weights[1:])
    if not found.any():
        return Estimate(0.0, 0.0)
    return Estimate(found.sum() / 3 / repetitions, found.sum() ** 2 / (found**2).sum())


def _bar(values: Floats, misses: Misses, quantile: float) -> float:
    """The largest reach, up to `quantile`, that often misses."""
    if misses(values, quantile).mean() >= OFTEN:
        return quantile
    low, high = 0.0, quantile
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if misses(values, middle).mean() >= OFTEN else (low, middle)
    return low
