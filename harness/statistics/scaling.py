"""Power laws y ~ A · N^b with the next orders of a large-width expansion.

The law is log y = a + b log N + log(1 + d (N/N_0)^-g) with |d| ≤ D and g ∈ {½, 1}.
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from ..terms.ladder import Ladder
from .jackknife import Statistic
from .slope import Law, Slope, log_linear

Floats = NDArray[np.float64]

ORDERS = (0.5, 1.0)
"""Exponents g of the corrections that are allowed for."""


def remoteness(ladder: Ladder) -> Floats:
    """How far each rung is from the limit, 1 at the reference: (N/N_0)^-1, or ε/ε_0."""
    rungs = np.array(ladder.rungs, dtype=float)
    return rungs / ladder.reference if ladder.limit == "zero" else ladder.reference / rungs


@lru_cache(maxsize=256)
def power_law_on(ladder: Ladder, correction: float) -> Law:
    """The power law on a ladder; a pure function, kept for reuse."""
    logs = np.log(np.array(ladder.rungs, dtype=float))
    corrections = np.array([remoteness(ladder) ** order for order in ORDERS])
    return log_linear(logs, corrections, correction)


def exponent_of(statistic: Statistic, correction: float) -> Slope:
    """How the exponent of a statistic is measured, corrections up to D allowed for."""
    return Slope("exponent", statistic, correction, partial(power_law_on, correction=correction))


def require_scaling(owner: str, ladder: Ladder, correction: float) -> None:
    """Raise ValueError if the ladder cannot carry an exponent."""
    if len(ladder.rungs) < 3:
        raise ValueError(
            f"{owner} needs at least 3 values of {ladder.name}, two for the slope and one "
            f"to see curvature, got {list(ladder.rungs)}"
        )
    worst = correction * float(max(remoteness(ladder).max() ** g for g in ORDERS))
    if worst >= 1:
        rung = ladder.rungs[int(np.argmax(remoteness(ladder)))]
        raise ValueError(
            f"{owner}: corrections up to {correction:g} at {ladder.name} = "
            f"{ladder.reference:g} reach {worst:.0%} at {rung:g}, where nothing is left of "
            f"the law: start the ladder nearer to the reference, or state a smaller correction"
        )
