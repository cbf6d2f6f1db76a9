"""Measure the error rates of every prediction on planted truths, thousands of times over.

    python benchmarks/calibrate.py                      print the tables
    python benchmarks/calibrate.py --write docs/statistics.md   put them into the page

Rates near 10⁻⁶ cannot be counted: the code that judges claims is run here at α = 10⁻² and 10⁻³,
and the intervals behind it go through multilevel splitting at what a look really spends
(`tail_table.py`). A truth that sits exactly on the edge of a band is on either side of it, so
that one series of verdicts counts false support and false refutation at once.
"""

from __future__ import annotations

import argparse
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from scipy import special
from tail_table import tail_table

from widthwise.harness.predictions.bounded import Bounded
from widthwise.harness.predictions.correlates import Correlates
from widthwise.harness.predictions.dominates import Dominates
from widthwise.harness.predictions.exponent_bound import AtLeast, AtMost
from widthwise.harness.predictions.exponential import DecaysExponentially
from widthwise.harness.predictions.limit import Limit
from widthwise.harness.predictions.monotone import Monotone
from widthwise.harness.predictions.power_law import PowerLaw
from widthwise.harness.predictions.proportion import Proportion
from widthwise.harness.predictions.same_distribution import SameDistribution
from widthwise.harness.statistics.mean_curve import AreaUnder, CrossesAt, LowestAt
from widthwise.harness.statistics.planted import (
    FAMILIES,
    NO_POWER_LAWS,
    Plant,
    faint,
    lognormal,
    power_law,
    tally,
)
from widthwise.harness.terms.correction import Correction
from widthwise.harness.terms.ladder import EFFORTS, Effort, Ladder, Widths
from widthwise.harness.terms.prediction import ALPHA, LOOKS, Prediction, Samples
from widthwise.harness.terms.verdict import Verdict

STANDARD = Widths(64, 4096).at(EFFORTS["standard"])
QUICK = Widths(64, 4096).at(EFFORTS["quick"])
RATES = tuple(2.0**power for power in range(-4, 5))
TWO = Ladder("width", (64, 128), "infinity", 64)
WHEN = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
TIMES = Ladder("time", (0, 0.5, 1, 1.5, 2, 2.5, 3), "infinity", 1)
LOOK = ALPHA / LOOKS
BEGIN, END = "<!-- calibration -->", "<!-- end of calibration -->"


@dataclass(frozen=True)
class Pairs:
    """Pairs at two widths, made from independent Gaussian numbers and a truth."""

    truth: float
    make: Callable[[np.ndarray, float], np.ndarray]

    def draw(self, rng: Generator, seeds: int) -> Samples:
        """Samples of shape [2, seeds, ...]."""
        return Samples(TWO, self.make(rng.standard_normal((2, seeds, 3)), self.truth))


def log_ratio(z: np.ndarray, truth: float) -> np.ndarray:
    """Positive pairs with this mean log ratio."""
    return np.exp(np.stack([2 * z[..., 0] + truth + 0.5 * z[..., 1], 2 * z[..., 0]], axis=-1))


def correlated(z: np.ndarray, truth: float) -> np.ndarray:
    """Gaussian pairs with this correlation."""
    return np.stack([z[..., 0], truth * z[..., 0] + np.sqrt(1 - truth**2) * z[..., 1]], axis=-1)


def heavy(z: np.ndarray, truth: float) -> np.ndarray:
    """The same with heavy tails: a common lognormal scale."""
    return correlated(z, truth) * np.exp(0.5 * z[..., 2:])


def yes_or_no(z: np.ndarray, truth: float) -> np.ndarray:
    """Outcomes that are 1 with this probability."""
    return (z[..., 0] < special.ndtri(truth)).astype(float)


def shifted(z: np.ndarray, truth: float) -> np.ndarray:
    """One draw of two Gaussian laws at this Kolmogorov distance, shape [..., 2, 1]."""
    shift = 2 * special.ndtri((1 + truth) / 2)
    return np.stack([z[..., :1], z[..., 1:2] + shift], axis=-2)


@dataclass(frozen=True)
class Bowls:
    """Curves that are lowest at N^exponent, those of single seeds a tenth beside it."""

    exponent: float

    def draw(self, rng: Generator, seeds: int) -> Samples:
        """Samples of shape [5, seeds, rates]."""
        widths = np.array(QUICK.rungs, dtype=float)[:, None, None]
        places = self.exponent * np.log(widths / 64)
        wander, depth = rng.standard_normal((2, len(widths), seeds, 1))
        away = np.log(RATES) - places - 0.1 * wander
        return Samples(QUICK, np.exp(0.3 * depth) * (1 + away**2))


