import numpy as np
import pytest
from scipy import stats

from widthwise.harness.predictions.proportion import Proportion, clopper_pearson
from widthwise.harness.statistics.planted import tally
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", (64, 128), "infinity", 64)
LOOK = 1e-6


def draw_with(probability):
    def draw(rng, seeds):
        return Samples(WIDTHS, (rng.random((2, seeds)) < probability).astype(float))

    return draw


@pytest.mark.parametrize("count", [0, 1, 7, 15, 16])
def test_interval_is_scipys_exact_one(count):
    expected = stats.binomtest(count, 16).proportion_ci(0.99, "exact")
    low, high = clopper_pearson(np.array([count]), 16, 0.01)
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("truth", [0.5, 0.9])
def test_wrong_verdicts_at_a_bound_stay_within_alpha(truth):
    most = stats.binom.isf(1e-4, 2000, 0.01)
    for bound in (Proportion(at_least=truth), Proportion(at_most=truth)):
        counts = tally(bound, draw_with(truth), 64, 0.01, 2000)
        assert counts[Verdict.SUPPORTED] <= most
        assert counts[Verdict.REFUTED] <= most


def test_only_the_last_rung_counts():
    values = np.array([[0.0] * 256, [1.0] * 256])
    assert Proportion(at_least=0.9).judge(Samples(WIDTHS, values), LOOK).verdict is (
        Verdict.SUPPORTED
    )
    assert Proportion(at_least=0.9).judge(Samples(WIDTHS, values[::-1]), LOOK).verdict is (
        Verdict.REFUTED
    )


def test_planned_seeds_support_the_truth_they_are_planned_for():
    likely = Proportion(at_least=0.8)
    needed = likely.needed_seeds(0.97, LOOK)
    assert needed is not None
    assert tally(likely, draw_with(0.97), needed, LOOK, 200) == {Verdict.SUPPORTED: 200}
    assert likely.power(0.97, needed - 1, LOOK) < 1 - 1e-4 <= likely.power(0.97, needed, LOOK)
    with pytest.raises(ValueError, match=r"a probability of 0\.5 lies outside"):
        likely.needed_seeds(0.5, LOOK)


def test_the_detectable_violation_is_detected():
    likely = Proportion(at_least=0.8)
    violation = likely.detectable(256, LOOK)
    assert tally(likely, draw_with(0.8 - violation), 256, LOOK, 200) == {Verdict.REFUTED: 200}
    assert likely.detectable(2, LOOK) == float("inf")


def test_a_bound_no_count_can_reach_is_foreseen():
    near_one = Proportion(at_least=0.95)
    assert "no count out of 64" in str(near_one.foresee(WIDTHS, 64, None, LOOK))
    assert near_one.foresee(WIDTHS, 512, None, LOOK) is None


def test_outcomes_are_yes_or_no():
    message = Proportion(at_least=0.5).check(64, np.array([1.0, 0.0, 0.25]))
    assert str(message).startswith("outcomes at 64 must be 0 or 1, got 0.25 for seed 2")
    with pytest.raises(ValueError, match="must be 0 or 1"):
        Proportion(at_least=0.5).judge(Samples(WIDTHS, np.full((2, 4), 0.5)), LOOK)


@pytest.mark.parametrize("bounds", [{}, {"at_least": 0.9, "at_most": 0.1}, {"at_least": 1.5}])
def test_bad_bounds_are_named(bounds):
    with pytest.raises(ValueError, match="Proportion: needs 0 <= at_least < at_most <= 1"):
        Proportion(**bounds)
