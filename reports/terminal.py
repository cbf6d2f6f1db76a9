"""The closing table of a run, for a terminal: a line for each claim, or for each case.

Nothing in it moves a cursor, and no line is wider than the terminal. Where a terminal is
too narrow, a case takes two lines, and of a claim's one line what matters least goes
first: the control, the seeds, the band, then the middle of a long name.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from widthwise.harness.terms.evidence import Evidence
from widthwise.harness.terms.verdict import Judgement, Verdict, hold

from .counting import place, title_of
from .entries import Entry, arrange
from .outcome import Outcome, outcome, tally, verdict_in_words
from .wording import bounds, conditions, estimate, number, visible


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        text: what is printed, in plain ASCII wherever the record's text is.
        outcome: what came of the claim it is about; None for a heading.
    """

    text: str
    outcome: Outcome | None


@dataclass(frozen=True)
class _Row:
    cells: tuple[str, ...]
    outcome: Outcome
    note: str = ""
    rungs: tuple[str, ...] = ()


_HEADINGS = ("claim (cases)", "verdict", "estimate [interval]", "band", "seeds", "control")
_GAP = "  "
_NARROWEST_NAME = 32
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_WHERE = {Verdict.SUPPORTED: "in", Verdict.REFUTED: "outside", Verdict.INCONCLUSIVE: "across"}


def terminal(
    records: Sequence[Evidence], columns: int, *, cases: bool, rungs: bool = False
) -> list[Line]:
    """The evidence as lines of at most `columns` characters, grouped by topic.

    Args:
        records: the evidence.
        columns: how wide a line may be.
        cases: whether each variant of a claim has a line of its own; else a claim has
            one line with the range over its variants.
        rungs: whether the lines of a case are followed by what was found at every rung.
    """
    ordered = sorted(records, key=place)
    groups = [
        (heading, [_case(record) for record in members] if cases else _claims(members))
        for heading, members in _by_topic(ordered)
    ]
    rows = [row.cells for _, group in groups for row in group]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    in_two = cases and sum(widths) + len(_GAP) * (len(widths) - 1) > columns
    fitting = _fitting(widths, columns)
    lines = [] if in_two else [Line(_aligned(_HEADINGS, fitting), None)]
    for heading, group in groups:
        lines.append(Line(_cut(heading, columns), None))
        for row in group:
            texts = _in_two(row.cells, columns) if in_two else [_aligned(row.cells, fitting)]
            lines += [Line(text, row.outcome) for text in texts]
            # Wrapped and not cut: what it counts stands at its end.
            notes = textwrap.wrap(row.note, columns - 6, subsequent_indent="  ") if cases else []
            notes += row.rungs if cases and rungs else []
            lines += [Line(_cut(f"      {note}", columns), row.outcome) for note in notes]
    return lines


def _in_two(cells: Sequence[str], columns: int) -> list[str]:
    name, verdict, found, band, seeds, control = cells
    room = columns - len(verdict) - len(_GAP)
    details = f"      {found} {band}, {seeds} seeds, control {control}"
    return [f"{_cut(name, room).ljust(room)}{_GAP}{verdict}", _cut(details, columns)]


def _by_topic(ordered: Sequence[Evidence]) -> Iterable[tuple[str, list[Evidence]]]:
    def heading(record: Evidence) -> str:
        topic = _plain(record.topic.replace("_", " "))
        return topic if record.provenance.argued else f"{title_of(record)}: {topic}"

    return ((name, list(members)) for name, members in groupby(ordered, heading))


def _claims(records: Sequence[Evidence]) -> list[_Row]:
    return [
        _case(entry.record) if len(entry.variants) == 1 else _claim(entry)
        for entry in arrange(records)
    ]


def _case(record: Evidence) -> _Row:
    judgement = record.finding.judgement
    words = verdict_in_words(record.finding)
    cells = (
        f"  {_plain(record.name)}",
        words if record.control.as_expected else f"{words}, control failed",
        _plain(estimate(judgement)),
        _plain(f"{_where(judgement)} {bounds(judgement.band)}"),
        str(judgement.seeds),
        str(record.control.judgement.verdict),
    )
    return _Row(cells, outcome(record), _plain(conditions(record)), _rungs(record))


def _rungs(record: Evidence) -> tuple[str, ...]:
    """What a claim found at every rung, and its control: means, or places of lowest points."""
    rows: list[tuple[str, ...]] = [
        (record.ladder.name, "estimate", "95% interval", "control", "95% interval")
    ]
    of_control = {point.rung: point for point in record.control.points}
    for point in record.finding.points:
        beside = of_control.get(point.rung)
        control = (number(beside.estimate), bounds(beside.interval)) if beside else ("", "")
        rows.append((f"{point.rung:g}", number(point.estimate), bounds(point.interval), *control))
    plain = [tuple(map(_plain, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*plain, strict=True)]
    return tuple(_aligned(row, widths) for row in plain)


def _claim(entry: Entry) -> _Row:
    judgements = [variant.record.finding.judgement for variant in entry.variants]
    found = {way: count for way, count in tally(v.outcome for v in entry.variants).items() if count}
    alike = len(found) == 1
    bands = {_plain(f"{_where(each)} {bounds(each.band)}") for each in judgements}
    controls = {str(variant.record.control.judgement.verdict) for variant in entry.variants}
    cells = (
        f"  {_plain(entry.record.claim)} ({len(entry.variants)})",
        ", ".join(way.value if alike else f"{count} {way.value}" for way, count in found.items()),
        _plain(_range([number(each.estimate) for each in judgements], entry.estimates)),
        bands.pop() if len(bands) == 1 else "several",
        _span([each.seeds for each in judgements]),
        " or ".join(sorted(controls)),
    )
    return _Row(cells, entry.outcome)


def _range(words: Sequence[str], ends: tuple[float, float]) -> str:
    return words[0] if len(set(words)) == 1 else f"{number(ends[0])} ... {number(ends[1])}"


def _span(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low}-{high}"


def _where(judgement: Judgement) -> str:
    return _WHERE[hold(judgement.interval, judgement.band)]


def _fitting(widths: Sequence[int], columns: int) -> list[int]:
    """As many of the columns as the line has room for; the first, the name, gives way last."""
    kept, least = list(widths), min(widths[0], _NARROWEST_NAME)
    while len(kept) > 2 and least + sum(kept[1:]) + len(_GAP) * (len(kept) - 1) > columns:
        kept.pop()
    others = sum(kept[1:]) + len(_GAP) * (len(kept) - 1)
    name = max(least, min(kept[0], columns - others))
    return [name, *(min(width, columns - name - len(_GAP)) for width in kept[1:])]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = zip(cells, widths, strict=False)  # what has no room has no width
    return _GAP.join(_cut(cell, width).ljust(width) for cell, width in shown).rstrip()


def _plain(text: str) -> str:
    """One line, with signs that every terminal and every log can show."""
    text = re.sub("·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda power: "e" + power[1].translate(_LOWERED), text)
    signs = str.maketrans({"−": "-", "≤": "<=", "≥": ">=", "∞": "inf"})
    return " ".join(visible(text).translate(signs).split())


def _cut(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    tail = room // 3
    return f"{text[: room - tail - 3]}...{text[len(text) - tail :]}"
