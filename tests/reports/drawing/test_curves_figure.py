import dataclasses
import re
import xml.etree.ElementTree as ET

import pytest

from widthwise.harness.terms.drawing import Curve, Drawing
from widthwise.reports.drawing import curves_figure
from widthwise.reports.drawing.drawing import svg
from widthwise.reports.pages.page import render, render_folder

DRAWING = Drawing(
    "Two modes",
    "angle",
    "component",
    (
        Curve("sinusoid", (0.0, 1.0, 2.0), (0.0, 1.0, 0.0), "N = 64"),
        Curve("eigenvector", (0.0, 1.0), (0.1, 0.9), "N = 64", dots=True),
        Curve("sinusoid", (0.0, 1.0, 2.0), (0.0, -1.0, 0.0), "N = 8"),
    ),
)


def text_of(drawing):
    return str(svg(curves_figure.figure(drawing)))


def test_the_values_are_those_of_the_curves():
    rows = curves_figure.figure(DRAWING)["datasets"]["curves"]
    for curve in DRAWING.curves:
        own = [r for r in rows if (r["curve"], r["panel"]) == (curve.name, curve.panel)]
        assert tuple(row["across"] for row in own) == curve.across
        assert tuple(row["up"] for row in own) == curve.up


def test_lines_are_lines_and_single_points_are_points():
    root = ET.fromstring(text_of(DRAWING))
    paths = [path.get("d", "") for path in root.iter() if path.get("d")]
    dots = re.findall("M[-\\d.,]+[zA]", "".join(paths))
    lines = [path for path in paths if path.count("L") == 2 and "Z" not in path]
    assert (len(dots), len(lines)) == (2, 2)


def test_panels_stand_in_the_order_in_which_they_are_named():
    shown = text_of(DRAWING)
    assert shown.index("N = 64") < shown.index("N = 8<")


def test_curves_of_several_names_have_a_key_and_one_name_needs_none():
    assert "eigenvector" in text_of(DRAWING)
    alone = dataclasses.replace(DRAWING, curves=DRAWING.curves[:1])
    assert "sinusoid" not in text_of(alone)


def test_a_curve_is_drawn_along_its_inputs_as_they_come():
    loop = Curve("loop", (1.0, 0.0, 1.0), (0.0, 1.0, 2.0))
    rows = curves_figure.figure(Drawing("A loop", "x", "y", (loop,)))["datasets"]["curves"]
    assert [row["place"] for row in rows] == [0, 1, 2]


def test_what_is_too_long_for_a_panel_stands_on_several_lines_below_each_other():
    long = dataclasses.replace(DRAWING, across="the angle between an input and the first of all")
    lines = [each for each in ET.fromstring(text_of(long)).iter("text") if len(each)]
    assert lines
    assert all("translate" in each.get("transform", "") for each in lines)
    assert text_of(DRAWING).count("<tspan") == 0


def folder(records):
    return "".join(page for page in render_folder(records).values() if isinstance(page, str))


@pytest.mark.parametrize("whole", [render, folder])
def test_a_page_shows_a_drawing_under_its_claim_and_none_where_there_is_none(record, whole):
    drawn = whole([record(drawing=DRAWING)])
    assert text_of(DRAWING) in drawn
    assert "Two modes." in drawn
    assert "Over angle: sinusoid; eigenvector, in panels: N = 64; N = 8." in drawn
    assert "<figcaption>Two modes" not in whole([record()])


def test_what_a_drawing_says_cannot_act_on_a_page(record):
    bad = "<script>alert(1)</script>\x1b\u202e"
    curve = dataclasses.replace(DRAWING.curves[0], name=bad, panel=bad)
    other = dataclasses.replace(curve, name="other", panel="other")
    page = render([record(drawing=Drawing(bad, bad, bad, (curve, other)))])
    assert "<script>alert(1)" not in page
    assert not {"\x1b", "\u202e"} & set(page)
