"""`python -m widthwise.reports`: rebuild a page from its records, compare two runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status.

    0: done, and for a comparison no verdict changed; 1: a verdict changed;
    2: something could not be read or written.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (EvidenceError, OSError) as error:
        print(f"widthwise.reports: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m widthwise.reports", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    build = commands.add_parser("build", help="rebuild the pages from a run's files alone")
    build.add_argument("evidence", type=Path, help="a run's folder, or its evidence.json")
    targets = build.add_mutually_exclusive_group()
    targets.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="a folder for hosting: pages, records, samples, table, summary and badge "
        "(default: index, table and a page per claim, beside the records)",
    )
    targets.add_argument(
        "--single-file",
        type=Path,
        metavar="FILE",
        help="all on one page, to be sent: it links to nothing beside it",
    )
    build.set_defaults(run=_build)
    comparing = commands.add_parser("compare", help="what changed between two runs")
    comparing.add_argument("old", type=Path, help="the earlier run's folder or evidence.json")
    comparing.add_argument("new", type=Path, help="the later run's folder or evidence.json")
    comparing.add_argument("--to", type=Path, metavar="FILE", help="write it as a page, too")
    comparing.set_defaults(run=_compare)
    return parser


def _build(options: argparse.Namespace) -> int:
    records = _read(options.evidence)
    gaps, topics = read_gaps(options.evidence), read_topics(options.evidence)
    if options.single_file is not None:
        print(write_single_page(options.single_file, records, gaps, topics=topics))
        return 0
    samples = read_samples(options.evidence, records)
    if options.to is not None:
        print(write(options.to, records, gaps, samples, topics))
        return 0
    folder = options.evidence if options.evidence.is_dir() else options.evidence.parent
    print(write_pages(folder, records, gaps, {each.name for each in samples}, topics))
    return 0


def _compare(options: argparse.Namespace) -> int:
    comparison = compare(_read(options.old), _read(options.new))
    print("\n".join(lines(comparison)))
    if options.to is not None:
        print(f"page: {write_comparison(options.to, comparison)}")
    return 1 if comparison.turned else 0


def _read(path: Path) -> tuple[Evidence, ...]:
    try:
        return read(path)
    except (EvidenceError, UnicodeDecodeError) as error:
        raise EvidenceError(f"{path}: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