@dataclass(frozen=True)
class Decays:
    """Curves that decay within N^exponent, those of single seeds a tenth beside it."""

    exponent: float

    def draw(self, rng: Generator, seeds: int) -> Samples:
        """Samples of shape [5, seeds, times]."""
        widths = np.array(QUICK.rungs, dtype=float)[:, None, None]
        wander = rng.standard_normal((len(widths), seeds, 1))
        within = (widths / 64) ** self.exponent * np.exp(0.1 * wander)
        return Samples(QUICK, np.exp(-np.array(WHEN) / within))


@dataclass(frozen=True)
class Hills:
    """Curves as high as N^exponent, those of single seeds a third beside it."""

    exponent: float

    def draw(self, rng: Generator, seeds: int) -> Samples:
        """Samples of shape [5, seeds, times]."""
        widths = np.array(QUICK.rungs, dtype=float)[:, None, None]
        height = np.exp(0.3 * rng.standard_normal((len(widths), seeds, 1)))
        return Samples(QUICK, (widths / 64) ** self.exponent * height * np.exp(-np.array(WHEN)))


@dataclass(frozen=True)
class Given:
    """What a plant gives to replicates that are large enough at every rung."""

    plant: Plant
    at_least: float

    def draw(self, rng: Generator, seeds: int) -> Samples:
        """As many of the replicates as meet the event: three quarters of lognormal ones."""
        rungs = np.array(self.plant.ladder.rungs, dtype=float)
        noise = self.plant.noise(rng, rungs, seeds)
        met = (noise >= self.at_least).all(0)
        return Samples(self.plant.ladder, (self.plant.law(rungs)[:, None] * noise)[:, met])


Draw = Callable[[Generator, int], Samples]
Case = tuple[str, str, Prediction, Draw, tuple[int, ...]]


def edges() -> Iterator[Case]:
    """Truths on the edge of a band: what, noise, prediction, draws, seeds."""
    for some in (_of_one_number, _with_corrections, _decaying, _of_curves, _given, _of_pairs):
        yield from some()


def _of_one_number() -> Iterator[Case]:
    """Every family of noise, without corrections."""
    for name, noise in FAMILIES.items():
        for truth in (-1.5, 0.5):
            plain = PowerLaw(-0.5, 1.0, correction=0.0)
            plant = Plant(STANDARD, power_law(truth), noise)
            yield f"PowerLaw, D = 0, truth {truth:+}", name, plain, plant.draw, (16, 64)
        for truth, bound in ((-0.35, AtMost(-0.5)), (-0.65, AtLeast(-0.5))):
            plant = Plant(STANDARD, power_law(truth), noise)
            yield f"{type(bound).__name__}, D = 0.3", name, bound, plant.draw, (64,)
        for truth in (0.5, 1.5):
            plant = Plant(TWO, lambda n, a=truth: np.full_like(n, a), noise)
            yield f"Limit, truth {truth}", name, Limit(1, 0.5), plant.draw, (16, 64, 256)
        for bound in (Bounded(low=1), Bounded(high=1)):
            side = "low" if bound.high == np.inf else "high"
            plant = Plant(TWO, np.ones_like, noise)
            yield f"Bounded, {side}", name, bound, plant.draw, (64,)
        plant = Plant(TWO, np.ones_like, noise)
        yield "Monotone, plateau", name, Monotone("falling"), plant.draw, (16, 64)


def _with_corrections() -> Iterator[Case]:
    """Exponents with corrections as large as may be, of any order or of one that is told."""
    for noise in (lognormal, faint):
        for truth in (-0.65, -0.35):
            for size in (-0.3, 0.3):
                for order in (0.5, 1.0):
                    plant = Plant(STANDARD, power_law(truth, size, order), noise)
                    what = f"PowerLaw, truth {truth} (1 {size:+} N^-{order})"
                    yield what, noise.__name__, PowerLaw(-0.5), plant.draw, (256,)
    for told in (Correction(2, 0.3), Correction(1, (0.2, 0.5))):
        for truth in (-0.65, -0.35):
            for size in told.range:
                plant = Plant(STANDARD, power_law(truth, size, told.orders[0]), lognormal)
                what = f"PowerLaw, {told}, truth {truth} ({size:+})"
                yield what, "lognormal", PowerLaw(-0.5, correction=told), plant.draw, (256,)


