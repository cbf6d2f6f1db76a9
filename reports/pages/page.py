"""The evidence pages: an index and a page per claim, or all in one file; functions of the records.

Nothing on them is fetched. Scripts and styles are inlined and named by their
hashes in a content-security policy that allows nothing else, so text smuggled
into a record could not run even if it slipped through the escaping.
"""

from __future__ import annotations

import base64
import functools
import gzip
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import vl_convert
from markupsafe import Markup

from widthwise.harness.terms.evidence import Evidence, to_json

from ..comparison import Comparison
from ..counting import place, shares
from ..drawing.drawn import NONE_KEPT, Kept, in_shares, pack_drawings, picture_all
from ..entries import Entry
from ..files import CARD, CLAIMS, DRAWINGS, PAGE
from ..gaps import NO_GAPS, Gaps
from ..outcome import error_bound, outcome, tally
from ..tables import csv
from ..topics import NO_TOPICS, Topics
from .argument import disputes, in_order
from .card import card_of_the_run
from .circumstances import circumstances
from .claim_page import Folder, drawn_claims, files_of_claims, samples_of
from .document import dressed, fill, static


def render(
    records: Sequence[Evidence],
    gaps: Gaps = NO_GAPS,
    sampled: Collection[str] = (),
    topics: Topics = NO_TOPICS,
) -> str:
    """The page of a run in a single file that needs no other.

    Args:
        records: the run's evidence; the order does not matter.
        gaps: what the run did not settle.
        sampled: the records whose samples lie beside the page, by name.
        topics: what is at issue in each topic.
    """
    ordered = sorted(records, key=place)
    entries = _entries(ordered)
    specifications: dict[str, dict[str, Any]] = {}
    drawings: dict[str, Markup] = {}
    for specified, drawn in in_shares(drawn_claims, entries):
        specifications |= specified
        drawings |= drawn
    hrefs = {anchor: f"#{anchor}" for entry in entries for anchor in entry.places}
    scripts = [vega(), static("page.js")]
    packed = pack(
        {
            # Side by side, so that a number in both costs its characters once.
            "claims": {
                variant.anchor: [specifications[variant.anchor], to_json(variant.record)]
                for entry in entries
                for variant in entry.variants
            },
            "table": csv(ordered),
        }
    )
    return fill(
        "page.html.j2",
        **_of_the_run(ordered, entries, gaps, topics, hrefs),
        **dressed(scripts),
        single=True,
        level=2,
        all_claims="#overview-title",
        samples=samples_of(entries, sampled, ""),
        drawings=drawings,
        packed=packed,
    )


def render_folder(
    records: Sequence[Evidence],
    gaps: Gaps = NO_GAPS,
    sampled: Collection[str] = (),
    topics: Topics = NO_TOPICS,
    kept: Kept = NONE_KEPT,
    address: str = "",
) -> dict[str, str | bytes]:
    """The pages of a run: an index, and beside it a page and the records of every claim.

    Args:
        records: the run's evidence; the order does not matter.
        gaps: what the run did not settle.
        sampled: the records whose samples lie beside the index, by name.
        topics: what is at issue in each topic.
        kept: what was drawn at an earlier time; figures that have not changed are not drawn again.
        address: where the folder will be hosted, with a "/" at its end; "" if that is not known,
            and then what others are told of the pages and the cards is told relative to a page.

    Returns:
        The files, by their names in the folder; in `DRAWINGS` what to keep for the next time.
    """
    ordered = sorted(records, key=place)
    entries = _entries(ordered)
    inside = {
        anchor: f"{entry.anchor}.html" + (f"#{place}" if place else "")
        for entry in entries
        for anchor, place in entry.places.items()
    }
    hrefs = {anchor: f"{CLAIMS}/{href}" for anchor, href in inside.items()}
    of_the_run = _of_the_run(ordered, entries, gaps, topics, hrefs)
    argued = in_order(of_the_run["disputes"], entries)
    turns = list(zip([None, *argued], argued, [*argued[1:], None], strict=False))
    links = {each.record.claim: inside[each.anchor] for each in reversed(entries)}
    folder = Folder(inside, links, frozenset(sampled), address, kept)
    claims = in_shares(functools.partial(files_of_claims, folder), turns)
    # While processes make the pages of the claims, the index is made here.
    index = fill(
        "index.html.j2",
        **of_the_run | {"canonical": address or None, "card": f"{address}{CARD}"},
        **dressed([static("page.js")]),
        single=False,
    )
    own = card_of_the_run(of_the_run["title"], of_the_run["claims"].items())
    files: dict[str, str | bytes] = {PAGE: index, CARD: picture_all([own], kept)[0]}
    drawn: dict[str, str] = {}
    for made, drawings in claims:
        files |= made
        drawn |= drawings
    return files | {DRAWINGS: pack_drawings(drawn)}


def _entries(ordered: Sequence[Evidence]) -> list[Entry]:
    return [entry for share in shares(ordered) for entry in share.entries]


def _of_the_run(
    ordered: Sequence[Evidence],
    entries: Sequence[Entry],
    gaps: Gaps,
    topics: Topics,
    hrefs: Mapping[str, str],
) -> dict[str, Any]:
    """What the index and the single file show alike."""
    found = shares(ordered)
    number = len(entries)
    claims = f"{number} claim{'' if number == 1 else 's'} about wide neural networks"
    return {
        "entries": entries,
        "hrefs": hrefs,
        "links": {entry.record.claim: hrefs[entry.anchor] for entry in reversed(entries)},
        "gaps": gaps,
        "shares": found,
        "headline": found[0] if found else None,
        "claims": tally(entry.outcome for entry in entries),
        "disputes": disputes(entries, topics),
        "error_bound": error_bound(ordered),
        "circumstances": circumstances(ordered),
        "title": f"Evidence on {claims}",
        "description": f"{claims}, each measured and held against what was said.",
        "canonical": None,
        "card": None,
    }


def render_comparison(comparison: Comparison) -> str:
    """The page of a comparison; it needs no script."""
    return fill(
        "comparison.html.j2",
        comparison=comparison,
        groups={
            "Verdicts that changed": comparison.turned,
            "Estimates that moved": comparison.moved,
            "Unchanged": [pair for pair in comparison.pairs if not pair.turned and not pair.moved],
        },
        outcome=outcome,
        **dressed([]),
    )


def pack(value: object) -> str:
    """Data for the page's script: JSON, compressed to a fifth, in characters safe in HTML."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


@functools.cache
def vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that needs nothing else."""
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle.replace("</script", "<\\/script")
