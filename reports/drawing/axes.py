"""What the vertical axis of a figure shows, in the claim's own words as far as it has them."""

from __future__ import annotations

import re

from widthwise.harness.terms.evidence import Evidence

from ..wording import visible

LONGEST = 110
"""Characters of a claim's own words that stand over a figure; the prose has them all."""


def vertical(record: Evidence) -> str:
    """What is plotted upwards: the measurement, and what of the seeds a point is.

    The measurement's words are those of the section "Measure", or of the sentence of the
    section "Setting" that says what the measure is, behind the claim's name, as half a sentence
    needs to be. A claim that has neither is named itself.
    """
    own = _own_words(record)
    subject = visible(record.claim)[:LONGEST].replace("_", " ")
    named = own if record.sections.get("Measure") else f"{subject}: {own}"
    measured = named if own else subject
    return f"{measured} ({_of_the_seeds(record)})"


def vertical_of_laws(record: Evidence) -> str:
    """What is plotted upwards where two laws are compared."""
    subject = visible(record.claim)[:LONGEST].replace("_", " ")
    return f"{subject}: the share of values that are at most as large as the one below"


def _own_words(record: Evidence) -> str:
    said = record.sections.get("Measure", "")
    if not said:
        sentences = _SENTENCES.split(" ".join(record.sections.get("Setting", "").split()))
        said = next((each for each in sentences if _MEASURE.match(each)), "")
    words = visible(_MEASURE_IS.sub("", said)).rstrip(" .;")
    if len(words) <= LONGEST:
        return words
    # A whole clause rather than half a sentence.
    clause = words[:LONGEST].rpartition(", ")[0]
    return clause or f"{words[:LONGEST].rpartition(' ')[0]} …"


def _of_the_seeds(record: Evidence) -> str:
    if record.form in _OF_THE_SEEDS:
        return _OF_THE_SEEDS[record.form]
    statistic = record.prediction.partition(" within ")[0]
    if record.form == "Bounded" and statistic in ("mean", "median", "rms"):
        return f"{statistic} over seeds"
    return "average over seeds"


_SENTENCES = re.compile(r"(?<=[.;])\s+(?=[A-Z‖])")
_MEASURE = re.compile(
    r"(?:The (?:measure|distance|error) is|Measured is|Measured over|RMS|The RMS)\b"
)
_MEASURE_IS = re.compile(r"^(?:The measure is|Measured is)\s+")
_OF_THE_SEEDS = {
    "Identity": "error over its bound of rounding, the largest of all seeds",
    "Proportion": "share of seeds",
    "Dominates": "first of a pair over the second, geometric mean over seeds",
    "Correlates": "correlation over seeds",
}
