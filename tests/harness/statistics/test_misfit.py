import numpy as np
import pytest
from scipy import stats

from widthwise.harness.statistics.contrast import left_over
from widthwise.harness.statistics.misfit import (
    BOUND_ALPHA,
    EXCESS_ALPHA,
    LEFT_OVER_ALPHA,
    left_over_misfit,
    measure_curvature,
)

X = np.arange(5.0)
LINE = np.column_stack([np.ones(5), X])
BLIND = left_over(np.column_stack([LINE, X**2, X**3]))


def bent(size, seeds=16, noise=1.0):
    """A line with this curvature and noise that is the same for every size."""
    rng = np.random.default_rng(0)
    return (1 + 2 * X + size * X**2)[:, None] + noise * rng.standard_normal((5, seeds))


@pytest.fixture
def curvature():
    return measure_curvature(LINE, X**2, 0.3 * X[None] ** 2, size=0.3, slack=0.1)


def test_curvature_is_the_coefficient_of_the_slowest_correction(curvature):
    assert curvature.weights @ (1 + 2 * X + 0.7 * X**2) == pytest.approx(0.7)
    assert curvature.worst == pytest.approx(0.3 + 0.1)
    assert curvature.cap == pytest.approx(3 * 0.3 + 0.1)
    assert curvature.norm == pytest.approx(np.linalg.norm(np.polyfit(X, np.eye(5), 2)[0]))


@pytest.mark.parametrize("sign", [-1, 1])
def test_excess_is_judged_by_students_interval(curvature, sign):
    zero = curvature.weights @ bent(0.0)
    margin = stats.t.isf(EXCESS_ALPHA / 2, 15) * stats.sem(zero)
    tipping = sign * (curvature.worst + margin) - zero.mean()
    assert curvature.excess(bent(tipping + sign * 1e-6)) is not None
    assert curvature.excess(bent(tipping - sign * 1e-6)) is None


def test_the_bound_is_students(curvature):
    observed = curvature.weights @ bent(0.2, noise=0.1)
    margin = stats.t.isf(BOUND_ALPHA / 2, 15) * stats.sem(observed)
    assert curvature.bound(bent(0.2, noise=0.1), (1,)) == pytest.approx(observed.mean() + margin)
    assert curvature.bound(bent(0.2, noise=0.1), (-1,)) == pytest.approx(margin - observed.mean())


def test_curvature_is_charged_from_the_cap_on_for_all_that_it_has_too_much(curvature):
    slope = np.array([-1.0, 0, 0, 0, 1]) / 4
    steeper_by = slope @ X**2
    assert curvature.charge(curvature.cap, slope) == 0
    for bound in (curvature.cap + 1e-9, 2.5):
        expected = (bound - curvature.worst) * steeper_by
        assert curvature.charge(bound, slope) == pytest.approx(expected)
        assert curvature.charge(bound, -slope) == pytest.approx(expected)


def test_on_one_blind_contrast_hotelling_is_student():
    """Two routes to one probability, on either side of the level."""
    pseudo = bent(0.0)
    observed = (BLIND @ pseudo)[0]
    shift = stats.t.isf(LEFT_OVER_ALPHA / 2, 15) * stats.sem(observed) - observed.mean()
    for factor, found in ((1.001, True), (0.999, False)):
        moved = pseudo + np.outer(BLIND[0], np.full(16, factor * (shift + observed.mean())))
        moved -= np.outer(BLIND[0], np.full(16, observed.mean()))
        assert stats.ttest_1samp((BLIND @ moved)[0], 0).pvalue < LEFT_OVER_ALPHA or not found
        assert (left_over_misfit(moved, BLIND, 1.0, material=0.0) is not None) == found


def test_only_what_could_move_the_estimate_matters():
    pseudo = bent(0.0, noise=1e-9) + 0.01 * BLIND[0][:, None]
    assert left_over_misfit(pseudo, BLIND, sensitivity=1.0, material=0.02) is None
    assert left_over_misfit(pseudo, BLIND, sensitivity=3.0, material=0.02) is not None


def test_the_law_and_its_corrections_leave_nothing_over():
    pseudo = bent(5.0, noise=1e-12) + 3 * X[:, None] ** 3
    assert left_over_misfit(pseudo, BLIND, sensitivity=1.0, material=1e-6) is None
    assert left_over_misfit(pseudo, BLIND[:0], sensitivity=1.0, material=0.0) is None


def test_fewer_seeds_than_contrasts_settle_nothing():
    blind = left_over(LINE)
    reason = left_over_misfit(bent(5.0, seeds=3), blind, 1.0, 0.0)
    assert reason == "needs more seeds: 3 cannot test the fit to 5 rungs"


def test_a_difference_in_any_direction_counts_once_noise_is_correlated():
    """T² takes the shape of the noise into account: a small shift across it is certain."""
    rng = np.random.default_rng(0)
    blind = left_over(LINE)
    noise = np.outer(blind[0], rng.standard_normal(64))
    noise += 1e-3 * np.einsum("ij,ik->jk", blind, rng.standard_normal((3, 64)))
    assert left_over_misfit(noise, blind, 1.0, 0.0) is None
    assert left_over_misfit(noise + 0.01 * blind[1][:, None], blind, 1.0, 0.0) is not None
