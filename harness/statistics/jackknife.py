"""Delete-one-seed jackknife: from a statistic to one number per seed.

The pseudo-value of seed s is S·θ − (S−1)·θ_(−s), where θ is the statistic of all
S seeds and θ_(−s) that of the others. Pseudo-values behave like independent
observations of θ (Tukey 1958), so their mean has a t interval with S−1 degrees
of freedom. One seed is one column over all rungs: linear contrasts of
pseudo-values keep whatever dependence there is between rungs, so paired and
independent seeds share the code.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .mean_curve import OfMeanCurve

Moment = Literal["mean", "rms", "variance"]
"""What of the numbers of all seeds is meant."""
Statistic = Moment | OfMeanCurve
"""A moment, or a number of the mean of curves."""
SKEW_SHARE = 5
"""Intervals of verdicts are taken at this fraction of the declared level. Skewness makes t
intervals miss more often than stated, the more so the farther out: 8 times at 10⁻⁶ where one
rung has relative noise 0.6 among quieter ones. At a fifth of the level no more than three times
the declared rate is left, and intervals are 7% (256 seeds) to 14% (16 seeds) wider."""
Floats = NDArray[np.float64]


def require_moment(owner: str, statistic: object) -> None:
    """Raise ValueError unless `statistic` is a moment."""
    if statistic not in get_args(Moment):
        raise ValueError(
            f"{owner}: statistic must be one of {', '.join(get_args(Moment))}, got {statistic!r}"
        )


def require_statistic(owner: str, statistic: object) -> None:
    """Raise ValueError unless `statistic` is a moment, or a number of a mean curve."""
    if not isinstance(statistic, OfMeanCurve):
        require_moment(owner, statistic)


def outcome_of(statistic: Statistic) -> tuple[int, ...]:
    """The shape of what a seed measures: a number, or a curve."""
    return (len(statistic.grid),) if isinstance(statistic, OfMeanCurve) else ()


def evaluate(values: Floats, statistic: Statistic) -> Floats:
    """The statistic over the seeds: mean, root mean square, unbiased variance, or of a curve.

    Seeds are the last axis of numbers, and the last but one of curves.
    """
    match statistic:
        case "mean":
            return values.mean(axis=-1)
        case "rms":
            return np.sqrt((values**2).mean(axis=-1))
        case "variance":
            return values.var(axis=-1, ddof=1)
        case _:
            return statistic.of(values.mean(axis=-2))


def leave_one_out(values: Floats, statistic: Statistic) -> Floats:
    """The statistic of all seeds but one, for each one, shape [..., seeds]."""
    seeds = values.shape[-1]
    match statistic:
        case "mean":
            return (values.sum(axis=-1, keepdims=True) - values) / (seeds - 1)
        case "rms":
            return np.sqrt(leave_one_out(values**2, "mean"))
        case "variance":
            squares = (values - values.mean(axis=-1, keepdims=True)) ** 2
            total = squares.sum(axis=-1, keepdims=True)
            return np.maximum(total - squares * seeds / (seeds - 1), 0) / (seeds - 2)
        case _:
            others = leave_one_out(np.moveaxis(values, -2, -1), "mean")
            return statistic.of(np.moveaxis(others, -1, -2))


def pseudo_values(values: Floats, statistic: Statistic) -> Floats:
    """Pseudo-values of the statistic itself, shape [..., seeds]."""
    if statistic == "mean":
        return values
    return _pseudo(evaluate(values, statistic), leave_one_out(values, statistic))


def log_pseudo_values(values: Floats, statistic: Statistic) -> Floats:
    """Pseudo-values of the logarithm of the statistic, which must be positive."""
    return _pseudo(np.log(evaluate(values, statistic)), np.log(leave_one_out(values, statistic)))


def _pseudo(whole: Floats, left_out: Floats) -> Floats:
    seeds = left_out.shape[-1]
    return seeds * whole[..., None] - (seeds - 1) * left_out


def t_quantile(seeds: float, alpha: float) -> float:
    """How many standard errors a two-sided 1 − `alpha` interval reaches, S − 1 d.o.f."""
    return -float(special.stdtrit(seeds - 1, alpha / 2))


def verdict_quantile(seeds: float, alpha: float) -> float:
    """How many standard errors the interval of a verdict at level `alpha` reaches.

    Farther than the t quantile: measurements are skewed, and `SKEW_SHARE` pays for it.
    """
    return t_quantile(seeds, alpha / SKEW_SHARE)


def standard_error(observations: Floats) -> float:
    """Standard error of the mean of independent observations."""
    return float(observations.std(ddof=1)) / math.sqrt(observations.size)


def pooled_noise(pseudo: Floats) -> Floats:
    """One standard deviation for all rungs of `pseudo`, [rungs, ..., seeds]; shape [...].

    What a seed does to every rung alike is taken out first: it cancels in every
    contrast. A single number, so that choosing a contrast by it hardly depends
    on the data.
    """
    rungs, seeds = len(pseudo), pseudo.shape[-1]
    if rungs == 1:
        return pseudo[0].std(axis=-1, ddof=1)
    rest = pseudo - pseudo.mean(axis=-1, keepdims=True)
    rest = rest - rest.mean(axis=0, keepdims=True)
    return np.sqrt((rest**2).sum(axis=(0, -1)) / ((rungs - 1) * (seeds - 1)))


def unvarying(values: Floats, rung: float) -> str | None:
    """Why these values give no measure of their own noise, or None.

    They may refute (an exact zero is not one), but they support nothing.
    """
    if np.ptp(values):
        return None
    return (
        f"all {values.size} seeds gave the same number at {rung:g}: "
        f"the measurement does not use its seeds"
    )
