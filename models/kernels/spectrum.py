"""Eigenvalues of kernels that symmetry diagonalises: on spheres and on the Boolean cube.

Where a kernel depends on the angle between two inputs only, rotations commute with it and its
eigenfunctions are known: spherical harmonics on a sphere, products of coordinates on the cube.
What is left is one number for each degree, exact up to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from scipy.special import eval_gegenbauer
from torch import Tensor

from ..networks.architecture import Architecture
from ..networks.tensor_checks import check_numbers
from .infinite_width import InfiniteWidthKernels, infinite_width_kernels

_NODES = 24  # of Gauss's rule on each panel
_PANELS = 6  # and one more for every so many degrees: three waves at most on a panel


def zonal_kernels(architecture: Architecture, angles: Tensor) -> InfiniteWidthKernels:
    """Both infinite-width kernels of inputs of length √d as functions of the angle between them.

    Args:
        architecture: Of the networks; d plays no role, as it is in the inputs' length.
        angles: ϑ [n], float64, from 0 to π.

    Returns:
        Each kernel [n].
    """
    x = math.sqrt(2) * torch.stack((angles.cos(), angles.sin()), 1)
    pole = torch.tensor([[math.sqrt(2), 0.0]], dtype=angles.dtype, device=angles.device)
    kernels = infinite_width_kernels(replace(architecture, input_dim=2), x, pole)
    return InfiniteWidthKernels(*(kernel[:, 0] for kernel in kernels))


def sphere_eigenvalues(
    kernel: Callable[[Tensor], Tensor], dimension: int, degrees: Sequence[int]
) -> Tensor:
    """λ_k of a kernel κ(ϑ) on the sphere S^(d−1) with its uniform measure, [degrees].

    λ_k = ∫κ(ϑ) P_k(cos ϑ) sin^(d−2)ϑ dϑ / ∫sin^(d−2)ϑ dϑ, P_k being the Gegenbauer polynomial
    with P_k(1) = 1 (Funk and Hecke; Müller 1966): the eigenvalue of every spherical
    harmonic of degree k. The kernels of wide networks are analytic in ϑ from 0 to π, for ReLU
    too, so that Gauss's quadrature in ϑ has rounding errors only.

    Args:
        kernel: From angles [m] to κ [m], in float64.
        dimension: d, at least 2; on the circle P_k(cos ϑ) = cos kϑ.
        degrees: k.

    Raises:
        ValueError: A dimension below 2, no degree or a negative one, or numbers not finite.
    """
    if dimension < 2:
        raise ValueError(f"dimension must be at least 2, not {dimension!r}")
    if not degrees or min(degrees) < 0:
        raise ValueError(f"degrees must be at least one and not negative, got {list(degrees)!r}")
    angles, weights = _rule(_PANELS + max(degrees) // _PANELS)
    values = kernel(torch.as_tensor(angles))
    check_numbers("the kernel", values)
    measure = weights * np.sin(angles) ** (dimension - 2)
    order = (dimension - 2) / 2
    polynomials = np.stack([_normalised(k, order, angles) for k in degrees])
    return torch.as_tensor(polynomials * (measure / measure.sum())).to(values) @ values


def _rule(panels: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Gauss's rule on panels of equal length from 0 to π."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    length = math.pi / panels
    starts = length * np.arange(panels)[:, None]
    return (starts + length / 2 * (nodes + 1)).ravel(), np.tile(length / 2 * weights, panels)


def _normalised(degree: int, order: float, angles: np.ndarray) -> np.ndarray:
    """The Gegenbauer polynomial in cos ϑ that is 1 at ϑ = 0."""
    if order == 0:
        return np.cos(degree * angles)
    return eval_gegenbauer(degree, order, np.cos(angles)) / eval_gegenbauer(degree, order, 1.0)


def cube_eigenvalues(kernel: Tensor) -> Tensor:
    """λ_k of a kernel on the cube {±1}^d with its uniform measure, [..., d + 1].

    λ_k = 2^-d Σ_j κ_j Σ_i (−1)^i C(k, i) C(d−k, j−i), a sum of Krawtchouk polynomials (O'Donnell
    2014): the eigenvalue of every product of k coordinates, parity being k = d.

    Args:
        kernel: κ_j [..., d + 1] between inputs that differ in j of d coordinates.

    Raises:
        ValueError: No number, or numbers that are not finite.
    """
    d = kernel.shape[-1] - 1
    if d < 1:
        raise ValueError(f"kernel must have one value for 0 … d differences, d ≥ 1, not {d + 1}")
    check_numbers("the kernel", kernel)
    krawtchouk = torch.tensor(
        [
            [
                sum(
                    (-1) ** i * math.comb(k, i) * math.comb(d - k, j - i)
                    for i in range(min(j, k) + 1)
                )
                / 2**d
                for j in range(d + 1)
            ]
            for k in range(d + 1)
        ]
    )
    return kernel @ krawtchouk.to(kernel).mT
