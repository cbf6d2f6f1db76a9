"""The names of lines, where a figure has room for them."""

import math
from dataclasses import replace

import pytest

from widthwise.reports.drawing import figures
from widthwise.reports.drawing.direct_labels import names
from widthwise.reports.drawing.drawing import svg_text

LOW, HIGH = 0.01, 100.0


def ending(record, finding, claim, control, **changes):
    """A record whose lines end at these values."""

    def at(value):
        found = finding()
        *others, last = found.points
        return replace(found, points=(*others, replace(last, estimate=value)))

    return record(finding=at(claim), control=at(control), **changes)


def sides(record):
    return {row["setting"]: row["side"] for row in names(record, LOW, HIGH, "log")}


def test_the_upper_line_is_named_above_and_the_lower_one_below(record, finding):
    assert sides(ending(record, finding, 0.1, 1)) == {"claim": "below", "control": "above"}
    assert sides(ending(record, finding, 1, 0.1)) == {"claim": "above", "control": "below"}


@pytest.mark.parametrize(("exponent", "side"), [(-0.5, "below"), (0.5, "above")])
def test_a_name_keeps_away_from_a_line_that_falls_or_rises(record, finding, exponent, side):
    steep = finding(exponent)
    shown = record(finding=steep, control=finding(0))
    rows = {row["setting"]: row["side"] for row in names(shown, 1e-3, 1e3, "log")}
    assert rows["claim"] == side


def test_a_name_stands_at_the_end_of_its_line(record, finding):
    shown = ending(record, finding, 0.1, 1)
    rows = {row["setting"]: (row["rung"], row["value"]) for row in names(shown, LOW, HIGH, "log")}
    assert rows == {"claim": (1024, 0.1), "control": (1024, 1)}


@pytest.mark.parametrize("claim", [0.012, 0.1])
def test_a_name_goes_to_the_other_side_rather_than_out_of_the_figure(record, finding, claim):
    assert sides(ending(record, finding, claim, 99)) == {
        "control": "below",
        "claim": "above" if claim < 0.02 else "below",
    }


def test_lines_that_end_together_are_named_on_their_own_sides(record, finding):
    assert set(sides(ending(record, finding, 0.1, 0.1)).values()) == {"above", "below"}


@pytest.mark.parametrize("claim", [0.001, 0.0, math.nan])
def test_what_lies_outside_has_no_name(record, finding, claim):
    assert sides(ending(record, finding, claim, 1)) == {"control": "above"}


def test_no_name_lies_on_a_rivals(record, finding):
    rival = {"Tolerance": "the rival, 0."}
    start = finding().judgement.fit[0]
    shown = ending(record, finding, 0.1, start / 1.45, sections=rival)
    assert sides(shown) == {"claim": "below", "control": "below"}


def test_names_are_drawn(record, finding):
    drawing = svg_text(figures.figure(ending(record, finding, 0.5, 5)))
    assert ">claim<" in drawing
    assert ">control<" in drawing
