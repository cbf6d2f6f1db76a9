"""Many drawings at once, and those of another time."""

import itertools
import json

import pytest

from widthwise.reports.drawing import drawn, figures
from widthwise.reports.drawing.drawn import Kept, draw_all, key, pack_drawings, unpack_drawings
from widthwise.reports.pages import page


@pytest.fixture
def figure(record):
    return figures.figure(record())


def test_a_figure_that_was_drawn_before_is_taken_as_it_was(figure, monkeypatch):
    drawings = unpack_drawings(pack_drawings(draw_all([figure])))
    monkeypatch.setattr(drawn.drawing, "svg_text", pytest.fail)
    assert draw_all([figure], Kept(drawings)) == drawings


def test_a_figure_with_another_number_is_another_figure(figure, record, finding):
    other = figures.figure(record(finding=finding(-0.51)))
    assert key(other) != key(figure)
    assert set(draw_all([other], Kept(draw_all([figure])))) == {key(other)}


@pytest.mark.parametrize("number", [3, drawn.ENOUGH])
def test_every_item_is_in_one_share(number):
    shares = list(drawn.in_shares(list, range(number)))
    assert sorted(itertools.chain(*shares)) == list(range(number))
    assert len(shares) == 1 or number == drawn.ENOUGH


def test_pages_made_in_processes_are_those_of_one(record, monkeypatch):
    records = [record(claim=name) for name in ("first", "second", "third")]
    alone, alone_in_one = page.render_folder(records), page.render(records)
    monkeypatch.setattr(drawn, "ENOUGH", 2)
    assert page.render_folder(records) == alone
    assert page.render(records) == alone_in_one


@pytest.mark.parametrize(
    "smuggled",
    [
        "<svg><script>alert(1)</script></svg>",
        "<svg onload='alert(1)'></svg>",
        "<svg><a href='javascript:alert(1)'><text>x</text></a></svg>",
        "<svg><path href='#x'/></svg>",
        "<svg xmlns:xlink='http://www.w3.org/1999/xlink'><g xlink:href='x'/></svg>",
        "<svg></svg><meta http-equiv='refresh' content='0;url=x'>",
        "<svg><!-- --></svg>",
        "<!DOCTYPE svg [<!ENTITY e 'x'>]><svg><text>&e;</text></svg>",
        "<svg>",
    ],
)
def test_nothing_but_a_drawing_is_taken_from_a_file(figure, smuggled):
    assert draw_all([figure], Kept({key(figure): smuggled})) == draw_all([figure])


@pytest.mark.parametrize("damaged", [b"", b"\x1f\x8b\x00", pack_drawings({"a": "b"})[:-9]])
def test_a_damaged_file_holds_no_drawings(damaged):
    assert unpack_drawings(damaged) == {}


def test_a_file_of_something_else_holds_no_drawings():
    for other in ([1], {"a": 1}, "a"):
        assert unpack_drawings(drawn.gzip.compress(json.dumps(other).encode())) == {}
