"""What slimming a drawing keeps: every stroke at its place."""

import re
import xml.etree.ElementTree as ET

import pytest
import vl_convert

from widthwise.reports.drawing import figures
from widthwise.reports.drawing.drawing import svg

NUMBER = r"(-?[\d.]+(?:e-?\d+)?)"
PLACE = re.compile(rf"translate\({NUMBER},{NUMBER}\)")
PIECE = re.compile(rf"M{NUMBER},{NUMBER}l{NUMBER},{NUMBER}")


def straight_lines(drawing):
    """The lines that are seen, as (colour, x, y, width, height) on the whole drawing, in tenths."""
    found = []

    def walk(element, x, y, colour=None):
        colour = element.get("stroke", colour)
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
            found.append((colour, x + left, y + up, width, height))
        for child in element:
            walk(child, x, y, colour)

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


def test_a_drawing_is_at_most_a_third_of_what_vega_writes(forms):
    specification = figures.figure(forms["PowerLaw"])
    assert 3 * len(svg(specification)) < len(vl_convert.vegalite_to_svg(specification))


def test_a_cloud_of_dots_keeps_every_seed_on_its_pixel(forms):
    specification = figures.figure(forms["PowerLaw"])
    whole = re.findall(rf"M{NUMBER},{NUMBER}Z", vl_convert.vegalite_to_svg(specification))
    expected = [(round(float(x)), round(float(y))) for x, y in whole]
    found = []
    for path in ET.fromstring(svg(specification)).iter("path"):
        x = y = 0
        for left, down in re.findall(r"m(-?\d+),?(-?\d+)z", path.get("d", "")):
            x, y = x + int(left), y + int(down)
            found.append((x, y))
    assert len(found) > 50
    assert found == expected