def _decaying() -> Iterator[Case]:
    """Rates with a floor."""
    for truth in (1.8, 2.2):
        for size in (-0.1, 0.1):
            law = Plant(
                TIMES,
                lambda t, r=truth, d=size: np.exp(-r * t) * (1 + d * np.exp(2 * (t - 3))),
                lognormal,
            )
            prediction = DecaysExponentially(2, 0.2)
            yield f"DecaysExponentially, floor {size}", "lognormal", prediction, law.draw, (256,)


def _of_curves() -> Iterator[Case]:
    """Numbers of mean curves."""
    optimum = PowerLaw(0, 0.15, correction=0.0, statistic=LowestAt(RATES))
    for truth in (-0.15, 0.15):
        yield f"PowerLaw of an optimum, {truth:+}", "bowls", optimum, Bowls(truth).draw, (16, 64)
    statistics = {
        "a crossing": (CrossesAt(WHEN, 0.4), Decays),
        "an area": (AreaUnder(WHEN), Hills),
    }
    for what, (statistic, planted) in statistics.items():
        for truth in (-0.15, 0.15):
            prediction = PowerLaw(0, 0.15, correction=0.0, statistic=statistic)
            yield (
                f"PowerLaw of {what}, {truth:+}",
                "curves",
                prediction,
                planted(truth).draw,
                (16, 64),
            )


def _given() -> Iterator[Case]:
    """Replicates that meet an event."""
    for truth in (-1.5, 0.5):
        plain = PowerLaw(-0.5, 1.0, correction=0.0)
        plant = Given(Plant(STANDARD, power_law(truth), lognormal), 0.55)
        yield f"PowerLaw given an event, truth {truth:+}", "lognormal", plain, plant.draw, (16, 64)


def _of_pairs() -> Iterator[Case]:
    """Order, correlation, shares and distributions."""
    yield "Dominates", "Gaussian", Dominates(1.2), Pairs(np.log(1.2), log_ratio).draw, (16, 64)
    for make in (correlated, heavy):
        for truth in (0.0, 0.7):
            prediction = Correlates(at_least=truth)
            yield (
                f"Correlates, r = {truth}",
                make.__name__,
                prediction,
                Pairs(truth, make).draw,
                (
                    32,
                    128,
                ),
            )
    for truth in (0.5, 0.9):
        prediction = Proportion(at_least=truth)
        yield (
            f"Proportion, p = {truth}",
            "binomial",
            prediction,
            Pairs(truth, yes_or_no).draw,
            (
                16,
                64,
            ),
        )
    yield "SameDistribution", "Gaussian", SameDistribution(0.5), Pairs(0.5, shifted).draw, (64,)


def edge_table(repetitions: int) -> Iterator[str]:
    """False support and false refutation at the edge, in units of α."""
    yield f"At the edge of the band, {repetitions} repetitions; errors in units of α.\n"
    yield "| prediction | noise | seeds | supported, 10⁻² | refuted | supported, 10⁻³ | refuted |"
    yield "|---|---|---|---|---|---|---|"
    for what, noise, prediction, draw, looks in edges():
        for seeds in looks:
            cells = []
            for alpha in (1e-2, 1e-3):
                counts = tally(prediction, draw, seeds, alpha, repetitions)
                for verdict in (Verdict.SUPPORTED, Verdict.REFUTED):
                    cells.append(f"{counts[verdict] / repetitions / alpha:.2g}")
            yield f"| {what} | {noise} | {seeds} | {' | '.join(cells)} |"


def power_table(repetitions: int) -> Iterator[str]:
    """What a single look at the real α makes of true laws, rivals and no laws."""
    yield (
        f"PowerLaw(−½) at α = {LOOK:g} per look, {repetitions} repetitions: "
        "shares supported / refuted.\n"
    )
    yield "| truth | noise | 16 seeds | 64 seeds | 256 seeds |"
    yield "|---|---|---|---|---|"
    laws = {
        "N^-½": power_law(-0.5),
        "N^-½ (1 + 0.3 N^-½)": power_law(-0.5, 0.3),
        "N^0": power_law(0.0),
        "N^-1": power_law(-1.0),
        **NO_POWER_LAWS,
    }
    for truth, law in laws.items():
        for name, noise in {**FAMILIES, "faint": faint}.items():
            cells = []
            for seeds in (16, 64, 256):
                counts = tally(
                    PowerLaw(-0.5), Plant(STANDARD, law, noise).draw, seeds, LOOK, repetitions
                )
                shares = [counts[v] / repetitions for v in (Verdict.SUPPORTED, Verdict.REFUTED)]
                cells.append(" / ".join(f"{share:.3g}" for share in shares))
            yield f"| {truth} | {name} | {' | '.join(cells)} |"


