"""Two quantities go together over seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..statistics.jackknife import SKEW_SHARE, standard_error, t_quantile, verdict_quantile
from ..statistics.planning import SPARE, fewest
from ..terms.ladder import Ladder
from ..terms.prediction import Point, Samples, Values
from ..terms.verdict import Interval, Judgement, conclude, show, show_band

_CERTAIN = 1 - 1e-12
"""Correlations are kept this far inside ±1, where arctanh is finite."""


@dataclass(frozen=True)
class Correlates:
    """At the last rung the two numbers that a seed measures have a correlation in a band.

    The interval is a jackknife of arctanh r (Fisher's z), never shorter than Fisher's own.
    That one takes the pair for Gaussian and is too short where heavy tails go together; the
    jackknife's is too short where the few seeds that carry a correlation are missing. Where few
    carry it, they are as few degrees of freedom.

    Attributes:
        at_least: the smallest correlation that counts.
        at_most: the largest.

    Raises:
        ValueError: if they are not correlations in order, or exclude nothing.
    """

    log_axes: ClassVar[bool] = False

    at_least: float = -1.0
    at_most: float = 1.0

    def __post_init__(self) -> None:
        if not -1 <= self.at_least < self.at_most <= 1 or self.band == (-1, 1):
            raise ValueError(
                f"Correlates: needs -1 <= at_least < at_most <= 1, not both trivial, "
                f"got {self.at_least!r} and {self.at_most!r}"
            )

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """A pair per seed."""
        return (2,)

    @property
    def band(self) -> Interval:
        """The correlations that count."""
        return (self.at_least, self.at_most)

    def describe(self) -> str:
        """The band."""
        return f"correlation in {show_band(self.band)}"

    def require(self, ladder: Ladder) -> None:
        """Any ladder will do."""

    def foresee(
        self,
        ladder: Ladder,  # noqa: ARG002 - any ladder will do
        seeds: int,
        noise: float | None,
        alpha: float,
    ) -> str | None:
        """Why the interval could never fit into the band, or None."""
        if seeds < 4:
            return f"needs more seeds: {seeds} leave a correlation open, at least 4 are needed"
        reach = self._reach(seeds, noise, alpha)
        ends = _arctanh(np.array(self.band))
        if 2 * reach <= ends[1] - ends[0]:
            return None
        return (
            f"needs more seeds: ±{show(reach)} in arctanh r at {seeds} seeds, "
            f"band ±{show(float(ends[1] - ends[0]) / 2)}"
        )

    def needed_seeds(self, truth: float, alpha: float, noise: float | None = None) -> int | None:
        """Seeds that support this true correlation almost surely, None if none do."""
        ends, centre = _arctanh(np.array(self.band)), float(_arctanh(np.array(truth)))
        bare = [end for end, bound in zip(ends, self.band, strict=True) if abs(bound) < 1]
        room = min(abs(centre - end) for end in bare)
        return fewest(lambda seeds: self.detectable(seeds, alpha, noise) <= room)

    def detectable(self, seeds: int, alpha: float, noise: float | None = None) -> float:
        """The distance from the band's end, in arctanh r, that is told apart almost surely."""
        return self._reach(seeds, noise, alpha) * (1 + SPARE / verdict_quantile(seeds, alpha))

    def _reach(self, seeds: int, noise: float | None, alpha: float) -> float:
        # A Gaussian pair has noise 1 whatever its correlation.
        error = max((noise or 1.0) / math.sqrt(seeds), gaussian_error(seeds))
        return verdict_quantile(seeds, alpha) * error

    def noise(self, samples: Samples) -> float:
        """Standard deviation of one seed's pseudo-value of arctanh r at the last rung."""
        return float(self._pseudo_values(samples, -1).std(ddof=1))

    def check(self, rung: float, values: Values) -> str | None:
        """Say which of the pair does not vary, or None."""
        for name, column in zip(("first", "second"), values.T, strict=True):
            if not np.ptp(column):
                return (
                    f"the {name} of the pair is {show(float(column[0]))} for every seed at "
                    f"{rung:g}: a constant correlates with nothing"
                )
        return None

    def judge(self, samples: Samples, alpha: float) -> Judgement:
        """Hold the interval of the correlation at the last rung against the band.

        Raises:
            ValueError: if a seed did not measure two numbers, or one of them is constant.
        """
        estimate, interval = self._interval(samples, -1, alpha / SKEW_SHARE)
        return conclude("correlation", estimate, interval, self.band, self.band, samples.seeds)

    def _interval(self, samples: Samples, index: int, alpha: float) -> tuple[float, Interval]:
        pseudo = self._pseudo_values(samples, index)
        quantile = t_quantile(float(effective_seeds(samples.values[index].T)), alpha)
        error = max(standard_error(pseudo), gaussian_error(samples.seeds))
        centre, half_width = float(pseudo.mean()), quantile * error
        return math.tanh(centre), (math.tanh(centre - half_width), math.tanh(centre + half_width))

    def _pseudo_values(self, samples: Samples, index: int) -> Values:
        samples.require(self.outcome_shape)
        pairs = samples.values[index]
        if problem := self.check(samples.ladder.rungs[index], pairs):
            raise ValueError(problem)
        if samples.seeds < 4:
            raise ValueError(f"a correlation needs at least 4 seeds, got {samples.seeds}")
        centred = (pairs - pairs.mean(axis=0)) / pairs.std(axis=0)
        whole = _arctanh(_correlation(centred.T @ centred))
        # Moments without seed s, from sums over all seeds.
        scale = samples.seeds / (samples.seeds - 1)
        moments = (centred.T @ centred) - scale * centred[:, :, None] * centred[:, None, :]
        return samples.seeds * whole - (samples.seeds - 1) * _arctanh(_correlation(moments))

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The correlation at every rung; its extremes are those of its interval."""
        points = []
        for index, rung in enumerate(samples.ladder.rungs):
            estimate, interval = self._interval(samples, index, 0.05)
            points.append(Point(rung, estimate, interval, interval, samples.seeds))
        return tuple(points)


def gaussian_error(seeds: int) -> float:
    """Standard error of arctanh r of so many Gaussian pairs, at least 4 (Fisher 1921).

    It is that of any independent pair too, to first order, whatever their laws: the product of
    two independent standardised numbers has variance one. So it holds where a sample shows less
    noise than there is because skewed numbers did not happen to be large together.
    """
    return 1 / math.sqrt(seeds - 3)


def effective_seeds(values: Values) -> Values:
    """How many Gaussian seeds carry as evenly as these what the numbers vary; [..., seeds].

    The share h of a seed in Σ (y − mean)², averaged over the numbers of a pair, has a sum of
    squares of 1/n if n seeds share all of it, and of 3/S at most for S Gaussian pairs.

    Args:
        values: shape [2, ..., seeds].
    """
    squares = (values - values.mean(axis=-1, keepdims=True)) ** 2
    share = (squares / squares.sum(axis=-1, keepdims=True)).mean(axis=0)
    return np.minimum(3 / (share**2).sum(axis=-1), values.shape[-1])


def _correlation(moments: Values) -> Values:
    """Correlation from centred second moments, [..., 2, 2]."""
    scale = np.sqrt(np.maximum(moments[..., 0, 0] * moments[..., 1, 1], np.finfo(float).tiny))
    return moments[..., 0, 1] / scale


def _arctanh(correlation: Values) -> Values:
    return np.arctanh(np.clip(correlation, -_CERTAIN, _CERTAIN))
