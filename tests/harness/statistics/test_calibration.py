"""The calibration runs for minutes; here each of its tables is made once, tiny."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from widthwise.harness.predictions.correlates import Correlates
from widthwise.harness.statistics.jackknife import t_quantile, verdict_quantile
from widthwise.harness.statistics.planted import FAMILIES
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples

PATH = Path(__file__).parents[3] / "benchmarks" / "calibrate.py"
ONE_RUNG = np.array([64.0])


@pytest.fixture(scope="module")
def calibrate():
    sys.path.insert(0, str(PATH.parent))
    spec = importlib.util.spec_from_file_location("widthwise_calibrate", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]
    sys.path.remove(str(PATH.parent))


@pytest.fixture
def rare_misses(calibrate):
    return sys.modules["rare_misses"]


@pytest.mark.parametrize("table", ["edge_table", "power_table"])
def test_a_table_has_a_heading_and_even_rows(calibrate, table):
    caption, *rows = getattr(calibrate, table)(4)
    assert caption.endswith("\n")
    assert len({row.count("|") for row in rows}) == 1
    assert len(rows) > 5


def test_the_tail_table_shows_what_is_too_rare_as_a_bound(calibrate, monkeypatch):
    table = sys.modules["tail_table"]
    quiet = replace(table.INTERVALS["one mean"], families={"lognormal": FAMILIES["lognormal"]})
    monkeypatch.setattr(table, "INTERVALS", {"one mean": quiet})
    monkeypatch.setattr(table, "SEEDS", (16, 64))
    caption, _, _, row = table.tail_table(500)
    assert "α = 1e-06" in caption
    for cell in row.split("|")[3:5]:
        above, below = cell.split("/")
        assert 0.1 < float(above) < 0.6
        assert below.strip() == "<0.01"


def test_the_interval_of_a_correlation_is_that_of_its_verdict(calibrate):
    pairs = FAMILIES["paired"](np.random.default_rng(0), np.array([64.0, 128.0]), 3 * 32)
    reach = verdict_quantile(32, 1e-6)
    low, high = sys.modules["tail_table"].correlation_ends(pairs.reshape(2, 3, 32), reach)
    for sample in range(3):
        values = pairs.reshape(2, 3, 32)[:, sample].T[None]
        judged = Correlates(0.1).judge(
            Samples(Ladder("width", (64,), "infinity", 64), values), 1e-6
        )
        expected = pytest.approx(judged.interval, rel=1e-9)
        assert tuple(np.tanh([low[sample], high[sample]])) == expected


def test_a_simulated_suite_holds_no_wrong_verdict(calibrate):
    outcomes = calibrate.suite(0)
    assert outcomes["wrong"] == 0
    assert outcomes["claim supported"] > 30
    assert outcomes["control refuted"] > 90


def test_more_effort_settles_more_noise(calibrate):
    _, _, _, *rows = calibrate.effort_table()
    for row in rows:
        quick, standard, full = map(float, row.split("|")[3:6])
        assert 0 < quick < standard < full


def test_a_rare_miss_is_as_likely_as_theory_says(rare_misses):
    """Of Gaussian samples a t interval misses as often as it says, even at 10⁻⁶."""

    def misses(values, reach):
        mean, spread = values[0].mean(axis=-1), values[0].std(axis=-1, ddof=1)
        return mean > reach * spread / np.sqrt(values.shape[-1])

    def gaussian(rng, rungs, seeds):
        return rng.standard_normal((len(rungs), seeds))

    truth = rare_misses.Truth(gaussian, ONE_RUNG, 16)
    for alpha in (1e-3, 1e-6):
        found = rare_misses.probability_of_missing(truth, misses, t_quantile(16, alpha), 4000)
        assert found.probability == pytest.approx(alpha / 2, rel=0.2)
        assert 0 < found.error < 0.15 * found.probability


@pytest.mark.parametrize("name", ["chi_squared", "outliers", "paired"])
def test_splitting_agrees_with_counting_where_counting_can_be_done(rare_misses, name):
    table = sys.modules["tail_table"]
    interval = table.INTERVALS["exponent, D = 0"]
    truth = rare_misses.Truth(FAMILIES[name], interval.rungs, 16)
    reach = t_quantile(16, 4e-3)
    misses, _ = interval.sides(truth.noise, 16)
    counted = misses(truth.draw(np.random.default_rng(1), 80_000, 16), reach).mean()
    found = rare_misses.probability_of_missing(truth, misses, reach, 2000)
    both = np.hypot(found.error, np.sqrt(counted / 80_000))
    assert abs(found.probability - counted) < 3 * both < counted / 2


def test_rare_coins_are_counted_too(rare_misses):
    """A sample without a single outlier has probability 0.97^seeds."""
    truth = rare_misses.Truth(FAMILIES["outliers"], ONE_RUNG, 256)
    found = rare_misses.probability_of_missing(
        truth, lambda values, reach: values[0].max(axis=-1) * reach < 3, 1.0
    )
    assert found.probability == pytest.approx(0.97**256, rel=0.2)


def test_what_cannot_happen_has_probability_zero(rare_misses):
    truth = rare_misses.Truth(FAMILIES["lognormal"], ONE_RUNG, 16)
    found = rare_misses.probability_of_missing(
        truth, lambda values, reach: (values < 0).any(axis=(0, -1)), 1.0
    )
    assert found.probability == 0


def test_samples_that_are_all_missed_alike_are_refused(rare_misses):
    truth = rare_misses.Truth(lambda rng, rungs, seeds: np.ones((len(rungs), seeds)), ONE_RUNG, 16)
    with pytest.raises(ArithmeticError, match="all samples miss by 2 standard errors"):
        rare_misses.probability_of_missing(
            truth, lambda values, reach: np.full(values.shape[1], reach <= 2), 4.0
        )


@pytest.mark.parametrize(
    ("what", "name", "seeds"),
    [
        ("exponent, D = 0", "shrinking", 64),
        ("exponent, D = 0.3", "shrinking", 16),
        ("one mean", "shrinking", 64),
        ("exponent, D = 0.3", "chi_squared", 16),
        ("one mean", "chi_squared", 16),
        ("exponent of an RMS, D = 0", "shrinking", 64),
        ("exponent of a variance, D = 0", "paired", 16),
        ("correlation", "chi_squared", 64),
    ],
)
def test_no_side_of_an_interval_misses_three_times_as_often_as_declared(
    rare_misses, what, name, seeds
):
    """The worst cases of the tail table, at the level of a look."""
    table = sys.modules["tail_table"]
    for found in table.misses_of(what, name, seeds, 500):
        assert found.probability <= 3 * table.LOOK
