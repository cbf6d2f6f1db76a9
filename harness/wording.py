"""What a failing verdict says in the terminal: all a reader needs, and no traceback."""

from __future__ import annotations

import math
import textwrap

from .evidence import Evidence, Finding
from .verdict import Interval, Verdict
from .verification import Case

_WIDTH = 92


def failure(evidence: Evidence) -> str:
    """Why a claim's verdict is not the declared one."""
    return _report(evidence.name, evidence.summary, evidence.prediction, evidence.finding)


def control_failure(case: Case, control: Finding) -> str:
    """Why a claim's control did not come out as declared."""
    return _report(
        f"the control of {case.name}",
        case.claim.control.description,
        case.claim.prediction.describe(),
        control,
    )


def number(value: float) -> str:
    """A number as a person writes it: few digits, a true minus sign."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.4g}".replace("-", "−")


def interval(bounds: Interval) -> str:
    """An interval or band; an open end is written as an inequality."""
    low, high = bounds
    if math.isinf(low) and math.isinf(high):
        return "any"
    if math.isinf(low):
        return f"≤ {number(high)}"
    if math.isinf(high):
        return f"≥ {number(low)}"
    return f"[{number(low)}, {number(high)}]"


def _report(name: str, statement: str, prediction: str, finding: Finding) -> str:
    judgement = finding.judgement
    rows = {
        "statement": statement,
        "predicts": prediction,
        judgement.quantity: f"{number(judgement.estimate)} in {interval(judgement.interval)}",
        "band": interval(judgement.band),
        "reason": judgement.reason,
        "seeds": f"{judgement.seeds} per rung, look {judgement.looks}",
        **({"remarks": "; ".join(finding.remarks)} if finding.remarks else {}),
    }
    margin = max(map(len, rows)) + 4
    lines = [f"{name} is {judgement.verdict}{_expectation(finding)}."]
    for label, text in rows.items():
        lines += textwrap.wrap(
            text,
            _WIDTH,
            initial_indent=f"  {label}".ljust(margin),
            subsequent_indent=" " * margin,
        )
    return "\n".join(lines)


def _expectation(finding: Finding) -> str:
    if finding.judgement.verdict is Verdict.INCONCLUSIVE:
        return f"; {finding.expected} was expected"
    return f", but {finding.expected} was expected"
