"""A run's evidence on disk: records, table, page, summary and badge in one folder."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from widthwise.harness.evidence import Evidence, dumps, loads

if TYPE_CHECKING:
    from .comparison import Comparison

RECORDS, TABLE, PAGE = "evidence.json", "evidence.csv", "index.html"
SUMMARY, BADGE, COMPARISON = "summary.md", "badge.svg", "comparison.html"


def obstacle(directory: Path) -> str | None:
    """Why a run could not write its evidence there, or None; nothing is created."""
    if directory.exists():
        if not directory.is_dir():
            return "it is a file"
        return None if os.access(directory, os.W_OK | os.X_OK) else "it is not writable"
    ancestor = next(parent for parent in directory.absolute().parents if parent.exists())
    if not ancestor.is_dir():
        return f"{ancestor} is a file"
    return None if os.access(ancestor, os.W_OK | os.X_OK) else f"{ancestor} is not writable"


def write(directory: Path, records: Sequence[Evidence], *, partial: bool = False) -> Path:
    """Write a folder that is fit for hosting as it is; returns where its page is.

    Every file appears whole or not at all: a reader never meets half of one, and
    a failure leaves the files of an earlier run alone. The records come first,
    because everything else can be rebuilt from them.

    Raises:
        OSError: if the folder or a file in it cannot be written.
    """
    # Imported late: figures take a second to load, and most runs of pytest have none.
    from .summary import badge, markdown
    from .tables import csv

    directory.mkdir(parents=True, exist_ok=True)
    _replace(directory / RECORDS, dumps(records))
    _replace(directory / TABLE, csv(records))
    _replace(directory / SUMMARY, markdown(records))
    _replace(directory / BADGE, badge(records))
    return write_page(directory / PAGE, records, partial=partial)


def write_page(path: Path, records: Sequence[Evidence], *, partial: bool = False) -> Path:
    """Write the page alone: a single file that needs no other.

    Raises:
        OSError: if it cannot be written.
    """
    from .page import render

    _replace(path, render(records, partial=partial))
    return path


def write_comparison(path: Path, comparison: Comparison) -> Path:
    """Write the comparison of two runs as a page; returns where it is.

    Raises:
        OSError: if it cannot be written.
    """
    from .page import render_comparison

    _replace(path, render_comparison(comparison))
    return path


def read(path: Path) -> tuple[Evidence, ...]:
    """The records of a run, from its folder or from its `evidence.json`.

    Raises:
        EvidenceError: if the file is not one of evidence.
        OSError: if it cannot be read.
    """
    return loads((path / RECORDS if path.is_dir() else path).read_text("utf-8"))


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(
            handle, "w", encoding="utf-8", errors="backslashreplace", newline=""
        ) as file:
            file.write(text)
        # mkstemp makes files that only their owner can read.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
