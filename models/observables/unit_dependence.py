"""How far hidden units depend on each other once the outputs of the network are known.

The hidden units h_1, …, h_N of a network with one hidden layer are independent draws. Given them
the outputs are normal with covariance C_h = (σ_w²/N) Σ_i φ(h_i)φ(h_i)ᵀ + σ_ε², so that outputs Y
reweigh the units by w = N(Y; 0, C_h) and tie them together. With g a function of a unit, W the
mean of w over the other units and a bar for the mean,

    Cov(g_1, g_2 | Y) = ¼ E[(g_1 − g_1′)(g_2 − g_2′) ΔΔW]/E[W] − (½ E[(g_1 − g_1′) ΔW]/E[W])²,

where h_1′ and h_2′ are fresh units, ΔW changes the first of them and ΔΔW is the second difference
in both. The differences are as small as what they measure, so that a covariance of order 1/N² is
drawn with the same relative error at every width; a correlation of samples would need N⁴ of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..kernels.infinite_width import check_points
from ..kernels.positive_definite import cholesky
from ..networks.architecture import Architecture
from ..networks.randomness import check_seeds, normal_

_PURPOSE = 9  # other random numbers than those of networks with the same seed


def dependence_given_outputs(
    architecture: Architecture,
    x: Tensor,
    y: Tensor,
    seeds: Sequence[int],
    *,
    noise: float,
    draws: int,
) -> Tensor:
    """Cov(g(h_1), g(h_2) | f(X) + ε = Y)/Var g(h_1) of two hidden units [S], estimated.

    g is the mean of φ² over the inputs, the share of a unit in the size of the outputs.

    Args:
        architecture: One hidden layer without biases, NTK parametrization.
        x: Inputs X [n, d].
        y: Outputs Y [n].
        seeds: One per estimate.
        noise: Variance of ε, positive.
        draws: Draws of N − 2 units and two pairs of units, per estimate.

    Raises:
        ValueError: Another architecture, outputs that do not fit, or a noise or a number of
            draws that is too small.
    """
    a = architecture
    check_points("x", x, x, a.input_dim)
    a.require_plain("dependence_given_outputs")
    if a.depth != 1 or a.sigma_b or a.parametrization.output.b or a.width < 3:
        raise ValueError(f"needs one hidden layer of 3 units or more, no biases, NTK; not {a}")
    if y.shape != x.shape[:1] or not noise > 0 or draws < 2:
        raise ValueError(
            f"needs one output per input, a positive noise and two draws; got y of shape "
            f"{list(y.shape)} for {len(x)} inputs, noise {noise!r}, draws {draws!r}"
        )
    covariance = a.gain**2 / a.input_dim * (x @ x.T)
    root = cholesky(covariance)
    one_by_one = [_estimate(a, root, y, seed, noise, draws) for seed in check_seeds(seeds)]
    return torch.stack(one_by_one)


def _estimate(
    a: Architecture, root: Tensor, y: Tensor, seed: int, noise: float, draws: int
) -> Tensor:
    """The estimate of one seed, a number."""
    normals = root.new_empty(1, draws, a.width + 2, len(root))
    normal_([normals], (seed,), _PURPOSE)
    units = a.activation.value(normals[0] @ root.T)
    others, pairs = units[:, 4:], units[:, :4]
    size = pairs.square().mean(2)
    rest = others.mT @ others
    outer = pairs.unsqueeze(3) * pairs.unsqueeze(2)
    scale = a.gain**2 / a.width
    identity = torch.eye(len(root), dtype=root.dtype, device=root.device)
    # [draws, 2, 2]: which of the first pair, which of the second.
    together = rest[:, None, None] + outer[:, :2, None] + outer[:, None, 2:]
    weights = _likelihood(scale * together + noise * identity, y)
    first, second = size[:, 0] - size[:, 1], size[:, 2] - size[:, 3]
    change = weights[:, 0] - weights[:, 1]
    mixed = first * second * (change[:, 0] - change[:, 1]) / 4
    # Both partners of the other pair carry the same information about the first.
    shift = first * change.mean(1) / 2
    half = len(shift) // 2
    mean_weight = weights.mean()
    # A square is the product of two independent estimates.
    squared = shift[:half].mean() * shift[half:].mean() / mean_weight**2
    return (mixed.mean() / mean_weight - squared) / (size.var())


def _likelihood(covariance: Tensor, y: Tensor) -> Tensor:
    """N(Y; 0, C) [...], up to a factor that all share."""
    factor = cholesky(covariance)
    whitened = torch.linalg.solve_triangular(
        factor, y.unsqueeze(-1).expand(*factor.shape[:-1], 1), upper=False
    )
    logarithm = -whitened.square().sum((-2, -1)) / 2
    logarithm = logarithm - factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return (logarithm - logarithm.max()).exp()
