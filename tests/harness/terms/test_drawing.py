"""Functions over inputs that a claim shows are data, and no verdict hangs on them."""

import dataclasses
import json
import math

import pytest

from widthwise.harness import Cell, Curve, Drawing, Map
from widthwise.harness.terms.drawing import (
    MOST_CELLS,
    MOST_CURVES,
    MOST_PLACES,
    DrawingError,
)

LINE = Curve("mode", (0.0, 1.0), (2.0, 3.0))


def test_a_curve_has_the_digits_that_can_be_seen():
    curve = Curve.of("mode", [1 / 3], [12345.678], panel="first", dots=True)
    assert curve == Curve("mode", (0.3333,), (12350.0,), "first", True)


@pytest.mark.parametrize(
    ("across", "up"),
    [
        ((), ()),
        ((0.0,), (1.0, 2.0)),
        ((0.0,), (math.nan,)),
        ((math.inf,), (0.0,)),
        ((0.0,) * (MOST_PLACES + 1),) * 2,
    ],
)
def test_a_curve_that_cannot_be_drawn_is_refused_by_its_name(across, up):
    with pytest.raises(DrawingError, match="curve 'mode'"):
        Curve("mode", across, up)


@pytest.mark.parametrize("names", [0, MOST_CURVES + 1])
def test_a_drawing_has_as_many_names_as_can_be_told_apart(names):
    curves = tuple(dataclasses.replace(LINE, name=str(number)) for number in range(names))
    with pytest.raises(DrawingError, match=r"drawing 'modes' needs curves of 1 to 4 names"):
        Drawing("modes", "x", "y", curves)


def test_names_and_panels_come_in_the_order_in_which_they_are_named():
    curves = [
        dataclasses.replace(LINE, name=name, panel=panel)
        for panel in ("b", "a")
        for name in ("net", "limit")
    ]
    drawing = Drawing("modes", "x", "y", tuple(curves))
    assert (drawing.names, drawing.panels) == (("net", "limit"), ("b", "a"))


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_cell_that_cannot_be_drawn_is_refused_and_shown(number):
    for cell in ((number, 0, 0), (0, number, 0), (0, 0, number), (0, 0, 0, number)):
        with pytest.raises(DrawingError, match=r"Cell\(.*not finite"):
            Cell(*cell)


@pytest.mark.parametrize("places", [(), (0, 1, 0), range(MOST_CELLS + 1)])
def test_a_map_has_cells_that_can_be_read_each_in_its_place(places):
    with pytest.raises(DrawingError, match=r"map 'exponents' needs from 1 to 144 cells"):
        Map("exponents", "x", "y", tuple(Cell(place, 0, 1) for place in places))


DRAWN = """
from widthwise.harness import Curve, Drawing

def drawn(gain):
    return Drawing("gains", "x", "y", (Curve.of("line", [0, 1], [gain, 2 * gain]),))
"""


KEPT = """
from widthwise.harness.terms.evidence import to_json

def pytest_widthwise_evidence(config, evidence):
    (config.rootpath / "record").write_text(to_json(evidence))
"""


def run_with_drawing(lab, *changes):
    lab.conftest(KEPT).write(
        ("@claim(", DRAWN + "\n@pytest.mark.parametrize('gain', [3.0])\n@claim(\n    draws=drawn,"),
        ("seeds, exponent=-0.5)", "seeds, gain, exponent=-0.5)"),
        *changes,
    )
    lab.run("-k", "verdict").assert_outcomes(passed=1, deselected=6)
    return json.loads((lab.path / "record").read_text())


def test_a_drawing_is_made_of_the_arguments_of_the_variant(lab):
    (curve,) = run_with_drawing(lab)["drawing"]["curves"]
    assert (curve["name"], curve["up"]) == ("line", [3.0, 6.0])


def test_samples_do_not_depend_on_a_drawing(lab):
    digest, measured = run_with_drawing(lab)["digest"], lab.measured()
    record = run_with_drawing(lab, ("draws=drawn,", ""))
    assert record["drawing"] is None
    assert (record["digest"], lab.measured()) == (digest, measured)


def test_what_cannot_be_drawn_costs_no_verdict_and_is_said(lab):
    record = run_with_drawing(lab, ("[0, 1], [gain", "[0], [gain"))
    assert record["drawing"] is None
    (remark,) = record["finding"]["remarks"]
    assert remark.startswith("it could not be drawn: DrawingError: curve 'line' needs")
