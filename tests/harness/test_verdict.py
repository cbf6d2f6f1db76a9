import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widthwise.harness.verdict import Verdict, hold, show, tipping

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
    for band in [
        (target - tolerance, target + tolerance),
        (-math.inf, target + tolerance),
        (target - tolerance, math.inf),
    ]:
        support, refute = tipping(interval, target, band)
        assert support is not None
        verdict = hold(interval, band)
        if tolerance > support * (1 + 1e-9) + 1e-6:
            assert verdict is Verdict.SUPPORTED
        elif tolerance < support * (1 - 1e-9) - 1e-6:
            assert verdict is not Verdict.SUPPORTED
        if refute is not None and tolerance < refute * (1 - 1e-9) - 1e-6:
            assert verdict is Verdict.REFUTED
        if refute is None:
            assert verdict is not Verdict.REFUTED


def test_supported_and_refuted_contradict_each_other():
    assert Verdict.SUPPORTED.opposite is Verdict.REFUTED
    assert Verdict.REFUTED.opposite is Verdict.SUPPORTED
    assert Verdict.INCONCLUSIVE.opposite is Verdict.INCONCLUSIVE


def test_numbers_are_shown_with_a_true_minus():
    assert show(-0.51234) == "−0.512"
