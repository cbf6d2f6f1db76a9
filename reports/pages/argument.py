"""The argument of a run: per discussion the questions at issue, per question what was said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..entries import Entry
from ..outcome import Outcome
from ..topics import Topics
from ..wording import estimate, number


@dataclass(frozen=True)
class Question:
    """What a discussion says on one topic.

    Attributes:
        topic: the topic's name.
        title: what it is about, in a few words.
        text: what is at issue; "" where nobody wrote it down.
        entries: the claims that were made or implied; at least one.
    """

    topic: str
    title: str
    text: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Dispute:
    """A discussion and its questions.

    Attributes:
        discussion: its title.
        questions: at least one.
    """

    discussion: str
    questions: tuple[Question, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that was made or implied in it."""
        return tuple(entry for question in self.questions for entry in question.entries)


def disputes(entries: Iterable[Entry], topics: Topics) -> tuple[Dispute, ...]:
    """What was made or implied, by discussion and topic; background and instruments are not.

    The discussion that said most comes first.
    """
    argued = sorted(
        (entry for entry in entries if entry.record.provenance.argued),
        key=lambda entry: (entry.record.discussion, entry.record.topic, entry.record.claim),
    )
    found = (
        Dispute(discussion, tuple(_questions(said, topics)))
        for discussion, said in groupby(argued, key=lambda entry: entry.record.discussion)
    )
    return tuple(sorted(found, key=lambda dispute: -len(dispute.entries)))


def in_order(found: Iterable[Dispute], entries: Sequence[Entry]) -> list[Entry]:
    """All entries: first in the order of the argument, then the others as they come."""
    said = [entry for dispute in found for entry in dispute.entries]
    anchors = {entry.anchor for entry in said}
    return [*said, *(entry for entry in entries if entry.anchor not in anchors)]


def predicted(entry: Entry) -> str:
    """What the claim predicts, in words; where variants differ, all of it."""
    given = f", given that {entry.record.given}" if entry.record.given else ""
    return (
        " or ".join(dict.fromkeys(variant.record.prediction for variant in entry.variants)) + given
    )


def measured(entry: Entry) -> str:
    """What was measured: a number and its interval, or the smallest and the largest number."""
    if len(entry.variants) == 1:
        return estimate(entry.record.finding.judgement)
    return " … ".join(dict.fromkeys(map(number, entry.estimates)))


def in_a_sentence(entry: Entry) -> str:
    """The outcome with the numbers, for those who are sent a link."""
    way, many = entry.outcome.value, len(entry.variants)
    variants = f" in {many} variants" if many > 1 else ""
    return (
        f"{way.capitalize()}{variants}. Predicted: {predicted(entry)}; measured: {measured(entry)}."
    )[:300]


def explanation(outcome: Outcome) -> str:
    """What a newcomer has to be told where the outcome stands; "" for what speaks for itself."""
    return "" if outcome is Outcome.SUPPORTED else outcome.meaning


def _questions(said: Iterable[Entry], topics: Topics) -> Iterable[Question]:
    for topic, group in groupby(said, key=lambda entry: entry.record.topic):
        title, _, text = topics.get(topic, "").partition("\n\n")
        words = " ".join(title.split()).rstrip(".") or topic.replace("_", " ")
        yield Question(topic, words, text, tuple(group))
