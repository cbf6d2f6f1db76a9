"""Power laws y ~ A · N^b with the next orders of a large-width expansion.

The law is log y = a + b log N + log(1 + d (N/N_0)^-g) with |d| ≤ D and g ∈ {½, 1}, unless the
claim declares the order g, or the range of d, itself.
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from ..terms.correction import Correction
from ..terms.ladder import Ladder
from .jackknife import Statistic
from .slope import Law, Slope, log_linear

Floats = NDArray[np.float64]

ORDERS = (0.5, 1.0)
"""Exponents g of the corrections that are allowed for where only their size is declared."""


def remoteness(ladder: Ladder) -> Floats:
    """How far each rung is from the limit, 1 at the reference: (N/N_0)^-1, or ε/ε_0."""
    rungs = np.array(ladder.rungs, dtype=float)
    return rungs / ladder.reference if ladder.limit == "zero" else ladder.reference / rungs


def declared(correction: float | Correction) -> Correction:
    """A size alone means any of the ORDERS."""
    return correction if isinstance(correction, Correction) else Correction(ORDERS, correction)


@lru_cache(maxsize=256)
def power_law_on(ladder: Ladder, correction: float | Correction) -> Law:
    """The power law on a ladder; a pure function, kept for reuse."""
    logs = np.log(np.array(ladder.rungs, dtype=float))
    allowed = declared(correction)
    corrections = np.array([remoteness(ladder) ** order for order in allowed.orders])
    # Whatever order is declared, the gate looks for the slowest that an expansion has.
    slowest = remoteness(ladder) ** min(*allowed.orders, *ORDERS)
    return log_linear(logs, corrections, allowed.range, slowest)


def exponent_of(statistic: Statistic, correction: float | Correction) -> Slope:
    """How the exponent of a statistic is measured, corrections up to D allowed for."""
    size = correction.leeway if isinstance(correction, Correction) else correction
    return Slope("exponent", statistic, size, partial(power_law_on, correction=correction))


def require_scaling(owner: str, ladder: Ladder, correction: float | Correction) -> None:
    """Raise ValueError if the ladder cannot carry an exponent."""
    if len(ladder.rungs) < 3:
        raise ValueError(
            f"{owner} needs at least 3 values of {ladder.name}, two for the slope and one "
            f"to see curvature, got {list(ladder.rungs)}"
        )
    allowed = declared(correction)
    size = max(map(abs, allowed.range))
    worst = size * float(max(remoteness(ladder).max() ** g for g in allowed.orders))
    if worst >= 1:
        rung = ladder.rungs[int(np.argmax(remoteness(ladder)))]
        raise ValueError(
            f"{owner}: corrections up to {size:g} at {ladder.name} = "
            f"{ladder.reference:g} reach {worst:.0%} at {rung:g}, where nothing is left of "
            f"the law: start the ladder nearer to the reference, or state a smaller correction"
        )
