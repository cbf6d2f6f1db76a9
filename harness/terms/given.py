"""A stated event that a claim conditions on: "given that the network trains to zero error".

    @claim(..., given=Given("the network trains to zero error", at_least=0.8))
    def test_...(width, seeds, ...):
        ...
        return distance, error == 0

The measurement returns its values and, beside them, which seeds meet the event. Verdicts rest
on the replicates that meet it at every rung; the others are counted and shown, and kept.
"""

from __future__ import annotations

from dataclasses import dataclass

FEWEST_MET = 8
"""Replicates that a verdict under a condition rests on at least; intervals keep their error
rates down to so few (statistics.md, "Given an event")."""


@dataclass(frozen=True)
class Given:
    """The event that a claim is about.

    Attributes:
        event: goes on from "given that", without a full stop.
        at_least: the share of replicates that have to meet it at every rung. A smaller share is
            an error and no verdict, at every look: what is rare is not what the claim says it is.

    Raises:
        ValueError: if the event says nothing, or the share is not above 0 and at most 1.
    """

    event: str
    at_least: float = 0.5

    def __post_init__(self) -> None:
        if not isinstance(self.event, str) or not self.event.strip():
            raise ValueError(f"Given: name the event in words, got {self.event!r}")
        number = isinstance(self.at_least, (int, float)) and not isinstance(self.at_least, bool)
        if not number or not 0 < self.at_least <= 1:
            raise ValueError(
                f"Given({self.event!r}): at_least is the share of replicates that must meet it, "
                f"above 0 and at most 1, got {self.at_least!r}"
            )
