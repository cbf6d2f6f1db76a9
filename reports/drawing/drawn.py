"""Many drawings: in processes where that pays, and those of the last time as they were."""

from __future__ import annotations

import gzip
import hashlib
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import joblib
from markupsafe import Markup

from . import drawing, picture

Specification = Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """What was drawn at another time, by the key of what is drawn.

    Attributes:
        drawings: SVG of figures (see `key`).
        pictures: PNG (see `picture.key`).
    """

    drawings: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)


NONE_KEPT = Kept()
ENOUGH = 40
"""From so many items on, processes of their own cost less than they save."""
SHARES = 4
"""For each process, so that none waits long for another."""

_One = TypeVar("_One")
_Done = TypeVar("_Done")
_TAGS = {"svg", "g", "path", "line", "text", "tspan"}
_MAKER = Path(drawing.__file__).read_bytes() + picture.MAKER.encode()


def in_shares(work: Callable[[Sequence[_One]], _Done], items: Sequence[_One]) -> Iterator[_Done]:
    """The work on shares of the items; the shares of many items are worked on in processes.

    They start at once, and go on until the last of what they return has been taken.

    Args:
        work: a function of several items that a process can import.
        items: what to work on; a share holds such as lie far from each other.
    """
    many = len(items) >= ENOUGH
    jobs = joblib.cpu_count() if many else 1
    number = SHARES * jobs if many else 1
    shares = [items[start::number] for start in range(number)]
    done: Any = joblib.Parallel(n_jobs=jobs, return_as="generator")(
        joblib.delayed(work)(share) for share in shares
    )
    return done


def draw_all(specifications: Iterable[Specification], kept: Kept = NONE_KEPT) -> dict[str, str]:
    """The drawings of figures, by their keys (see `key`).

    Args:
        specifications: the figures.
        kept: drawings of another time; those of the same figures are taken as they are.
    """
    wanted = {key(each): each for each in specifications}
    there = kept.drawings
    found = {name: there[name] for name in wanted if _is_drawing(there.get(name, ""))}
    missing = {name: each for name, each in wanted.items() if name not in found}
    drawn = found | {name: drawing.svg_text(each) for name, each in missing.items()}
    return {name: drawn[name] for name in wanted}


def picture_all(drawings: Iterable[str], kept: Kept = NONE_KEPT) -> list[bytes]:
    """The pictures of SVGs, in order.

    Args:
        drawings: the SVGs.
        kept: pictures of another time; those of the same SVG are taken as they are.
    """
    keys = [(picture.key(each), each) for each in drawings]
    there = kept.pictures
    return [there[name] if name in there else picture.picture(each) for name, each in keys]


def key(specification: Specification) -> str:
    """What tells a figure from any other: all that is drawn, and the code that draws it."""
    text = json.dumps(specification, sort_keys=True)
    return hashlib.sha256(_MAKER + text.encode()).hexdigest()


def pack_drawings(drawings: Mapping[str, str]) -> bytes:
    """Drawings as a file, to be kept for the next time."""
    text = json.dumps(dict(sorted(drawings.items())), separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)


def unpack_drawings(packed: bytes) -> dict[str, str]:
    """The drawings in a file; none where it is damaged."""
    try:
        found = json.loads(gzip.decompress(packed))
    except (OSError, EOFError, ValueError, RecursionError):
        return {}
    texts = found.items() if isinstance(found, dict) else ()
    return {name: text for name, text in texts if isinstance(text, str)}


def markup(text: str) -> Markup:
    """A drawing as part of a page."""
    return Markup(text)  # ours, or found to be nothing else by `_is_drawing`


def _is_drawing(text: str) -> bool:
    """Whether a text from a file can do no more on a page than be seen."""
    try:
        elements = list(ET.fromstring(text).iter())
    except ET.ParseError:
        return False
    names = {name for element in elements for name in element.attrib}
    plain = not any(name.startswith("on") or ":" in name or "href" in name for name in names)
    return plain and {element.tag for element in elements} <= _TAGS and "<!" not in text
