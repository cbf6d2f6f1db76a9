"""The opposite trend: what a claim must not support, on its own ladder.

A claim that a quantity changes with the width is worth something only if one that does
not change, or changes the other way, would not pass. Planted samples of such quantities
go through the claim's own prediction. A claim that a quantity stays what it is has drifts
for its opposite: as √N and as 1/√N, which are the rivals of every constant here. Bounds
farther apart than the ladder's own √(N_max/N_min) let such a drift pass, and are void.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..statistics.planted import Floats, Law, Noise, Plant
from ..terms.ladder import Ladder
from ..terms.prediction import Prediction
from ..terms.verdict import Verdict
from .bounded import Bounded
from .exponent_bound import AtLeast, AtMost
from .exponential import DecaysExponentially
from .limit import Limit
from .monotone import Monotone
from .power_law import PowerLaw


def opposite_trends(prediction: Prediction, ladder: Ladder) -> dict[str, Law]:
    """Laws of the rung that contradict the trend a prediction is about, by name.

    Empty where it is about none: forms that look at one rung, and bounds on one side or around
    zero, which say how large a quantity is and not where it goes.
    """
    if isinstance(prediction, (PowerLaw, AtMost, AtLeast)):
        power = 2 if prediction.statistic == "variance" else 1
        rivals = {_exponent(b): _power(b / power) for b in _rival_exponents(prediction)}
    elif isinstance(prediction, DecaysExponentially):
        rivals = {"constant": np.ones_like, "growing": _growing(prediction.rate)}
    elif isinstance(prediction, Bounded):
        rivals = _drifts(prediction, ladder)
    elif isinstance(prediction, Limit):
        rivals = _departures(prediction, ladder)
    elif isinstance(prediction, Monotone):
        rivals = _steps(prediction, ladder)
    else:
        rivals = {}
    return rivals


def wrongly_supported(
    prediction: Prediction, ladder: Ladder, noise: Noise, seeds: int, alpha: float, entropy: int = 0
) -> tuple[str, ...]:
    """The opposite trends that a prediction would support.

    Args:
        prediction: the claim's own.
        ladder: the claim's own, at some effort.
        noise: the noise of a seed.
        seeds: seeds per rung.
        alpha: probability of a wrong verdict at one look.
        entropy: of the planted noise.
    """
    if prediction.outcome_shape and isinstance(prediction, (PowerLaw, AtMost, AtLeast)):
        # Numbers of mean curves are judged as means are.
        prediction = replace(prediction, statistic="mean")
    rng = np.random.default_rng(entropy)
    return tuple(
        name
        for name, law in opposite_trends(prediction, ladder).items()
        if prediction.judge(Plant(ladder, law, noise).draw(rng, seeds), alpha).verdict
        is Verdict.SUPPORTED
    )


def _rival_exponents(prediction: PowerLaw | AtMost | AtLeast) -> tuple[float, ...]:
    """Constant and reversed; half a power to either side of a constant; beyond a bound."""
    claimed = prediction.exponent
    rivals = (0.0, -claimed) if claimed else (-0.5, 0.5)
    if isinstance(prediction, AtMost):
        return tuple(b for b in rivals if b > claimed) or (claimed + 0.5,)
    if isinstance(prediction, AtLeast):
        return tuple(b for b in rivals if b < claimed) or (claimed - 0.5,)
    return rivals


def _exponent(b: float) -> str:
    return f"exponent {b:g}" if b else "constant"


def _power(exponent: float, scale: float = 1.0, at: float = 1.0) -> Law:
    return lambda rungs: scale * (rungs / at) ** exponent


def _growing(rate: float) -> Law:
    return lambda times: np.exp(rate * (times - times[0]))


def _drifts(prediction: Bounded, ladder: Ladder) -> dict[str, Law]:
    """Drifts that pass the middle of the bounds at the middle of the ladder."""
    low, high = prediction.band
    if not 0 < low < high < math.inf or len(ladder.rungs) < 2:
        return {}
    middle = math.sqrt(ladder.rungs[0] * ladder.rungs[-1])
    power = 2 if prediction.statistic == "variance" else 1
    size = math.sqrt(low * high) ** (1 / power)
    return {_exponent(b): _power(b / power, size, middle) for b in (-0.5, 0.5)}


def _departures(prediction: Limit, ladder: Ladder) -> dict[str, Law]:
    """Departures from the limit that do not fall: of twice the tolerance at the first rung."""

    def departing(exponent: float, side: int) -> Law:
        def law(rungs: Floats) -> Floats:
            remote = (rungs / rungs[0]) ** (1 if ladder.limit == "infinity" else -1)
            return prediction.value + side * 2 * prediction.tolerance * remote**exponent

        return law

    if prediction.statistic == "variance" or prediction.value <= 0:  # planted noise is relative
        return {}
    return {
        "constant, above": departing(0, 1),
        "growing, above": departing(0.5, 1),
        "constant, below": departing(0, -1),
    }


def _steps(prediction: Monotone, ladder: Ladder) -> dict[str, Law]:
    """A plateau, and steps against the direction that are larger than the tolerance."""
    sign = 1 if prediction.direction == "falling" else -1
    size = max(prediction.tolerance, 1.0)

    def against(rungs: Floats) -> Floats:
        return np.float64(size) * (3 * len(rungs) + sign * 2 * np.arange(len(rungs), dtype=float))

    return {"constant": _power(0, size), "against": against} if len(ladder.rungs) > 1 else {}
