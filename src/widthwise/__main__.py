"""widthwise: claims about wide neural networks, tested with pytest.

Claims are run by pytest itself: `pytest claims`, or `pytest --pyargs widthwise.claims` for those
that come with widthwise. The commands here are about what comes before and after.
"""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from collections.abc import Sequence
from importlib import metadata, resources
from itertools import groupby
from pathlib import Path

from widthwise.harness.plugin.wording import visible
from widthwise.harness.terms.evidence import EvidenceError
from widthwise.reports import commands as reports

from .catalogue import declared_in, installed, title_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status.

    0: done, and for a comparison no verdict changed; 1: a verdict changed;
    2: something is wrong with what was asked, or could not be read or written.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (EvidenceError, OSError, SyntaxError, ValueError) as error:
        print(f"widthwise: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="widthwise", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    version = f"widthwise {metadata.version('widthwise')}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="command")
    listing = commands.add_parser("list", help="the claims, by topic, with who says them")
    listing.add_argument(
        "folder",
        type=Path,
        nargs="?",
        help="a folder of claims (default: those that come with widthwise)",
    )
    listing.set_defaults(run=_list)
    new = commands.add_parser("new", help="a file with a claim to start from")
    new.add_argument("name", metavar="NAME", help="the claim's name: words_with_underscores")
    new.add_argument(
        "--to", type=Path, metavar="DIR", default=Path(), help="where the file goes (default: here)"
    )
    new.set_defaults(run=_new)
    reports.add_to(commands)
    return parser


def _list(options: argparse.Namespace) -> int:
    folder = options.folder or installed()
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder of claims")
    claims = declared_in(folder)
    for topic, group in groupby(claims, key=lambda claim: claim.topic):
        where = next(iter(folder.rglob(topic)), folder)
        print(visible(": ".join(filter(None, [topic, title_of(where)]))))
        for claim in group:
            print(visible(f"  {claim.name} ({claim.provenance or 'see the file'})"))
            print(visible(f"      {claim.summary}"))
        print()
    print(f"{len(claims)} claims")
    return 0


def _new(options: argparse.Namespace) -> int:
    name = options.name.removeprefix("test_")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise ValueError(
            f"{options.name!r} cannot be the name of a claim: "
            "take small letters, digits and underscores, as in units_stand_still"
        )
    path = options.to / f"test_{name}.py"
    text = resources.files("widthwise").joinpath("new_claim.txt").read_text("utf-8")
    options.to.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:  # never over another claim
        file.write(text.replace("NAME", name))
    print(f"{path}\nEdit it, then: pytest {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
