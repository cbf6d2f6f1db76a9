"""The dual of any smooth activation, by expansion in Hermite polynomials.

With a_k(p) = E[φ(√p·z) h_k(z)], z ~ N(0, 1) and h_k the normalised Hermite polynomials, Mehler's
formula gives E[φ(u)φ(v)] = Σ_k a_k(p) a_k(q) ρ^k at correlation ρ (Daniely et al. 2016, lemma 11).
The integrals are one-dimensional, once per input; a pair of inputs costs a polynomial, where
quadrature in the plane would evaluate φ at hundreds of points for every pair. By Parseval, the
terms left out are known: E[φ²] less the sum of the squares kept bounds the error for every pair.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..networks.activations import Activation
from .dual_activations import DualActivation

_TERMS = 2048
_REACH = 13.0  # standard deviations; the integrand carries exp(−z²/4), here 4e-19
_SPACING = 1 / 48  # the trapezoidal rule converges geometrically in 1/spacing for analytic φ
_ROUNDING = 1e-14  # of a sum of squares in float64: less cannot be told from 0


def hermite_expansion(activation: Activation, tolerance: float = 1e-10) -> DualActivation:
    """The dual of an activation from its values and slopes alone.

    Args:
        activation: φ and φ′. Smooth; kinks make the terms fall like a power only.
        tolerance: Largest admissible error of E[φφ] and of E[φ′φ′], relative to their values
            for identical inputs. As many terms are taken as the dtype can tell apart.

    Raises:
        ValueError: When the kernel is evaluated, if 2048 terms do not reach the tolerance for
            some variance.
    """
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must lie between 0 and 1, not {tolerance!r}")

    def features(p: Tensor) -> Tensor:
        if not len(p):
            return p.new_zeros(3, 0)
        variances, inverse = torch.unique(p.double(), return_inverse=True)
        resolution = max(torch.finfo(p.dtype).eps / 8, _ROUNDING)
        value, slope = (
            _coefficients(
                function, variances, resolution, max(tolerance, resolution), activation.name
            )
            for function in (activation.value, activation.slope)
        )
        terms = max(len(value), len(slope))
        table = torch.zeros(2 * terms + 1, len(variances), dtype=torch.float64, device=p.device)
        table[: len(value)] = value
        table[terms : terms + len(slope)] = slope
        table[-1] = torch.where(variances > 0, variances.rsqrt(), 0)
        return table[:, inverse].to(p.dtype)

    return DualActivation(activation.name, features, _moments)


def _moments(c: Tensor, rows: Tensor, columns: Tensor, factor: float) -> Tensor:
    terms = len(rows) // 2
    correlation = (c * rows[-1]).mul_(columns[-1]).clamp_(-1, 1)
    c.copy_(_horner(correlation, rows[:terms] * factor, columns[:terms]))
    return _horner(correlation, rows[terms:-1] * factor, columns[terms:-1])


def _horner(correlation: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Σ_k rows_k·columns_k·ρ^k."""
    total = torch.zeros_like(correlation)
    for row, column in zip(rows.flip(0), columns.flip(0), strict=True):
        total.mul_(correlation).addcmul_(row, column)
    return total


def _coefficients(
    function: Callable[[Tensor], Tensor],
    variances: Tensor,
    resolution: float,
    tolerance: float,
    name: str,
) -> Tensor:
    """The coefficients a_k of a function at every variance, [terms, n], as many as matter."""
    nodes, basis = _basis(variances.device)
    weighted = function(variances.sqrt()[:, None] * nodes).mul_(basis[0])
    energy = weighted.square().sum(1)
    terms = 32
    while True:
        coefficients = basis[:terms] @ weighted.T
        lost = 1 - coefficients.square().sum(0) / energy.clamp(min=torch.finfo(energy.dtype).tiny)
        lost = lost.where(energy > 0, 0)
        if terms == _TERMS or bool((lost <= resolution).all()):
            break
        terms *= 2
    worst = int(lost.argmax())
    if not lost[worst] <= tolerance:
        raise ValueError(
            f"{_TERMS} Hermite terms leave {float(lost[worst]):.1e} of the mean square of {name} "
            f"or its slope at variance {float(variances[worst]):.3g}, more than the tolerance "
            f"{tolerance:g}: it is not smooth enough there; use a closed form, or "
            "hermite_expansion with a larger tolerance"
        )
    return coefficients


@functools.cache
def _basis(device: torch.device) -> tuple[Tensor, Tensor]:
    """Nodes z [m] and h_k(z)·√(density·spacing) [terms, m]: orthonormal rows."""
    count = round(_REACH / _SPACING)
    nodes = torch.arange(-count, count + 1, dtype=torch.float64, device=device) * _SPACING
    rows = [(-nodes.square() / 4).exp() * math.sqrt(_SPACING / math.sqrt(2 * math.pi))]
    rows.append(nodes * rows[0])
    for k in range(1, _TERMS - 1):
        rows.append((nodes * rows[k] - math.sqrt(k) * rows[k - 1]) / math.sqrt(k + 1))
    return nodes, torch.stack(rows)
