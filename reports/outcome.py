"""What came of a claim: its verdict and its control's, held against what was declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import Enum

from widthwise.harness.terms.evidence import Evidence, Finding
from widthwise.harness.terms.verdict import Verdict


class Outcome(Enum):
    """The five ways a claim can come out; the value is what readers see."""

    SUPPORTED = "supported"
    REFUTED = "refuted as expected"
    UNEXPECTED = "against expectation"
    INCONCLUSIVE = "inconclusive"
    UNCONTROLLED = "control failed"

    @property
    def slug(self) -> str:
        """The name used in style sheets and links."""
        return self.name.lower()

    @property
    def passed(self) -> bool:
        """Whether the claim's tests pass."""
        return self in (Outcome.SUPPORTED, Outcome.REFUTED)

    @property
    def meaning(self) -> str:
        """What it means, for somebody who sees the word for the first time."""
        return _MEANINGS[self]


_MEANINGS = {
    Outcome.SUPPORTED: "The interval lies inside the declared band.",
    Outcome.REFUTED: (
        "The interval lies wholly outside the band, and the claim said so beforehand: "
        "the statement, as it was made, is wrong."
    ),
    Outcome.UNEXPECTED: "A clear verdict, but the opposite of the one that was declared.",
    Outcome.INCONCLUSIVE: "Neither inside the band nor wholly outside; the reason says why.",
    Outcome.UNCONTROLLED: (
        "The claim came out as declared, but the control, which must not give that answer, "
        "did not come out as declared: the check may be blind."
    ),
}


_SEVERITY = (
    Outcome.SUPPORTED,
    Outcome.REFUTED,
    Outcome.UNCONTROLLED,
    Outcome.INCONCLUSIVE,
    Outcome.UNEXPECTED,
)


def outcome(record: Evidence) -> Outcome:
    """What came of a claim."""
    if record.finding.judgement.verdict is Verdict.INCONCLUSIVE:
        return Outcome.INCONCLUSIVE
    if not record.finding.as_expected:
        return Outcome.UNEXPECTED
    if not record.control.as_expected:
        return Outcome.UNCONTROLLED
    refuted = record.finding.judgement.verdict is Verdict.REFUTED
    return Outcome.REFUTED if refuted else Outcome.SUPPORTED


def tally(outcomes: Iterable[Outcome]) -> dict[Outcome, int]:
    """How often each outcome occurs; every one is named, also those that never do."""
    counts = Counter(outcomes)
    return {way: counts[way] for way in Outcome}


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that most needs a reader's attention."""
    return max(outcomes, key=_SEVERITY.index)


def verdict_in_words(finding: Finding) -> str:
    """The verdict of one setting, and whether it is the declared one."""
    verdict = finding.judgement.verdict
    if verdict is Verdict.INCONCLUSIVE:
        return str(verdict)
    if not finding.as_expected:
        return f"{verdict}, not expected"
    return str(verdict) if verdict is Verdict.SUPPORTED else f"{verdict} as expected"


def error_bound(records: Iterable[Evidence]) -> float:
    """The probability that any verdict in the suite is wrong is at most this.

    Every record carries two verdicts, the claim's and its control's, each wrong
    with probability at most `alpha` (union bound).
    """
    return min(1.0, sum(2 * record.alpha for record in records))
