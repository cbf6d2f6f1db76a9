"""The page of a check, as text and in a real browser."""

import pytest

from widthwise.harness.terms.drawing import Curve, Drawing
from widthwise.harness.terms.sheet import Sheet
from widthwise.harness.terms.verdict import Verdict
from widthwise.reports import files
from widthwise.reports.drawing import figures
from widthwise.reports.drawing.drawing import svg
from widthwise.reports.pages.sheet_page import render_sheet

from .conftest import CHROMIUM
from .on_a_page import BROKEN_WORDS, WIDTHS, inaccessible

HOSTILE = "<script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}"
PANELS = ("embed", "blocks.0.attention.projection", "outputs")
DRAWING = Drawing(
    "How far every feature moves",
    "doublings of the width since 64",
    "doublings of the movement",
    tuple(Curve("moved, step 1", (0.0, 1.0), (0.0, 0.9), panel) for panel in PANELS),
)
SHEET = Sheet(
    "coordinates",
    "coordinate check",
    Verdict.REFUTED,
    ("readout.weight (output) breaks: its own first step moves its module by N^0.94",),
    (("exponents of", "moved, step 1"), *((panel, "0.94 ±0.08✗") for panel in PANELS)),
    "widths 64, 128, 256, 16 seeds",
    DRAWING,
)


def test_the_page_says_all_of_the_sheet():
    page = render_sheet(SHEET)
    assert '<span class="outcome refuted">refuted</span>' in page
    assert "readout.weight (output) breaks" in page
    assert page.count("0.94 ±0.08✗") == len(PANELS)
    assert "widths 64, 128, 256, 16 seeds" in page
    assert str(svg(figures.beside(DRAWING))) in page


def test_a_sheet_without_numbers_has_no_figure():
    page = render_sheet(
        Sheet("check", "a check", Verdict.SUPPORTED, (), (("a",), ("b",)), "nowhere")
    )
    assert "<figure>" not in page


def test_what_a_network_is_called_can_do_no_more_than_be_read():
    hostile = Sheet(
        "check", HOSTILE, Verdict.REFUTED, (HOSTILE,), ((HOSTILE,), (HOSTILE,)), HOSTILE, DRAWING
    )
    page = render_sheet(hostile)
    assert "<script>" not in page
    assert "‹U+202E›" in page
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_every_width_and_is_accessible(visit, tmp_path, scheme):
    page = visit(path=files.write_sheet(tmp_path / "evidence", SHEET), color_scheme=scheme)
    assert inaccessible(page, scheme) == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator("html").evaluate("e => e.scrollWidth") <= width, width
        assert page.evaluate(BROKEN_WORDS) == [], width
