"""The evidence page: one self-contained HTML file, a pure function of the records.

Nothing on it is fetched. Scripts and styles are inlined and named by their
hashes in a content-security policy that allows nothing else, so text smuggled
into a record could not run even if it slipped through the escaping.
"""

from __future__ import annotations

import base64
import functools
import gzip
import json
from collections.abc import Collection, Sequence
from itertools import groupby
from operator import attrgetter

import vl_convert
from markupsafe import Markup

from widthwise.harness.terms.evidence import Evidence, to_json

from ..comparison import Comparison
from ..counting import place, shares
from ..drawing import figures
from ..drawing.drawing import svg
from ..entries import Entry
from ..files import SAMPLES
from ..gaps import NO_GAPS, Gaps
from ..outcome import error_bound, outcome, tally
from ..sample_files import stem
from ..tables import csv
from .document import fill, policy, static


def render(records: Sequence[Evidence], gaps: Gaps = NO_GAPS, sampled: Collection[str] = ()) -> str:
    """The page of a run.

    Args:
        records: the run's evidence; the order does not matter.
        gaps: what the run did not settle.
        sampled: the records whose samples lie beside the page, by name.
    """
    ordered = sorted(records, key=place)
    found = shares(ordered)
    entries = [entry for share in found for entry in share.entries]
    variants = [variant for entry in entries for variant in entry.variants]
    specifications = {variant.anchor: figures.figure(variant.record) for variant in variants}
    styles = static("page.css")
    scripts = [vega(), static("page.js")]
    return fill(
        "page.html.j2",
        entries=entries,
        links={entry.record.claim: f"#{entry.anchor}" for entry in reversed(entries)},
        gaps=gaps,
        samples={
            variant.anchor: f"{SAMPLES}/{stem(variant.record.claim, variant.record.variant)}"
            for variant in variants
            if variant.record.name in sampled
        },
        policy=policy([styles], scripts),
        styles=Markup(styles),  # ours, like the scripts: nothing of a record is in them
        scripts=[Markup(script) for script in scripts],
        drawings={anchor: svg(each) for anchor, each in specifications.items()},
        packed=pack(
            {
                # Side by side, so that a number in both costs its characters once.
                "claims": {
                    variant.anchor: [specifications[variant.anchor], to_json(variant.record)]
                    for variant in variants
                },
                "table": csv(ordered),
            }
        ),
        shares=found,
        headline=found[0] if found else None,
        claims=tally(entry.outcome for entry in entries),
        discussions=discussions(entries),
        error_bound=error_bound(ordered),
        circumstances=circumstances(ordered),
    )


def render_comparison(comparison: Comparison) -> str:
    """The page of a comparison; it needs no script."""
    styles = static("page.css")
    return fill(
        "comparison.html.j2",
        comparison=comparison,
        groups={
            "Verdicts that changed": comparison.turned,
            "Estimates that moved": comparison.moved,
            "Unchanged": [pair for pair in comparison.pairs if not pair.turned and not pair.moved],
        },
        outcome=outcome,
        policy=policy([styles], []),
        styles=Markup(styles),
    )


def discussions(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """What was made or implied, by the discussion it was made in."""
    argued = [entry for entry in entries if entry.record.provenance.argued]
    by_discussion = sorted(argued, key=attrgetter("record.discussion"))
    groups = groupby(by_discussion, key=attrgetter("record.discussion"))
    return {name: list(group) for name, group in groups}


def circumstances(records: Sequence[Evidence]) -> dict[str, str]:
    """When, where and with what the run was made; where records differ, all is named."""
    values = {
        "effort": {record.effort for record in records},
        "device": {record.device for record in records},
        "threads": {str(number) for record in records for number in record.threads},
        "master seed": {str(record.master_seed) for record in records},
        "commit": {(record.commit or "outside a repository")[:12] for record in records},
        "versions": {f"{k} {v}" for record in records for k, v in record.versions.items()},
        "finished": {max((record.finished for record in records), default="")},
    }
    return {name: ", ".join(sorted(found)) for name, found in values.items()}


def pack(value: object) -> str:
    """Data for the page's script: JSON, compressed to a fifth, in characters safe in HTML."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


@functools.cache
def vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that needs nothing else."""
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle.replace("</script", "<\\/script")
