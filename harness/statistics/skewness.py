"""Intervals that hold where measurements are skewed.

Positive measurements are skewed to the right. A sample without the rare large values shows
too small a mean and too little noise at once, so that a t interval misses the mean from below
far too often: 30 times too often at 16 seeds of χ²₁ and α = 10⁻³. An interval taken on m^-p
makes that good to second order where the skewness is (1 + p) times the relative noise; that is
twice for a gamma law and three times for a lognormal one. Symmetric measurements need the t
interval as it is. The upper end is therefore taken on m^-½, the lower end from the t interval,
and both hold for either kind.

In a contrast of several rungs the rungs with negative weights are skewed the other way: each
sign stretches its own end.

In a contrast of logarithms the skewness of rungs that are equally noisy cancels, so that means
need the t interval as it is. Squares are far more skewed than what is squared. Where the large
ones are missing from the rungs that a contrast leans on, it looks less noisy than it is;
elsewhere they show, and so its noise is never taken for less than that of all rungs together.
Rungs that are noisier than others leave a skewness that does not cancel. That of squares of
lognormal numbers, which are lognormal, is three times their relative noise and vanishes on m^-2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .jackknife import Moment, Statistic, evaluate, pooled_noise, pseudo_values
from .mean_curve import OfMeanCurve

Floats = NDArray[np.float64]

_POWER: dict[Moment, float] = {"mean": 0.5, "variance": 0.5, "rms": 1.0}
"""p of the scale m^-p; an RMS is the square root of a mean."""
_POWER_OF_SQUARES: dict[Moment, float] = {"variance": 2.0, "rms": 4.0}
"""The same where skewness cancels but for what squares and unlike rungs leave of it."""


def interval_of_contrast(
    values: Floats, statistic: Moment, weights: Floats, quantile: float | Floats
) -> tuple[Floats, Floats, Floats]:
    """A contrast of the statistic over rungs, the lower and the upper end of its interval.

    Args:
        values: shape [rungs, ..., seeds].
        statistic: what of the seeds is meant.
        weights: shape [rungs].
        quantile: how many standard errors a t interval reaches; shape [...] or a number.

    Returns:
        Three arrays of shape [...]. An end is infinite where the noise is too large for the
        seeds to show one.
    """
    middle, reach = _estimate(values, statistic, weights, quantile)
    down, up = (_stretch(values, statistic, sign * weights, quantile) for sign in (-1, 1))
    return middle, middle - reach - down, middle + reach + up


def reach_of_log_contrast(
    pseudo: Floats, statistic: Statistic, weights: Floats, quantile: float
) -> tuple[Floats, Floats, Floats]:
    """A contrast of log statistics, and how far below and above it the interval reaches.

    An interval on the scale m^-p moves log m by −log(1 − p·δ)/p ≈ δ + p·δ²/2 where a t interval
    moves it by δ. The second term is added at the end it stretches, for the displacements δ of
    the rungs that move the contrast by as much as the t interval reaches and are the likeliest
    to; it is not taken from the other end. Without higher terms no end is ever open.

    Args:
        pseudo: pseudo-values of the logarithm, shape [rungs, ..., seeds].
        statistic: what of the seeds is meant; a number of a mean curve counts as a mean.
        weights: shape [rungs], of sum zero.
        quantile: how many standard errors a t interval reaches.

    Returns:
        Three arrays of shape [...].
    """
    rungs, *_, seeds = pseudo.shape
    observed = (weights @ pseudo.reshape(rungs, -1)).reshape(pseudo.shape[1:])
    middle = observed.mean(axis=-1)
    error = observed.std(axis=-1, ddof=1) / np.sqrt(seeds)
    if statistic == "mean" or isinstance(statistic, OfMeanCurve):
        return middle, quantile * error, quantile * error
    planned = pooled_noise(pseudo) * np.linalg.norm(weights) / np.sqrt(seeds)
    reach = quantile * np.maximum(error, planned)
    bend = _POWER_OF_SQUARES[statistic] / 2 * weights @ _likeliest(pseudo, observed, reach) ** 2
    return middle, reach + np.maximum(-bend, 0), reach + np.maximum(bend, 0)


def _likeliest(pseudo: Floats, observed: Floats, reach: Floats) -> Floats:
    """How rungs move, most likely, where the contrast `observed` of them moves by `reach`."""
    along = observed - observed.mean(axis=-1, keepdims=True)
    variance = (along**2).mean(axis=-1)
    together = (pseudo * along).mean(axis=-1)
    return np.divide(together * reach, variance, out=np.zeros_like(together), where=variance > 0)


def _estimate(
    values: Floats, statistic: Moment, weights: Floats, quantile: float | Floats
) -> tuple[Floats, Floats]:
    observed = np.tensordot(weights, pseudo_values(values, statistic), axes=1)
    error = observed.std(axis=-1, ddof=1) / np.sqrt(observed.shape[-1])
    return np.tensordot(weights, evaluate(values, statistic), axes=1), quantile * error


def _stretch(
    values: Floats, statistic: Moment, weights: Floats, quantile: float | Floats
) -> Floats:
    """How much farther than a t interval the positively weighted part must reach."""
    values, weights = values[weights > 0], weights[weights > 0]
    mean, reach = _estimate(values, statistic, weights, quantile)
    skewed = mean > 0
    if statistic == "mean":
        skewed &= (values > 0).all(axis=(0, -1))
    power = _POWER[statistic]
    share = power * reach / np.where(skewed, mean, np.inf)
    on_scale = mean * np.expm1(-np.log1p(-np.minimum(share, 1 - 1e-16)) / power)
    return np.where(skewed, np.where(share < 1, on_scale - reach, np.inf), 0.0)
