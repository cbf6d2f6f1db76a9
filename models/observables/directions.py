"""Directions in the space of a layer's units, and how much of a movement lies along them.

The units of a layer at n inputs are a tensor [S, n, N], a movement of them the difference of two
such tensors. Directions are vectors [S, k, N] over the units.
"""

from __future__ import annotations

import torch
from scipy import special
from torch import Tensor

from ..networks.backpropagation import output_signals_
from ..networks.network import Network, forward
from .observables import rms


def output_gradients(network: Network, x: Tensor) -> tuple[Tensor, ...]:
    """∂f(x)/∂h^l for every hidden layer l = 1 … L, each [S, n, N] ([S, n·k, N] for k outputs)."""
    _, *signals = output_signals_(network, forward(network, network.check_inputs(x)))
    return tuple(reversed(signals))


def sum_over_random_units(units: Tensor, share: float) -> Tensor:
    """The rms, over the inputs and over choices of units, of the sum of the chosen units [S].

    Every unit is chosen with probability `share`, independently of the others. Nothing is drawn:
    with p the share, the mean square over all choices is p(1 − p) Σ_i z_i² + p² (Σ_i z_i)².

    Args:
        units: [S, n, N].
        share: p, in (0, 1]; N^-1/2 chooses √N units on average.

    Raises:
        ValueError: A share outside (0, 1].
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be in (0, 1], not {share!r}")
    apart = share * (1 - share) * units.square().sum(2)
    together = share**2 * units.sum(2).square()
    return (apart + together).mean(1).sqrt()


def component_along(moved: Tensor, directions: Tensor) -> Tensor:
    """The rms over inputs of the movement's component along a direction of each input's own [S].

    Args:
        moved: A movement [S, n, N].
        directions: One direction per input [S, n, N], of any length but 0.
    """
    components = (moved * directions).sum(2) / directions.norm(dim=2)
    return rms(components)


def share_within(moved: Tensor, directions: Tensor) -> Tensor:
    """The share of ‖movement‖² that lies in the span of some directions [S].

    A random movement has k/N in the span of k directions.

    Args:
        moved: A movement [S, n, N].
        directions: Linearly independent directions [S, k, N], k ≤ N.
    """
    basis, _ = torch.linalg.qr(directions.mT)
    within = torch.bmm(moved, basis)
    return within.square().sum((1, 2)) / moved.square().sum((1, 2))


def principal_components(units: Tensor, count: int) -> Tensor:
    """The leading principal components of the units over the inputs, orthonormal [S, count, N].

    Args:
        units: [S, n, N]; their mean over the inputs is taken off.
        count: How many components, at most n − 1 and N.

    Raises:
        ValueError: More components than n − 1 or N, or none.
    """
    most = min(units.shape[1] - 1, units.shape[2])
    if not 1 <= count <= most:
        raise ValueError(f"count must be in 1 … {most} for {list(units.shape)}, not {count!r}")
    centred = units - units.mean(1, keepdim=True)
    _, _, components = torch.linalg.svd(centred, full_matrices=False)
    return components[:, :count]


def explained_variance(units: Tensor, directions: Tensor) -> Tensor:
    """The variance of the units over the inputs along some directions, added up [S].

    Args:
        units: [S, n, N]; their mean over the inputs is taken off.
        directions: Orthonormal directions [S, k, N].
    """
    centred = units - units.mean(1, keepdim=True)
    return torch.bmm(centred, directions.mT).square().sum(2).mean(1)


def share_of_directions(cosine: float, dimension: int) -> float:
    """P(|cos| > cosine) of the angle between a uniformly random direction and a given one.

    cos² has the law Beta(½, (d − 1)/2).

    Args:
        cosine: Between 0 and 1.
        dimension: d, at least 2.

    Raises:
        ValueError: A cosine outside [0, 1], or fewer than two dimensions.
    """
    if not 0 <= cosine <= 1:
        raise ValueError(f"cosine must be in [0, 1], not {cosine!r}")
    if dimension < 2:
        raise ValueError(f"dimension must be at least 2, not {dimension!r}")
    return float(special.betainc((dimension - 1) / 2, 1 / 2, 1 - cosine**2))
