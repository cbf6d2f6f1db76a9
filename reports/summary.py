"""A run in a few lines for READMEs and pull requests: a Markdown summary and a badge."""

from __future__ import annotations

import re
from collections.abc import Sequence

from widthwise.harness.plugin.wording import short
from widthwise.harness.terms.evidence import Evidence

from .counting import headline, place, sentences, shares
from .gaps import NO_GAPS, Gaps
from .outcome import Outcome, outcome
from .pages.document import fill
from .wording import bounds, duration, estimate

_MARKS = {
    Outcome.SUPPORTED: "✅",
    Outcome.REFUTED: "🔷",
    Outcome.UNEXPECTED: "❌",
    Outcome.INCONCLUSIVE: "❔",
    Outcome.UNCONTROLLED: "⚠️",
}


def markdown(records: Sequence[Evidence], gaps: Gaps = NO_GAPS) -> str:
    """The outcome of a run as Markdown: what was argued in bold, then the rest, then all."""
    first, *others = sentences(records) if records else ["no claims"]
    return "\n".join(
        [
            f"**{_capital(first)}**",
            "",
            *(f"{_capital(line)}.\n" for line in others),
            *_missing(gaps),
            *(line for share in shares(records) for line in _table(share.title, share.records)),
        ]
    )


def _table(title: str, records: Sequence[Evidence]) -> list[str]:
    return [
        f"<details><summary>{_capital(title)}: all verdicts</summary>",
        "",
        "| claim | verdict | estimate | band | control | seeds | measured in |",
        "| --- | --- | --- | --- | --- | ---: | ---: |",
        *(f"| {' | '.join(_cells(record))} |" for record in sorted(records, key=place)),
        "",
        "</details>",
        "",
    ]


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _missing(gaps: Gaps) -> list[str]:
    parts = ["The run was interrupted: claims are missing.", ""] if gaps.partial else []
    if gaps.unsettled:
        names = ", ".join(map(_plain, gaps.unsettled))
        parts += [f"Set aside, because this effort cannot settle them: {names}.", ""]
    return parts


def badge(records: Sequence[Evidence], gaps: Gaps = NO_GAPS) -> str:
    """The outcome of a run as an SVG for a README.

    It counts the claims that were made or implied, and is green only if everything, also
    background and instruments, came out as declared.
    """
    first = headline(records)
    return fill(
        "badge.svg.j2",
        settled=first.as_declared if first else 0,
        total=len(first.entries) if first else 0,
        partial=gaps.partial,
        good=all(outcome(record).passed for record in records) and not gaps.partial,
    )


def _cells(record: Evidence) -> tuple[str, ...]:
    way = outcome(record)
    judgement = record.finding.judgement
    return (
        _plain(record.name),
        f"{_MARKS[way]} {way.value}",
        _plain(estimate(judgement)),
        _plain(bounds(judgement.band)),
        _plain(estimate(record.control.judgement)),
        str(judgement.seeds),
        duration(record.finding.seconds + record.control.seconds),
    )


def _plain(text: str) -> str:
    """Text that Markdown shows as it is: one line, no markup, no mentions, no links."""
    return _MARKUP.sub(lambda sign: f"&#{ord(sign[0])};", short(text))


_MARKUP = re.compile(r"[!-+/:-@\[-`{-~]")  # ASCII punctuation but for , - .
