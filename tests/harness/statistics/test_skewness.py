"""Intervals of plain quantities hold for skewed and for symmetric measurements."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from widthwise.harness.statistics.jackknife import log_pseudo_values, t_quantile, verdict_quantile
from widthwise.harness.statistics.planted import FAMILIES
from widthwise.harness.statistics.skewness import interval_of_contrast, reach_of_log_contrast

ONE = np.ones(1)
WIDTHS = 64.0 * 2 ** np.arange(7)
EXPONENT = (np.log(WIDTHS) - np.log(WIDTHS).mean()) / np.var(np.log(WIDTHS)) / 7
"""The contrast that is the exponent of a power law."""


def ends(values, statistic="mean", weights=ONE, quantile=2.0):
    return tuple(map(float, interval_of_contrast(values, statistic, weights, quantile)))


def test_signed_numbers_get_students_interval():
    signed = np.random.default_rng(0).standard_normal((1, 20))
    expected = stats.ttest_1samp(signed[0], 0).confidence_interval(0.95)
    assert ends(signed, quantile=t_quantile(20, 0.05)) == pytest.approx(
        (signed.mean(), expected.low, expected.high)
    )


@pytest.mark.parametrize(("statistic", "power"), [("mean", 1 / 2), ("variance", 1 / 2), ("rms", 1)])
def test_the_upper_end_is_that_of_a_negative_power(statistic, power):
    """Student's interval of m^-p ends where m does, by the delta method."""
    values = np.random.default_rng(0).lognormal(0, 0.3, (1, 64))
    estimate, low, high = ends(values, statistic)
    reach = estimate - low
    on_scale = estimate**-power - power * estimate ** (-power - 1) * reach
    assert high == pytest.approx(on_scale ** (-1 / power))
    assert high - estimate > reach


def test_noise_too_loud_for_the_seeds_leaves_the_upper_end_open():
    values = np.random.default_rng(0).standard_normal((1, 16)) ** 2
    _, low, high = ends(values, quantile=verdict_quantile(16, 1e-6))
    assert np.isfinite(low)
    assert high == np.inf


def test_a_negative_weight_stretches_the_lower_end():
    values = np.random.default_rng(0).lognormal(0, [[0.01], [0.5]], (2, 64))
    up, down = (ends(values, weights=np.array([0.0, sign])) for sign in (1.0, -1.0))
    assert down == pytest.approx((-up[0], -up[2], -up[1]))
    both = ends(values, weights=np.array([1.0, -1.0]))
    assert both[0] - both[1] > both[2] - both[0]


def test_rungs_without_weight_do_not_count():
    values = np.random.default_rng(0).lognormal(0, 0.5, (1, 64))
    beside = np.concatenate([-values, values])
    assert ends(beside, weights=np.array([0.0, 1.0])) == pytest.approx(ends(values))


def test_exact_zero_has_an_interval_of_no_width():
    for statistic in ("mean", "rms", "variance"):
        assert ends(np.zeros((1, 16)), statistic) == (0, 0, 0)


@given(
    scale=st.floats(1e-30, 1e30),
    order=st.permutations(range(16)),
    statistic=st.sampled_from(["mean", "rms", "variance"]),
)
def test_intervals_know_no_units_and_no_order_of_seeds(scale, order, statistic):
    values = np.random.default_rng(5).lognormal(0, 0.4, (3, 16))
    weights = np.array([-0.3, 0.1, 1.2])
    moved = ends(scale * values[:, order], statistic, weights)
    unit = scale**2 if statistic == "variance" else scale
    assert moved == pytest.approx(
        [unit * end for end in ends(values, statistic, weights)], rel=1e-9, abs=0
    )


def gaussian(rng, rungs, seeds):
    return 1 + 0.2 * rng.standard_normal((len(rungs), seeds))


