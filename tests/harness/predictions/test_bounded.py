import math

import numpy as np
import pytest
from scipy import stats

from widthwise.harness.predictions.bounded import Bounded
from widthwise.harness.statistics.jackknife import SKEW_SHARE
from widthwise.harness.statistics.planted import FAMILIES, Plant, lognormal, tally
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", (64, 256, 1024), "infinity", 64)
LOOK = 1e-6


@pytest.mark.parametrize("noise", ["lognormal", "shrinking", "paired"])
def test_wrong_verdicts_at_a_bound_stay_within_three_alpha(noise):
    plant = Plant(WIDTHS, np.ones_like, FAMILIES[noise])
    most = stats.binom.isf(1e-4, 800, 0.03)
    for inside in (Bounded(low=1), Bounded(high=1)):
        # A truth on the bound is both inside and at the edge of outside.
        counts = tally(inside, plant.draw, 32, 0.01, 800)
        assert counts[Verdict.REFUTED] <= most
        assert counts[Verdict.SUPPORTED] <= most


def test_one_rung_outside_refutes_and_is_named():
    plant = Plant(WIDTHS, lambda n: np.where(n == 256, 3.0, 1.0), lognormal)
    judgement = Bounded(high=2).judge(plant.draw(np.random.default_rng(0), 64), LOOK)
    assert judgement.verdict is Verdict.REFUTED
    assert judgement.quantity == "mean at width 256"
    assert judgement.tipping_refute == pytest.approx(judgement.interval[0] - 2)


def test_every_rung_inside_supports_and_the_closest_is_named():
    plant = Plant(WIDTHS, lambda n: np.where(n == 1024, 1.5, 1.0), lognormal)
    judgement = Bounded(0.1, 2.2).judge(plant.draw(np.random.default_rng(0), 64), LOOK)
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.quantity == "mean at width 1024"


def test_one_open_rung_keeps_the_verdict_open():
    plant = Plant(WIDTHS, lambda n: np.where(n == 256, 1.95, 1.0), lognormal)
    judgement = Bounded(high=2).judge(plant.draw(np.random.default_rng(0), 64), LOOK)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "mean at width 256" in judgement.reason


def test_a_noisy_rung_does_not_hide_one_that_is_outside():
    values = np.stack([np.linspace(1.09, 1.11, 16), np.linspace(-9, 11, 16), np.linspace(0, 1, 16)])
    judgement = Bounded(high=1).judge(Samples(WIDTHS, values), LOOK)
    assert judgement.verdict is Verdict.REFUTED
    assert judgement.quantity == "mean at width 64"


def test_intervals_of_all_rungs_hold_together():
    values = np.random.default_rng(0).standard_normal((3, 16))
    judgement = Bounded(high=1).judge(Samples(WIDTHS, values), 0.03)
    chosen = WIDTHS.rungs.index(float(judgement.quantity.split()[-1]))
    each = 0.03 / 3 / SKEW_SHARE
    expected = stats.ttest_1samp(values[chosen], 0).confidence_interval(1 - each)
    assert judgement.interval == pytest.approx((expected.low, expected.high))
    planned = Bounded(high=1).detectable(WIDTHS, 16, 1.0, 0.03) - 4 / 4
    assert planned == pytest.approx(stats.t.isf(each / 2, 15) / 4)


def test_a_constant_refutes_but_does_not_support():
    same = Samples(WIDTHS, np.ones((3, 16)))
    assert Bounded(low=2).judge(same, LOOK).verdict is Verdict.REFUTED
    judgement = Bounded(low=0.5).judge(same, LOOK)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "does not use its seeds" in judgement.reason


def test_planned_seeds_settle_what_they_are_planned_for():
    bound = Bounded(high=1.5)
    needed = bound.needed_seeds(WIDTHS, 0.3, LOOK, clearance=0.15)
    assert needed is not None

    def gamma(rng, rungs, seeds):
        return rng.gamma(0.3**-2, 0.3**2, (len(rungs), seeds))

    below = Plant(WIDTHS, lambda n: np.full_like(n, 1.35), gamma)
    violation = bound.detectable(WIDTHS, needed, 0.3 * 1.65, LOOK)
    above = Plant(WIDTHS, lambda n: np.full_like(n, 1.5 + 2 * violation), gamma)
    narrow = tally(bound, below.draw, 2 * needed, LOOK, 30)
    assert narrow == {Verdict.SUPPORTED: 30}
    assert tally(bound, above.draw, needed, LOOK, 30) == {Verdict.REFUTED: 30}


def test_bounds_closer_than_the_interval_are_foreseen():
    assert "needs more seeds" in str(Bounded(1, 1.01).foresee(WIDTHS, 64, 0.3, LOOK))
    assert Bounded(1).foresee(WIDTHS, 64, 0.3, LOOK) is None


@pytest.mark.parametrize("bounds", [{}, {"low": 2, "high": 1}, {"low": math.nan}])
def test_bad_bounds_are_named(bounds):
    with pytest.raises(ValueError, match="Bounded: needs low < high, at least one of them finite"):
        Bounded(**bounds)
