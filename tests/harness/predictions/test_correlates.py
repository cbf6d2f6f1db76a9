import numpy as np
import pytest
from scipy import stats

from widthwise.harness.predictions.correlates import Correlates, effective_seeds
from widthwise.harness.statistics.jackknife import verdict_quantile
from widthwise.harness.statistics.planted import FAMILIES, tally
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", (64, 128), "infinity", 64)
LOOK = 1e-6


def draw_with(correlation, tails=np.inf):
    def draw(rng, seeds):
        first, second = rng.standard_normal((2, 2, seeds))
        second = correlation * first + np.sqrt(1 - correlation**2) * second
        # A common factor gives a bivariate t, whose correlation is the same.
        scale = 1.0 if np.isinf(tails) else np.sqrt(tails / rng.chisquare(tails, (2, seeds)))
        return Samples(WIDTHS, np.stack([first * scale, second * scale], axis=-1))

    return draw


def test_estimate_is_pearsons_up_to_the_jackknifes_correction():
    samples = draw_with(0.6)(np.random.default_rng(0), 4096)
    expected = stats.pearsonr(*samples.values[-1].T).statistic
    assert Correlates(0.1).judge(samples, LOOK).estimate == pytest.approx(expected, abs=1e-3)


def test_leaving_out_one_seed_is_computing_without_it():
    samples = draw_with(0.6)(np.random.default_rng(0), 12)
    first, second = samples.values[-1].T
    z = [
        np.arctanh(np.corrcoef(np.delete(first, s), np.delete(second, s))[0, 1]) for s in range(12)
    ]
    pseudo = 12 * np.arctanh(np.corrcoef(first, second)[0, 1]) - 11 * np.array(z)
    assert Correlates(0.1).noise(samples) == pytest.approx(pseudo.std(ddof=1), rel=1e-9)
    estimate = Correlates(0.1).judge(samples, LOOK).estimate
    assert estimate == pytest.approx(np.tanh(pseudo.mean()), rel=1e-9)


@pytest.mark.parametrize("tails", [np.inf, 5.0])
@pytest.mark.parametrize("truth", [0.0, 0.7])
def test_wrong_verdicts_at_a_bound_stay_within_three_alpha(truth, tails):
    counts = tally(Correlates(at_least=truth), draw_with(truth, tails), 64, 0.01, 1500)
    most = stats.binom.isf(1e-4, 1500, 0.03)
    assert counts[Verdict.SUPPORTED] <= most
    assert counts[Verdict.REFUTED] <= most


def test_outliers_that_know_nothing_of_each_other_are_not_told_apart():
    """The jackknife alone refutes 63 times as often as declared."""

    def draw(rng, seeds):
        values = [FAMILIES["outliers"](rng, np.array([64.0, 128.0]), seeds).T for _ in WIDTHS.rungs]
        return Samples(WIDTHS, np.stack(values))

    counts = tally(Correlates(at_least=0), draw, 256, 1e-3, 1000)
    most = stats.binom.isf(1e-4, 1000, 3e-3)
    assert counts[Verdict.SUPPORTED] <= most
    assert counts[Verdict.REFUTED] <= most


def test_a_gaussian_pair_gets_fishers_interval_at_least():
    judged = Correlates(0.1).judge(draw_with(0.6)(np.random.default_rng(0), 4096), 0.05)
    low, high = np.arctanh(judged.interval)
    fisher = verdict_quantile(4096, 0.05) / np.sqrt(4093)
    assert fisher * (1 - 1e-6) <= (high - low) / 2 < 1.05 * fisher


def test_two_seeds_that_are_large_together_show_no_correlation():
    """Of 64 seeds two coincide once in 700 samples where 3% of either number are outliers."""
    pair = 1 + 0.03 * np.random.default_rng(0).standard_normal((64, 2))
    pair[:2] *= 6
    judged = Correlates(at_least=0.2).judge(Samples(WIDTHS, np.stack([pair] * 2)), LOOK)
    assert judged.estimate > 0.95
    assert judged.verdict is Verdict.INCONCLUSIVE


def test_seeds_that_share_all_variation_count():
    values = np.zeros((2, 60))
    values[:, :10] = [1.0, -1.0] * 5
    assert effective_seeds(values) == pytest.approx(30)
    alike = np.broadcast_to([1.0, -1.0], (2, 30, 2)).reshape(2, 60)
    assert effective_seeds(alike) == 60


def test_planned_seeds_suffice():
    needed = Correlates(at_least=0.5).needed_seeds(0.8, LOOK)
    assert needed is not None
    assert tally(Correlates(at_least=0.5), draw_with(0.8), needed, LOOK, 50) == {
        Verdict.SUPPORTED: 50
    }
    assert tally(Correlates(at_least=0.8), draw_with(0.5), needed, LOOK, 50) == {
        Verdict.REFUTED: 50
    }


def test_a_narrow_band_is_foreseen():
    narrow = Correlates(0.5, 0.55)
    assert "needs more seeds" in str(narrow.foresee(WIDTHS, 256, None, LOOK))
    assert "at least 4" in str(narrow.foresee(WIDTHS, 3, None, LOOK))


def test_perfect_correlation_is_finite():
    ramp = np.arange(16.0)
    values = np.stack([np.stack([ramp, 2 * ramp], axis=-1)] * 2)
    judgement = Correlates(at_least=0.9).judge(Samples(WIDTHS, values), LOOK)
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.estimate == pytest.approx(1)


def test_what_does_not_vary_is_named():
    values = np.ones((2, 8, 2))
    values[..., 0] = np.arange(8)
    with pytest.raises(ValueError, match="the second of the pair is 1 for every seed at 128"):
        Correlates(0.5).judge(Samples(WIDTHS, values), LOOK)


@pytest.mark.parametrize("bounds", [{}, {"at_least": 0.9, "at_most": 0.1}, {"at_least": -2}])
def test_bad_bounds_are_named(bounds):
    with pytest.raises(ValueError, match="Correlates: needs -1 <= at_least < at_most <= 1"):
        Correlates(**bounds)
