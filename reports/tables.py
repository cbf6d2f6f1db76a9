"""Tables of evidence: one row per claim for CSV, one or two lines per claim for a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from widthwise.harness.terms.evidence import Evidence, Finding

from .outcome import Outcome, error_bound, outcome, verdict_in_words
from .wording import bounds, estimate, visible


def frame(records: Sequence[Evidence]) -> pd.DataFrame:
    """One row per claim; every number in full precision.

    The columns of the control carry the prefix `control_`.
    """
    return pd.DataFrame([_row(record) for record in records], columns=pd.Index(_COLUMNS))


def csv(records: Sequence[Evidence]) -> str:
    """The table as the text of `evidence.csv`, fit for a spreadsheet.

    Texts come from whoever wrote the claim: what a spreadsheet would take for a formula gets
    an apostrophe in front, and characters that hide or rearrange others are spelt out.
    """
    texts = frame(records).map(lambda cell: _inert(cell) if isinstance(cell, str) else cell)
    return texts.to_csv(index=False, lineterminator="\n")


def _inert(text: str) -> str:
    return ("'" if text.startswith(_FORMULA) else "") + visible(text)


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that spreadsheets evaluate."""


_JUDGED = (
    "verdict",
    "expected",
    "as_expected",
    "estimate",
    "low",
    "high",
    "bias",
    "band_low",
    "band_high",
    "tipping_support",
    "tipping_refute",
    "seeds",
    "looks",
    "seconds",
    "reason",
)
_COLUMNS = (
    "claim",
    "variant",
    "topic",
    "discussion",
    "form",
    "prediction",
    "outcome",
    "quantity",
    *_JUDGED,
    *(f"control_{column}" for column in _JUDGED),
    "first_rung",
    "last_rung",
    "alpha",
    "effort",
    "device",
    "dtype",
    "master_seed",
    "commit",
    "digest",
    "finished",
)


def _row(record: Evidence) -> dict[str, object]:
    control = {f"control_{column}": value for column, value in _judged(record.control).items()}
    return {
        "claim": record.claim,
        "variant": record.variant,
        "topic": record.topic,
        "discussion": record.discussion,
        "form": record.form,
        "prediction": record.prediction,
        "outcome": outcome(record).value,
        "quantity": record.finding.judgement.quantity,
        **_judged(record.finding),
        **control,
        "first_rung": record.ladder.rungs[0],
        "last_rung": record.ladder.rungs[-1],
        "alpha": record.alpha,
        "effort": record.effort,
        "device": record.device,
        "dtype": record.dtype,
        "master_seed": record.master_seed,
        "commit": record.commit,
        "digest": record.digest,
        "finished": record.finished,
    }


def _judged(finding: Finding) -> dict[str, object]:
    judgement = finding.judgement
    return {
        "verdict": str(judgement.verdict),
        "expected": str(finding.expected),
        "as_expected": finding.as_expected,
        "estimate": judgement.estimate,
        "low": judgement.interval[0],
        "high": judgement.interval[1],
        "bias": judgement.bias,
        "band_low": judgement.band[0],
        "band_high": judgement.band[1],
        "tipping_support": judgement.tipping_support,
        "tipping_refute": judgement.tipping_refute,
        "seeds": judgement.seeds,
        "looks": judgement.looks,
        "seconds": finding.seconds,
        "reason": judgement.reason,
    }


@dataclass(frozen=True)
class Line:
    """One line of the terminal table.

    Attributes:
        text: what is printed, in plain ASCII wherever the record's text is.
        outcome: what came of the claim it is about; None for the heading.
    """

    text: str
    outcome: Outcome | None


_HEADINGS = ("claim", "verdict", "estimate [interval]", "band", "seeds", "control")
_GAP = "  "
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def terminal(records: Sequence[Evidence], columns: int) -> list[Line]:
    """The evidence as lines of at most `columns` characters.

    One line per claim where the terminal is wide enough for the longest, two
    where it is not; only names too long for a line of their own are cut.
    """
    rows = [_cells(record) for record in records]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > columns:
        return [line for record in records for line in _two_lines(record, columns)]
    heading = Line(_aligned(_HEADINGS, widths), None)
    body = zip(rows, records, strict=True)
    return [heading, *(Line(_aligned(row, widths), outcome(record)) for row, record in body)]


def suite_error(records: Sequence[Evidence]) -> str:
    """The family-wise error bound of the verdicts at hand, as a sentence."""
    return (
        f"{2 * len(records)} verdicts, controls included: "
        f"any of them wrong with probability at most {error_bound(records):.2g}"
    )


def _cells(record: Evidence) -> tuple[str, ...]:
    judgement = record.finding.judgement
    return (
        _plain(record.name),
        _verdict(record),
        _plain(estimate(judgement)),
        _plain(bounds(judgement.band)),
        str(judgement.seeds),
        str(record.control.judgement.verdict),
    )


def _two_lines(record: Evidence, columns: int) -> list[Line]:
    name, verdict, found, band, seeds, control = _cells(record)
    way = outcome(record)
    room = columns - len(verdict) - len(_GAP)
    head = f"{_cut(name, room).ljust(room)}{_GAP}{verdict}"
    details = f"    {found} in {band}, {seeds} seeds, control {control}"
    return [Line(head, way), Line(_cut(details, columns), way)]


def _verdict(record: Evidence) -> str:
    words = verdict_in_words(record.finding)
    return words if record.control.as_expected else f"{words}, control failed"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return _GAP.join(padded).rstrip()


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
