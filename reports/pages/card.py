"""What a link to a claim shows in a chat: its statement, its figure and its verdict, 1200×630.

The card is an SVG of plain texts, drawn to a PNG by resvg with the font that vl-convert
carries along (see `widthwise.reports.drawing.picture`), so that it looks alike wherever it is made.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from ..entries import Entry, Variant
from ..outcome import Outcome
from ..wording import visible
from .argument import measured, predicted
from .document import fill, static

WIDTH, HEIGHT = 1200, 630
_LINE, _SIZE = 1072, 46
"""How long a line of the statement may be, and how large its letters are, in pixels."""


def card(entry: Entry, drawing: str) -> str:
    """The card of a claim as an SVG.

    Args:
        entry: the claim.
        drawing: the figure of one of its variants (see `shown`).
    """
    return fill(
        "card.svg.j2",
        kicker=_cut(f"{_words(entry.record.topic)} · {entry.record.discussion}", 24, _LINE),
        lines=_statement(entry.record.summary),
        outcome=entry.outcome,
        verdict=_verdict(entry),
        rows=[("predicted", *_fitted(predicted(entry))), ("measured", *_fitted(measured(entry)))],
        colours=_colours(),
        drawing=_standing_alone(drawing),
    )


def card_of_the_run(title: str, tally: Iterable[tuple[Outcome, int]]) -> str:
    """The card of the index as an SVG: what it is about and how the claims came out."""
    return fill(
        "card.svg.j2",
        kicker="tested as software is",
        lines=_statement(title),
        outcome=None,
        verdict="",
        rows=[(way.value, str(number), 46) for way, number in tally if number],
        colours=_colours(),
        drawing="",
    )


def shown(entry: Entry) -> Variant:
    """The variant whose figure the card shows: one that came out as the claim did."""
    return next(each for each in entry.variants if each.outcome is entry.outcome)


def _verdict(entry: Entry) -> str:
    alike = sum(each.outcome is entry.outcome for each in entry.variants)
    many = len(entry.variants)
    if many == 1:
        return entry.outcome.value
    return (
        f"{entry.outcome.value} in {f'{many} variants' if alike == many else f'{alike} of {many}'}"
    )


@functools.cache
def _colours() -> dict[str, str]:
    """The style sheet's colours by day."""
    return dict(re.findall(r"--(\w+): light-dark\((#\w+),", static("page.css")))


def _standing_alone(drawing: str) -> Markup:
    """A drawing that needs no style sheet."""
    coloured = re.sub(r"var\(--(\w+)\)", lambda found: _colours()[found[1]], drawing)
    return Markup(coloured)  # a drawing of ours (see drawn.markup)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _statement(text: str) -> list[Markup]:
    """At most three lines, about equally long; what is longer ends with an ellipsis."""
    words = visible(text)[:1000].split()
    lines = _filled(words, _LINE)
    if len(lines) > 3:
        lines[2] += " …"
    even = (_filled(words, length) for length in range(500, _LINE, 50) if len(lines) <= 3)
    lines = next((each for each in even if len(each) == len(lines)), lines)
    return [_typeset(_cut(line, _SIZE, _LINE)) for line in lines[:3]]


def _filled(words: Iterable[str], length: float) -> list[str]:
    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or _length(longer, _SIZE) <= length:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _fitted(text: str) -> tuple[str, int]:
    """A text beside a figure, and in letters of which size."""
    size = next((size for size in (30, 25) if _length(visible(text)[:300], size) <= 500), 21)
    return _cut(text, size, 500), size


def _cut(text: str, size: float, length: float) -> str:
    text = visible(text)[:300]
    if _length(text, size) <= length:
        return text
    while text and _length(f"{text} …", size) > length:
        text = text[:-1]
    return f"{text.rstrip(' …')} …"


def _length(text: str, size: float) -> float:
    """How long a text is, at most, in bold letters of Liberation Sans."""
    widths = (_NARROW.get(sign) or (0.75 if sign.isupper() else 0.6) for sign in text)
    return size * sum(widths)


_NARROW = dict.fromkeys("ijl.,:;'|![]()/ tfI·^_{}-", 0.34) | dict.fromkeys("mwMW@%∞≤≥…", 1.0)


def _typeset(text: str) -> Markup:
    """Plain text with its exponents raised and its indices lowered."""
    parts = []
    end = 0
    for script in _SCRIPT.finditer(text):
        shift = "super" if script[1] == "^" else "sub"
        content = script[2].strip("(){}").replace("-", "−")
        parts += [escape(text[end : script.start()]), _RAISED.format(shift, content)]
        end = script.end()
    return Markup("").join([*parts, escape(text[end:])])


_SCRIPT = re.compile(  # an index stands at a single letter: snake_case has none
    r"((?<=(?<!\w)\w)_|(?<=[\w)])\^)"
    r"(\([^()]{1,20}\)|\{[^{}]{1,20}\}|[-−]?\w{1,8}(?:(?<=\d)/\d+)?)(?!\w)"
)
_RAISED = Markup('<tspan baseline-shift="{}" font-size="70%">{}</tspan>')
