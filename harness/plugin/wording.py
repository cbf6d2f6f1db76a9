"""What a failing verdict says in the terminal: all a reader needs, and no traceback.

Names and texts come from whoever wrote a claim or a prediction. They are shown so that they
can neither move the cursor nor hide or rearrange what stands beside them, and cut where they
would bury it.
"""

from __future__ import annotations

import math
import textwrap
import unicodedata
from typing import TYPE_CHECKING

from ..terms.evidence import Evidence, Finding
from ..terms.verdict import Interval, Judgement, Verdict, show, show_band

if TYPE_CHECKING:
    from ..measuring.verification import Case

_WIDTH = 92
_LONGEST = 1000
_LONGEST_NAME = 200


def failure(evidence: Evidence) -> str:
    """Why a claim's verdict is not the declared one."""
    predicted = _conditioned(evidence.prediction, evidence.given)
    return _report(evidence.name, evidence.summary, predicted, evidence.finding)


def control_failure(case: Case, control: Finding) -> str:
    """Why a claim's control did not come out as declared."""
    given = case.claim.given
    return _report(
        f"the control of {case.name}",
        case.claim.control.description,
        _conditioned(case.claim.prediction.describe(), given.event if given else ""),
        control,
    )


def _conditioned(prediction: str, event: str) -> str:
    return f"{prediction}, given that {event}" if event else prediction


def brief(judgement: Judgement) -> str:
    """A verdict in one line: "refuted: exponent −0.44 [−0.55, −0.33], band [−1.15, −0.85]"."""
    found = f"{short(judgement.quantity)} {show(judgement.estimate)}"
    held = f"{show_band(judgement.interval)}, band {show_band(judgement.band)}"
    return f"{judgement.verdict}: {found} {held}"


def repeated(claim: str, first: str) -> str:
    """That an item fails for what another item of its claim said before."""
    return f"claim {short(claim)!r} cannot be judged here either: {short(first)} says why"


def visible(text: str) -> str:
    """Text with every character that could hide or rearrange others spelt out.

    Control characters, text-direction marks, lone surrogates and what no XML may hold become
    their code point, "‹U+202E›", so that what is read is what the record holds; a
    claim's text comes from whoever wrote the claim. Line breaks and tabs stay.
    """
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character in "\n\t\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}":
        return character
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return f"‹U+{ord(character):04X}›" if hidden or character in "\ufffe\uffff" else character


def short(text: str, longest: int = _LONGEST_NAME) -> str:
    """One visible line of at most so many characters."""
    line = " ".join(visible(text[: longest + 1]).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


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
    found = f"{number(judgement.estimate)} in {interval(judgement.interval)}"
    seeds = f"{judgement.seeds} per rung"
    if finding.met:
        at_each = ", ".join(map(str, finding.met))
        seeds = (
            f"{judgement.seeds} of {max(finding.looks)} meet it at every rung, at each {at_each}"
        )
    rows = {
        "statement": statement,
        "predicts": prediction,
        short(judgement.quantity): found,
        "band": interval(judgement.band),
        "reason": judgement.reason,
        "seeds": f"{seeds}, look {judgement.looks}",
        **({"remarks": "; ".join(finding.remarks)} if finding.remarks else {}),
    }
    margin = min(max(map(len, rows)) + 4, _WIDTH // 2)
    lines = [f"{short(name)} is {judgement.verdict}{_expectation(finding)}."]
    for label, text in rows.items():
        lines += textwrap.wrap(
            short(text, _LONGEST),
            _WIDTH,
            initial_indent=f"  {label}".ljust(margin),
            subsequent_indent=" " * margin,
        )
    return "\n".join(lines)


def _expectation(finding: Finding) -> str:
    if finding.judgement.verdict is Verdict.INCONCLUSIVE:
        return f"; {finding.expected} was expected"
    return f", but {finding.expected} was expected"
