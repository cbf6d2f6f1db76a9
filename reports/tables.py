"""The table of evidence: one row per case, every number in full, for CSV."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from widthwise.harness.terms.evidence import Evidence, Finding

from .outcome import outcome
from .wording import visible


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
    "replicates",
    "looks",
    "seconds",
    "reason",
)
_COLUMNS = (
    "claim",
    "variant",
    "topic",
    "provenance",
    "discussion",
    "form",
    "prediction",
    "given",
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
        "provenance": str(record.provenance),
        "discussion": record.discussion,
        "form": record.form,
        "prediction": record.prediction,
        "given": record.given,
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
        "replicates": max(finding.looks, default=0),
        "looks": judgement.looks,
        "seconds": finding.seconds,
        "reason": judgement.reason,
    }
