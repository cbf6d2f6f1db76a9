import numpy as np
import pytest
from scipy import stats

from widthwise.harness.predictions.monotone import Monotone
from widthwise.harness.statistics.planted import FAMILIES, Plant, lognormal, tally
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", (64, 128, 256, 512, 1024, 2048), "infinity", 64)
LOOK = 1e-6


def one_reversal(n):
    """Falls by steps of 1, but for one step that rises by 1."""
    return np.array([8.0, 7.0, 6.0, 7.0, 5.0, 4.0])


def test_falling_and_rising_are_mirror_images():
    falling = Plant(WIDTHS, lambda n: 64 / n, lognormal).draw(np.random.default_rng(0), 256)
    assert Monotone("falling").judge(falling, LOOK).verdict is Verdict.SUPPORTED
    assert Monotone("rising").judge(falling, LOOK).verdict is Verdict.REFUTED
    upside_down = Samples(WIDTHS, -falling.values)
    mirrored = Monotone("rising").judge(upside_down, LOOK)
    assert mirrored.interval == Monotone("falling").judge(falling, LOOK).interval


def test_one_reversal_is_never_overlooked():
    plant = Plant(WIDTHS, one_reversal, lognormal)
    counts = tally(Monotone("falling"), plant.draw, 1024, LOOK, 30)
    assert counts == {Verdict.REFUTED: 30}


def test_a_plateau_needs_a_tolerance():
    plant = Plant(WIDTHS, lambda n: np.maximum(64 / n, 0.25), lognormal)
    assert tally(Monotone("falling"), plant.draw, 256, LOOK, 30)[Verdict.SUPPORTED] == 0
    tolerant = tally(Monotone("falling", 0.08), plant.draw, 256, LOOK, 30)
    assert tolerant == {Verdict.SUPPORTED: 30}


@pytest.mark.parametrize("noise", ["lognormal", "shrinking", "paired"])
def test_wrong_verdicts_at_a_plateau_stay_within_three_alpha(noise):
    plant = Plant(Ladder("width", (64, 128), "infinity", 64), np.ones_like, FAMILIES[noise])
    counts = tally(Monotone("falling"), plant.draw, 32, 0.01, 1000)
    most = stats.binom.isf(1e-4, 1000, 0.03)
    assert counts[Verdict.SUPPORTED] <= most
    assert counts[Verdict.REFUTED] <= most


def test_planned_seeds_suffice():
    noise = 0.8 * np.sqrt(2)
    needed = Monotone("falling").needed_seeds(WIDTHS, noise, LOOK, step=1.0)
    assert needed is not None

    def draw(rng, seeds):
        level = np.arange(6, 0, -1.0)[:, None]
        return Samples(WIDTHS, level + 0.8 * rng.standard_normal((6, seeds)))

    assert tally(Monotone("falling"), draw, needed, LOOK, 50) == {Verdict.SUPPORTED: 50}
    step = Monotone("falling").detectable(WIDTHS, needed, noise, LOOK)

    def reversed_once(rng, seeds):
        level = np.array([4.0, 3.0, 2.0, 2.0 + step, 1.0, 0.0])[:, None]
        return Samples(WIDTHS, level + 0.8 * rng.standard_normal((6, seeds)))

    assert tally(Monotone("falling"), reversed_once, needed, LOOK, 50) == {Verdict.REFUTED: 50}


def test_noise_is_that_of_a_step():
    rng = np.random.default_rng(0)
    paired = rng.standard_normal(4096) + 0.1 * rng.standard_normal((6, 4096))
    assert Monotone("falling").noise(Samples(WIDTHS, paired)) == pytest.approx(
        0.1 * np.sqrt(2), rel=0.05
    )


def test_constants_support_nothing():
    same = Monotone("falling", 1).judge(Samples(WIDTHS, np.ones((6, 16))), LOOK)
    assert same.verdict is Verdict.INCONCLUSIVE


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="direction must be 'falling' or 'rising', got 'down'"):
        Monotone("down")
    with pytest.raises(ValueError, match="tolerance must be at least 0, got -1"):
        Monotone("falling", -1)
    with pytest.raises(ValueError, match="at least 2 values of width"):
        Monotone("falling").require(Ladder("width", (64,), "infinity", 64))
