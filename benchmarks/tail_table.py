"""How often the intervals behind verdicts miss, at the level that a look really spends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from rare_misses import Estimate, Misses, Truth, probability_of_missing
from scipy import special

from widthwise.harness.predictions.correlates import effective_seeds, gaussian_error
from widthwise.harness.predictions.limit import extrapolation
from widthwise.harness.statistics.jackknife import (
    SKEW_SHARE,
    Statistic,
    log_pseudo_values,
    pooled_noise,
    verdict_quantile,
)
from widthwise.harness.statistics.planning import SPARE
from widthwise.harness.statistics.planted import FAMILIES, Noise
from widthwise.harness.statistics.scaling import power_law_on
from widthwise.harness.statistics.skewness import interval_of_contrast, reach_of_log_contrast
from widthwise.harness.terms.ladder import EFFORTS, Widths
from widthwise.harness.terms.prediction import ALPHA, LOOKS

SEEDS = (16, 64, 256)
STANDARD = Widths(64, 4096).at(EFFORTS["standard"])
WIDE = np.array(STANDARD.rungs, dtype=float)
LOOK = ALPHA / LOOKS
FLOOR = LOOK / 100
"""How small a rate is that falls below this does not matter."""
MANY = 1_000_000
"""Seeds that tell a truth: so many that their error is a sixtieth of that of 256 seeds."""
Ends = Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class TailCase:
    """An interval of a quantity whose truth is known.

    Attributes:
        rungs: where it is measured.
        truth: the quantity where every rung has mean one; None where it is not the same for
            all noise, and a sample of `MANY` seeds tells it.
        ends: the interval's ends, from a pilot sample that fixes the contrast and the number of
            seeds; then of values [rungs, repetitions, seeds], so many standard errors away.
        families: the noise it is tried under.
    """

    rungs: np.ndarray
    truth: float | None
    ends: Callable[[np.ndarray, int], Ends]
    families: dict[str, Noise] = field(default_factory=FAMILIES.copy)

    def sides(self, noise: Noise, seeds: int) -> tuple[Misses, Misses]:
        """Whether the truth lies above the interval, and whether below."""
        ends = self.ends(noise(np.random.default_rng(0), self.rungs, 4096), seeds)
        truth = self.truth
        if truth is None:
            many = noise(np.random.default_rng(1), self.rungs, MANY)
            truth = float(ends(many[:, None], 0.0)[0][0])
        return (
            lambda values, reach: ends(values, reach)[1] < truth,
            lambda values, reach: ends(values, reach)[0] > truth,
        )


def slope_ends(weights: np.ndarray, statistic: Statistic) -> Ends:
    """The random part of an exponent's interval, for one contrast."""

    def ends(values: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
        pseudo = log_pseudo_values(values, statistic)
        middle, down, up = reach_of_log_contrast(pseudo, statistic, weights, reach)
        return middle - down, middle + up

    return ends


def plain_ends(weights: np.ndarray) -> Ends:
    """The interval of a contrast of plain means."""
    return lambda values, reach: interval_of_contrast(values, "mean", weights, reach)[1:]


def step_ends(values: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """The interval of the step between two rungs, as `Monotone` takes it."""
    steps = values[1] - values[0]
    half = reach * steps.std(axis=-1, ddof=1) / np.sqrt(steps.shape[-1])
    return steps.mean(axis=-1) - half, steps.mean(axis=-1) + half


def correlation_ends(values: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """The interval of arctanh r between two rows, as `Correlates` takes it of one sample.

    Where few seeds carry the correlation it reaches farther by as much as at the level of a look.
    """
    seeds = values.shape[-1]
    first, second = values - values.mean(axis=-1, keepdims=True)

    def without_each(product: np.ndarray) -> np.ndarray:
        return product.sum(axis=-1, keepdims=True) - product * seeds / (seeds - 1)

    def transformed(moment: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        size = np.sqrt(moment(first**2) * moment(second**2))
        return np.arctanh(moment(first * second) / size)

    whole = transformed(lambda product: product.sum(axis=-1, keepdims=True))
    observed = seeds * whole - (seeds - 1) * transformed(without_each)
    error = np.maximum(observed.std(axis=-1, ddof=1) / np.sqrt(seeds), gaussian_error(seeds))
    fewer = -special.stdtrit(effective_seeds(values) - 1, LOOK / SKEW_SHARE / 2)
    half = reach * fewer / verdict_quantile(seeds, LOOK) * error
    return observed.mean(axis=-1) - half, observed.mean(axis=-1) + half


def reach_of(noise: float, seeds: int) -> float:
    """What a contrast is chosen by."""
    return (verdict_quantile(seeds, LOOK) + SPARE) * noise / np.sqrt(seeds)


def exponent(correction: float, statistic: Statistic = "mean") -> Callable[[np.ndarray, int], Ends]:
    """The exponent of a statistic under corrections up to D."""

    def ends(pilot: np.ndarray, seeds: int) -> Ends:
        noise = float(pooled_noise(log_pseudo_values(pilot, statistic)))
        frontier = power_law_on(STANDARD, correction).frontier
        return slope_ends(frontier.best(reach_of(noise, seeds)).weights, statistic)

    return ends


def extrapolated(pilot: np.ndarray, seeds: int) -> Ends:
    """A limit approached as N^-½ with a next order up to 0.3."""
    frontier = extrapolation(STANDARD, 0.5, 0.3, 0.5).frontier
    return plain_ends(frontier.best(reach_of(float(pooled_noise(pilot)), seeds)).weights)


def gaussian(rng: np.random.Generator, rungs: np.ndarray, seeds: int) -> np.ndarray:
    """Signed measurements, as outputs of a network at initialisation are."""
    return rng.standard_normal((len(rungs), seeds))


SIGNED_TOO = {"gaussian": gaussian, **FAMILIES}
INTERVALS = {
    "exponent, D = 0": TailCase(WIDE, 0.0, exponent(0.0)),
    "exponent, D = 0.3": TailCase(WIDE, 0.0, exponent(0.3)),
    "exponent of an RMS, D = 0": TailCase(WIDE, None, exponent(0.0, "rms"), SIGNED_TOO),
    "exponent of a variance, D = 0": TailCase(WIDE, None, exponent(0.0, "variance"), SIGNED_TOO),
    "one mean": TailCase(WIDE[:1], 1.0, lambda *_: plain_ends(np.ones(1))),
    "extrapolated limit": TailCase(WIDE, 1.0, extrapolated),
    "correlation": TailCase(WIDE[:2], None, lambda *_: correlation_ends, SIGNED_TOO),
    "step": TailCase(WIDE[:2], 0.0, lambda *_: step_ends),
}


def tail_table(samples: int) -> Iterator[str]:
    """How often intervals miss at the level that a look of a verdict really spends."""
    cases = [(what, name) for what, interval in INTERVALS.items() for name in interval.families]
    found = [[misses_of(what, name, seeds, samples) for seeds in SEEDS] for what, name in cases]
    errors = [
        side.error / side.probability
        for row in found
        for sides in row
        for side in sides
        if side.probability >= FLOOR
    ]
    yield (
        f"Misses of the interval of a verdict at the level of a look, α = {LOOK:g}, in units of α, "
        "by multilevel splitting: truth above the interval / below it. A truth on the edge of a "
        f"band can be misjudged on one side only. Standard errors: {np.median(errors):.0%} of a "
        f"rate at the median, {np.max(errors):.0%} at worst.\n"
    )
    yield "| interval | noise | " + " | ".join(f"{seeds} seeds" for seeds in SEEDS) + " |"
    yield "|---" * (2 + len(SEEDS)) + "|"
    for (what, name), row in zip(cases, found, strict=True):
        cells = (" / ".join(map(shown, sides)) for sides in row)
        yield f"| {what} | {name} | {' | '.join(cells)} |"


def misses_of(what: str, name: str, seeds: int, samples: int) -> tuple[Estimate, Estimate]:
    """How often the truth lies above the interval of a look, and how often below."""
    interval = INTERVALS[what]
    noise = interval.families[name]
    truth = Truth(noise, interval.rungs, seeds)
    reach = verdict_quantile(seeds, LOOK)
    above, below = interval.sides(noise, seeds)
    return (
        probability_of_missing(truth, above, reach, samples, FLOOR),
        probability_of_missing(truth, below, reach, samples, FLOOR),
    )


def shown(found: Estimate) -> str:
    """A rate in units of α."""
    if found.probability < FLOOR:
        return f"<{FLOOR / LOOK:g}"
    return f"{found.probability / LOOK:.2g}"
