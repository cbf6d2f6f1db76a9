"""Numbers and verdicts in words: digits that the interval justifies, and no more."""

from __future__ import annotations

import math

from widthwise.harness.plugin.wording import visible as visible
from widthwise.harness.terms.evidence import Evidence, Finding
from widthwise.harness.terms.verdict import Interval, Judgement


def number(value: float, decimals: int | None = None) -> str:
    """A number with a true minus sign.

    Args:
        value: the number.
        decimals: digits after the point; None chooses three significant ones.
    """
    if not math.isfinite(value):
        return str(value).replace("inf", "∞").replace("-", "−")
    if decimals is None or abs(value) >= 1e6:
        small = 0 < abs(value) < 1e-3
        return _powers_of_ten(f"{value:.2e}" if small else f"{value:.3g}")
    rounded = round(value, decimals) + 0.0  # no minus sign before a zero
    return f"{rounded:.{decimals}f}".replace("-", "−")


def _powers_of_ten(text: str) -> str:
    mantissa, exponent, power = text.partition("e")
    if not exponent:
        return text.replace("-", "−")
    mantissa = f"{float(mantissa):g}"
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa.replace('-', '−')}·10{raised}"


def decimals(interval: Interval) -> int | None:
    """Digits after the point that show an interval's width to two figures.

    None where no fixed number of digits reads well: an interval that is
    unbounded, of no width, or far from one in size.
    """
    width = interval[1] - interval[0]
    if not math.isfinite(width) or width <= 0:
        return None
    digits = 1 - math.floor(math.log10(width / 2))
    return max(digits, 0) if digits <= 4 else None


def bounds(interval: Interval, digits: int | None = None) -> str:
    """An interval or a band; one with an open end reads as an inequality."""
    low, high = interval
    if math.isinf(low) and math.isinf(high):
        return "any value"
    if math.isinf(low):
        return f"≤ {number(high, digits)}"
    if math.isinf(high):
        return f"≥ {number(low, digits)}"
    return f"[{number(low, digits)}, {number(high, digits)}]"


def estimate(judgement: Judgement) -> str:
    """The estimate and its interval: "−0.497 [−0.521, −0.473]"."""
    digits = decimals(judgement.interval)
    return f"{number(judgement.estimate, digits)} {bounds(judgement.interval, digits)}"


def duration(seconds: float) -> str:
    """A duration in the unit a person would choose."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"


def strength(record: Evidence) -> list[str]:
    """What the tipping tolerances say, one sentence each.

    They are the strength of the evidence: how much stricter or laxer the claim
    could have been before the verdict changed.
    """
    judgement, declared = record.finding.judgement, _tolerance(record)
    allows = f"; the claim allows {number(declared)}" if declared is not None else ""
    sentences = []
    if judgement.tipping_support == 0:
        sentences.append("It would have been supported without any tolerance.")
    elif judgement.tipping_support is not None:
        smallest = number(judgement.tipping_support)
        sentences.append(f"Any tolerance from {smallest} up would have been supported{allows}.")
    if judgement.tipping_refute is not None:
        largest = number(judgement.tipping_refute)
        sentences.append(f"Any tolerance below {largest} would have been refuted{allows}.")
    return sentences


def _tolerance(record: Evidence) -> float | None:
    """The declared tolerance, where the band alone tells it."""
    low, high = record.finding.judgement.band
    if record.form in ("PowerLaw", "Limit", "Exponential"):
        return (high - low) / 2
    return high if record.form in ("Identity", "SameDistribution", "Monotone") else None


def conditions(record: Evidence) -> str:
    """The event that a claim is about and who meets it; "" where it is about none."""
    if not record.given:
        return ""
    of_claim, of_control = met(record.finding), met(record.control)
    control = f"; in the control {of_control}" if of_control else ""
    return f"given that {record.given}: {of_claim} at every {record.ladder.name}{control}"


def met(finding: Finding) -> str:
    """How many of its replicates meet the event at every rung; "" where there is no event."""
    if not finding.met:
        return ""
    return f"{finding.judgement.seeds} of {max(finding.looks)} replicates"


def reference_in_words(record: Evidence) -> list[str]:
    """What the horizontal line of a figure stands for, if it has one."""
    quantity, (low, high) = record.finding.judgement.quantity, record.finding.judgement.band
    if quantity == "limit":
        return [f"the value that theory gives: {number((low + high) / 2)}"]
    return ["a ratio of 1: neither of a pair exceeds the other"] * (quantity == "mean log ratio")


def rerun(record: Evidence) -> str:
    """The command that measures exactly this claim again."""
    node = "'" + record.nodeid.replace("'", "'\\''") + "'"
    return f"pytest {node} --effort {record.effort} --master-seed {record.master_seed}"
