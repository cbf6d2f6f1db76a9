"""A run's evidence on disk: `evidence.json`, `evidence.csv` and `index.html` in one folder."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from widthwise.harness.evidence import Evidence, dumps, loads

RECORDS, TABLE, PAGE = "evidence.json", "evidence.csv", "index.html"


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
    """Write records, table and page; returns where the page is.

    Every file appears whole or not at all: a reader never meets half of one, and
    a failure leaves the files of an earlier run alone. The records come first,
    because everything else can be rebuilt from them.

    Raises:
        OSError: if the folder or a file in it cannot be written.
    """
    # Imported late: figures take a second to load, and most runs of pytest have none.
    from .page import render
    from .tables import csv

    directory.mkdir(parents=True, exist_ok=True)
    _replace(directory / RECORDS, dumps(records))
    _replace(directory / TABLE, csv(records))
    _replace(directory / PAGE, render(records, partial=partial))
    return directory / PAGE


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
