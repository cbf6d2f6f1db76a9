"""Structured sets of inputs [n, d]: circles, grids and the Boolean cube."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .dataset import check_positive


def circle(n: int, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """N equally spaced points on the circle of radius √2 in the plane [n, 2].

    A kernel that depends on angles only is a circulant matrix on them, whose eigenvectors are
    the Fourier modes.
    """
    check_positive(n=n)
    angles = torch.arange(n, dtype=torch.float64) * (2 * math.pi / n)
    return (math.sqrt(2) * torch.stack((angles.cos(), angles.sin()), 1)).to(dtype)


def grid(
    n: int,
    dim: int = 1,
    *,
    low: float = -1.0,
    high: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """The n^dim points of a regular grid over [low, high]^dim, ends included [n^dim, dim].

    Raises:
        ValueError: Fewer than 2 points per side, or low ≥ high.
    """
    check_positive(dim=dim)
    if n < 2:
        raise ValueError(f"a grid needs at least 2 points per side, not {n!r}")
    if not low < high:
        raise ValueError(f"low {low!r} must be below high {high!r}")
    side = torch.linspace(low, high, n, dtype=torch.float64)
    return torch.stack(torch.meshgrid(*[side] * dim, indexing="ij"), -1).reshape(-1, dim).to(dtype)


def boolean_cube(dim: int, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """All 2^dim points of {±1}^dim, in binary order from (+1, …, +1) [2^dim, dim].

    Raises:
        ValueError: A dimension outside 1 … 20, beyond which the points do not fit in memory.
    """
    if not 1 <= dim <= 20:
        raise ValueError(f"the cube's dimension must be in 1 … 20, not {dim!r}")
    bits = torch.arange(2**dim)[:, None] >> torch.arange(dim - 1, -1, -1) & 1
    return (1 - 2 * bits).to(dtype)
