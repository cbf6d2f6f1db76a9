"""The claims of a run as a reader meets them: variants of one claim under one heading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from widthwise.harness.terms.evidence import Evidence

from .outcome import Outcome, outcome, worst


@dataclass(frozen=True)
class Variant:
    """One record: a claim with its parameters filled in.

    Attributes:
        record: the evidence.
        anchor: its permalink where all claims are on one page, without the "#".
        place: its permalink on a page of the claim's own, without the "#"; "" for a claim alone.
    """

    record: Evidence
    anchor: str
    place: str

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        return outcome(self.record)


@dataclass(frozen=True)
class Entry:
    """A claim and all its variants.

    Attributes:
        variants: at least one.
        anchor: the claim's permalink, without the "#".
    """

    variants: tuple[Variant, ...]
    anchor: str

    @property
    def record(self) -> Evidence:
        """The first variant's record, for all that variants share: the prose, the source."""
        return self.variants[0].record

    @property
    def outcome(self) -> Outcome:
        """The worst of the variants' outcomes."""
        return worst(variant.outcome for variant in self.variants)

    @property
    def places(self) -> dict[str, str]:
        """Where its permalinks lead on a page of the claim's own: "" or behind the "#"."""
        return {self.anchor: "", **{each.anchor: each.place for each in self.variants}}

    @property
    def estimates(self) -> tuple[float, float]:
        """The smallest and the largest of the variants' estimates."""
        found = [variant.record.finding.judgement.estimate for variant in self.variants]
        return min(found), max(found)


def arrange(records: Sequence[Evidence]) -> list[Entry]:
    """Entries of records in which the variants of a claim are neighbours."""
    taken: dict[str, int] = {}
    entries = []
    for name, group in groupby(records, key=lambda record: (record.topic, record.claim)):
        anchor = _anchor(name[1], taken)
        members = list(group)
        if len(members) == 1:
            entries.append(Entry((Variant(members[0], anchor, ""),), anchor))
            continue
        places: dict[str, int] = {anchor: 1, "claim": 1}  # what a claim's own page has beside them
        variants = [
            Variant(each, _anchor(each.name, taken), _anchor(each.variant, places))
            for each in members
        ]
        entries.append(Entry(tuple(variants), anchor))
    return entries


def _anchor(name: str, taken: dict[str, int]) -> str:
    slug = re.sub(r"[^A-Za-z0-9_.]+", "-", name).strip("-")[:80] or "claim"
    taken[slug] = taken.get(slug, 0) + 1
    # The number goes in front, where no cut takes it off a long name.
    return slug if taken[slug] == 1 else _anchor(f"{taken[slug]}-{slug}", taken)
