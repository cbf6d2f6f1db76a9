"""Dual activations: what a nonlinearity makes of a Gaussian covariance, in closed form.

For (u, v) ~ N(0, [[p, c], [c, q]]) the dual of φ maps (c, p, q) to E[φ(u)φ(v)], and to
E[φ′(u)φ′(v)], its derivative in c (Daniely et al. 2016, section 4). Infinite-width kernels are
compositions of these maps.

The maps work in place on blocks of a Gram matrix. What depends on one input alone, such as
1/√p, is computed once per input (`features`), not once per pair. Where a rounded covariance no
longer tells how close two inputs are, the maps answer NaN, and the pair is to be computed anew
from its angle (`angular_duals`): hardly any pair is, so that the many stay cheap.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .angular_duals import (
    AngularDual,
    angle_of,
    cos_angular,
    erf_angular,
    gelu_angular,
    homogeneous_angular,
    linear_angular,
    sin_angular,
)

# A squared cosine of less than this has lost too many digits to be taken from 1 − (sine)².
_LOST = 2.0**-7
# So has exp(c − (p + q)/2) at this p + q and beyond, unless it is nothing beside 1.
_LARGE = 16
_PRODUCT_ROUNDING = 64  # of a sum of products, in units of eps: what its exponent may be off by


@dataclass(frozen=True)
class DualActivation:
    """The map (c, p, q) ↦ (E[φ(u)φ(v)], E[φ′(u)φ′(v)]) of one activation φ.

    Attributes:
        name: The activation's name.
        features: From variances [n] to what the map needs to know of each input, [f, n].
        moments_: Takes covariances c, the features of the rows and those of the columns, which
            broadcast against c, and a factor s; overwrites c by s·E[φ(u)φ(v)] and returns
            s·E[φ′(u)φ′(v)]. Of pairs that c does not resolve it makes NaN, unless there is no
            `angular` to resolve them.
        angular: The same map from the angle between two inputs; None if it is not known.
    """

    name: str
    features: Callable[[Tensor], Tensor]
    moments_: Callable[[Tensor, Tensor, Tensor, float], Tensor]
    angular: AngularDual | None = None

    def __repr__(self) -> str:
        return f"dual of {self.name}"

    def __call__(self, covariance: Tensor, p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
        """E[φ(u)φ(v)] and E[φ′(u)φ′(v)] for covariances [n, n2] and variances [n] and [n2]."""
        if self.angular is not None:
            return resolved_moments(self.angular, covariance, p[:, None], q)
        both = self.features(torch.cat((p, q)))
        rows, columns = both[:, : len(p), None], both[:, None, len(p) :]
        value = covariance.clone()
        slope = self.moments_(value, rows, columns, 1.0)
        return value, slope


def resolved_moments(
    dual: AngularDual, covariance: Tensor, p: Tensor, q: Tensor
) -> tuple[Tensor, Tensor]:
    """E[φ(u)φ(v)] and E[φ′(u)φ′(v)] for covariances and variances that broadcast, in float64.

    Both have the dtype of the covariances; they are as accurate as those, at any angle.
    """
    c, p, q = covariance.double(), p.double(), q.double()
    angle, slope = dual.moments(p, q, angle_of(c, p, q))
    size = dual.variances(p)[0].sqrt() * dual.variances(q)[0].sqrt()
    return (size * angle.cosine).to(covariance.dtype), slope.to(covariance.dtype)


def homogeneous(positive: float, negative: float) -> DualActivation:
    """The dual of φ(t) = positive·t for t > 0 and negative·t for t ≤ 0: the arc-cosine kernels.

    ReLU is (1, 0), leaky ReLU (1, leak), |t| (1, −1). With φ(t) = αt + β|t| and correlation ρ,
    E[φ′φ′] = α² + β²(2/π)·arcsin ρ and E[φφ] = √(pq)·(ρ·E[φ′φ′] + β²(2/π)·√(1 − ρ²)).

    Source: Cho & Saul 2009, equations (3) to (7), with θ = arccos ρ.
    """
    linear_part = ((positive + negative) / 2) ** 2
    even_part = ((positive - negative) / 2) ** 2 * 2 / math.pi

    def features(p: Tensor) -> Tensor:
        return torch.stack((torch.where(p > 0, p.rsqrt(), 0), p.sqrt()))

    def moments_(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:
        even, linear = factor * even_part, factor * linear_part
        correlation = c.mul_(rows[0]).mul_(columns[0])
        sine = torch.addcmul(c.new_tensor(even**2), correlation, correlation, value=-(even**2))
        if even:
            torch.threshold_(sine, even**2 * _LOST, math.nan)
        angle = torch.asin(correlation)
        slope = torch.add(c.new_tensor(linear), angle, alpha=even, out=angle)
        torch.addcmul(sine.sqrt_(), correlation, slope, out=c)
        c.mul_(rows[1]).mul_(columns[1])
        return slope

    return DualActivation(
        f"homogeneous({positive:g}, {negative:g})",
        features,
        moments_,
        homogeneous_angular(positive, negative),
    )


def _erf_features(p: Tensor) -> Tensor:
    return (2 / (1 + 2 * p)).sqrt_()[None]


def _erf_moments(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:
    factor *= 2 / math.pi
    sine = c.mul_(rows[0]).mul_(columns[0])
    slope = torch.addcmul(c.new_ones(()), sine, sine, value=-1)
    torch.threshold_(slope, _LOST, math.nan).rsqrt_()
    slope.mul_(rows[0] * factor).mul_(columns[0])
    sine.asin_().mul_(factor)
    return slope


def _gelu_features(p: Tensor) -> Tensor:
    root = (1 + p).rsqrt()
    return torch.stack((root, p * root))


def _gelu_moments(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:
    share = factor / (2 * math.pi)
    scale = rows[0] * columns[0]
    small = rows[0].square() + columns[0].square()  # 1/(1 + p) + 1/(1 + q)
    sine = c * scale
    cosine2 = torch.addcmul(c.new_ones(()), sine, sine, value=-1)
    inverse = torch.threshold_(cosine2, _LOST, math.nan).rsqrt_()
    mixed = torch.mul(c, sine).mul_(small - 1).addcmul_(rows[1], columns[1])
    scale.mul_(inverse)  # 1/√((1 + p)(1 + q) − c²)
    slope = torch.addcmul(small, scale, scale).mul_(c).mul_(scale).mul_(share)
    both_positive = sine.asin_().mul_(share).add_(factor / 4)
    c.mul_(both_positive).addcmul_(inverse, mixed, value=share)
    return slope.add_(both_positive)


def _half(p: Tensor) -> Tensor:
    return (p / 2)[None]


def _hyperbolic_(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:
    """Overwrites c by s·exp(−(p+q)/2)·sinh c and returns s·exp(−(p+q)/2)·cosh c."""
    largest, eps = float(rows[0].max() + columns[0].max()), torch.finfo(c.dtype).eps
    if largest <= _LARGE / 2:
        left, right = torch.exp(-rows[0]).mul_(factor), torch.exp(-columns[0])
        c.sinh_()
        cosh = torch.addcmul(c.new_ones(()), c, c).sqrt_().mul_(left).mul_(right)
        c.mul_(left).mul_(right)
        return cosh
    # Without overflow: exp(|c| − (p+q)/2) is common to both.
    size = c.abs()
    exponent = (size - rows[0]).sub_(columns[0])
    nothing = math.log(eps) - _PRODUCT_ROUNDING * eps * largest
    exponential = exponent.masked_fill_(exponent > nothing, math.nan).exp_().mul_(factor / 2)
    opposed = size.mul_(-2).expm1_()
    cosh = (opposed + 2).mul_(exponential)
    torch.copysign(opposed.mul_(exponential), c, out=c)
    return cosh


def _cos_moments(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:
    cosh = _hyperbolic_(c, rows, columns, factor)
    slope = c.clone()
    c.copy_(cosh)
    return slope


def _linear_moments(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:  # noqa: ARG001
    c.mul_(factor)
    return torch.full_like(c, factor)


erf_dual = DualActivation("erf", _erf_features, _erf_moments, erf_angular)
"""E[φφ] = (2/π)·arcsin(2c/√((1+2p)(1+2q))) (Williams 1997, equation 11)."""

gelu_dual = DualActivation("gelu", _gelu_features, _gelu_moments, gelu_angular)
"""The Gaussian error linear unit t·Φ(t) (Tsuchida et al. 2021, proposition 2); by Stein's lemma
E[φφ] = c·P + D·(Δ + c²ε) and E[φ′φ′] = P + c·D·(ε + 1/(1 + p + q + Δ)), with Δ = pq − c²,
P = P(both standard normals with covariance c/√((1+p)(1+q)) are positive),
D = 1/(2π√(1 + p + q + Δ)) and ε = 1/(1+p) + 1/(1+q). All terms but the first are of one sign, so
that large inputs, for which Δ + c²ε used to be written pq + c²(ε − 1), lose no digits."""

sin_dual = DualActivation("sin", _half, _hyperbolic_, sin_angular)
"""E[φφ] = exp(−(p+q)/2)·sinh c, E[φ′φ′] = exp(−(p+q)/2)·cosh c (Pearce et al. 2019)."""

cos_dual = DualActivation("cos", _half, _cos_moments, cos_angular)
"""E[φφ] = exp(−(p+q)/2)·cosh c, E[φ′φ′] = exp(−(p+q)/2)·sinh c."""

linear_dual = DualActivation("linear", lambda p: p[None], _linear_moments, linear_angular)
"""E[φφ] = c."""
