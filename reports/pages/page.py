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
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import vl_convert
from markupsafe import Markup

from widthwise.harness.terms.evidence import Evidence, dumps, to_json

from ..comparison import Comparison
from ..counting import place, shares
from ..drawing import figures
from ..drawing.drawn import NONE_KEPT, Kept, draw_all, key, markup, pack_drawings, picture_all
from ..entries import Entry
from ..files import CARD, CLAIMS, DRAWINGS, PAGE, SAMPLES
from ..gaps import NO_GAPS, Gaps
from ..outcome import error_bound, outcome, tally
from ..sample_files import stem
from ..tables import csv
from ..topics import NO_TOPICS, Topics
from .argument import disputes, in_a_sentence, in_order
from .card import card, card_of_the_run, shown
from .circumstances import circumstances
from .document import fill, policy, static


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
    specifications = _specifications(entries)
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
        **_dressed(scripts),
        single=True,
        level=2,
        all_claims="#overview-title",
        samples=_samples(entries, sampled, ""),
        drawings=_placed(specifications, draw_all(specifications.values())),
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
    names = {entry.anchor: f"{entry.anchor}.html" for entry in entries}
    inside = {
        anchor: names[entry.anchor] + (f"#{place}" if place else "")
        for entry in entries
        for anchor, place in entry.places.items()
    }
    hrefs = {anchor: f"{CLAIMS}/{href}" for anchor, href in inside.items()}
    of_the_run = _of_the_run(ordered, entries, gaps, topics, hrefs)
    dressed = _dressed([static("page.js")])
    bare = _dressed([], ["page.css"])
    samples = _samples(entries, sampled, "../")
    specifications = _specifications(entries)
    drawn = draw_all(specifications.values(), kept)
    drawings = _placed(specifications, drawn)
    files: dict[str, str | bytes] = {
        PAGE: fill(
            "index.html.j2",
            **of_the_run | {"canonical": address or None, "card": f"{address}{CARD}"},
            **dressed,
            single=False,
        ),
        DRAWINGS: pack_drawings(drawn),
    }
    argued = in_order(of_the_run["disputes"], entries)
    for before, entry, after in zip([None, *argued], argued, [*argued[1:], None], strict=False):
        files[f"{CLAIMS}/{names[entry.anchor]}"] = fill(
            "claim_page.html.j2",
            **bare,
            title=entry.record.summary[:200],
            description=in_a_sentence(entry),
            canonical=f"{address and f'{address}{CLAIMS}/'}{names[entry.anchor]}",
            card=f"{address and f'{address}{CLAIMS}/'}{entry.anchor}.png",
            home=f"../{PAGE}",
            all_claims=f"../{PAGE}#overview-title",
            single=False,
            level=1,
            entry=entry,
            previous=before,
            next=after,
            hrefs=inside | {at: f"#{place or at}" for at, place in entry.places.items()},
            links={each.record.claim: inside[each.anchor] for each in reversed(entries)},
            samples=samples,
            drawings=drawings,
        )
        records_of_claim = [variant.record for variant in entry.variants]
        files[f"{CLAIMS}/{entry.anchor}.json"] = dumps(records_of_claim)
    cards = {
        CARD: card_of_the_run(of_the_run["title"], of_the_run["claims"].items()),
        **{
            f"{CLAIMS}/{entry.anchor}.png": card(entry, drawings[shown(entry).anchor])
            for entry in entries
        },
    }
    return files | dict(zip(cards, picture_all(cards.values(), kept), strict=True))


def _entries(ordered: Sequence[Evidence]) -> list[Entry]:
    return [entry for share in shares(ordered) for entry in share.entries]


def _specifications(entries: Iterable[Entry]) -> dict[str, dict[str, Any]]:
    drawn = {}
    for entry in entries:
        own = figures.figures_of([variant.record for variant in entry.variants])
        drawn |= {variant.anchor: each for variant, each in zip(entry.variants, own, strict=True)}
        drawn |= {
            f"{variant.anchor} beside": figures.beside(variant.record.drawing)
            for variant in entry.variants
            if variant.record.drawing is not None
        }
    return drawn


def _placed(
    specifications: Mapping[str, dict[str, Any]], drawn: Mapping[str, str]
) -> dict[str, Markup]:
    """The drawings by the variant's permalink."""
    return {anchor: markup(drawn[key(each)]) for anchor, each in specifications.items()}


def _samples(entries: Iterable[Entry], sampled: Collection[str], up: str) -> dict[str, str]:
    """Where the samples lie, seen from a page, by the variant's permalink."""
    return {
        variant.anchor: f"{up}{SAMPLES}/{stem(variant.record.claim, variant.record.variant)}"
        for entry in entries
        for variant in entry.variants
        if variant.record.name in sampled
    }


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


def _dressed(
    scripts: Sequence[str], sheets: Sequence[str] = ("page.css", "index.css")
) -> dict[str, Any]:
    """A style sheet and scripts, and the policy that allows these and nothing else."""
    styles = "\n".join(map(static, sheets))
    return {
        "policy": policy([styles], scripts),
        "styles": Markup(styles),  # ours, like the scripts: nothing of a record is in them
        "scripts": [Markup(script) for script in scripts],
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
        **_dressed([]),
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
