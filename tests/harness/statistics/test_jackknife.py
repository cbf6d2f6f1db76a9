import numpy as np
import pytest
from scipy import stats

from widthwise.harness.statistics.jackknife import (
    evaluate,
    leave_one_out,
    log_pseudo_values,
    pooled_noise,
    pseudo_values,
    require_statistic,
    standard_error,
    t_quantile,
    verdict_quantile,
)

STATISTICS = {
    "mean": np.mean,
    "rms": lambda v: np.sqrt(np.mean(v**2)),
    "variance": lambda v: np.var(v, ddof=1),
}


@pytest.fixture
def values():
    return np.random.default_rng(3).lognormal(0, 0.5, (3, 12))


@pytest.mark.parametrize("statistic", STATISTICS)
def test_leaving_out_one_seed_is_computing_without_it(values, statistic):
    by_hand = [
        [STATISTICS[statistic](np.delete(row, s)) for s in range(row.size)] for row in values
    ]
    np.testing.assert_allclose(leave_one_out(values, statistic), by_hand, rtol=1e-12)
    np.testing.assert_allclose(
        evaluate(values, statistic), [STATISTICS[statistic](row) for row in values], rtol=1e-12
    )


@pytest.mark.parametrize("statistic", STATISTICS)
def test_pseudo_values_follow_their_definition(values, statistic):
    size = values.shape[1]
    whole = STATISTICS[statistic](values[0])
    without = np.array([STATISTICS[statistic](np.delete(values[0], s)) for s in range(size)])
    np.testing.assert_allclose(
        pseudo_values(values, statistic)[0], size * whole - (size - 1) * without, rtol=1e-10
    )
    np.testing.assert_allclose(
        log_pseudo_values(values, statistic)[0],
        size * np.log(whole) - (size - 1) * np.log(without),
        rtol=1e-10,
    )


def test_quantile_agrees_with_scipy_far_in_the_tail():
    assert t_quantile(16, 1e-6) == pytest.approx(stats.t.isf(5e-7, 15), rel=1e-9)


def test_standard_error_agrees_with_scipy(values):
    assert standard_error(values[0]) == pytest.approx(stats.sem(values[0]))


def test_verdicts_spend_a_fifth_of_their_level():
    assert verdict_quantile(64, 5e-6) == pytest.approx(stats.t.isf(5e-7, 63), rel=1e-9)


def test_pooled_noise_ignores_what_a_seed_does_to_every_rung():
    rng = np.random.default_rng(0)
    own = 0.2 * rng.standard_normal((6, 4000))
    assert pooled_noise(own + 5 * rng.standard_normal(4000)) == pytest.approx(0.2, rel=0.03)


def test_unknown_statistic_is_named():
    with pytest.raises(ValueError, match=r"PowerLaw: statistic must be one of mean, rms, variance"):
        require_statistic("PowerLaw", "median")
