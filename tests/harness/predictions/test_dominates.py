import numpy as np
import pytest
from scipy import stats

from widthwise.harness.predictions.dominates import Dominates
from widthwise.harness.statistics.planted import tally
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", (64, 128), "infinity", 64)
LOOK = 1e-6


def draw_with(log_ratio, noise=0.2, shared=2.0):
    """Pairs whose log ratio is known; what a pair shares is ten times larger."""

    def draw(rng, seeds):
        common = shared * rng.standard_normal((2, seeds))
        difference = log_ratio + noise * rng.standard_normal((2, seeds))
        return Samples(WIDTHS, np.exp(np.stack([common + difference, common], axis=-1)))

    return draw


def test_what_a_pair_shares_cancels():
    assert tally(Dominates(), draw_with(0.3), 64, LOOK, 30) == {Verdict.SUPPORTED: 30}
    assert tally(Dominates(), draw_with(-0.3), 64, LOOK, 30) == {Verdict.REFUTED: 30}


def test_wrong_verdicts_at_the_margin_stay_within_three_alpha():
    counts = tally(Dominates(1.2), draw_with(np.log(1.2)), 32, 0.01, 2000)
    most = stats.binom.isf(1e-4, 2000, 0.03)
    assert counts[Verdict.SUPPORTED] <= most
    assert counts[Verdict.REFUTED] <= most


def test_skewed_measurements_are_no_trouble_on_the_logarithm():
    """Raw differences of such pairs fail a t test up to 45% of the time."""

    def draw(rng, seeds):
        return Samples(WIDTHS, np.exp(1.5 * rng.standard_normal((2, seeds, 2))))

    counts = tally(Dominates(), draw, 32, 0.01, 2000)
    assert counts[Verdict.SUPPORTED] + counts[Verdict.REFUTED] <= stats.binom.isf(1e-4, 2000, 0.03)


def test_a_few_lopsided_seeds_do_not_make_a_winner():
    """The mean is above the margin with certainty, yet most seeds lose."""
    ratios = np.where(np.arange(256) % 10 < 4, 2.0, -0.1)
    ratios = ratios + 1e-3 * np.random.default_rng(0).standard_normal(256)
    values = np.exp(np.stack([np.stack([ratios] * 2), np.zeros((2, 256))], axis=-1))
    judgement = Dominates().judge(Samples(WIDTHS, values), LOOK)
    assert judgement.interval[0] > 0
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "104 of 256 ratios exceed 1: a win rate in [0.264, 0.561]" in judgement.reason


def test_wins_are_counted_against_the_margin():
    """Most seeds exceed the second, few exceed it by the margin."""
    ratios = np.where(np.arange(256) % 10 < 4, 2.0, 0.1)
    ratios = ratios + 1e-3 * np.random.default_rng(0).standard_normal(256)
    values = np.exp(np.stack([np.stack([ratios] * 2), np.zeros((2, 256))], axis=-1))
    assert Dominates(1.0).judge(Samples(WIDTHS, values), LOOK).verdict is Verdict.SUPPORTED
    assert Dominates(1.2).judge(Samples(WIDTHS, values), LOOK).verdict is Verdict.INCONCLUSIVE


def test_planned_seeds_suffice():
    needed = Dominates(1.1).needed_seeds(excess=0.1, noise=0.2, alpha=LOOK)
    assert needed is not None
    draw = draw_with(np.log(1.1) + 0.1)
    assert tally(Dominates(1.1), draw, needed, LOOK, 50) == {Verdict.SUPPORTED: 50}
    distance = Dominates(1.1).detectable(64, 0.2, LOOK)
    below = draw_with(np.log(1.1) - distance)
    assert tally(Dominates(1.1), below, 64, LOOK, 50) == {Verdict.REFUTED: 50}


def test_too_few_seeds_to_win_are_foreseen():
    assert "winning all 16" in str(Dominates().foresee(WIDTHS, 16, None, LOOK))
    assert Dominates().foresee(WIDTHS, 32, None, LOOK) is None


def test_noise_is_that_of_the_log_ratio():
    samples = draw_with(0.3)(np.random.default_rng(0), 4096)
    assert Dominates().noise(samples) == pytest.approx(0.2, rel=0.05)


def test_pairs_without_a_ratio_are_named():
    pairs = np.array([[1.0, 2.0], [1.0, -2.0]])
    assert "got (1, −2) for seed 1" in str(Dominates().check(64, pairs))
    with pytest.raises(ValueError, match="both of a pair at 64 must be positive"):
        Dominates().judge(Samples(WIDTHS, np.stack([pairs, pairs])), LOOK)


def test_bad_ratios_are_named():
    with pytest.raises(ValueError, match="Dominates: ratio must be positive, got 0"):
        Dominates(0)
