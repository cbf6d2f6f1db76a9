import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.interpolate import CubicSpline

from widthwise.harness import AreaUnder, CrossesAt, DecaysExponentially, LowestAt, PowerLaw
from widthwise.harness.statistics.jackknife import log_pseudo_values
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import ALPHA, LOOKS, Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", (64, 128, 256, 512, 1024), "infinity", 64)
RATES = tuple(2.0**k for k in range(-12, 4))
LOOK = ALPHA / LOOKS


def bowls(places, rng, seeds, noise=0.1):
    """Curves that are lowest near e^place, those of single seeds elsewhere."""
    wander = noise * rng.standard_normal((len(places), seeds, 1))
    depth = np.exp(0.3 * rng.standard_normal((len(places), seeds, 1)))
    away = np.log(RATES) - np.array(places)[:, None, None] - wander
    return depth * (1 + away**2)


def optimum(exponent, rng, seeds):
    """Loss curves whose best rate is 4·N^exponent."""
    return bowls([math.log(0.5) + exponent * math.log(n / 64) for n in WIDTHS.rungs], rng, seeds)


@pytest.mark.parametrize("exponent", [0.0, -1.0])
def test_the_exponent_of_an_optimum_is_that_of_the_mean_curve(exponent):
    samples = Samples(WIDTHS, optimum(exponent, np.random.default_rng(0), 64))
    told = PowerLaw(exponent, correction=0.1, statistic=LowestAt(RATES))
    assert told.judge(samples, LOOK).verdict is Verdict.SUPPORTED
    other = PowerLaw(-1.0 - exponent, correction=0.1, statistic=LowestAt(RATES))
    assert other.judge(samples, LOOK).verdict is Verdict.REFUTED


def test_wrong_verdicts_on_optima_stay_within_three_alpha():
    # The optimum falls as N^-.15, which is the edge of the band.
    rng = np.random.default_rng(1)
    told = PowerLaw(0.0, correction=0.0, statistic=LowestAt(RATES))
    verdicts = [
        told.judge(Samples(WIDTHS, optimum(-0.15, rng, 16)), 0.01).verdict for _ in range(150)
    ]
    assert sum(v is not Verdict.INCONCLUSIVE for v in verdicts) <= stats.binom.isf(1e-4, 150, 0.06)


def test_the_spline_finds_the_lowest_point_between_the_points_of_the_grid():
    # A cubic spline is exact for a parabola.
    place = math.log(0.37)
    curve = (np.log(RATES) - place) ** 2 + 1
    assert LowestAt(RATES).of(curve) == pytest.approx(0.37, rel=1e-9)


def one_by_one(curve):
    """The lowest point by the roots that scipy finds of a single spline."""
    spline = CubicSpline(np.log(RATES), curve)
    flat = spline.derivative().roots(extrapolate=False)
    flat = flat[np.isfinite(flat)]
    best = flat[np.argmin(spline(flat))] if flat.size else math.nan
    return math.exp(best) if spline(best) < min(curve[0], curve[-1]) else math.nan


def test_many_curves_at_once_have_the_lowest_points_that_each_has_alone():
    curves = np.random.default_rng(3).normal(size=(300, len(RATES))).cumsum(1)
    curves[:3] = 1.0
    curves[3:6, 4:9] = -30.0  # flat where it is lowest
    curves[6:9] = (np.log(RATES) + 1.3) ** 2  # whose cubic terms are rounding
    found, alone = LowestAt(RATES).of(curves), [one_by_one(curve) for curve in curves]
    np.testing.assert_allclose(found, alone, rtol=1e-9)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_curve_that_is_lowest_at_an_end_has_no_optimum(sign):
    assert np.isnan(LowestAt(RATES).of(sign * np.log(RATES)))
    told = PowerLaw(0.0, statistic=LowestAt(RATES))
    curves = sign * np.log(RATES) + np.random.default_rng(0).standard_normal((16, 1)) * 0.1 + 20
    assert told.check(64, curves) == (
        "the mean curve at 64 must be lowest between the ends of its grid: extend the grid"
    )


