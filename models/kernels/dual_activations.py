"""Dual activations: what a nonlinearity makes of a Gaussian covariance, in closed form.

For (u, v) ~ N(0, [[p, c], [c, q]]) the dual of φ maps (c, p, q) to E[φ(u)φ(v)], and to
E[φ′(u)φ′(v)], its derivative in c (Daniely et al. 2016, section 4). Infinite-width kernels are
compositions of these maps.

The maps work in place on blocks of a Gram matrix. What depends on one input alone, such as
1/√p, is computed once per input (`features`), not once per pair.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class DualActivation:
    """The map (c, p, q) ↦ (E[φ(u)φ(v)], E[φ′(u)φ′(v)]) of one activation φ.

    Attributes:
        name: The activation's name.
        features: From variances [n] to what the map needs to know of each input, [f, n].
        moments_: Takes covariances c, the features of the rows and those of the columns, which
            broadcast against c, and a factor s; overwrites c by s·E[φ(u)φ(v)] and returns
            s·E[φ′(u)φ′(v)].
    """

    name: str
    features: Callable[[Tensor], Tensor]
    moments_: Callable[[Tensor, Tensor, Tensor, float], Tensor]

    def __repr__(self) -> str:
        return f"dual of {self.name}"

    def __call__(self, covariance: Tensor, p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
        """E[φ(u)φ(v)] and E[φ′(u)φ′(v)] for covariances [n, n2] and variances [n] and [n2]."""
        both = self.features(torch.cat((p, q)))
        rows, columns = both[:, : len(p), None], both[:, None, len(p) :]
        value = covariance.clone()
        slope = self.moments_(value, rows, columns, 1.0)
        return value, slope


def homogeneous(positive: float, negative: float) -> DualActivation:
    """The dual of φ(t) = positive·t for t > 0 and negative·t for t ≤ 0: the arc-cosine kernels.

    ReLU is (1, 0), leaky ReLU (1, leak), |t| (1, −1). With φ(t) = αt + β|t| and correlation ρ,
    E[φ′φ′] = α² + β²(2/π)·arcsin ρ and E[φφ] = √(pq)·(ρ·E[φ′φ′] + β²(2/π)·√(1 − ρ²)).

    Source: Cho & Saul 2009, equations (3) to (7), with θ = arccos ρ.
    """
    linear_part = ((positive + negative) / 2) ** 2
    even_part = ((positive - negative) / 2) ** 2 * 2 / math.pi

    def features(p: Tensor) -> Tensor:
        # An input with itself, or with its copy, has ρ = 1 up to rounding, and there arcsin
        # turns an error ε into √(2ε). Overshooting by the rounding and clamping makes it exact.
        overshoot = 1 + 2 * torch.finfo(p.dtype).eps
        root = p.sqrt()
        return torch.stack((torch.where(p > 0, overshoot / root, 0), root))

    def moments_(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:
        even, linear = factor * even_part, factor * linear_part
        correlation = c.mul_(rows[0]).mul_(columns[0]).clamp_(-1, 1)
        sine = torch.addcmul(c.new_tensor(even**2), correlation, correlation, value=-(even**2))
        angle = torch.asin(correlation)
        slope = torch.add(c.new_tensor(linear), angle, alpha=even, out=angle)
        torch.addcmul(sine.clamp_(min=0).sqrt_(), correlation, slope, out=c)
        c.mul_(rows[1]).mul_(columns[1])
        return slope

    return DualActivation(f"homogeneous({positive:g}, {negative:g})", features, moments_)


def _erf_features(p: Tensor) -> Tensor:
    return (2 / (1 + 2 * p)).sqrt_()[None]


def _erf_moments(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:
    factor *= 2 / math.pi
    sine = c.mul_(rows[0]).mul_(columns[0])
    slope = torch.addcmul(c.new_ones(()), sine, sine, value=-1).rsqrt_()
    slope.mul_(rows[0] * factor).mul_(columns[0])
    sine.asin_().mul_(factor)
    return slope


def _gelu_features(p: Tensor) -> Tensor:
    return torch.stack(((1 + p).rsqrt_(), p))


def _gelu_moments(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:
    scale = rows[0] * columns[0]
    sine = c * scale
    cosine2 = torch.addcmul(c.new_ones(()), sine, sine, value=-1)
    density = cosine2.rsqrt().mul_(scale).mul_(factor / (2 * math.pi))
    both_positive = sine.asin_().mul_(factor / (2 * math.pi)).add_(factor / 4)
    weight = rows[0].square() + columns[0].square() - 1
    mixed = c.square().mul_(weight).addcmul_(rows[1], columns[1])
    curvature = scale.square_().mul_(mixed).div_(cosine2)
    slope = weight.mul_(2).add_(curvature).add_(1).mul_(c).mul_(density).add_(both_positive)
    c.mul_(both_positive).addcmul_(density, mixed)
    return slope


def _half(p: Tensor) -> Tensor:
    return (p / 2)[None]


def _hyperbolic(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> tuple[Tensor, Tensor]:
    """s·exp(−(p+q)/2) times sinh c and cosh c, without overflow."""
    damping = rows[0] + columns[0]
    aligned = (c - damping).exp_().mul_(factor / 2)
    opposed = damping.add_(c).neg_().exp_().mul_(factor / 2)
    return aligned - opposed, aligned.add_(opposed)


def _sin_moments(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:
    value, slope = _hyperbolic(c, rows, columns, factor)
    c.copy_(value)
    return slope


def _cos_moments(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:
    slope, value = _hyperbolic(c, rows, columns, factor)
    c.copy_(value)
    return slope


def _linear_moments(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:  # noqa: ARG001
    c.mul_(factor)
    return torch.full_like(c, factor)


erf_dual = DualActivation("erf", _erf_features, _erf_moments)
"""E[φφ] = (2/π)·arcsin(2c/√((1+2p)(1+2q))) (Williams 1997, equation 11)."""

gelu_dual = DualActivation("gelu", _gelu_features, _gelu_moments)
"""The Gaussian error linear unit t·Φ(t) (Tsuchida et al. 2021, proposition 2); by Stein's lemma
E[φφ] = c·P + D·(pq + c²w), with P = P(both standard normals with covariance c/√((1+p)(1+q)) are
positive), D = 1/(2π√((1+p)(1+q) − c²)) and w = 1/(1+p) + 1/(1+q) − 1."""

sin_dual = DualActivation("sin", _half, _sin_moments)
"""E[φφ] = exp(−(p+q)/2)·sinh c, E[φ′φ′] = exp(−(p+q)/2)·cosh c (Pearce et al. 2019)."""

cos_dual = DualActivation("cos", _half, _cos_moments)
"""E[φφ] = exp(−(p+q)/2)·cosh c, E[φ′φ′] = exp(−(p+q)/2)·sinh c."""

linear_dual = DualActivation("linear", lambda p: p[None], _linear_moments)
"""E[φφ] = c."""