def effort_table() -> Iterator[str]:
    """The largest relative noise of a seed that an effort can settle."""
    yield (
        "The largest relative noise of a seed at which `needed_seeds` of `PowerLaw`, D = 0.3, "
        "is within the last look of an effort.\n"
    )
    yield "| standard widths | tolerance | " + " | ".join(EFFORTS) + " |"
    yield "|---" * (2 + len(EFFORTS)) + "|"
    for widths in (Widths(64, 4096), Widths(64, 4096, factor=4), Widths(128, 4096)):
        for tolerance in (0.15, 0.1):
            law = PowerLaw(-0.5, tolerance)
            settled = [loudest(law, effort, widths) for effort in EFFORTS.values()]
            what = f"{widths.smallest}…{widths.largest} by {widths.factor}"
            yield f"| {what} | {tolerance} | {' | '.join(f'{n:.2g}' for n in settled)} |"


def loudest(law: PowerLaw, effort: Effort, widths: Widths) -> float:
    """The largest noise, to 1%, that the effort settles; 0 where it settles none."""
    ladder, last = widths.at(effort), effort.looks[-1]
    noises = np.concatenate([[0.0], np.geomspace(0.01, 2, 533)])

    def beyond(noise: float) -> bool:
        return (law.needed_seeds(ladder, noise, LOOK) or np.inf) > last

    return float(noises[bisect_left(noises[1:], True, key=beyond)])


def suite(entropy: int) -> Counter[str]:
    """The verdicts of a simulated suite: 100 true claims, 100 controls, five looks each."""
    rng = np.random.default_rng([entropy, 2024])
    outcomes: Counter[str] = Counter()
    families = list(FAMILIES.values())
    for number in range(200):
        expected = Verdict.SUPPORTED if number < 100 else Verdict.REFUTED
        off = 0.0 if number < 100 else rng.choice([-1.0, -0.5, 0.5, 1.0])
        exponent = rng.choice([-1.0, -0.5, 0.0, 0.5])
        law = power_law(exponent + off, rng.uniform(-0.3, 0.3), rng.choice([0.5, 1.0]))
        plant = Plant(STANDARD, law, families[rng.integers(len(families))])
        everything = plant.draw(rng, EFFORTS["standard"].looks[-1])
        verdict = Verdict.INCONCLUSIVE
        for seeds in EFFORTS["standard"].looks:
            samples = Samples(STANDARD, everything.values[:, :seeds])
            verdict = PowerLaw(exponent).judge(samples, LOOK).verdict
            if verdict is not Verdict.INCONCLUSIVE:
                break
        if verdict is expected.opposite:
            outcomes["wrong"] += 1
        outcomes[f"{'claim' if number < 100 else 'control'} {verdict}"] += 1
    return outcomes


def suite_table(suites: int, executor: Executor) -> Iterator[str]:
    """Wrong verdicts in whole suites."""
    outcomes: Counter[str] = Counter()
    spoilt = 0
    for found in executor.map(suite, range(suites), chunksize=5):
        spoilt += bool(found["wrong"])
        outcomes += found
    yield (
        f"{suites} suites of 100 true claims (exponents −1…½, corrections anywhere within D, noise "
        f"of every family) and 100 controls off by ½ or 1: {spoilt} suites with a wrong verdict.\n"
    )
    yield "| verdict | of claims | of controls |"
    yield "|---|---|---|"
    for verdict in Verdict:
        shares = [outcomes[f"{role} {verdict}"] / suites / 100 for role in ("claim", "control")]
        yield f"| {verdict} | {shares[0]:.2%} | {shares[1]:.2%} |"


def lines(generate: Callable[[int], Iterator[str]], size: int) -> list[str]:
    """A table as a list, so that another process can make it."""
    return list(generate(size))


def main() -> None:
    """Make the tables, print them, and write them into the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--repetitions", type=int, default=4000)
    parser.add_argument("--suites", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=None, help="processes (default: all cores)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="replace the tables in PAGE")
    options = parser.parse_args()
    n = options.repetitions
    with ProcessPoolExecutor(options.jobs) as executor:
        waiting = [
            executor.submit(lines, edge_table, n),
            executor.submit(lines, tail_table, max(n // 4, 400)),  # fewer may all become one
            executor.submit(lines, power_table, max(n // 10, 1)),
        ]
        tables = [future.result() for future in waiting]
        tables.append(list(suite_table(options.suites, executor)))
        tables.append(list(effort_table()))
    text = "\n\n".join("\n".join(table) for table in tables)
    print(text)
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        after = rest.split(END)[1]
        options.write.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
