"""NNGP and tangent kernels of one pair of inputs to fifty digits, by mpmath.

The textbook formulas, written down once more and without any care for rounding: at fifty digits
none is needed for kernels of sizes 1e-12 … 1e12, however close the inputs are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import mpmath
from mpmath import mp, mpf

DIGITS = 50

# From (c, p, q) to E[φφ] and E[φ′φ′].
Dual = Callable[[mpf, mpf, mpf], tuple[mpf, mpf]]


class Pair(NamedTuple):
    """A kernel of two inputs: between them, and of each with itself."""

    between: mpf
    left: mpf
    right: mpf


def _piecewise_linear(positive: float, negative: float) -> Dual:
    def dual(c: mpf, p: mpf, q: mpf) -> tuple[mpf, mpf]:
        cosine = max(-1, min(1, c / mp.sqrt(p * q)))
        odd, even = ((mpf(positive) + sign * mpf(negative)) / 2 for sign in (1, -1))
        slope = odd**2 + even**2 * 2 / mp.pi * mp.asin(cosine)
        tail = even**2 * 2 / mp.pi * mp.sqrt(1 - cosine**2)
        return mp.sqrt(p * q) * (cosine * slope + tail), slope

    return dual


def _erf(c: mpf, p: mpf, q: mpf) -> tuple[mpf, mpf]:
    area = (1 + 2 * p) * (1 + 2 * q)
    return 2 / mp.pi * mp.asin(2 * c / mp.sqrt(area)), 4 / mp.pi / mp.sqrt(area - 4 * c**2)


def _gelu(c: mpf, p: mpf, q: mpf) -> tuple[mpf, mpf]:
    """E[φφ] = c·P + D·(pq + c²w), and its derivative in c."""
    area = (1 + p) * (1 + q)
    weight = 1 / (1 + p) + 1 / (1 + q) - 1
    positive = mpf(1) / 4 + mp.asin(c / mp.sqrt(area)) / (2 * mp.pi)
    density = 1 / (2 * mp.pi * mp.sqrt(area - c**2))
    mixed = p * q + c**2 * weight
    slope = positive + c * density * (1 + 2 * weight + mixed / (area - c**2))
    return c * positive + density * mixed, slope


def _sin(c: mpf, p: mpf, q: mpf) -> tuple[mpf, mpf]:
    # e^-1e12 is 0 beside e^0 at any number of digits.
    aligned, opposed = (mp.exp(sign * c - (p + q) / 2) / 2 for sign in (1, -1))
    return aligned - opposed, aligned + opposed


DUALS: dict[str, Dual] = {
    "linear": _piecewise_linear(1, 1),
    "relu": _piecewise_linear(1, 0),
    "leaky_relu(0.2)": _piecewise_linear(1, 0.2),
    "erf": _erf,
    "gelu": _gelu,
    "sin": _sin,
}


def exact_kernels(
    name: str, x: Sequence[float], x2: Sequence[float], depth: int, sigma_w: float, sigma_b: float
) -> tuple[Pair, Pair]:
    """K and Θ of two inputs in the NTK parametrization.

    Args:
        name: Of the activation, a key of `DUALS`.
        x: An input; its floating-point numbers are taken for exact.
        x2: Another.
        depth: Number of hidden layers.
        sigma_w: σ_w.
        sigma_b: σ_b.
    """
    dual = DUALS[name]
    with mpmath.workdps(DIGITS):
        weight, bias = mpf(sigma_w) ** 2, mpf(sigma_b) ** 2
        one, other = ([mpf(number) for number in numbers] for numbers in (x, x2))
        nngp = Pair(
            *(
                weight * mp.fdot(a, b) / len(one) + bias
                for a, b in ((one, other), (one, one), (other, other))
            )
        )
        tangent = nngp
        for _ in range(depth):
            _, p, q = nngp
            moments = [
                dual(c, *sizes) for c, sizes in zip(nngp, ((p, q), (p, p), (q, q)), strict=True)
            ]
            nngp = Pair(*(weight * value + bias for value, _ in moments))
            tangent = Pair(
                *(
                    k + weight * slope * t
                    for k, (_, slope), t in zip(nngp, moments, tangent, strict=True)
                )
            )
        return nngp, tangent
