"""A run in a few lines for READMEs and pull requests: a Markdown summary and a badge."""

from __future__ import annotations

import re
from collections.abc import Sequence

from widthwise.harness.plugin.wording import short
from widthwise.harness.terms.evidence import Evidence

from .gaps import NO_GAPS, Gaps
from .outcome import Outcome, outcome, tally
from .pages.document import fill
from .tables import suite_error
from .wording import bounds, duration, estimate

_MARKS = {
    Outcome.SUPPORTED: "✅",
    Outcome.REFUTED: "🔷",
    Outcome.UNEXPECTED: "❌",
    Outcome.INCONCLUSIVE: "❔",
    Outcome.UNCONTROLLED: "⚠️",
}


def markdown(records: Sequence[Evidence], gaps: Gaps = NO_GAPS) -> str:
    """The outcome of a run as Markdown: one sentence, then what needs attention, then all."""
    rows = [f"| {' | '.join(_cells(record))} |" for record in records]
    table = [
        "| claim | verdict | estimate | band | control | seeds | measured in |",
        "| --- | --- | --- | --- | --- | ---: | ---: |",
        *rows,
    ]
    return "\n".join(
        [
            f"**{_sentence(records)}**",
            "",
            f"{suite_error(records)}.",
            "",
            *_missing(gaps),
            "<details><summary>All verdicts</summary>",
            "",
            *table,
            "",
            "</details>",
            "",
        ]
    )


def _missing(gaps: Gaps) -> list[str]:
    parts = ["The run was interrupted: claims are missing.", ""] if gaps.partial else []
    if gaps.unsettled:
        names = ", ".join(map(_plain, gaps.unsettled))
        parts += [f"Set aside, because this effort cannot settle them: {names}.", ""]
    return parts


def badge(records: Sequence[Evidence], gaps: Gaps = NO_GAPS) -> str:
    """The outcome of a run as an SVG for a README."""
    counts = tally(map(outcome, records))
    settled = sum(count for way, count in counts.items() if way.passed)
    return fill("badge.svg.j2", settled=settled, total=len(records), partial=gaps.partial)


def _sentence(records: Sequence[Evidence]) -> str:
    counts = tally(map(outcome, records))
    named = [f"{count} {way.value}" for way, count in counts.items() if count]
    return f"{len(records)} verdicts: {', '.join(named)}" if named else "No verdicts"


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
