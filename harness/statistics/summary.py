"""What tables and figures show of samples: one point per rung."""

from __future__ import annotations

import math

import numpy as np

from ..terms.prediction import Point, Samples
from ..terms.verdict import Interval
from .clouds import cloud
from .jackknife import (
    Floats,
    Statistic,
    evaluate,
    leave_one_out,
    log_pseudo_values,
    pseudo_values,
    standard_error,
    t_quantile,
)
from .mean_curve import OfMeanCurve


def summarise(samples: Samples, statistic: Statistic) -> tuple[Point, ...]:
    """The statistic of every rung with a 95% interval, one rung at a time."""
    points = []
    for rung, values in zip(samples.ladder.rungs, samples.values, strict=True):
        estimate, interval = _estimate(values, statistic)
        single = _single(values, statistic)
        extremes = (float(single.min()), float(single.max())) if single.size else interval
        clouds = cloud(single) if single.size == samples.seeds else ()
        points.append(Point(rung, estimate, interval, extremes, samples.seeds, clouds))
    return tuple(points)


def _single(values: Floats, statistic: Statistic) -> Floats:
    """What single seeds say, as far as they do: not every seed's curve has the number."""
    if not isinstance(statistic, OfMeanCurve):
        return values
    numbers = statistic.of(values)
    return numbers[np.isfinite(numbers)]


def _estimate(values: Floats, statistic: Statistic) -> tuple[float, Interval]:
    """The statistic and its t interval, on the logarithm where that is always positive."""
    quantile = t_quantile(len(values), 0.05)
    estimate = float(evaluate(values, statistic))
    positive = values if statistic == "mean" else leave_one_out(values, statistic)
    if (positive > 0).all():
        spread = math.exp(quantile * standard_error(log_pseudo_values(values, statistic)))
        return estimate, (estimate / spread, estimate * spread)
    half_width = quantile * standard_error(pseudo_values(values, statistic))
    return estimate, (estimate - half_width, estimate + half_width)
