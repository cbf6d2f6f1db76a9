"""What a check found of somebody's own network, to be read on a page.

A check is no claim of the catalogue: nobody said it, it has no control, and its verdicts are
about one network. It hands its result to `pytest_widthwise_sheet`, and whoever shows evidence
makes a page of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .drawing import Drawing
from .verdict import Verdict


@dataclass(frozen=True)
class Sheet:
    """The result of a check.

    Attributes:
        name: of its file; letters, digits and underscores.
        title: what was checked, in a few words.
        verdict: how the whole stands.
        sentences: what follows, the tensors at fault by name; may be none.
        table: the rows, the first of them headings; all of one length.
        note: where it was measured, and what the marks in the table mean.
        drawing: what the numbers of the table rest on, or None.

    Raises:
        ValueError: a name that is none, or rows of different lengths.
    """

    name: str
    title: str
    verdict: Verdict
    sentences: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    note: str
    drawing: Drawing | None = None

    def __post_init__(self) -> None:
        if not (self.name.isascii() and self.name.isidentifier()):
            raise ValueError(f"Sheet: the name of a file is an identifier, got {self.name!r}")
        if len({len(row) for row in self.table}) > 1:
            raise ValueError(f"Sheet {self.name!r}: rows of the table differ in length")
