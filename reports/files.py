"""A run's evidence on disk: records, samples, table, pages, summary, badge in one folder."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from widthwise.harness.measuring.raw_samples import RawSamples, from_json, to_json
from widthwise.harness.terms.evidence import Evidence, EvidenceError, dumps, loads
from widthwise.harness.terms.sheet import Sheet

from .gaps import NO_GAPS, Gaps, gaps_from_json, gaps_to_json
from .topics import NO_TOPICS, Topics, topics_from_json, topics_to_json

if TYPE_CHECKING:
    from .comparison import Comparison
    from .drawing.drawn import Kept

RECORDS, TABLE, PAGE = "evidence.json", "evidence.csv", "index.html"
SUMMARY, BADGE, COMPARISON = "summary.md", "badge.svg", "comparison.html"
GAPS, TOPICS, EARLIER = "gaps.json", "topics.json", "earlier.json"
SAMPLES, CLAIMS, CARD = "samples", "claims", "card.png"
DRAWINGS = ".drawings.json.gz"
"""Kept for the next time the pages are made; nothing on them needs it."""


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


def write(
    directory: Path,
    records: Sequence[Evidence],
    gaps: Gaps = NO_GAPS,
    samples: Sequence[RawSamples] = (),
    topics: Topics = NO_TOPICS,
    address: str = "",
) -> Path:
    """Write a folder that is fit for hosting as it is; returns where its page is.

    Every file appears whole or not at all: a reader never meets half of one, and
    a failure leaves the files of an earlier run alone. The records come first,
    because everything else can be rebuilt from them.

    Args:
        directory: the folder; it is made where it is missing.
        records: the run's evidence.
        gaps: what the run did not settle.
        samples: what the verdicts rest on, as far as it is published.
        topics: what is at issue in each topic.
        address: where the folder will be hosted, with a "/" at its end; "" if that is not known.

    Raises:
        OSError: if the folder or a file in it cannot be written.
    """
    # Imported late: figures take a second to load, and most runs of pytest have none.
    from .sample_files import csv_of, stem
    from .summary import badge, markdown

    directory.mkdir(parents=True, exist_ok=True)
    _replace(directory / RECORDS, dumps(records))
    _replace(directory / GAPS, gaps_to_json(gaps))
    if topics:
        _replace(directory / TOPICS, topics_to_json(topics))
    _replace(directory / SUMMARY, markdown(records, gaps))
    _replace(directory / BADGE, badge(records, gaps))
    if samples:
        (directory / SAMPLES).mkdir(exist_ok=True)
    for each in samples:
        path = directory / SAMPLES / stem(each.claim, each.variant)
        _replace(path.with_name(f"{path.name}.json"), to_json(each) + "\n")
        _replace(path.with_name(f"{path.name}.csv"), csv_of(each))
    return write_pages(directory, records, gaps, {each.name for each in samples}, topics, address)


def keep_earlier(directory: Path, records: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Put what a folder holds of other cases aside, before these records replace it.

    `earlier.json` keeps the latest record of every case that was ever replaced by a run without
    it, so that a run of one claim costs no other its evidence.

    Args:
        directory: the folder that will be written.
        records: what will stand there.

    Returns:
        The records that stand there now and will not.

    Raises:
        OSError: if it cannot be written.
    """
    cases = {(record.claim, record.variant) for record in records}
    there = _read_any(directory / RECORDS)
    others = tuple(each for each in there if (each.claim, each.variant) not in cases)
    if others:
        kept = (*_read_any(directory / EARLIER), *there)
        latest = {(each.claim, each.variant): each for each in kept}
        _replace(directory / EARLIER, dumps(tuple(latest.values())))
    return others


def _read_any(file: Path) -> tuple[Evidence, ...]:
    """The records in a file; none where it is missing, damaged or of another version."""
    try:
        return loads(file.read_text("utf-8"))
    except (EvidenceError, OSError, UnicodeDecodeError):
        return ()


