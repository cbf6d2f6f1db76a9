import numpy as np
import pytest
from scipy import stats

from widthwise.harness.predictions.same_distribution import SameDistribution, fixed_directions
from widthwise.harness.statistics.planted import tally
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", (64,), "infinity", 64)
LOOK = 1e-6


def draw_shifted(shift, draws=1):
    def draw(rng, seeds):
        values = rng.random((1, seeds, 2, draws))
        values[:, :, 1] += shift
        return Samples(WIDTHS, values)

    return draw


def test_the_distance_of_shifted_uniforms_is_the_shift():
    samples = draw_shifted(0.2, draws=64)(np.random.default_rng(0), 256)
    judgement = SameDistribution(0.3, draws=64).judge(samples, LOOK)
    assert judgement.estimate == pytest.approx(0.2, abs=0.02)
    expected = stats.ks_2samp(samples.values[0, :, 0].ravel(), samples.values[0, :, 1].ravel())
    assert judgement.estimate == expected.statistic


def test_wrong_verdicts_at_the_margin_stay_within_alpha():
    counts = tally(SameDistribution(0.5), draw_shifted(0.5), 64, 0.01, 1000)
    assert counts[Verdict.SUPPORTED] + counts[Verdict.REFUTED] <= stats.binom.isf(1e-4, 1000, 0.01)


def test_planned_seeds_settle_equal_and_far_laws():
    prediction = SameDistribution(0.2, draws=16)
    needed = prediction.needed_seeds(LOOK)
    assert needed is not None
    assert tally(prediction, draw_shifted(0, 16), needed, LOOK, 30) == {Verdict.SUPPORTED: 30}
    far = 0.2 + prediction.detectable(needed, LOOK)
    assert tally(prediction, draw_shifted(far, 16), needed, LOOK, 30) == {Verdict.REFUTED: 30}


def test_the_half_width_is_massarts():
    """Two samples, each off by more than ε with probability 2·exp(−2nε²) at most."""
    half_width = SameDistribution(0.5).half_width(100, 0.01)
    assert 2 * 2 * np.exp(-2 * 100 * (half_width / 2) ** 2) == pytest.approx(0.01)


def test_the_worst_of_eight_directions_pays_for_all_of_them():
    vectors = SameDistribution(0.5, dimension=3)
    assert vectors.half_width(100, 0.08) == SameDistribution(0.5).half_width(100, 0.01)


def test_vectors_that_differ_in_dependence_only_are_told_apart():
    """Each coordinate has the same law in both; projections see the difference."""

    def draw(rng, seeds):
        values = rng.standard_normal((1, seeds, 2, 64, 3))
        values[:, :, 1, :, 1] = values[:, :, 1, :, 0]
        values[:, :, 1, :, 2] = values[:, :, 1, :, 0]
        return Samples(WIDTHS, values)

    prediction = SameDistribution(0.02, draws=64, dimension=3)
    assert tally(prediction, draw, 1024, LOOK, 5) == {Verdict.REFUTED: 5}


def test_equal_vectors_are_supported():
    def draw(rng, seeds):
        return Samples(WIDTHS, rng.standard_normal((1, seeds, 2, 64, 3)))

    prediction = SameDistribution(0.1, draws=64, dimension=3)
    assert tally(prediction, draw, 256, LOOK, 10) == {Verdict.SUPPORTED: 10}


def test_directions_are_fixed_unit_vectors():
    directions = fixed_directions(5)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1)
    np.testing.assert_array_equal(directions, fixed_directions(5))
    assert fixed_directions(1).tolist() == [[1.0]]


def test_the_shape_of_an_outcome_follows_from_draws_and_dimension():
    assert SameDistribution(0.1).outcome_shape == (2, 1)
    assert SameDistribution(0.1, draws=8).outcome_shape == (2, 8)
    assert SameDistribution(0.1, draws=8, dimension=3).outcome_shape == (2, 8, 3)


def test_too_few_draws_are_foreseen():
    assert "±0.345 at 256 seeds of 1 draws, margin 0.1" in str(
        SameDistribution(0.1).foresee(WIDTHS, 256, None, LOOK)
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"margin": 0}, "margin must lie between 0 and 1, got 0"),
        ({"margin": 0.1, "draws": 0}, "draws must be a positive whole number, got 0"),
        ({"margin": 0.1, "dimension": 1.5}, "dimension must be a positive whole number, got 1.5"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=f"SameDistribution: {message}"):
        SameDistribution(**arguments)
