"""A figure drawn once and for all: SVG for print and for readers without scripts."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import vl_convert
from markupsafe import Markup


def svg(specification: dict[str, Any]) -> Markup:
    """The figure as an SVG element that scales to its container.

    A third of what Vega writes: roles and classes go, for the figure carries one
    description as a whole, and so do invisible shapes, attributes that say nothing,
    and digits beyond a tenth of a pixel; fonts are the style sheet's. There is no style
    attribute, which a strict content-security policy would refuse.
    """
    root = ET.fromstring(vl_convert.vegalite_to_svg(specification))
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    _slim(root)
    return Markup(ET.tostring(root, encoding="unicode"))  # escaped by ElementTree


def _slim(element: ET.Element) -> None:
    element.tag = element.tag.rpartition("}")[2]
    for child in list(element):
        hollow = child.tag.endswith("}g") and len(child) == 0
        if hollow or child.get("display") == "none" or "background" in child.get("class", ""):
            element.remove(child)
        else:
            _slim(child)
    for place, child in enumerate(element):
        if child.tag == "g" and not child.attrib and len(child) == 1:
            element[place] = child[0]
    for name, value in list(element.attrib.items()):
        if name in _SILENT or name.startswith("aria-") or _DEFAULTS.get(name) == value:
            del element.attrib[name]
        elif name in _NUMERIC:
            element.set(name, _DIGITS.sub(lambda number: f"{float(number[0]):.1f}", value))


_SILENT = {"role", "class", "pointer-events", "font-family"}
_DEFAULTS = {
    "opacity": "1", "stroke-width": "1", "font-weight": "normal", "x2": "0", "y2": "0",
    "transform": "translate(0,0)", "stroke-miterlimit": "10",
}  # fmt: skip
_NUMERIC = {"d", "transform", "x", "y", "x2", "y2"}
_DIGITS = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?|-?\d+(?:\.\d+)?e-?\d+")