@pytest.mark.parametrize("seeds", [16, 64])
@pytest.mark.parametrize("name", ["lognormal", "shrinking", "chi_squared", "paired", "gaussian"])
def test_either_end_misses_at_most_three_times_as_often_as_declared(name, seeds):
    noise = FAMILIES.get(name, gaussian)
    repetitions, alpha = 4_000_000 // seeds, 1e-3
    values = noise(np.random.default_rng(0), np.array([64.0]), repetitions * seeds)
    values = values.reshape(1, repetitions, seeds)
    _, low, high = interval_of_contrast(values, "mean", ONE, verdict_quantile(seeds, alpha))
    most = stats.binom.isf(1e-6, repetitions, 3 * alpha)
    assert (high < 1).sum() <= most
    assert (low > 1).sum() <= most


def test_students_interval_of_skewed_numbers_misses_far_more_often():
    """Why there is a scale at all: at 16 seeds of χ²₁ and α = 10⁻³, 30 times."""
    values = np.random.default_rng(0).standard_normal((200_000, 16)) ** 2
    reach = t_quantile(16, 1e-3) * values.std(axis=1, ddof=1) / 4
    assert 0.029 < (values.mean(axis=1) + reach < 1).mean() < 0.032


@pytest.mark.parametrize(("statistic", "name"), [("rms", "shrinking"), ("variance", "paired")])
def test_exponents_of_squares_miss_at_most_three_times_as_often_as_declared(statistic, name):
    """A t interval at a fifth of the level misses 7 and 13 times as often."""
    repetitions, seeds, alpha = 100_000, 16, 1e-4
    rng = np.random.default_rng(0)
    values = FAMILIES[name](rng, WIDTHS, repetitions * seeds).reshape(7, repetitions, seeds)
    # Noise that shrinks gives squares a slope of their own.
    many = FAMILIES[name](rng, WIDTHS, 1_000_000)
    truth = float(EXPONENT @ log_pseudo_values(many, statistic).mean(axis=1))
    pseudo = log_pseudo_values(values, statistic)
    quantile = verdict_quantile(seeds, alpha)
    middle, down, up = reach_of_log_contrast(pseudo, statistic, EXPONENT, quantile)
    most = stats.binom.isf(1e-4, repetitions, 3 * alpha)
    assert (middle + up < truth).sum() <= most
    assert (middle - down > truth).sum() <= most


def test_the_exponent_of_a_mean_gets_students_interval():
    pseudo = log_pseudo_values(np.random.default_rng(0).lognormal(0, 0.3, (7, 20)), "mean")
    middle, down, up = reach_of_log_contrast(pseudo, "mean", EXPONENT, t_quantile(20, 0.05))
    expected = stats.ttest_1samp(EXPONENT @ pseudo, 0).confidence_interval(0.95)
    assert (middle - down, middle + up) == pytest.approx((expected.low, expected.high))


def test_noise_of_squares_is_at_least_that_of_all_rungs_together():
    """Equal pseudo-values at the rungs that count most would leave an interval of no width."""
    noise = np.random.default_rng(0).standard_normal((3, 50))
    noise[[0, 2]] = 0
    weights = np.array([-1.0, 0.0, 1.0])
    _, down, up = reach_of_log_contrast(noise, "rms", weights, 2.0)
    # One rung of three is noisy, which once the seeds' means are gone is a third of variance.
    pooled = noise[1].std(ddof=1) / np.sqrt(3)
    assert (down, up) == pytest.approx([2 * pooled * np.sqrt(2 / 50)] * 2)


@pytest.mark.parametrize(("statistic", "power"), [("variance", 2), ("rms", 4)])
@pytest.mark.parametrize("noisy", [0, -1])
def test_the_noisier_rung_stretches_its_end(statistic, power, noisy):
    """By p·δ²/2 of an interval on m^-p, where all noise is at one rung."""
    pseudo = np.zeros((7, 50))
    pseudo[noisy] = np.random.default_rng(0).standard_normal(50)
    _, *ends = reach_of_log_contrast(pseudo, statistic, EXPONENT, 2.0)
    plain, stretched = ends if noisy else ends[::-1]
    weight = abs(EXPONENT[noisy])
    assert plain == pytest.approx(2 * weight * pseudo[noisy].std(ddof=1) / np.sqrt(50))
    assert stretched - plain == pytest.approx(weight * power / 2 * (plain / weight) ** 2)
