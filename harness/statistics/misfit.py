"""Two gates that keep a law from being judged on data that do not follow it.

An interval for an exponent means nothing on data that bend away from every power
law. Curvature is the coefficient of the slowest allowed correction beyond the
law: what of it is certain and too much says that there is no law, what is not
excluded and too much is charged to the interval. What is left after the law and all
corrections is tested as one vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ..terms.verdict import show
from .contrast import shortest_contrast, worst_bias
from .jackknife import standard_error, t_quantile

Floats = NDArray[np.float64]

EXCESS_ALPHA = 1e-3
"""Curvature beyond the allowed range is called so at this two-sided level."""
BOUND_ALPHA = 0.01
"""Curvature is shown to be small at this two-sided level."""
LEFT_OVER_ALPHA = 1e-6
"""What no correction explains counts once it is as certain as this."""


@dataclass(frozen=True)
class Curvature:
    """The contrast that measures how data bend away from a law.

    Attributes:
        weights: the contrast, 1 on the slowest correction, 0 on the law itself.
        slowest: the slowest correction to first order, shape [rungs]; the curvature is
            its coefficient.
        worst: the largest curvature that is put up with: what allowed corrections
            cause, and a slack.
        cap: curvature that is not shown to be smaller than this is charged.
    """

    weights: Floats
    slowest: Floats
    worst: float
    cap: float

    @property
    def norm(self) -> float:
        """Euclidean norm of the weights."""
        return float(np.linalg.norm(self.weights))

    def excess(self, pseudo: Floats) -> str | None:
        """Why the data follow no law of this kind, or None."""
        estimate, error, seeds = self._measure(pseudo)
        margin = t_quantile(seeds, EXCESS_ALPHA) * error
        if abs(estimate) - margin <= self.worst:
            return None
        return (
            f"model misfit: curvature {show(estimate)} ± {show(margin)}, "
            f"corrections within D explain at most {show(self.worst)}"
        )

    def bound(self, pseudo: Floats, signs: Sequence[int] = (1, -1)) -> float:
        """The largest curvature, of any of these signs, that the data do not exclude.

        Args:
            pseudo: shape [rungs, seeds].
            signs: the signs of curvature that could hide a value outside the band.
        """
        estimate, error, seeds = self._measure(pseudo)
        return max(sign * estimate for sign in signs) + t_quantile(seeds, BOUND_ALPHA) * error

    def charge(self, bound: float, weights: Floats) -> float:
        """How far curvature that is not shown to be small could have moved a contrast.

        Args:
            bound: the largest curvature that is not excluded.
            weights: the contrast, shape [rungs].

        Returns:
            What the curvature beyond the one that is put up with does to the contrast; 0 where
            it is known to be below the cap.
        """
        if bound <= self.cap:
            return 0.0
        return (bound - self.worst) * abs(float(weights @ self.slowest))

    def _measure(self, pseudo: Floats) -> tuple[float, float, int]:
        observed = self.weights @ pseudo
        return float(observed.mean()), standard_error(observed), observed.size


def measure_curvature(
    design: Floats, slowest: Floats, allowed: Floats, size: float, slack: float
) -> Curvature:
    """The curvature contrast of a law.

    Args:
        design: shape [rungs, parameters], the law.
        slowest: shape [rungs], the slowest correction to first order.
        allowed: shape [any, rungs], everything that corrections may do.
        size: D, the largest coefficient of a correction.
        slack: curvature that nobody minds.
    """
    target = np.zeros(design.shape[1] + 1)
    target[-1] = 1
    weights = shortest_contrast(np.column_stack([design, slowest]), target)
    worst = float(worst_bias(weights, allowed)) + slack
    return Curvature(weights, slowest, worst, max(3 * size + slack, worst))


def left_over_misfit(
    pseudo: Floats, blind: Floats, sensitivity: float, material: float
) -> str | None:
    """Why something certain and material is left once the law is taken out, or None.

    Args:
        pseudo: shape [rungs, seeds].
        blind: shape [contrasts, rungs], the contrasts that neither the law nor its
            corrections move (`contrast.left_over`).
        sensitivity: norm of the contrast in use; times the length of what is left
            over, it bounds how far the quantity could have been moved.
        material: a move of the quantity that matters.
    """
    if not len(blind):
        return None
    rest = blind @ pseudo
    mean = rest.mean(axis=1)
    moved = float(np.linalg.norm(mean)) * sensitivity
    if moved < material:
        return None
    dimensions, seeds = rest.shape
    if seeds <= dimensions:
        return f"needs more seeds: {seeds} cannot test the fit to {pseudo.shape[0]} rungs"
    centred = rest - mean[:, None]
    # What cannot change the outcome keeps samples without noise invertible.
    ridge = 1e-16 * float(mean @ mean) * np.eye(dimensions)
    covariance = centred @ centred.T / (seeds - 1) + ridge
    squared = seeds * float(mean @ np.linalg.solve(covariance, mean))
    ratio = squared * (seeds - dimensions) / (dimensions * (seeds - 1))
    if special.fdtrc(dimensions, seeds - dimensions, ratio) > LEFT_OVER_ALPHA:
        return None
    return f"model misfit: what no correction explains could move the estimate by {show(moved)}"
