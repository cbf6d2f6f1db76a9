"""The page of a check of somebody's own network."""

from __future__ import annotations

from widthwise.harness.terms.sheet import Sheet

from ..drawing import figures
from ..drawing.drawing import svg
from .document import dressed, fill


def render_sheet(sheet: Sheet) -> str:
    """The page; it needs no other file, and no script."""
    drawn = sheet.drawing and svg(figures.beside(sheet.drawing))
    return fill("sheet.html.j2", sheet=sheet, drawn=drawn, **dressed([], ["page.css"]))
