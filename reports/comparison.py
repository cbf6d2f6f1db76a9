"""Two runs side by side: what changed its verdict, what moved, what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from widthwise.harness.terms.evidence import Evidence

from .outcome import outcome
from .wording import duration, estimate, visible


@dataclass(frozen=True)
class Pair:
    """One claim in both runs.

    Attributes:
        old: its earlier evidence.
        new: its later evidence.
    """

    old: Evidence
    new: Evidence

    @property
    def turned(self) -> bool:
        """Whether the claim, or its control, came out another way."""
        return outcome(self.old) is not outcome(self.new)

    @property
    def moved(self) -> bool:
        """Whether an estimate left the other run's interval, so that chance hardly explains it."""
        findings = ((self.old.finding, self.new.finding), (self.old.control, self.new.control))
        judged = [(old.judgement, new.judgement) for old, new in findings]
        return any(
            _outside(old.estimate, new.interval) or _outside(new.estimate, old.interval)
            for old, new in judged
        )

    @property
    def redesigned(self) -> bool:
        """Whether the two runs measured or predicted different things."""
        old, new = self.old, self.new
        designs = [(r.digest, r.prediction, r.ladder, r.given) for r in (old, new)]
        return designs[0] != designs[1]


@dataclass(frozen=True)
class Comparison:
    """What differs between two runs.

    Attributes:
        pairs: the claims that are in both.
        lost: those only in the old run.
        gained: those only in the new one.
    """

    pairs: tuple[Pair, ...]
    lost: tuple[Evidence, ...]
    gained: tuple[Evidence, ...]

    @property
    def turned(self) -> tuple[Pair, ...]:
        """Claims whose verdict changed."""
        return tuple(pair for pair in self.pairs if pair.turned)

    @property
    def moved(self) -> tuple[Pair, ...]:
        """Claims of unchanged verdict whose estimate moved beyond its interval."""
        return tuple(pair for pair in self.pairs if pair.moved and not pair.turned)

    @property
    def seconds(self) -> tuple[float, float]:
        """Time spent measuring the claims that both runs have, old and new."""
        return (
            sum(_seconds(pair.old) for pair in self.pairs),
            sum(_seconds(pair.new) for pair in self.pairs),
        )


def compare(old: Iterable[Evidence], new: Iterable[Evidence]) -> Comparison:
    """Pair the claims of two runs by name and variant; the order is the new run's."""
    before = {(record.claim, record.variant): record for record in old}
    after = {(record.claim, record.variant): record for record in new}
    return Comparison(
        pairs=tuple(Pair(before[key], after[key]) for key in after if key in before),
        lost=tuple(record for key, record in before.items() if key not in after),
        gained=tuple(record for key, record in after.items() if key not in before),
    )


def lines(comparison: Comparison) -> list[str]:
    """The comparison as plain text for a terminal or a log."""
    parts = [
        *_section("verdicts that changed", [_turn(pair) for pair in comparison.turned]),
        *_section("estimates that moved", [_move(pair) for pair in comparison.moved]),
        *_section("only in the old run", [visible(r.name) for r in comparison.lost]),
        *_section("only in the new run", [visible(r.name) for r in comparison.gained]),
    ]
    before, after = comparison.seconds
    unchanged = len(comparison.pairs) - len(comparison.turned) - len(comparison.moved)
    return [
        *parts,
        f"{unchanged} of {len(comparison.pairs)} claims in both runs unchanged; "
        f"measuring them took {duration(before)}, then {duration(after)}",
    ]


def _section(title: str, entries: Sequence[str]) -> list[str]:
    return [f"{title}:", *(f"  {entry}" for entry in entries)] if entries else []


def _turn(pair: Pair) -> str:
    return (
        f"{visible(pair.new.name)}: {outcome(pair.old).value}, now {outcome(pair.new).value}"
        f"; {_estimates(pair)}"
    )


def _move(pair: Pair) -> str:
    return f"{visible(pair.new.name)}: {_estimates(pair)}"


def _estimates(pair: Pair) -> str:
    old, new = (estimate(record.finding.judgement) for record in (pair.old, pair.new))
    return f"{old}, now {new}" + (" (measured otherwise)" if pair.redesigned else "")


def _outside(value: float, interval: tuple[float, float]) -> bool:
    return not interval[0] <= value <= interval[1]


def _seconds(record: Evidence) -> float:
    return record.finding.seconds + record.control.seconds
