"""The evidence page: one self-contained HTML file, a pure function of the records.

Nothing on it is fetched. Scripts and styles are inlined and named by their
hashes in a content-security policy that allows nothing else, so text smuggled
into a record could not run even if it slipped through the escaping.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

from widthwise.harness.evidence import Evidence

from . import figures, wording
from .outcome import Outcome, error_bound, outcome, tally, verdict_in_words
from .prose import inline, prose
from .tables import csv


@dataclass(frozen=True)
class Entry:
    """A record as the page shows it.

    Attributes:
        record: the evidence.
        anchor: its permalink on the page, without the "#".
        outcome: what came of it.
        figure: the Vega-Lite specification of its figure.
        drawing: the same figure as SVG.
    """

    record: Evidence
    anchor: str
    outcome: Outcome
    figure: dict[str, Any]
    drawing: Markup


def render(records: Sequence[Evidence], *, partial: bool = False) -> str:
    """The page of a run.

    Args:
        records: the run's evidence; the order does not matter.
        partial: whether the run was interrupted, so that records are missing.
    """
    ordered = sorted(records, key=lambda record: (record.topic, record.claim, record.variant))
    entries = [
        _entry(record, anchor) for record, anchor in zip(ordered, anchors(ordered), strict=True)
    ]
    styles = _static("page.css")
    scripts = [vega(), _static("page.js")]
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            entries=entries,
            partial=partial,
            policy=_policy([styles], scripts),
            styles=Markup(styles),  # ours, not a record's
            scripts=[Markup(script) for script in scripts],
            figures={entry.anchor: entry.figure for entry in entries},
            table=csv(ordered),
            tally=tally(ordered),
            topics=_breakdown(entries, "topic"),
            discussions=_breakdown(entries, "discussion"),
            error_bound=error_bound(ordered),
            shared=_shared(ordered),
        )
    )


def anchors(records: Iterable[Evidence]) -> list[str]:
    """A permalink for every record, from its name; repeated names are numbered."""
    taken: Counter[str] = Counter()
    found = []
    for record in records:
        slug = re.sub(r"[^A-Za-z0-9_.]+", "-", record.name).strip("-")[:80] or "claim"
        taken[slug] += 1
        found.append(slug if taken[slug] == 1 else f"{slug}-{taken[slug]}")
    return found


@functools.cache
def vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that needs nothing else."""
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle.replace("</script", "<\\/script")


def _entry(record: Evidence, anchor: str) -> Entry:
    specification = figures.figure(record)
    drawing = Markup(figures.svg(specification))  # vl-convert escapes the record's text
    return Entry(record, anchor, outcome(record), specification, drawing)


def _breakdown(entries: Sequence[Entry], field: str) -> dict[str, dict[Outcome, int]]:
    """How the claims of every topic (or discussion) came out."""
    groups: dict[str, list[Evidence]] = {}
    for entry in entries:
        groups.setdefault(getattr(entry.record, field), []).append(entry.record)
    return {name: tally(group) for name, group in sorted(groups.items())}


def _shared(records: Sequence[Evidence]) -> dict[str, str]:
    """The circumstances of the run; where records differ, all values are named."""
    circumstances = {
        "effort": {record.effort for record in records},
        "device": {record.device for record in records},
        "master seed": {str(record.master_seed) for record in records},
        "commit": {(record.commit or "none")[:12] for record in records},
        "versions": {f"{k} {v}" for record in records for k, v in record.versions.items()},
        "finished": {max((record.finished for record in records), default="")},
    }
    return {name: ", ".join(sorted(values)) for name, values in circumstances.items()}


def _policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    def hashes(texts: Iterable[str]) -> str:
        digests = (hashlib.sha256(text.encode()).digest() for text in texts)
        return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)

    return (
        f"default-src 'none'; script-src {hashes(scripts)}; style-src {hashes(styles)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _static(name: str) -> str:
    return resources.files("widthwise.reports").joinpath("static", name).read_text("utf-8")


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("widthwise.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters.update(
        prose=prose,
        inline=inline,
        number=wording.number,
        bounds=wording.bounds,
        estimate=wording.estimate,
        decimals=wording.decimals,
        duration=wording.duration,
        strength=wording.strength,
        rerun=wording.rerun,
        verdict=verdict_in_words,
        describe=figures.describe,
        data=_data,
    )
    return environment


def _finalize(value: Any) -> Any:
    """Spell out invisible characters in whatever a record says, wherever it is shown."""
    return (
        wording.visible(value)
        if isinstance(value, str) and not isinstance(value, Markup)
        else value
    )


def _data(value: Any) -> Markup:
    """JSON for a data block: no character in it can end the block."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
