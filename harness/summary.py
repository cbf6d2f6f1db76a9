"""What tables and figures show of samples: one point per rung."""

from __future__ import annotations

from .jackknife import Statistic, interval_of, t_quantile
from .prediction import Point, Samples


def summarise(samples: Samples, statistic: Statistic) -> tuple[Point, ...]:
    """The statistic of every rung with a 95% interval, one rung at a time."""
    quantile = t_quantile(samples.seeds, 0.05)
    points = []
    for rung, values in zip(samples.ladder.rungs, samples.values, strict=True):
        estimate, interval = interval_of(values, statistic, quantile)
        extremes = (float(values.min()), float(values.max()))
        points.append(Point(rung, estimate, interval, extremes, samples.seeds))
    return tuple(points)
