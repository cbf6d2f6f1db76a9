import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from widthwise.harness.predictions.limit import Limit
from widthwise.harness.statistics.planted import FAMILIES, Plant, lognormal, tally
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import ALPHA, LOOKS, Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", (64, 128, 256, 512, 1024, 2048, 4096), "infinity", 64)
LOOK = ALPHA / LOOKS


def gaussian(size):
    return lambda rng, rungs, seeds: size * rng.standard_normal((len(rungs), seeds))


def draw_around(law, size):
    """Samples of a law that may be zero, under additive noise."""

    def draw(rng, seeds):
        rungs = np.array(WIDTHS.rungs)
        return Samples(WIDTHS, law(rungs)[:, None] + gaussian(size)(rng, rungs, seeds))

    return draw


def test_a_limit_that_is_reached_is_supported():
    draw = draw_around(lambda n: 2 + 1 / n, 0.1)
    assert tally(Limit(2, 0.12), draw, 64, LOOK, 50) == {Verdict.SUPPORTED: 50}


def test_another_limit_is_refuted():
    draw = draw_around(lambda n: 2.2 + 1 / n, 0.1)
    assert tally(Limit(2, 0.05), draw, 64, LOOK, 50) == {Verdict.REFUTED: 50}


@pytest.mark.parametrize("scale", [0.05, 1.0])
def test_a_leading_term_is_extrapolated_away(scale):
    """At the last width the law is still 0.06 away; its own form says where it goes."""
    draw = draw_around(lambda n: scale * (2 + 0.5 * (64 / n) ** 0.5 + 0.1 * 64 / n), scale * 0.1)
    plain, extrapolated = (
        Limit(2 * scale, 0.04 * scale),
        Limit(2 * scale, 0.08 * scale, rate=0.5, correction=0.2 * scale),
    )
    assert tally(plain, draw, 256, LOOK, 30)[Verdict.SUPPORTED] == 0
    assert tally(extrapolated, draw, 256, LOOK, 30) == {Verdict.SUPPORTED: 30}


def test_a_wrong_rate_is_called_a_misfit_or_refuted_but_never_supported():
    draw = draw_around(lambda n: 2 + np.where(n < 512, 1.0, 0.0), 0.01)
    counts = tally(Limit(2, 0.05, rate=1.0, correction=0.1), draw, 64, LOOK, 30)
    assert counts[Verdict.SUPPORTED] == 0


@pytest.mark.parametrize("noise", ["lognormal", "shrinking", "paired"])
@pytest.mark.parametrize("truth", [0.5, 1.5])
def test_wrong_verdicts_at_the_edge_of_the_band_stay_within_three_alpha(noise, truth):
    plant = Plant(WIDTHS, lambda n: np.full_like(n, truth), FAMILIES[noise])
    most = stats.binom.isf(1e-4, 800, 0.03)
    assert tally(Limit(1, 0.5), plant.draw, 32, 0.01, 800)[Verdict.REFUTED] <= most
    beside = Limit(2 * truth - 1, 0.5)
    assert tally(beside, plant.draw, 32, 0.01, 800)[Verdict.SUPPORTED] <= most


@pytest.mark.parametrize("sign", [-1, 1])
def test_next_orders_that_are_allowed_for_give_no_wrong_verdict_at_the_edge(sign):
    most = stats.binom.isf(1e-4, 200, 0.03)
    for truth in (0.9, 1.1):
        draw = draw_around(lambda n, a=truth: a + 0.3 * (64 / n) ** 0.5 + sign * 6.4 / n, 0.002)
        counts = tally(Limit(1, 0.1, rate=0.5, correction=0.1), draw, 64, 0.01, 200)
        assert counts[Verdict.SUPPORTED] + counts[Verdict.REFUTED] <= most


def test_variance_converges_like_any_statistic():
    draw = draw_around(lambda n: 0 * n, 0.5)
    limit = Limit(0.25, 0.35, statistic="variance")
    assert tally(limit, draw, 256, LOOK, 30)[Verdict.SUPPORTED] == 30


