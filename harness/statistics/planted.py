"""Planted truths: samples whose law is known, to try predictions on.

A prediction is trusted because samples of a known law went through it thousands of
times. The families below are the noise that measurements of networks show; each has
mean one, so a planted mean follows its law exactly at every rung.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ..terms.ladder import Ladder
from ..terms.prediction import Prediction, Samples
from ..terms.verdict import Verdict

Floats = NDArray[np.float64]
Law = Callable[[Floats], Floats]
Noise = Callable[[Generator, Floats, int], Floats]


def lognormal(rng: Generator, rungs: Floats, seeds: int) -> Floats:
    """Relative noise of 0.3, independent of the rung."""
    return _lognormal(rng, np.full((len(rungs), seeds), 0.3))


def shrinking(rng: Generator, rungs: Floats, seeds: int) -> Floats:
    """Relative noise 0.6 at the first rung, falling as N^-½: the mean log has a slope."""
    return _lognormal(rng, np.broadcast_to(0.6 * np.sqrt(rungs[0] / rungs), (seeds, len(rungs))).T)


def chi_squared(rng: Generator, rungs: Floats, seeds: int) -> Floats:
    """χ² with one degree of freedom: the square of one Gaussian output."""
    return rng.standard_normal((len(rungs), seeds)) ** 2


OUTLIER_SHARE = 0.03
"""How many values of the family `outliers` are six times too large."""


def outliers(rng: Generator, rungs: Floats, seeds: int) -> Floats:
    """Relative noise of 0.1, and 3% of the values six times too large."""
    shape = (len(rungs), seeds)
    factors = np.where(rng.random(shape) < OUTLIER_SHARE, 6.0, 1.0)
    return _lognormal(rng, np.full(shape, 0.1)) * factors / (1 + 5 * OUTLIER_SHARE)


def paired(rng: Generator, rungs: Floats, seeds: int) -> Floats:
    """Relative noise of 0.3 on top of a factor of 0.5 that a seed has at every rung."""
    return lognormal(rng, rungs, seeds) * _lognormal(rng, np.full(seeds, 0.5))


def faint(rng: Generator, rungs: Floats, seeds: int) -> Floats:
    """Relative noise of 10⁻¹⁰, as a deterministic float64 measurement shows."""
    return 1 + 1e-10 * rng.standard_normal((len(rungs), seeds))


def _lognormal(rng: Generator, spread: Floats) -> Floats:
    return np.exp(spread * rng.standard_normal(spread.shape) - spread**2 / 2)


FAMILIES: dict[str, Noise] = {
    "lognormal": lognormal,
    "shrinking": shrinking,
    "chi_squared": chi_squared,
    "outliers": outliers,
    "paired": paired,
}
"""The noise that error rates are stated for."""


def power_law(exponent: float, correction: float = 0.0, order: float = 0.5) -> Law:
    """(N/64)^exponent · (1 + correction · (N/64)^-order)."""
    return lambda widths: (widths / 64) ** exponent * (1 + correction * (widths / 64) ** -order)


NO_POWER_LAWS: dict[str, Law] = {
    "plateau": lambda n: n**-0.5 + 0.03,
    "high plateau": lambda n: n**-0.5 + 0.1,
    "kink to slow": lambda n: np.where(n < 512, n**-0.5, 512**-0.5 * (n / 512) ** -0.1),
    "kink to fast": lambda n: np.where(n < 512, n**-0.25, 512**-0.25 * (n / 512) ** -0.75),
    "exponential": lambda n: np.exp(-n / 1500),
    "logarithm": lambda n: n**-0.5 * np.log(n),
}
"""Laws on widths 64…4096 that resemble N^-½ and are no power law of that exponent."""


@dataclass(frozen=True)
class Plant:
    """A known law under known noise on a ladder."""

    ladder: Ladder
    law: Law
    noise: Noise

    def draw(self, rng: Generator, seeds: int) -> Samples:
        """Samples as a measurement would give them."""
        rungs = np.array(self.ladder.rungs, dtype=float)
        return Samples(self.ladder, self.law(rungs)[:, None] * self.noise(rng, rungs, seeds))


def tally(
    prediction: Prediction,
    draw: Callable[[Generator, int], Samples],
    seeds: int,
    alpha: float,
    repetitions: int,
    entropy: int = 0,
) -> Counter[Verdict]:
    """How often each verdict falls when a planted truth is measured again and again."""
    rng = np.random.default_rng(entropy)
    return Counter(prediction.judge(draw(rng, seeds), alpha).verdict for _ in range(repetitions))
