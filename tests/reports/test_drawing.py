"""What slimming a drawing keeps: every stroke at its place."""

import re
import xml.etree.ElementTree as ET

import pytest
import vl_convert

from widthwise.reports import figures
from widthwise.reports.drawing import svg

NUMBER = r"(-?[\d.]+(?:e-?\d+)?)"
PLACE = re.compile(rf"translate\({NUMBER},{NUMBER}\)")
PIECE = re.compile(rf"M{NUMBER},{NUMBER}l{NUMBER},{NUMBER}")


def straight_lines(drawing):
    """The lines that are seen, as (colour, x, y, width, height) on the whole drawing, in tenths."""
    found = []

    def walk(element, x, y):
        if element.get("display") == "none":
            return
        if place := PLACE.search(element.get("transform", "")):
            x, y = x + float(place[1]), y + float(place[2])
        tag = element.tag.rpartition("}")[2]
        pieces = PIECE.findall(element.get("d", "")) if tag == "path" else []
        if tag == "line":
            pieces = [("0", "0", element.get("x2", "0"), element.get("y2", "0"))]
        for piece in pieces:
            left, up, width, height = map(float, piece)
            found.append((element.get("stroke"), x + left, y + up, width, height))
        for child in element:
            walk(child, x, y)

    walk(ET.fromstring(drawing), 0, 0)
    return sorted((colour, *(round(n) for n in numbers)) for colour, *numbers in found)


@pytest.mark.parametrize("form", ["PowerLaw", "Limit", "Dominates"])
def test_lines_joined_to_paths_stay_where_they_were(forms, form):
    specification = figures.figure(forms[form])
    whole = straight_lines(vl_convert.vegalite_to_svg(specification))
    slim = straight_lines(svg(specification))
    assert len(whole) > 10
    assert {line[0] for line in slim} == {line[0] for line in whole}
    assert len(slim) == len(whole)
    for one, other in zip(slim, whole, strict=True):
        assert one[0] == other[0]
        assert one[1:] == pytest.approx(other[1:], abs=1)


def test_a_drawing_is_at_most_two_fifths_of_what_vega_writes(forms):
    specification = figures.figure(forms["PowerLaw"])
    assert 2.5 * len(svg(specification)) < len(vl_convert.vegalite_to_svg(specification))
