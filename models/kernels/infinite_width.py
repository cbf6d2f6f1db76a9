"""NNGP and tangent kernels of infinitely wide multilayer perceptrons.

The recursions run block by block: a block of the Gram matrix goes through all layers while it
lies in the cache, so that nothing of the size of the kernels is allocated but the kernels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ..networks import activations
from ..networks.activations import Activation
from ..networks.architecture import Architecture
from ..networks.connectivity import Dense
from ..networks.tensor_checks import check_numbers
from .dual_activations import (
    DualActivation,
    erf_dual,
    gelu_dual,
    homogeneous,
    linear_dual,
    sin_dual,
)
from .hermite_expansion import hermite_expansion
from .recursion import Profile, Recursion
from .shares import limiting_shares

_CLOSED_FORMS = {
    activations.linear: linear_dual,
    activations.erf: erf_dual,
    activations.sin: sin_dual,
    activations.gelu: gelu_dual,
}

# Inputs per side of a block: on a CPU its four buffers fit a core's second-level cache; on a
# GPU it is large, to be worth a launch.
_CPU_BLOCK = 256
_GPU_BLOCK = 4096


class InfiniteWidthKernels(NamedTuple):
    """The two kernels of an infinitely wide network between n and n2 inputs.

    Attributes:
        nngp: K [n, n2], the covariance of one output at initialisation (Lee et al. 2018).
        tangent: Θ [n, n2], the tangent kernel of one output (Jacot et al. 2018). Different
            outputs have no tangent kernel between them, nor any covariance.
    """

    nngp: Tensor
    tangent: Tensor


def infinite_width_kernels(
    architecture: Architecture,
    x: Tensor,
    x2: Tensor | None = None,
    *,
    dual: DualActivation | None = None,
) -> InfiniteWidthKernels:
    """What the kernels of a network at initialisation converge to as its width grows.

    With K^1 = Θ^1 = σ_w²·xx'/d + σ_b² and E over (u, v) of covariance K^l,
    K^(l+1) = σ_w²·E[φ(u)φ(v)] + σ_b² and Θ^(l+1) = K^(l+1) + σ_w²·E[φ′(u)φ′(v)]·Θ^l.
    In parametrizations other than NTK the gradients of a layer, or the initial outputs, may
    vanish with the width; their terms are then left out. The tangent kernel stands in the
    metric of the parametrization's learning rates, as `tangent_kernel` does.

    Args:
        architecture: Of the network. Its width and number of outputs play no role.
        x: Inputs [n, d], float32 or float64; the kernels have their dtype and device.
        x2: Inputs [n2, d]; None means x, at half the cost and with the diagonal exact.
        dual: The dual of the activation; None takes `dual_activation`.

    Accurate to rounding, in either dtype, for inputs of any size and at any angle: what a
    rounded covariance cannot tell is computed from the inputs in float64 (docs/performance.md
    has the errors and the cost). No inputs at all make empty kernels.

    Raises:
        TypeError: Inputs that are not matrices of float32 or float64, or whose dtypes or
            devices differ.
        ValueError: Inputs of the wrong dimension, not finite or requiring grad, a convolutional
            network, layers with factors of their own, a parametrization whose kernels grow with
            the width, or an activation that the expansion cannot resolve.
        OverflowError: Kernels out of the range of the dtype; names the layer.

    Source: Lee et al. 2018, equation (5); Jacot et al. 2018, theorem 1; Yang 2020, "Tensor
    Programs II", for other parametrizations.
    """
    for name, points in (("x", x), ("x2", x if x2 is None else x2)):
        check_points(name, points, x, architecture.input_dim)
    if not isinstance(architecture.connectivity, Dense):
        raise ValueError("this recursion is for dense layers: take infinite_channel_kernels")
    architecture.require_plain("infinite_width_kernels")
    dual = dual_activation(architecture.activation) if dual is None else dual
    recursion = Recursion(
        dual, architecture.gain**2, architecture.sigma_b**2, limiting_shares(architecture)
    )
    with torch.no_grad():
        left = _Side(x, recursion.profile("x", x))
        right = left if x2 is None else _Side(x2, recursion.profile("x2", x2))
        return _kernels(recursion, left, right)


def dual_activation(activation: Activation) -> DualActivation:
    """The dual of an activation: in closed form where there is one, else by expansion."""
    if activation in _CLOSED_FORMS:
        return _CLOSED_FORMS[activation]
    scales = torch.tensor([2.0**-20, 0.75, 1, 3, 2.0**20], dtype=torch.float64)
    positive, negative = activation.value(scales), -activation.value(-scales) + 0.0
    if torch.equal(positive, positive[2] * scales) and torch.equal(negative, negative[2] * scales):
        return homogeneous(float(positive[2]), float(negative[2]))
    return hermite_expansion(activation)


@dataclass(frozen=True)
class _Side:
    """Inputs [n, d] and what the recursion makes of each by itself."""

    points: Tensor
    profile: Profile


def _kernels(recursion: Recursion, left: _Side, right: _Side) -> InfiniteWidthKernels:
    """Block by block; of equal sides, blocks on and above the diagonal, mirrored."""
    x, x2, symmetric = left.points, right.points, left is right
    if x.dtype != torch.float64 and (left.profile.sensitive or right.profile.sensitive):
        one = _Side(x.double(), recursion.profile("x", x.double()))
        other = one if symmetric else _Side(x2.double(), recursion.profile("x2", x2.double()))
        return InfiniteWidthKernels(*(k.to(x.dtype) for k in _kernels(recursion, one, other)))
    kernels = InfiniteWidthKernels(*(x.new_empty(len(x), len(x2)) for _ in range(2)))
    for index, rows in enumerate(_blocks(x)):
        for columns in _blocks(x2)[index if symmetric else 0 :]:
            block = torch.mm(x[rows], x2[columns].T).div_(x.shape[1])
            tangent = recursion.block(
                block,
                [layer[:, rows] for layer in left.profile.features],
                [layer[:, columns] for layer in right.profile.features],
            )
            parts = InfiniteWidthKernels(block, tangent)
            mirrored = symmetric and columns == rows
            if mirrored:
                for part, own in zip(parts, left.profile.diagonals(recursion), strict=True):
                    part.diagonal().copy_(own[rows])
            _resolve_(recursion, (left, right), (rows, columns), parts, mirrored=mirrored)
            for kernel, part in zip(kernels, parts, strict=True):
                if mirrored:  # symmetric up to rounding only
                    part = part.triu() + part.triu(1).T
                kernel[rows, columns] = part
                if symmetric and not mirrored:
                    kernel[columns, rows] = part.T
    return kernels


def _resolve_(
    recursion: Recursion,
    sides: tuple[_Side, _Side],
    block: tuple[slice, slice],
    parts: InfiniteWidthKernels,
    *,
    mirrored: bool,
) -> None:
    """Fills in the pairs of a block that the recursion on rounded covariances left open.

    Of a block that is to be mirrored, those on and above the diagonal.
    """
    if bool(torch.isfinite(parts.tangent.sum())):
        return
    unresolved = ~torch.isfinite(parts.tangent)
    chosen = (unresolved.triu_() if mirrored else unresolved).nonzero(as_tuple=True)
    if not len(chosen[0]):
        return
    exact = recursion.pairs(
        [side.points[inputs] for side, inputs in zip(sides, block, strict=True)],
        [
            [variance[inputs] for variance in side.profile.variances]
            for side, inputs in zip(sides, block, strict=True)
        ],
        chosen,
    )
    for part, values in zip(parts, exact, strict=True):
        part[chosen] = values.to(part.dtype)


def _blocks(x: Tensor) -> Sequence[slice]:
    size = _CPU_BLOCK if x.device.type == "cpu" else _GPU_BLOCK
    return [slice(start, start + size) for start in range(0, len(x), size)]


def check_points(name: str, points: Tensor, reference: Tensor, input_dim: int) -> None:
    """Refuse inputs that are not [n, input_dim], finite, and of the reference's kind."""
    if not isinstance(points, Tensor) or points.dtype not in (torch.float32, torch.float64):
        kind = points.dtype if isinstance(points, Tensor) else type(points).__name__
        raise TypeError(f"{name} must be a tensor of float32 or float64, not {kind}")
    if (points.dtype, points.device) != (reference.dtype, reference.device):
        raise TypeError(
            f"x and {name} must share dtype and device, not {reference.dtype} on "
            f"{reference.device} and {points.dtype} on {points.device}"
        )
    if points.ndim != 2 or points.shape[1] != input_dim:
        raise ValueError(f"{name} must be [n, {input_dim}], not {list(points.shape)}")
    check_numbers(name, points)
