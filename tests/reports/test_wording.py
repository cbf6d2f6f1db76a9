import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widthwise.harness.terms.verdict import Verdict
from widthwise.reports.wording import (
    bounds,
    decimals,
    duration,
    estimate,
    number,
    rerun,
    strength,
    visible,
)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (-0.49712, 3, "−0.497"),
        (-0.49712, None, "−0.497"),
        (4096, 0, "4096"),
        (2.2e-16, None, "2.2·10⁻¹⁶"),
        (-2.2e-16, 2, "0.00"),
        (0.00011, None, "1.1·10⁻⁴"),
        (1.5e7, 2, "1.5·10⁷"),
        (0.0, 3, "0.000"),
        (-math.inf, 3, "−∞"),
        (math.nan, 3, "nan"),
    ],
)
def test_numbers_read_as_people_write_them(value, digits, text):
    assert number(value, digits) == text


def test_an_estimate_shows_the_digits_its_interval_justifies(finding):
    judgement = finding(estimate=-0.497123, interval=(-0.521, -0.473)).judgement
    assert estimate(judgement) == "−0.497 [−0.521, −0.473]"
    judgement = finding(estimate=-0.497123, interval=(-0.7, -0.3)).judgement
    assert estimate(judgement) == "−0.50 [−0.70, −0.30]"


@given(st.floats(1e-2, 1e3), st.floats(-1e3, 1e3))
def test_rounding_moves_an_end_by_less_than_a_tenth_of_the_interval(width, low):
    digits = decimals((low, low + width))
    assert digits is not None
    shown = float(number(low, digits).replace("−", "-").replace("·10", "e"))
    assert abs(shown - low) <= width / 10


def test_open_bands_read_as_inequalities():
    assert bounds((-math.inf, -0.35)) == "≤ −0.35"
    assert bounds((0.5, math.inf)) == "≥ 0.5"
    assert bounds((-math.inf, math.inf)) == "any value"
    assert bounds((-0.65, -0.35)) == "[−0.65, −0.35]"


def test_strength_names_the_tipping_tolerances_and_the_declared_one(record, finding):
    def said(form="PowerLaw", **judged):
        return strength(record(form=form, finding=finding(**judged)))

    assert said(tipping_support=0.0481) == [
        "Any tolerance from 0.0481 up would have been supported; the claim allows 0.15."
    ]
    assert said(exponent=-1.0, verdict=Verdict.REFUTED) == [
        "Any tolerance below 0.458 would have been refuted; the claim allows 0.15."
    ]
    assert said("AtMost", tipping_support=0.0481, band=(-math.inf, -0.35)) == [
        "Any tolerance from 0.0481 up would have been supported."
    ]
    assert said("Identity", tipping_support=0.02, band=(0.0, 1.0))[0].endswith("allows 1.")
    assert said(tipping_support=0.0) == ["It would have been supported without any tolerance."]
    assert said(tipping_support=None) == []


def test_rerun_quotes_whatever_the_node_id_holds(record):
    command = rerun(record(nodeid="a.py::test_x['$(rm -rf /)'-verdict]"))
    assert command == (
        "pytest 'a.py::test_x['\\''$(rm -rf /)'\\''-verdict]' --effort quick --master-seed 0"
    )


def test_durations_choose_their_unit():
    assert [duration(s) for s in (0.04, 42, 700, 9000)] == ["0.0 s", "42 s", "12 min", "2.5 h"]


@given(st.text())
def test_visible_text_hides_and_rearranges_nothing(text):
    shown = visible(text)
    shown.encode()  # no lone surrogates
    assert not set(shown) & set("\x00\x1b\x7f\x85\u200b\u200e\u202e\u2028\u2066\ufeff")
    assert visible(shown) == shown


def test_visible_text_spells_out_what_it_cannot_show():
    assert visible("a\u202eb\tΘ_N\n") == "a‹U+202E›b\tΘ_N\n"
