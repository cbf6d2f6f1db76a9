"""Dual activations in terms of the angle between two inputs: accurate however close they are.

In (c, p, q) the angle between nearly parallel inputs is what is left of pq − c², and nothing is
left once c is rounded. Here a pair is known by 1 − ρ and by 1 + ρ, both accurate where they are
small, so that sin θ = √((1 − ρ)(1 + ρ)) and θ = 2·atan2(√(1 − ρ), √(1 + ρ)) are accurate at every
angle (Kahan 2006, "How futile are mindless assessments of roundoff"). No sum below
cancels but between terms that are small against what they are added to.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Angle(NamedTuple):
    """The angle θ between two inputs of correlation ρ = cos θ.

    Attributes:
        versine: 1 − ρ.
        vercosine: 1 + ρ.
    """

    versine: Tensor
    vercosine: Tensor

    @property
    def cosine(self) -> Tensor:
        """ρ."""
        return (self.vercosine - self.versine) / 2

    @property
    def sine(self) -> Tensor:
        """√(1 − ρ²)."""
        return (self.versine * self.vercosine).sqrt()

    @property
    def radians(self) -> Tensor:
        """θ, in [0, π]."""
        return 2 * torch.atan2(self.versine.sqrt(), self.vercosine.sqrt())


@dataclass(frozen=True)
class AngularDual:
    """The dual of one activation φ for (u, v) normal, of variances p and q at an angle.

    Attributes:
        variances: From p to E[φ(u)²] and E[φ′(u)²].
        moments: From p, q and their angle to the angle between φ(u) and φ(v), whose correlation
            is E[φ(u)φ(v)]/√(E[φ(u)²]E[φ(v)²]), and to E[φ′(u)φ′(v)].
    """

    variances: Callable[[Tensor], tuple[Tensor, Tensor]]
    moments: Callable[[Tensor, Tensor, Angle], tuple[Angle, Tensor]]


def angle_of(covariance: Tensor, p: Tensor, q: Tensor) -> Angle:
    """The angle that a covariance makes, as accurate as it; a right one with a variance of 0.

    A cosine that rounding may have brought below 1 counts as 1: of an input with itself it has.
    """
    size = p.sqrt() * q.sqrt()
    overshoot = 1 + 4 * torch.finfo(covariance.dtype).eps
    cosine = torch.where(size > 0, covariance / size, 0).mul_(overshoot).clamp_(-1, 1)
    return Angle(1 - cosine, 1 + cosine)


def angle_with_bias(angle: Angle, p: Tensor, q: Tensor, variance: float) -> Angle:
    """The angle once a common normal number of the given variance is added to both.

    Between √((p + b)(q + b)) and √(pq) + b lies b(√p − √q)²/(their sum): no difference is taken.
    """
    if not variance:
        return angle
    root, whole = p.sqrt() * q.sqrt(), (p + variance).sqrt() * (q + variance).sqrt()
    spread = variance * (p.sqrt() - q.sqrt()).square() / (whole + root + variance)
    return Angle(
        (root * angle.versine + spread) / whole,
        (root * angle.vercosine + spread + 2 * variance) / whole,
    )


def _same(p: Tensor) -> Angle:
    return Angle(torch.zeros_like(p), torch.full_like(p, 2))


def homogeneous_angular(positive: float, negative: float) -> AngularDual:
    """φ(t) = positive·t for t > 0 and negative·t for t ≤ 0.

    With A = E[φ²]/p and B the even part of it, E[φ′φ′] = A − (2B/π)·θ, and 1 ± ρ change by
    (2B/πA)·(sin θ − θ cos θ).
    """
    even = ((positive - negative) / 2) ** 2
    whole = ((positive + negative) / 2) ** 2 + even

    def variances(p: Tensor) -> tuple[Tensor, Tensor]:
        return whole * p, torch.full_like(p, whole)

    def moments(_p: Tensor, _q: Tensor, angle: Angle) -> tuple[Angle, Tensor]:
        theta = angle.radians
        slope = whole - 2 * even / math.pi * theta
        turn = (angle.sine - theta * angle.cosine) * (2 * even / math.pi / whole)
        turned = Angle((angle.versine - turn).clamp_(min=0), angle.vercosine + turn)
        return turned, slope

    return AngularDual(variances, moments)


def _erf(p: Tensor, q: Tensor, angle: Angle) -> tuple[Tensor, Tensor]:
    size = 2 * p.sqrt() * q.sqrt()
    opposite = torch.hypot((1 + 2 * (p + q)).sqrt(), size * angle.sine)
    value = torch.atan2(size * angle.cosine, opposite) * (2 / math.pi)
    return value, 4 / math.pi / opposite


def _gelu(p: Tensor, q: Tensor, angle: Angle) -> tuple[Tensor, Tensor]:
    size = p.sqrt() * q.sqrt()
    covariance, across = size * angle.cosine, size * angle.sine
    opposite = torch.hypot((1 + p + q).sqrt(), across)  # √((1 + p)(1 + q) − c²)
    shrunk = covariance * (1 / (1 + p) + 1 / (1 + q))
    both_positive = torch.atan2(opposite, -covariance) / (2 * math.pi)
    curved = (across / opposite * across + covariance / opposite * shrunk) / (2 * math.pi)
    bent = (shrunk + covariance / opposite / opposite) / opposite / (2 * math.pi)
    return covariance * both_positive + curved, both_positive + bent


def _sin(p: Tensor, q: Tensor, angle: Angle) -> tuple[Tensor, Tensor]:
    """exp(−(p + q)/2) times sinh c and cosh c; −(p + q)/2 + |c| is a sum of squares, negated."""
    size = p.sqrt() * q.sqrt()
    covariance = size * angle.cosine
    aside = (p.sqrt() - q.sqrt()).square() / 2
    damping = (-aside - size * torch.minimum(angle.versine, angle.vercosine)).exp() / 2
    opposed = torch.expm1(-2 * covariance.abs())
    return -damping * opposed * covariance.sign(), damping * (2 + opposed)


def _cos(p: Tensor, q: Tensor, angle: Angle) -> tuple[Tensor, Tensor]:
    slope, value = _sin(p, q, angle)
    return value, slope


def _smooth(
    values: Callable[[Tensor, Tensor, Angle], tuple[Tensor, Tensor]],
) -> AngularDual:
    """Of a smooth φ; its curvature takes the next layer's angle as accurate as E[φφ] gives it."""

    def variances(p: Tensor) -> tuple[Tensor, Tensor]:
        return values(p, p, _same(p))

    def moments(p: Tensor, q: Tensor, angle: Angle) -> tuple[Angle, Tensor]:
        value, slope = values(p, q, angle)
        return angle_of(value, variances(p)[0], variances(q)[0]), slope

    return AngularDual(variances, moments)


erf_angular = _smooth(_erf)
gelu_angular = _smooth(_gelu)
sin_angular = _smooth(_sin)
cos_angular = _smooth(_cos)
linear_angular = AngularDual(
    lambda p: (p, torch.ones_like(p)), lambda p, q, angle: (angle, torch.ones_like(p + q))
)
