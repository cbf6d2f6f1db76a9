"""The replicates of a setting: all that were measured, and those that a verdict rests on.

A replicate has the same seed at every rung, hence the same data, and the statistics compare its
numbers along the ladder. So one that does not meet the event of `given=` at some rung is left
out at every rung: what is kept are independent draws from the law of a replicate, given that it
meets the event at each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..terms.given import Given
from ..terms.ladder import Ladder
from ..terms.prediction import Samples, Values
from .returned import MeasurementError, in_words


@dataclass(frozen=True)
class Replicates:
    """Every number that a setting gave.

    Attributes:
        ladder: where it was measured.
        values: shape [rungs, replicates, *outcome_shape].
        met: which meet the event of `given=`, shape [rungs, replicates]; None where nothing is
            conditioned on. Values of those that do not may be anything.
    """

    ladder: Ladder
    values: Values
    met: NDArray[np.bool_] | None = None

    @property
    def count(self) -> int:
        """Replicates that were measured."""
        return self.values.shape[1]

    @cached_property
    def everywhere(self) -> NDArray[np.bool_]:
        """Which replicates meet the event at every rung."""
        return np.ones(self.count, bool) if self.met is None else np.asarray(self.met.all(axis=0))

    @property
    def counts(self) -> tuple[int, ...]:
        """How many meet the event at each rung; () where nothing is conditioned on."""
        return () if self.met is None else tuple(int(each) for each in self.met.sum(axis=1))

    @property
    def samples(self) -> Samples:
        """Those that a verdict rests on.

        Raises:
            ValueError: if there are fewer than two.
        """
        kept = self.values if self.met is None else self.values[:, self.everywhere]
        return Samples(self.ladder, kept)

    def require(self, given: Given | None, label: str) -> None:
        """Refuse replicates of which too few meet the event.

        Raises:
            MeasurementError: if the share that meets it at every rung is below what the claim
                declares, or if fewer than two do.
        """
        if given is None or self.met is None:
            return
        kept = int(self.everywhere.sum())
        if kept >= max(2, given.at_least * self.count):
            return
        where = ", ".join(
            f"{count} at {self.ladder.name}={rung:g}"
            for rung, count in zip(self.ladder.rungs, self.counts, strict=True)
        )
        raise MeasurementError(
            f"claim {label!r}: {kept} of {self.count} replicates meet {given.event!r} at every "
            f"{self.ladder.name} ({where}), and the claim needs a share of at least "
            f"{given.at_least:g} and two replicates; {in_words(~self.everywhere)} "
            f"do{'es' * (self.count - kept == 1)} not"
        )