def write_pages(
    directory: Path,
    records: Sequence[Evidence],
    gaps: Gaps = NO_GAPS,
    sampled: Collection[str] = (),
    topics: Topics = NO_TOPICS,
    address: str = "",
) -> Path:
    """Write index, table and a page per claim beside a run's records; returns the index.

    Args:
        directory: the folder of the records.
        records: the run's evidence.
        gaps: what the run did not settle.
        sampled: the records whose samples lie in the folder, by name.
        topics: what is at issue in each topic.
        address: where the folder will be hosted, with a "/" at its end; "" if that is not known.

    Raises:
        OSError: if one cannot be written.
    """
    from .pages.page import render_folder
    from .tables import csv

    _replace(directory / TABLE, csv(records))
    files = render_folder(records, gaps, sampled, topics, _kept(directory), address)
    # The index last: whatever it links to is there.
    for name in sorted(files, key=lambda name: name == PAGE):
        (directory / name).parent.mkdir(exist_ok=True)
        _replace(directory / name, files[name])
    return directory / PAGE


def _kept(directory: Path) -> Kept:
    """What was drawn when the folder was last written; what cannot be read is drawn again."""
    from .drawing.drawn import Kept, unpack_drawings
    from .drawing.picture import key_of

    drawings: dict[str, str] = {}
    pictures: dict[str | None, bytes] = {}
    with contextlib.suppress(OSError):
        drawings = unpack_drawings((directory / DRAWINGS).read_bytes())
    with contextlib.suppress(OSError):
        files = [directory / CARD, *(directory / CLAIMS).glob("*.png")]
        pictures = {key_of(png): png for png in (file.read_bytes() for file in files)}
    return Kept(drawings, {key: png for key, png in pictures.items() if key is not None})


def write_single_page(
    path: Path,
    records: Sequence[Evidence],
    gaps: Gaps = NO_GAPS,
    sampled: Collection[str] = (),
    topics: Topics = NO_TOPICS,
) -> Path:
    """Write all of a run as one page: a single file that needs no other.

    Args:
        path: where to.
        records: the run's evidence.
        gaps: what the run did not settle.
        sampled: the records whose samples lie beside the page, by name.
        topics: what is at issue in each topic.

    Raises:
        OSError: if it cannot be written.
    """
    from .pages.page import render

    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, render(records, gaps, sampled, topics))
    return path


def write_sheet(directory: Path, sheet: Sheet) -> Path:
    """Write the result of a check as a page of its own in a folder; returns where it is.

    Raises:
        OSError: if it cannot be written.
    """
    from .pages.sheet_page import render_sheet

    directory.mkdir(parents=True, exist_ok=True)
    page = directory / f"{sheet.name}.html"
    _replace(page, render_sheet(sheet))
    return page


def write_comparison(path: Path, comparison: Comparison) -> Path:
    """Write the comparison of two runs as a page; returns where it is.

    Raises:
        OSError: if it cannot be written.
    """
    from .pages.page import render_comparison

    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, render_comparison(comparison))
    return path


def read(path: Path) -> tuple[Evidence, ...]:
    """The records of a run, from its folder or from its `evidence.json`.

    Raises:
        EvidenceError: if the file is not one of evidence.
        OSError: if it cannot be read.
    """
    return loads((path / RECORDS if path.is_dir() else path).read_text("utf-8"))


def read_gaps(path: Path) -> Gaps:
    """What a run did not settle, from its folder or from beside its `evidence.json`.

    Raises:
        EvidenceError: if the file is not one of gaps.
        OSError: if it cannot be read.
    """
    file = (path if path.is_dir() else path.parent) / GAPS
    return gaps_from_json(file.read_text("utf-8")) if file.exists() else NO_GAPS


def read_topics(path: Path) -> Topics:
    """What is at issue in each topic, from a run's folder or from beside its `evidence.json`.

    Raises:
        EvidenceError: if the file is not one of topics.
        OSError: if it cannot be read.
    """
    file = (path if path.is_dir() else path.parent) / TOPICS
    return topics_from_json(file.read_text("utf-8")) if file.exists() else NO_TOPICS


def read_samples(path: Path, records: Sequence[Evidence]) -> list[RawSamples]:
    """The samples of these very records, as far as they lie beside them.

    Raises:
        EvidenceError: if a file is not one of samples.
        OSError: if one cannot be read.
    """
    from .sample_files import stem

    folder = (path if path.is_dir() else path.parent) / SAMPLES
    files = [(folder / f"{stem(each.claim, each.variant)}.json", each) for each in records]
    found = [
        (from_json(file.read_text("utf-8")), record) for file, record in files if file.exists()
    ]
    return [samples for samples, record in found if samples.digest == record.digest]


def _replace(path: Path, content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else content.encode(errors="backslashreplace")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # mkstemp makes files that only their owner can read.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
