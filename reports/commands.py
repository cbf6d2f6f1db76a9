"""Commands on the evidence of a run: rebuild its pages, compare two runs, publish."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from widthwise.harness.terms.evidence import Evidence, EvidenceError

from .comparison import compare, lines
from .files import (
    read,
    read_gaps,
    read_samples,
    read_topics,
    write,
    write_comparison,
    write_pages,
    write_single_page,
)


def add_to(commands: Any) -> None:
    """Add build, compare and publish to the subcommands of a parser.

    Each sets `run`, a function of the options that returns the exit status and raises
    EvidenceError or OSError for what cannot be read or written.
    """
    build = commands.add_parser("build", help="the pages anew, from a run's files alone")
    build.add_argument(
        "evidence",
        type=Path,
        nargs="?",
        default=Path("evidence"),
        help="a run's folder, or its evidence.json (default: evidence)",
    )
    build.add_argument(
        "--single-file",
        type=Path,
        metavar="FILE",
        help="all on one page, to be sent: it links to nothing beside it "
        "(default: index, table and a page per claim, beside the records)",
    )
    build.set_defaults(run=_build)
    comparing = commands.add_parser("compare", help="what changed between two runs")
    comparing.add_argument("old", type=Path, help="the earlier run's folder or evidence.json")
    comparing.add_argument("new", type=Path, help="the later run's folder or evidence.json")
    comparing.add_argument("--to", type=Path, metavar="FILE", help="write it as a page, too")
    comparing.set_defaults(run=_compare)
    publish = commands.add_parser(
        "publish",
        help="a folder for hosting: pages, cards, records, samples, table, summary and badge",
    )
    publish.add_argument("to", type=Path, metavar="DIR", help="where the folder goes")
    publish.add_argument(
        "--evidence",
        type=Path,
        default=Path("evidence"),
        help="a run's folder, or its evidence.json (default: evidence)",
    )
    publish.add_argument(
        "--address",
        type=_address,
        metavar="URL",
        help="where it will be found; chats show the card of a page only if they know",
    )
    publish.set_defaults(run=_publish)


def _build(options: argparse.Namespace) -> int:
    records = _read(options.evidence)
    gaps, topics = read_gaps(options.evidence), read_topics(options.evidence)
    if options.single_file is not None:
        print(write_single_page(options.single_file, records, gaps, topics=topics))
        return 0
    sampled = {each.name for each in read_samples(options.evidence, records)}
    folder = options.evidence if options.evidence.is_dir() else options.evidence.parent
    print(write_pages(folder, records, gaps, sampled, topics))
    return 0


def _publish(options: argparse.Namespace) -> int:
    records = _read(options.evidence)
    gaps, topics = read_gaps(options.evidence), read_topics(options.evidence)
    samples = read_samples(options.evidence, records)
    print(write(options.to, records, gaps, samples, topics, options.address or ""))
    return 0


def _compare(options: argparse.Namespace) -> int:
    comparison = compare(_read(options.old), _read(options.new))
    print("\n".join(lines(comparison)))
    if options.to is not None:
        print(f"page: {write_comparison(options.to, comparison)}")
    return 1 if comparison.turned else 0


def _address(text: str) -> str:
    address = urlsplit(text)
    if address.scheme not in ("http", "https") or not address.netloc:
        raise argparse.ArgumentTypeError(f"{text!r} is no address; say https://host/path")
    return text.rstrip("/") + "/"


def _read(path: Path) -> tuple[Evidence, ...]:
    try:
        return read(path)
    except (EvidenceError, UnicodeDecodeError) as error:
        raise EvidenceError(f"{path}: {error}") from None
