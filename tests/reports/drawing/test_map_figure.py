import re
import xml.etree.ElementTree as ET

import pytest

from widthwise.harness.terms.drawing import Cell, Map
from widthwise.reports.drawing import figures, map_figure
from widthwise.reports.drawing.drawing import svg
from widthwise.reports.pages.page import render, render_folder

CELLS = (Cell(0.5, 0, -1.03, -1), Cell(0, 0, -0.52, -0.5), Cell(0, 1, 0.42), Cell(0.5, 1, 0.01, 0))
PLANE = Map("How units move", "s of the start", "u of the rates", CELLS)


def drawn(plane=PLANE):
    return str(svg(map_figure.figure(plane)))


def texts(markup):
    """The texts of a drawing with their places, hoisted attributes aside."""
    found = {}

    def walk(element, right, down):
        moved = re.match(r"translate\(([-\d.]+),([-\d.]+)\)", element.get("transform", ""))
        if moved:
            right, down = right + float(moved[1]), down + float(moved[2])
        if element.text:
            x, y = (float(element.get(name, "0")) for name in "xy")
            found.setdefault(element.text, []).append((right + x, down + y))
        for child in element:
            walk(child, right, down)

    walk(ET.fromstring(markup), 0, 0)
    return found


def test_every_cell_says_what_was_measured_and_what_theory_says():
    said = texts(drawn())
    assert {"−1.03", "−0.52", "0.42", "0.01", "theory −1", "theory −0.5", "theory 0"} <= set(said)
    assert sum(text.startswith("theory") for text in said) == 3


def test_cells_lie_where_they_belong_whatever_their_order():
    said = texts(drawn())
    (left, low), (right, _) = said["−0.52"][0], said["−1.03"][0]
    (_, high) = said["0.42"][0]
    assert left < right
    assert high < low  # an SVG counts downwards


def test_the_sign_is_a_colour_and_the_size_how_full_it_is():
    rows = {row["measured"]: row for row in map_figure.figure(PLANE)["datasets"]["cells"]}
    assert [rows[n]["sign"] for n in ("0.42", "−1.03")] == ["positive", "negative"]
    fills = [rows[number]["fill"] for number in ("0.01", "0.42", "−0.52", "−1.03")]
    assert fills == sorted(fills)
    assert fills[-1] == map_figure.FULLEST


def test_nothing_moves_and_nothing_is_divided_by_it():
    still = Map("None moves", "s", "u", (Cell(0, 0, 0.0, -0.0),))
    assert {"0.00", "theory 0"} <= set(texts(drawn(still)))


@pytest.mark.parametrize(
    ("cells", "words"), [(CELLS, "; at most 0.03 from"), (CELLS[2:3], "0.42.")]
)
def test_a_map_in_words_names_its_range_and_how_far_theory_is(cells, words):
    said = map_figure.describe(Map("How units move", "s", "u", cells))
    assert said.startswith("How units move. Over s and u: from ")
    assert words in said


def folder(records):
    return "".join(page for page in render_folder(records).values() if isinstance(page, str))


@pytest.mark.parametrize("whole", [render, folder])
def test_a_page_shows_a_map_under_its_claim(record, whole):
    shown = whole([record(drawing=PLANE)])
    assert drawn() in shown
    assert figures.describe_beside(PLANE) in shown
    assert "How units move." in shown