def test_a_constant_curve_has_no_optimum():
    assert np.isnan(LowestAt(RATES).of(np.ones(len(RATES))))


def test_one_seed_that_carries_the_optimum_is_told():
    rng = np.random.default_rng(0)
    falling = 20 - np.log(RATES) + 0.01 * rng.standard_normal((16, 1))
    falling[0] += 100 * (np.log(RATES) - 0.1) ** 2
    assert "the mean of all curves but one" in str(
        PowerLaw(0.0, statistic=LowestAt(RATES)).check(64, falling)
    )


@given(st.floats(0.01, 0.99), st.floats(0.5, 3))
def test_a_crossing_is_found_on_the_line_between_two_points(part, step):
    grid = (1.0, math.exp(step), math.exp(2 * step))
    curve = np.array([2.0, 1.0, 0.5])
    level = 2.0 - part
    assert CrossesAt(grid, level).of(curve) == pytest.approx(math.exp(step * part), rel=1e-9)


def test_the_first_of_several_crossings_counts_in_either_direction():
    grid = (1.0, 2.0, 4.0, 8.0)
    waves = np.array([[0.0, 1.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]])
    assert CrossesAt(grid, 0.5).of(waves) == pytest.approx([math.sqrt(2)] * 2)
    assert np.isnan(CrossesAt(grid, 2.0).of(waves)).all()


def test_times_to_learn_grow_as_planted():
    steps = tuple(float(2**k) for k in range(14))
    rng = np.random.default_rng(2)
    half = np.array(WIDTHS.rungs)[:, None, None] * np.exp(0.05 * rng.standard_normal((5, 32, 1)))
    curves = 1 / (1 + np.array(steps) / half)
    told = PowerLaw(1.0, statistic=CrossesAt(steps, 0.5))
    assert told.judge(Samples(WIDTHS, curves), LOOK).verdict is Verdict.SUPPORTED


def test_the_area_under_a_line_is_that_of_the_trapezoid():
    assert AreaUnder((1.0, 2.0, 4.0)).of(np.array([1.0, 2.0, 0.0])) == pytest.approx(3.5)


def test_the_jackknife_leaves_out_curves_not_points():
    rng = np.random.default_rng(3)
    curves = bowls([0.0], rng, 6)
    statistic = LowestAt(RATES)
    whole = math.log(statistic.of(curves[0].mean(0)))
    by_hand = [
        6 * whole - 5 * math.log(statistic.of(np.delete(curves[0], s, axis=0).mean(0)))
        for s in range(6)
    ]
    assert log_pseudo_values(curves, statistic)[0] == pytest.approx(by_hand)


def test_points_of_a_figure_are_of_the_mean_curve_and_single_seeds_their_own():
    samples = Samples(WIDTHS, optimum(0.0, np.random.default_rng(0), 32))
    (point, *_) = PowerLaw(0.0, statistic=LowestAt(RATES)).summarise(samples)
    assert point.interval[0] < point.estimate < point.interval[1]
    assert point.extremes[0] < point.interval[0]
    assert len(point.clouds[0]) == 16


def test_a_decay_can_be_of_a_mean_curve_too():
    assert DecaysExponentially(1, 0.1, statistic=AreaUnder((1.0, 2.0))).outcome_shape == (2,)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: LowestAt((1.0, 2.0, 4.0)), "LowestAt: the grid needs at least 5"),
        (lambda: CrossesAt((2.0, 1.0), 0.5), "increasing order"),
        (lambda: AreaUnder((0.0, 1.0)), "positive numbers"),
        (lambda: CrossesAt((1.0, 2.0), math.nan), "level must be a finite number"),
        (lambda: PowerLaw(0.0, statistic="median"), "statistic must be one of"),
        (lambda: PowerLaw(0.0, statistic=3), "statistic must be one of"),
    ],
)
def test_statistics_that_mean_nothing_are_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()
