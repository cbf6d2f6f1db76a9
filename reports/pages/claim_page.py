"""What a folder of evidence holds of one claim: its page, its records, the card of its link."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from widthwise.harness.terms.evidence import dumps

from ..drawing import figures
from ..drawing.drawn import Kept, draw_all, key, markup, picture_all
from ..entries import Entry
from ..files import CLAIMS, PAGE, SAMPLES
from ..sample_files import stem
from .argument import in_a_sentence
from .card import card, shown
from .document import dressed, fill

Turn = tuple[Entry | None, Entry, Entry | None]
"""A claim between the one before it in the argument and the one after."""


@dataclass(frozen=True)
class Folder:
    """What the pages of all claims of a folder have in common.

    Attributes:
        hrefs: where permalinks lead, seen from a claim's page.
        links: where claims are, seen from there, by their names.
        sampled: the records whose samples lie beside the index, by name.
        address: where the folder will be hosted, with a "/" at its end, or "".
        kept: what was drawn at an earlier time.
    """

    hrefs: Mapping[str, str]
    links: Mapping[str, str]
    sampled: Collection[str]
    address: str
    kept: Kept


def files_of_claims(
    folder: Folder, turns: Sequence[Turn]
) -> tuple[dict[str, str | bytes], dict[str, str]]:
    """The files of some claims by their names in the folder, and the drawings to keep."""
    files: dict[str, str | bytes] = {}
    kept: dict[str, str] = {}
    cards = {}
    bare = dressed([], ["page.css"])
    for before, entry, after in turns:
        specified = _specified(entry)
        drawn = draw_all(specified.values(), folder.kept)
        drawings = _placed(specified, drawn)
        kept |= drawn
        name = f"{CLAIMS}/{entry.anchor}"
        files[f"{name}.html"] = fill(
            "claim_page.html.j2",
            **bare,
            **_told(entry, folder),
            entry=entry,
            previous=before,
            next=after,
            drawings=drawings,
        )
        files[f"{name}.json"] = dumps([variant.record for variant in entry.variants])
        cards[f"{name}.png"] = card(entry, drawings[shown(entry).anchor])
    pictures = picture_all(cards.values(), folder.kept)
    return files | dict(zip(cards, pictures, strict=True)), kept


def drawn_claims(
    entries: Iterable[Entry],
) -> tuple[dict[str, dict[str, Any]], dict[str, Markup]]:
    """The figures of some claims, and the drawings of these, by the variant's permalink."""
    specified = {name: each for entry in entries for name, each in _specified(entry).items()}
    return specified, _placed(specified, draw_all(specified.values()))


def samples_of(entries: Iterable[Entry], sampled: Collection[str], up: str) -> dict[str, str]:
    """Where the samples lie, seen from a page, by the variant's permalink."""
    return {
        variant.anchor: f"{up}{SAMPLES}/{stem(variant.record.claim, variant.record.variant)}"
        for entry in entries
        for variant in entry.variants
        if variant.record.name in sampled
    }


def _told(entry: Entry, folder: Folder) -> dict[str, Any]:
    """What a claim's page says beside the claim."""
    hosted = folder.address and f"{folder.address}{CLAIMS}/"
    own = {anchor: f"#{place or anchor}" for anchor, place in entry.places.items()}
    return {
        "title": entry.record.summary[:200],
        "description": in_a_sentence(entry),
        "canonical": f"{hosted}{entry.anchor}.html",
        "card": f"{hosted}{entry.anchor}.png",
        "home": f"../{PAGE}",
        "all_claims": f"../{PAGE}#overview-title",
        "single": False,
        "level": 1,
        "hrefs": {**folder.hrefs, **own},
        "links": folder.links,
        "samples": samples_of([entry], folder.sampled, "../"),
    }


def _specified(entry: Entry) -> dict[str, dict[str, Any]]:
    """The figures of a claim, by the variant's permalink; " beside" it what is drawn there."""
    own = figures.figures_of([variant.record for variant in entry.variants])
    specified = {variant.anchor: each for variant, each in zip(entry.variants, own, strict=True)}
    return specified | {
        f"{variant.anchor} beside": figures.beside(variant.record.drawing)
        for variant in entry.variants
        if variant.record.drawing is not None
    }


def _placed(specified: Mapping[str, dict[str, Any]], drawn: Mapping[str, str]) -> dict[str, Markup]:
    return {anchor: markup(drawn[key(each)]) for anchor, each in specified.items()}
