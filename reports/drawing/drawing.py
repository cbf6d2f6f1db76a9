"""A figure drawn once and for all: SVG for print and for readers without scripts."""

from __future__ import annotations

import functools
import itertools
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import vl_convert
from markupsafe import Markup


def svg(specification: Mapping[str, Any]) -> Markup:
    """The figure as part of a page (see `svg_text`)."""
    return Markup(svg_text(specification))  # escaped by ElementTree


def svg_text(specification: Mapping[str, Any]) -> str:
    """The figure as an SVG element that scales to its container.

    A third of what Vega writes: roles and classes go, for the figure carries one
    description as a whole, and so do invisible shapes, attributes that say nothing,
    and digits beyond a tenth of a pixel (in clouds of seeds, a pixel); lines of one kind
    are one path; fonts are the style sheet's. There is no style attribute, which a strict
    content-security policy would refuse.
    """
    root = ET.fromstring(vl_convert.vega_to_svg(_compiled(specification)))
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    _slim(root)
    # No text holds a bare ">", so this is the end of an empty element.
    return ET.tostring(root, encoding="unicode").replace(" />", "/>")


def _compiled(specification: Mapping[str, Any]) -> dict[str, Any]:
    """The figure in Vega, from what figures of its kind have alike, compiled once, and its data."""
    data, params = specification.get("datasets", {}), specification.get("params", [])
    empty = {"datasets": {}, "params": [{**each, "value": None} for each in params]}
    kind = {**specification, **empty, "description": ""}
    vega = json.loads(_compiled_kind(json.dumps(kind, sort_keys=True)))
    values = {each["name"]: each["value"] for each in params}
    for source in vega["data"]:
        if source["name"] in data:
            source["values"] = data[source["name"]]
    for signal in vega.get("signals", ()):
        if signal["name"] in values:
            signal["value"] = values[signal["name"]]
    return vega


@functools.cache
def _compiled_kind(specification: str) -> str:
    return json.dumps(_still(vl_convert.vegalite_to_vega(specification)))


def _still(vega: Any) -> Any:
    """A figure, or a part of it, without what only a screen would ask for.

    Texts are measured in the font that vl-convert carries along, whatever the machine has.
    """
    if isinstance(vega, dict):
        kept = {key: _still(part) for key, part in vega.items() if key != "tooltip"}
        return kept | {"font": FONT} if isinstance(vega.get("font"), str) else kept
    return [_still(part) for part in vega] if isinstance(vega, list) else vega


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
            value = _DOTS.sub(_from_dot_to_dot, value)
            element.set(name, _DIGITS.sub(_to_a_tenth, value))
    # Lines of a text begin where its first one does: such a text keeps the place it is moved to.
    if (
        element.tag == "text"
        and len(element) == 0
        and (place := _PLACE.fullmatch(element.get("transform", "")))
    ):
        del element.attrib["transform"]
        element.attrib |= dict(zip("xy", place[1].split(","), strict=True))
    element[:] = list(_beside(_joined(element)))
    _hoist(element)


def _hoist(group: ET.Element) -> None:
    """Say once, at the group, what all its children say and inherit."""
    if group.tag != "g" or len(group) < 2:
        return
    for name in sorted(_INHERITED - set(group.attrib)):
        said = {child.get(name) for child in group}
        value = said.pop()
        if value is not None and not said:
            group.set(name, value)
            for child in group:
                del child.attrib[name]


def _joined(children: Iterable[ET.Element]) -> Iterator[ET.Element]:
    """The elements, neighbouring lines that look alike joined to one path."""
    for look, group in itertools.groupby(children, _look_of_line):
        lines = list(group)
        if look is None or len(lines) == 1:
            yield from lines
        else:
            yield ET.Element("path", {"d": "".join(map(_stroke, lines)), **dict(look)})


def _beside(marks: Iterable[ET.Element]) -> Iterator[ET.Element]:
    """The elements, neighbouring marks of one shape and look drawn as one path."""
    for (shape, look), group in itertools.groupby(marks, _look_of_mark):
        alike = list(group)
        if shape is None or len(alike) == 1:
            yield from alike
        else:
            found = (_PLACE.fullmatch(mark.get("transform", "")) for mark in alike)
            yield _in_places(shape, [place[1] for place in found if place], dict(look))


