"""The opposite trend goes through a claim's own prediction, and a void band lets it pass."""

import numpy as np
import pytest

from widthwise.harness import (
    AtLeast,
    AtMost,
    Bounded,
    Correlates,
    DecaysExponentially,
    Identity,
    Limit,
    Monotone,
    PowerLaw,
    Proportion,
    Vanishing,
    Widths,
)
from widthwise.harness.predictions.opposite_trend import opposite_trends, wrongly_supported
from widthwise.harness.statistics.planted import faint, lognormal
from widthwise.harness.terms.ladder import EFFORTS, Ladder
from widthwise.harness.terms.prediction import ALPHA, LOOKS

LADDER = Widths(64, 4096).at(EFFORTS["standard"])
RUNGS = np.array(LADDER.rungs, dtype=float)
TIMES = Ladder("time", (1.0, 2.0, 3.0, 4.0), "infinity", 1.0)


def slopes(prediction, ladder=LADDER):
    """The exponents of what is planted, by name."""
    rungs = np.array(ladder.rungs)
    return {
        name: np.log(law(rungs)[-1] / law(rungs)[0]) / np.log(rungs[-1] / rungs[0])
        for name, law in opposite_trends(prediction, ladder).items()
    }


@pytest.mark.parametrize(
    ("prediction", "exponents"),
    [
        (PowerLaw(-1 / 2), [0, 1 / 2]),
        (PowerLaw(2), [0, -2]),
        (PowerLaw(0), [-1 / 2, 1 / 2]),
        (PowerLaw(-1, statistic="rms"), [0, 1]),
        (PowerLaw(-1, statistic="variance"), [0, 1 / 2]),
        (AtMost(-1 / 2), [0, 1 / 2]),
        (AtMost(0), [1 / 2]),
        (AtLeast(3), [0, -3]),
        (AtLeast(-1 / 2), [-1]),
        (AtMost(1 / 2), [1]),
        (Bounded(0.5, 2), [-1 / 2, 1 / 2]),
        (Bounded(0.5, 2, "variance"), [-1 / 4, 1 / 4]),
        (Bounded(high=2), []),
        (Bounded(-0.01, 0.01), []),
    ],
    ids=repr,
)
def test_the_opposites_of_a_trend(prediction, exponents):
    found = list(slopes(prediction).values())
    assert found == pytest.approx(exponents)


def test_drifts_pass_the_middle_of_the_bounds():
    for law in opposite_trends(Bounded(0.5, 2), LADDER).values():
        assert law(np.array([512.0])) == pytest.approx(1)
        assert law(RUNGS)[[0, -1]].prod() == pytest.approx(1)


def test_departures_from_a_limit_do_not_fall():
    for ladder in (LADDER, Vanishing("delta", 0.3, 0.003).at(EFFORTS["quick"])):
        laws = opposite_trends(Limit(1, 0.05), ladder)
        rungs = np.array(ladder.rungs)
        above, growing, below = (law(rungs) - 1 for law in laws.values())
        np.testing.assert_allclose(above, 0.1)
        np.testing.assert_allclose(below, -0.1)
        assert growing[0] == pytest.approx(0.1)
        assert np.all(np.diff(growing) > 0)


def test_steps_against_the_direction():
    for direction, sign in (("falling", 1), ("rising", -1)):
        laws = opposite_trends(Monotone(direction, 0.5), LADDER)
        assert np.all(np.diff(laws["constant"](RUNGS)) == 0)
        assert np.all(sign * np.diff(laws["against"](RUNGS)) > 0.5)


@pytest.mark.parametrize("prediction", [Identity(), Correlates(0.5), Proportion(0.75)], ids=repr)
def test_forms_about_one_rung_have_none(prediction):
    assert opposite_trends(prediction, LADDER) == {}


@pytest.mark.parametrize("noise", [faint, lognormal], ids=lambda noise: noise.__name__)
@pytest.mark.parametrize(
    ("prediction", "ladder"),
    [
        (PowerLaw(-1 / 2), LADDER),
        (PowerLaw(0), LADDER),
        (AtMost(-1 / 2), LADDER),
        (AtLeast(1 / 2), LADDER),
        (Bounded(0.5, 2), LADDER),
        (Limit(1, 0.1), LADDER),
        (Limit(1, 0.1, rate=0.5, correction=0.01), LADDER),
        (Monotone("falling"), LADDER),
        (Monotone("rising"), LADDER),
        (DecaysExponentially(1.0, 0.2), TIMES),
    ],
    ids=repr,
)
def test_sound_predictions_support_no_opposite(prediction, ladder, noise):
    assert opposite_trends(prediction, ladder)
    assert wrongly_supported(prediction, ladder, noise, 256, ALPHA / LOOKS) == ()


@pytest.mark.parametrize(
    ("prediction", "ladder", "found"),
    [
        (Bounded(0.5, 2), Widths(64, 512), ("exponent -0.5", "exponent 0.5")),
        (Bounded(0.5, 2), Widths(64, 2048), ()),
    ],
    ids=repr,
)
def test_bounds_are_void_that_are_wider_than_the_ladder(prediction, ladder, found):
    ladder = ladder.at(EFFORTS["standard"])
    assert wrongly_supported(prediction, ladder, faint, 64, ALPHA / LOOKS) == found


@pytest.mark.parametrize("form", [PowerLaw, AtMost])
def test_a_band_that_holds_its_rival_is_void(form):
    """An exponent of -0.1 with such a tolerance would take a constant for its trend."""
    found = wrongly_supported(form(-0.1, 0.15, 0.01), LADDER, faint, 64, ALPHA / LOOKS)
    assert found == ("constant",)


def test_a_plateau_that_is_allowed_is_no_trend():
    assert wrongly_supported(Monotone("falling", 0.5), LADDER, faint, 64, ALPHA / LOOKS) == (
        "constant",
    )
