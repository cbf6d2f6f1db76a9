"""What kernel regression makes of n points at random, from the kernel's eigenvalues alone."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.optimize import root_scalar
from torch import Tensor


class LearningCurve(NamedTuple):
    """Errors on new inputs, expected over training inputs.

    Attributes:
        threshold: κ: modes of eigenvalues well above it are learned.
        modes: Squared error in each group of modes [K].
        total: Their sum.
    """

    threshold: float
    modes: Tensor
    total: float


def learning_curve(
    eigenvalues: Tensor,
    multiplicities: Tensor,
    target: Tensor,
    n: int,
    *,
    ridge: float,
) -> LearningCurve:
    """Expected errors of kernel ridge regression on n independent inputs, by the theory of modes.

    κ solves n = Σ m λ/(λ + κ) + δ/κ; with the learnability L = λ/(λ + κ) of a mode the error is
    E = Σ (1 − L)² v² / (1 − Σ m L²/n), of which a group of modes has (1 − L)² v² + E m L²/n: what
    is not learned, and what is learned wrongly because the other modes look like noise. That
    eigenfunctions are like Gaussian numbers is assumed.

    Args:
        eigenvalues: λ of each group, over the distribution of inputs [K].
        multiplicities: m, how many modes the group has [K].
        target: v², the target's squared coefficients summed over the group [K].
        n: How many training inputs, at least 1.
        ridge: δ, added to the kernel matrix's diagonal; what the kernel has of modes that are
            not listed acts like one.

    Raises:
        ValueError: Shapes that differ, fewer than one input, a negative number, or modes fewer
            than n without a ridge.

    Source: Bordelon, Canatar & Pehlevan 2020; Simon et al. 2023.
    """
    if not eigenvalues.shape == multiplicities.shape == target.shape:
        raise ValueError("eigenvalues, multiplicities and target must have one number per group")
    smallest = min(float(numbers.min()) for numbers in (eigenvalues, multiplicities, target))
    if n < 1 or min(smallest, ridge) < 0:
        raise ValueError(f"n must be at least 1 and no number negative, not {n!r} and {smallest!r}")
    if not ridge and float(multiplicities[eigenvalues > 0].sum()) <= n:
        raise ValueError(f"without a ridge there must be more than {n} modes")
    threshold = _threshold(eigenvalues, multiplicities, n, ridge)
    learned = eigenvalues / (eigenvalues + threshold)
    missed = (1 - learned).square() * target
    fluctuating = multiplicities * learned.square() / n
    total = missed.sum() / (1 - fluctuating.sum())
    return LearningCurve(threshold, missed + total * fluctuating, float(total))


def _threshold(eigenvalues: Tensor, multiplicities: Tensor, n: int, ridge: float) -> float:
    """κ, by its logarithm: what n points can learn falls as κ grows."""

    def beyond(log_threshold: float) -> float:
        kappa = math.exp(log_threshold)
        learned = float((multiplicities * eigenvalues / (eigenvalues + kappa)).sum())
        return learned + ridge / kappa - n

    high = math.log((float((multiplicities * eigenvalues).sum()) + ridge) / n)
    return math.exp(root_scalar(beyond, bracket=(high - 100, high), xtol=1e-14).root)
