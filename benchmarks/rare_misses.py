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
"""Steps in a row that may fail to raise the bar before a miss counts as impossible."""


@dataclass(frozen=True)
class Gaussian:
    """The law of one seed's normal numbers."""

    mean: Floats
    factor: Floats

    @classmethod
    def of(cls, numbers: Floats, weights: Floats) -> Gaussian:
        """The Gaussian with the weighted moments of `numbers`, shape [dimensions, seeds]."""
        mean = numbers @ weights
        centred = numbers - mean[:, None]
        ridge = 1e-9 * np.eye(len(mean))
        return cls(mean, np.linalg.cholesky((centred * weights) @ centred.T + ridge))


@dataclass
class Tilted:
    """Stands in for a `Generator`: draws from other laws, and keeps account of it.

    Attributes:
        rng: where chance comes from.
        laws: the law of every call, a `Gaussian` or the shares of rare coins; None for the
            true ones.
        drawn: what was drawn, call by call.
        log_weight: log of the true density over that of the laws, one per seed.
    """

    rng: Generator
    laws: list[Gaussian | Floats] | None
    drawn: list[Floats] = field(default_factory=list)
    log_weight: Floats | float = 0.0

    def standard_normal(self, shape: int | tuple[int, ...]) -> Floats:
        """Normal numbers; the last axis is that of seeds."""
        plain = self.rng.standard_normal(shape).reshape(-1, np.atleast_1d(shape)[-1])
        numbers = plain
        if self.laws is not None:
            law = self.laws[len(self.drawn)]
            assert isinstance(law, Gaussian)
            numbers = law.mean[:, None] + law.factor @ plain
            volume = np.log(np.diag(law.factor)).sum()
            self.log_weight = self.log_weight + (plain**2 - numbers**2).sum(axis=0) / 2 + volume
        self.drawn.append(numbers)
        return numbers.reshape(shape)

    def random(self, shape: tuple[int, ...]) -> Floats:
        """Uniform numbers, of which other shares lie below `OUTLIER_SHARE`."""
        uniform = self.rng.random(shape)
        below = uniform < OUTLIER_SHARE
        if self.laws is not None:
            share = np.asarray(self.laws[len(self.drawn)])[:, None]
            below = uniform < share
            true, rest = OUTLIER_SHARE, 1 - OUTLIER_SHARE
            ratio = np.where(below, np.log(true / share), np.log(rest / (1 - share)))
            self.log_weight = self.log_weight + ratio.sum(axis=0)
            beyond = true + rest * (uniform - share) / (1 - share)
            uniform = np.where(below, true * uniform / share, beyond)
        self.drawn.append(below.astype(float))
        return uniform

    def fitted(self, weights: Floats) -> list[Gaussian | Floats]:
        """The laws that resemble these draws most, one weight per seed."""
        return [
            np.clip(numbers @ weights, 1e-3, 0.9)
            if set(np.unique(numbers)) <= {0.0, 1.0}
            else Gaussian.of(numbers, weights)
            for numbers in self.drawn
        ]


@dataclass(frozen=True)
class Estimate:
    """A probability, and the number of equally weighted misses that would tell as much."""

    probability: float
    misses: float


@dataclass(frozen=True)
class _Round:
    """Samples under some laws and the true probability of each, up to the laws'."""

    tilted: Tilted
    values: Floats
    log_weights: Floats

    def refit(self, missed: NDArray[np.bool_]) -> list[Gaussian | Floats]:
        """The laws of the seeds where the interval missed."""
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
        The estimate; 0, of no misses, where none was met on the way.
    """
    rng = np.random.default_rng(0)
    repetitions = max(numbers // seeds, 1000)

    def draw(laws: list[Gaussian | Floats] | None) -> _Round:
        tilted = Tilted(rng, laws)
        values = noise(tilted, rungs, repetitions * seeds)
        weights = np.broadcast_to(tilted.log_weight, repetitions * seeds)
        return _Round(
            tilted,
            values.reshape(len(rungs), repetitions, seeds),
            weights.reshape(repetitions, seeds).sum(axis=1),
        )

    laws, bar, stuck = None, 0.0, 0
    while bar < quantile:
        sampled = draw(laws)
        lower, bar = bar, _bar(sampled.values[:, ::8], misses, quantile)
        missed = misses(sampled.values, bar)
        stuck = stuck + 1 if bar <= lower else 0
        if stuck == PATIENCE or not missed.any():
            return Estimate(0.0, 0.0)
        laws = sampled.refit(missed)
    weights = []
    for _ in range(4):
        sampled = draw(laws)
        missed = misses(sampled.values, quantile)
        weights.append(np.exp(sampled.log_weights[missed]))
        if missed.any():
            laws = sampled.refit(missed)
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
