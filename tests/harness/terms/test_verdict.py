import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widthwise.harness.terms.verdict import Verdict, conclude, hold, show, tipping

numbers = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((-1, 1), Verdict.SUPPORTED),
        ((-0.5, 0.5), Verdict.SUPPORTED),
        ((0.5, 1.5), Verdict.INCONCLUSIVE),
        ((-2, 2), Verdict.INCONCLUSIVE),
        ((1, 2), Verdict.INCONCLUSIVE),
        ((1.1, 2), Verdict.REFUTED),
        ((-2, -1.1), Verdict.REFUTED),
    ],
)
def test_an_interval_is_held_against_a_band(interval, verdict):
    assert hold(interval, (-1, 1)) is verdict


@given(numbers, st.floats(0, 1e6), numbers, st.floats(1e-3, 1e6))
def test_tipping_tolerances_agree_with_the_verdict(centre, half, target, tolerance):
    interval = (centre - half, centre + half)
    for core in [(target, target), (-math.inf, target), (target, math.inf), (target, target + 1)]:
        support, refute = tipping(interval, core)
        verdict = hold(interval, (core[0] - tolerance, core[1] + tolerance))
        if tolerance > support * (1 + 1e-9) + 1e-6:
            assert verdict is Verdict.SUPPORTED
        elif tolerance < support * (1 - 1e-9) - 1e-6:
            assert verdict is not Verdict.SUPPORTED
        if refute is not None and tolerance < refute * (1 - 1e-9) - 1e-6:
            assert verdict is Verdict.REFUTED
        if refute is None:
            assert verdict is not Verdict.REFUTED


def test_a_doubt_takes_support_away_and_nothing_else():
    inside, outside = (-0.5, 0.5), (2.0, 3.0)
    doubtful = conclude("slope", 0, inside, (-1, 1), (0, 0), 16, doubt="too bent")
    assert (doubtful.verdict, doubtful.reason) == (Verdict.INCONCLUSIVE, "too bent")
    assert doubtful.tipping_support is None
    refuted = conclude("slope", 2.5, outside, (-1, 1), (0, 0), 16, doubt="too bent")
    assert refuted.verdict is Verdict.REFUTED
    assert refuted.tipping_refute == 2


def test_a_misfit_takes_every_verdict_away():
    judgement = conclude("slope", 2.5, (2, 3), (-1, 1), (0, 0), 16, misfit="no line")
    assert (judgement.verdict, judgement.reason) == (Verdict.INCONCLUSIVE, "no line")
    assert (judgement.tipping_support, judgement.tipping_refute) == (None, None)


@pytest.mark.parametrize(("bias", "need"), [(0.0, "more seeds"), (0.9, "rungs nearer")])
def test_an_open_verdict_says_what_it_needs(bias, need):
    judgement = conclude("slope", 1, (0, 2), (-1, 1), (0, 0), 16, bias=bias)
    assert judgement.reason.startswith(f"needs {need}")
    assert "slope 1 in [0, 2] lies across an end of [−1, 1]" in judgement.reason


def test_supported_and_refuted_contradict_each_other():
    assert Verdict.SUPPORTED.opposite is Verdict.REFUTED
    assert Verdict.REFUTED.opposite is Verdict.SUPPORTED
    assert Verdict.INCONCLUSIVE.opposite is Verdict.INCONCLUSIVE


def test_numbers_are_shown_with_a_true_minus():
    assert show(-0.51234) == "−0.512"