def _in_places(shape: str, places: list[str], look: dict[str, str]) -> ET.Element:
    """A mark in several places as one path; discs are the round ends of lines without length."""
    if (disc := _DISC.fullmatch(shape)) and "stroke" not in look:
        look["stroke"] = look.pop("fill", "")
        look |= {"stroke-width": f"{2 * float(disc[1]):.1f}", "stroke-linecap": "round"}
        return ET.Element("path", {"d": "".join(f"M{place}z" for place in places), **look})
    moved = (_moved(shape, *map(float, place.split(","))) for place in places)
    return ET.Element("path", {"d": "".join(moved), **look})


def _look_of_mark(element: ET.Element) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """The shape of a mark that has a place, and what it looks like; no shape for anything else."""
    shape = element.get("d", "")
    if element.tag != "path" or not _PLACE.fullmatch(element.get("transform", "")):
        return None, ()
    if not _SHAPE.fullmatch(shape):
        return None, ()
    return shape, tuple(sorted((k, v) for k, v in element.attrib.items() if k not in _MARK))


def _moved(shape: str, right: float, down: float) -> str:
    """A shape of lines and arcs elsewhere."""

    def step(command: re.Match[str]) -> str:
        numbers = command[2].split(",") if command[2] else []
        ends = [_tenths(float(n) + d) for n, d in zip(numbers[-2:], (right, down), strict=False)]
        return command[1] + ",".join([*numbers[:-2], *ends])

    return _SHAPE_STEP.sub(step, shape)


def _look_of_line(element: ET.Element) -> tuple[tuple[str, str], ...] | None:
    """What a line looks like wherever it lies; None for anything else."""
    if element.tag != "line" or not _PLACE.fullmatch(element.get("transform", "")):
        return None
    return tuple(sorted((k, v) for k, v in element.attrib.items() if k not in _LINE))


def _stroke(line: ET.Element) -> str:
    """A line as part of a path."""
    place = _PLACE.fullmatch(line.get("transform", ""))
    start = place[1] if place else "0,0"
    return f"M{start}l{line.get('x2', '0')},{line.get('y2', '0')}"


def _to_a_tenth(number: re.Match[str]) -> str:
    return _tenths(float(number[0]))


def _tenths(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _from_dot_to_dot(dots: re.Match[str]) -> str:
    """A cloud of dots, each on its pixel and placed by the way from the last."""
    path, x, y = [], 0, 0
    for dot in _DOT.finditer(dots[0]):
        left, down = round(float(dot[1])) - x, round(float(dot[2])) - y
        x, y = x + left, y + down
        path.append(f"m{left}{',' if down >= 0 else ''}{down}z")
    return "".join(path)


FONT = "Liberation Sans"
"""What the cards are set in, too."""

_SILENT = {"role", "class", "pointer-events", "font-family"}
_DEFAULTS = {
    "opacity": "1", "stroke-width": "1", "font-weight": "normal", "x2": "0", "y2": "0",
    "transform": "translate(0,0)", "stroke-miterlimit": "10", "stroke-dasharray": "1,0",
}  # fmt: skip
_NUMERIC = {"d", "transform", "x", "y", "x2", "y2"}
_INHERITED = {
    "fill", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap",
    "stroke-linejoin", "font-size", "font-weight", "text-anchor",
}  # fmt: skip
_LINE = {"transform", "x2", "y2"}
_MARK = {"transform", "d"}
_PLACE = re.compile(r"translate\(([-\d.]+,[-\d.]+)\)")
_SHAPE_STEP = re.compile(r"([MLAZ])((?:-?[\d.]+(?:,-?[\d.]+)*)?)")
_SHAPE = re.compile(rf"(?:{_SHAPE_STEP.pattern})+")
_DISC = re.compile(r"M[\d.]+,0" + r"A([\d.]+),\1,0,1,1,-[\d.]+,0" + r"A\1,\1,0,1,1,[\d.]+,0Z?")
_DOT = re.compile(r"M(-?[\d.]+),(-?[\d.]+)Z")
_DOTS = re.compile(rf"(?:{_DOT.pattern})+")
_DIGITS = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?|-?\d+(?:\.\d+)?e-?\d+")
