"""How often the intervals behind verdicts miss, at the level that a look really spends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from rare_misses import Estimate, Misses, Truth, probability_of_missing

from widthwise.harness.jackknife import log_pseudo_values, pooled_noise, verdict_quantile
from widthwise.harness.ladder import EFFORTS, Widths
from widthwise.harness.limit import extrapolation
from widthwise.harness.planning import SPARE
from widthwise.harness.planted import FAMILIES, Noise
from widthwise.harness.prediction import ALPHA, LOOKS
from widthwise.harness.scaling import power_law_on
from widthwise.harness.skewness import interval_of_contrast

SEEDS = (16, 64, 256)
STANDARD = Widths(64, 4096).at(EFFORTS["standard"])
WIDE = np.array(STANDARD.rungs, dtype=float)
LOOK = ALPHA / LOOKS
FLOOR = LOOK / 100
"""How small a rate is that falls below this does not matter."""
Ends = Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class TailCase:
    """An interval of a quantity whose truth is known.

    Attributes:
        rungs: where it is measured.
        truth: the quantity where every rung has mean one.
        ends: the interval's ends, from a pilot sample that fixes the contrast and the number of
            seeds; then of values [rungs, repetitions, seeds], so many standard errors away.
    """

    rungs: np.ndarray
    truth: float
    ends: Callable[[np.ndarray, int], Ends]

    def sides(self, pilot: np.ndarray, seeds: int) -> tuple[Misses, Misses]:
        """Whether the truth lies above the interval, and whether below."""
        ends = self.ends(pilot, seeds)
        return (
            lambda values, reach: ends(values, reach)[1] < self.truth,
            lambda values, reach: ends(values, reach)[0] > self.truth,
        )


def slope_ends(weights: np.ndarray) -> Ends:
    """The random part of an exponent's interval, for one contrast."""

    def ends(values: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
        observed = np.tensordot(weights, log_pseudo_values(values, "mean"), axes=1)
        middle = observed.mean(axis=-1)
        half = reach * observed.std(axis=-1, ddof=1) / np.sqrt(observed.shape[-1])
        return middle - half, middle + half

    return ends


def plain_ends(weights: np.ndarray) -> Ends:
    """The interval of a contrast of plain means."""
    return lambda values, reach: interval_of_contrast(values, "mean", weights, reach)[1:]


def step_ends(values: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """The interval of the step between two rungs, as `Monotone` takes it."""
    steps = values[1] - values[0]
    half = reach * steps.std(axis=-1, ddof=1) / np.sqrt(steps.shape[-1])
    return steps.mean(axis=-1) - half, steps.mean(axis=-1) + half


def reach_of(noise: float, seeds: int) -> float:
    """What a contrast is chosen by."""
    return (verdict_quantile(seeds, LOOK) + SPARE) * noise / np.sqrt(seeds)


def allowing(correction: float) -> Callable[[np.ndarray, int], Ends]:
    """Exponents under corrections up to D."""

    def ends(pilot: np.ndarray, seeds: int) -> Ends:
        noise = pooled_noise(log_pseudo_values(pilot, "mean"))
        frontier = power_law_on(STANDARD, correction).frontier
        return slope_ends(frontier.best(reach_of(noise, seeds)).weights)

    return ends


def extrapolated(pilot: np.ndarray, seeds: int) -> Ends:
    """A limit approached as N^-½ with a next order up to 0.3."""
    frontier = extrapolation(STANDARD, 0.5, 0.3, 0.5).frontier
    return plain_ends(frontier.best(reach_of(pooled_noise(pilot), seeds)).weights)


INTERVALS = {
    "exponent, D = 0": TailCase(WIDE, 0.0, allowing(0.0)),
    "exponent, D = 0.3": TailCase(WIDE, 0.0, allowing(0.3)),
    "one mean": TailCase(WIDE[:1], 1.0, lambda *_: plain_ends(np.ones(1))),
    "extrapolated limit": TailCase(WIDE, 1.0, extrapolated),
    "step": TailCase(WIDE[:2], 0.0, lambda *_: step_ends),
}


def tail_table(samples: int) -> Iterator[str]:
    """How often intervals miss at the level that a look of a verdict really spends."""
    cases = list(product(INTERVALS.items(), FAMILIES.items()))
    found = [
        [misses_of(interval, noise, seeds, samples) for seeds in SEEDS]
        for (_, interval), (_, noise) in cases
    ]
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
    for ((what, _), (name, _)), row in zip(cases, found, strict=True):
        cells = (" / ".join(map(shown, sides)) for sides in row)
        yield f"| {what} | {name} | {' | '.join(cells)} |"


def misses_of(
    interval: TailCase, noise: Noise, seeds: int, samples: int
) -> tuple[Estimate, Estimate]:
    """How often the truth lies above the interval of a look, and how often below."""
    pilot = noise(np.random.default_rng(0), interval.rungs, 4096)
    truth = Truth(noise, interval.rungs, seeds)
    reach = verdict_quantile(seeds, LOOK)
    above, below = interval.sides(pilot, seeds)
    return (
        probability_of_missing(truth, above, reach, samples, FLOOR),
        probability_of_missing(truth, below, reach, samples, FLOOR),
    )


def shown(found: Estimate) -> str:
    """A rate in units of α."""
    if found.probability < FLOOR:
        return f"<{FLOOR / LOOK:g}"
    return f"{found.probability / LOOK:.2g}"