def test_exact_zero_refutes_a_variance_but_supports_nothing():
    """An antisymmetric network starts at exactly 0 whatever its seed."""
    samples = Samples(WIDTHS, np.zeros((7, 16)))
    refuted = Limit(1, 0.5, statistic="variance").judge(samples, LOOK)
    assert refuted.verdict is Verdict.REFUTED
    unmoved = Limit(0, 0.5).judge(samples, LOOK)
    assert unmoved.verdict is Verdict.INCONCLUSIVE
    assert "all 16 seeds gave the same number at 4096" in unmoved.reason


@settings(max_examples=30, deadline=None)
@given(
    scale=st.floats(1e-30, 1e30),
    order=st.permutations(range(16)),
    entropy=st.integers(0, 2**32 - 1),
    rate=st.sampled_from([None, 0.5, 1.0]),
)
def test_verdicts_know_no_units_and_no_order_of_seeds(scale, order, entropy, rate):
    samples = Plant(WIDTHS, lambda n: 1 + 3 / n, lognormal).draw(np.random.default_rng(entropy), 16)
    correction = None if rate is None else 0.1
    plain = Limit(1, 0.2, rate, correction).judge(samples, 0.01)
    scaled = Limit(scale, 0.2 * scale, rate, None if correction is None else correction * scale)
    moved = scaled.judge(Samples(WIDTHS, scale * samples.values[:, order]), 0.01)
    assert moved.verdict is plain.verdict
    assert moved.interval == pytest.approx([scale * end for end in plain.interval], rel=1e-6)


@pytest.mark.parametrize("rate", [None, 0.5])
def test_planned_seeds_suffice(rate):
    limit = Limit(2, 0.1, rate, None if rate is None else 0.1)
    needed = limit.needed_seeds(WIDTHS, 0.2, LOOK)
    assert needed is not None
    draw = draw_around(lambda n: 2 + 0 * n, 0.2)
    assert tally(limit, draw, needed, LOOK, 50) == {Verdict.SUPPORTED: 50}
    assert limit.foresee(WIDTHS, needed, 0.2, LOOK) is None
    assert "needs more seeds" in str(limit.foresee(WIDTHS, needed // 4, 0.2, LOOK))
    error = limit.detectable(WIDTHS, needed, 0.2, LOOK)
    off = draw_around(lambda n: 2 + error + 0 * n, 0.2)
    assert tally(limit, off, needed, LOOK, 50) == {Verdict.REFUTED: 50}


def test_noise_is_in_the_units_of_the_measurement():
    samples = draw_around(lambda n: 2 + 0 * n, 0.2)(np.random.default_rng(0), 4096)
    assert Limit(2, 0.1).noise(samples) == pytest.approx(0.2, rel=0.05)


def test_a_band_below_the_bias_is_foreseen_without_any_noise():
    reason = Limit(2, 0.01, 0.5, 5.0).foresee(WIDTHS, 10**6, None, LOOK)
    assert str(reason).startswith("band too narrow for these widths: a next order of 5 alone")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"value": math.inf, "tolerance": 1}, "value must be a finite number, got inf"),
        ({"value": 1, "tolerance": 0}, "tolerance must be positive, got 0"),
        ({"value": 1, "tolerance": 1, "rate": 0.5}, "needs both a rate and a correction"),
        ({"value": 1, "tolerance": 1, "correction": 0.5}, "needs both a rate and a correction"),
        ({"value": 1, "tolerance": 1, "rate": 0, "correction": 1}, "rate must be positive, got 0"),
        ({"value": 1, "tolerance": 1, "rate": 1, "correction": -1}, "at least 0, got -1"),
        ({"value": 1, "tolerance": 1, "statistic": "mode"}, "statistic must be one of"),
    ],
)
def test_bad_numbers_are_named(arguments, message):
    with pytest.raises(ValueError, match=f"Limit: .*{message}"):
        Limit(**arguments)


def test_an_extrapolation_needs_three_widths():
    with pytest.raises(ValueError, match="at least 3 values of width"):
        Limit(1, 1, 0.5, 0.1).require(Ladder("width", (64, 128), "infinity", 64))


def test_a_description_names_value_band_and_rate():
    assert Limit(0.5, 0.01).describe() == "limit 0.5 ± 0.01"
    assert Limit(0.5, 0.01, 0.5, 0.1).describe() == "limit 0.5 ± 0.01, approached as N^−0.5"
