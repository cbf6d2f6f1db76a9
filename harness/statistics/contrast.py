"""Which linear contrast of the rungs to take, and how far it can be biased.

A quantity (an exponent, a limit, a rate) is estimated by Σ c_i L_i, where L_i is
the logarithm or the plain value of the statistic at rung i. The weights c must
return the quantity exactly when the law holds exactly. Where finite-width
corrections bend the law, no c is free of bias, and the ones with less bias are
noisier. The half-width of the interval is

    reach · ‖c‖ + max over allowed corrections v of |c·v|,

`reach` being a number of standard errors times the noise of one rung. The best
contrast minimises the sum, with the standard errors of the interval and a few more for
its own wandering (Donoho 1994: a fixed-length interval around an affine
estimator is nearly minimax). The frontier below depends on the ladder and the
allowed corrections only, never on the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_WEIGHTS = np.concatenate([[0.0], 10.0 ** np.arange(-2, 8, 0.5)])
"""Prior variances of a correction, in units of the noise; 0 ignores it."""


@dataclass(frozen=True)
class Contrast:
    """Weights of the rungs, their norm and the worst bias they let through."""

    weights: Floats
    norm: float
    bias: float


@dataclass(frozen=True)
class Frontier:
    """Candidate contrasts, from least noisy to least biased.

    Attributes:
        weights: shape [candidates, rungs].
        norms: Euclidean norm of each.
        biases: worst bias of each.
    """

    weights: Floats
    norms: Floats
    biases: Floats

    def best(self, reach: float) -> Contrast:
        """The candidate with the smallest `reach · norm + bias`."""
        i = int(np.argmin(reach * self.norms + self.biases))
        return Contrast(self.weights[i], float(self.norms[i]), float(self.biases[i]))

    def half_width(self, reach: float) -> float:
        """The half-width of the interval of the best candidate."""
        best = self.best(reach)
        return reach * best.norm + best.bias

    def capped(self, reach: float) -> Frontier:
        """Without the candidates noisier than the one that is best at `reach`."""
        kept = self.norms <= self.best(reach).norm
        return Frontier(self.weights[kept], self.norms[kept], self.biases[kept])

    @property
    def least_bias(self) -> float:
        """The bias that remains however many seeds are spent."""
        return float(self.biases.min())


def worst_bias(weights: Floats, allowed: Floats) -> Floats:
    """The largest |c·v| over the allowed corrections v; `weights` is [..., rungs]."""
    if not len(allowed):
        return np.zeros(weights.shape[:-1])
    return np.abs(weights @ allowed.T).max(axis=-1)


def trace_frontier(design: Floats, target: Floats, directions: Floats, allowed: Floats) -> Frontier:
    """The contrasts that are optimal for some size of the corrections.

    Each candidate is the generalised-least-squares contrast under unit noise plus
    random corrections along `directions`; their prior variances run over a grid.

    Args:
        design: shape [rungs, parameters], the law to first order.
        target: shape [parameters], the combination that is the quantity.
        directions: shape [corrections, rungs], the corrections to first order.
        allowed: shape [any, rungs], everything that corrections may do exactly.
    """
    grid = np.array(list(product(_WEIGHTS, repeat=len(directions))))
    covariance = np.eye(len(design)) + np.einsum("gc,ci,cj->gij", grid, directions, directions)
    whitened = np.linalg.solve(covariance, np.broadcast_to(design, (len(grid), *design.shape)))
    coefficients = np.linalg.solve(
        design.T @ whitened, np.broadcast_to(target, (len(grid), len(target)))[..., None]
    )
    weights = (whitened @ coefficients)[..., 0]
    return Frontier(weights, np.linalg.norm(weights, axis=1), worst_bias(weights, allowed))


def shortest_contrast(design: Floats, target: Floats) -> Floats:
    """The least-norm weights c with designᵀ c = target."""
    return np.linalg.pinv(design.T) @ target


def left_over(design: Floats) -> Floats:
    """Orthonormal contrasts blind to the design, [rungs − parameters, rungs], none at worst."""
    basis, _ = np.linalg.qr(design, mode="complete")
    return basis[:, design.shape[1] :].T
