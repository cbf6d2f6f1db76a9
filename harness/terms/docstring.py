"""The prose of a claim, read from the docstring of its measurement.

The first paragraph is the summary. A line that stands alone at the left margin
and is followed by an indented block opens a section with that heading:

    Hidden units stand still while the output learns.

    Statement
        After training to convergence …
    Does not show
        Anything about the largest unit.
"""

from __future__ import annotations

import inspect
import itertools
from dataclasses import dataclass


@dataclass(frozen=True)
class Prose:
    """What a claim says of itself.

    Attributes:
        summary: the first paragraph, on one line.
        sections: the text under each heading, paragraphs separated by blank lines.
    """

    summary: str
    sections: dict[str, str]


def prose(docstring: str) -> Prose:
    """The summary and the sections of a docstring.

    Text that belongs to no section is kept under the heading "Statement", in
    front of what that section says.
    """
    lines = inspect.cleandoc(docstring).splitlines()
    opening: list[str] = []
    blocks: dict[str, list[str]] = {}
    current = opening
    for line, following in itertools.pairwise([*lines, ""]):
        if _opens_section(line, following):
            current = blocks.setdefault(line.strip().rstrip(":"), [])
        else:
            current.append(line)
    summary, _, rest = "\n".join(opening).strip().partition("\n\n")
    sections = {heading: _paragraphs(block) for heading, block in blocks.items()}
    if rest.strip():
        stated = sections.get("Statement", "")
        sections["Statement"] = "\n\n".join(filter(None, (_paragraphs([rest]), stated)))
    return Prose(" ".join(summary.split()), sections)


def _opens_section(line: str, following: str) -> bool:
    return bool(line) and not line[0].isspace() and following[:1].isspace()


def _paragraphs(lines: list[str]) -> str:
    text = inspect.cleandoc("\n".join(["", *"\n".join(lines).splitlines()]))
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n") if part.strip())
