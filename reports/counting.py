"""What a run's claims are counted as: what was argued apart from background and instruments.

A headline counts what somebody said, or what follows at once from it. Theory that nobody
in the discussion states, and checks of the code that measures, would only swell it.
Controls are no claims: they count in error bounds, each as one verdict, also where a
control is measured in the setting of another claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from widthwise.harness.terms.evidence import Evidence
from widthwise.harness.terms.provenance import Provenance

from .entries import Entry, arrange
from .outcome import Outcome, error_bound, tally

_TITLES = {
    Provenance.MADE: "made or implied",
    Provenance.IMPLIED: "made or implied",
    Provenance.BACKGROUND: "background",
    Provenance.INSTRUMENT: "instruments",
}
_ORDER = tuple(dict.fromkeys(_TITLES.values()))


@dataclass(frozen=True)
class Share:
    """The claims of a run that are counted together.

    Attributes:
        title: "made or implied", "background" or "instruments".
        entries: the claims, each with its variants; at least one.
        records: their records.
    """

    title: str
    entries: tuple[Entry, ...]
    records: tuple[Evidence, ...]

    @property
    def argued(self) -> bool:
        """Whether the discussions argue about these claims."""
        return self.records[0].provenance.argued

    @property
    def tally(self) -> dict[Outcome, int]:
        """How the claims came out, the worst variant counting."""
        return tally(entry.outcome for entry in self.entries)

    @property
    def as_declared(self) -> int:
        """How many claims came out as declared in all variants."""
        return sum(number for way, number in self.tally.items() if way.passed)

    @property
    def verdicts(self) -> int:
        """Verdicts that were reached, those of the controls included."""
        return 2 * len(self.records)

    @property
    def error_bound(self) -> float:
        """The probability that any of these verdicts is wrong is at most this."""
        return error_bound(self.records)


def title_of(record: Evidence) -> str:
    """Which share a record belongs to."""
    return _TITLES[record.provenance]


def place(record: Evidence) -> tuple[int, str, str, str]:
    """Where a record stands among others: what is argued first, instruments last."""
    return _ORDER.index(title_of(record)), record.topic, record.claim, record.variant


def shares(records: Sequence[Evidence]) -> tuple[Share, ...]:
    """The claims by who says them; the shares that a run has none of are left out."""
    ordered = sorted(records, key=place)
    entries = arrange(ordered)
    found = []
    for title in _ORDER:
        own = tuple(entry for entry in entries if title_of(entry.record) == title)
        members = tuple(record for record in ordered if title_of(record) == title)
        if own:
            found.append(Share(title, own, members))
    return tuple(found)


def headline(records: Sequence[Evidence]) -> Share | None:
    """What is counted first: what was made or implied, or whatever there is; None for no claims."""
    return next(iter(shares(records)), None)


def sentences(records: Sequence[Evidence]) -> list[str]:
    """How the claims of each share came out, and the error bounds: a line for each."""
    found = shares(records)
    lines = [f"{share.title}: {_counted(share)}" for share in found]
    lines += [
        f"any of the {share.verdicts} verdicts on what was made or implied wrong with probability "
        f"at most {_bound(share.error_bound)}"
        for share in found
        if share.argued and len(found) > 1
    ]
    whole = f"any of all {2 * len(records)} verdicts, controls included, wrong with probability"
    return [*lines, f"{whole} at most {_bound(error_bound(records))}, given D and the data"]


def _counted(share: Share) -> str:
    claims, cases = len(share.entries), len(share.records)
    named = [f"{number} {way.value}" for way, number in share.tally.items() if number]
    inside = f" in {cases} cases" if cases > claims else ""
    return f"{claims} claim{'' if claims == 1 else 's'}{inside}: {', '.join(named)}"


def _bound(probability: float) -> str:
    return f"{probability:.2g}"
