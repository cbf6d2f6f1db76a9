"""How often an interval misses that misses once in a million times.

Counting is hopeless that far in the tail. But an interval of few standard errors misses often;
among the samples that it misses one of more standard errors misses often again, and so on, so
that the rare probability is a product of frequent ones (multilevel splitting, Kahn & Harris
1951; Botev & Kroese 2012). Samples that miss are made of others that miss: some of their seeds
are drawn afresh, and a sample stays as it was where its interval would then cover the truth.
That leaves the law of the samples that miss unchanged, whatever the law of the noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from widthwise.harness.statistics.planted import Noise

Floats = NDArray[np.float64]
Misses = Callable[[Floats, float], NDArray[np.bool_]]
"""Which of the samples an interval of so many standard errors misses the truth."""

OFTEN = 0.1
"""The share of misses from which the bar is raised."""
STEPS = 10
"""How many times some seeds of every sample are drawn afresh before the bar is raised."""
KEPT = 0.3
"""The share of fresh samples that should be kept; more, and more seeds are drawn afresh."""
RUNS = 4
"""Independent runs, whose spread is the error."""


@dataclass(frozen=True)
class Estimate:
    """A probability and its standard error."""

    probability: float
    error: float


@dataclass(frozen=True)
class Truth:
    """What is measured again and again, at a truth of one.

    Attributes:
        noise: a family of `planted`.
        rungs: where it is drawn.
        seeds: seeds per rung.
    """

    noise: Noise
    rungs: Floats
    seeds: int

    def draw(self, rng: Generator, samples: int, seeds: int) -> Floats:
        """So many seeds of so many samples, shape [rungs, samples, seeds]."""
        values = self.noise(rng, self.rungs, samples * seeds)
        return values.reshape(len(self.rungs), samples, seeds)


def probability_of_missing(
    truth: Truth, misses: Misses, quantile: float, samples: int = 1000, floor: float = 1e-12
) -> Estimate:
    """The probability that an interval of `quantile` standard errors misses the truth.

    Args:
        truth: what is measured.
        misses: whether the interval misses, monotone in the quantile.
        quantile: how many standard errors it reaches.
        samples: how many are followed at a time; too few may lose a way to miss that is rare
            at first and common far out, which the error then does not tell.
        floor: a probability below which nobody cares how small it is; what is
            estimated there is an upper bound.

    Raises:
        ArithmeticError: if all samples are missed by the same number of standard errors.
    """
    found = [
        _split(np.random.default_rng(run), truth, misses, quantile, samples, floor)
        for run in range(RUNS)
    ]
    return Estimate(float(np.mean(found)), float(np.std(found, ddof=1)) / math.sqrt(RUNS))


def _split(
    rng: Generator, truth: Truth, misses: Misses, quantile: float, samples: int, floor: float
) -> float:
    values, probability, bar, fresh = truth.draw(rng, samples, truth.seeds), 1.0, 0.0, 1.0
    while True:
        bar = _raised(values[:, ::8], misses, bar, quantile)
        missed = misses(values, bar)
        probability *= float(missed.mean())
        if bar == quantile or probability < floor:
            return probability
        if missed.all():
            raise ArithmeticError(f"all samples miss by {bar:g} standard errors, and none by more")
        values = values[:, np.resize(np.flatnonzero(missed), samples)]
        for _ in range(STEPS):
            replaced = rng.choice(truth.seeds, round(fresh), replace=False)
            proposed = values.copy()
            proposed[..., replaced] = truth.draw(rng, samples, len(replaced))
            kept = misses(proposed, bar)
            values[:, kept] = proposed[:, kept]
            fresh = np.clip(fresh * (1.25 if kept.mean() > KEPT else 0.8), 1, truth.seeds)


def _raised(values: Floats, misses: Misses, low: float, high: float) -> float:
    """The largest reach between two that often misses; the lower one if none does."""
    if misses(values, high).mean() >= OFTEN:
        return high
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (middle, high) if misses(values, middle).mean() >= OFTEN else (low, middle)
    return low
