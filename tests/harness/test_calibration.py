"""The calibration runs for minutes; here each of its tables is made once, tiny."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from widthwise.harness.jackknife import t_quantile, verdict_quantile
from widthwise.harness.planted import FAMILIES

PATH = Path(__file__).parents[2] / "benchmarks" / "calibrate.py"


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


@pytest.mark.parametrize("table", ["edge_table", "power_table"])
def test_a_table_has_a_heading_and_even_rows(calibrate, table):
    caption, *rows = getattr(calibrate, table)(4)
    assert caption.endswith("\n")
    assert len({row.count("|") for row in rows}) == 1
    assert len(rows) > 5


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


def test_a_rare_miss_is_as_likely_as_theory_says(calibrate):
    """Of Gaussian samples a t interval misses as often as it says, even at 10⁻⁶."""
    rare_misses = sys.modules["rare_misses"]

    def misses(values, reach):
        mean, spread = values[0].mean(axis=-1), values[0].std(axis=-1, ddof=1)
        return mean > reach * spread / np.sqrt(values.shape[-1])

    def gaussian(rng, rungs, seeds):
        return rng.standard_normal((len(rungs), seeds))

    for alpha in (1e-3, 1e-6):
        found = rare_misses.probability_of_missing(
            gaussian, np.array([64.0]), 16, misses, t_quantile(16, alpha), 64_000
        )
        assert found.probability == pytest.approx(alpha / 2, rel=0.1)
        assert found.misses > 200


def test_rare_coins_are_weighed_too(calibrate):
    """A sample without a single outlier has probability 0.97^seeds."""
    rare_misses = sys.modules["rare_misses"]
    found = rare_misses.probability_of_missing(
        FAMILIES["outliers"],
        np.array([64.0]),
        256,
        lambda values, reach: values[0].max(axis=-1) < 3 / reach,
        1.0,
        256_000,
    )
    assert found.probability == pytest.approx(0.97**256, rel=0.1)


def test_what_cannot_happen_has_probability_zero(calibrate):
    rare_misses = sys.modules["rare_misses"]
    found = rare_misses.probability_of_missing(
        FAMILIES["lognormal"],
        np.array([64.0]),
        16,
        lambda values, reach: (values < 0).any(axis=(0, -1)),
        1.0,
        16_000,
    )
    assert found.probability == 0


def test_no_side_of_an_interval_misses_three_times_as_often_as_declared(calibrate):
    """The worst cases of the tail table, at the level of a look."""
    table = sys.modules["tail_table"]
    for what, name, seeds in (
        ("exponent, D = 0", "shrinking", 64),
        ("exponent, D = 0.3", "shrinking", 16),
        ("one mean", "shrinking", 64),
    ):
        interval = table.INTERVALS[what]
        pilot = FAMILIES[name](np.random.default_rng(0), interval.rungs, 4096)
        reach = verdict_quantile(seeds, table.LOOK)
        for misses in interval.sides(pilot, seeds):
            found = sys.modules["rare_misses"].probability_of_missing(
                FAMILIES[name], interval.rungs, seeds, misses, reach, 64_000
            )
            assert found.probability <= 3 * table.LOOK
