"""NNGP and tangent kernels of convolutional networks with infinitely many channels.

Positions in an image correlate, so the recursion carries a covariance for pairs of positions. A
network that flattens its last layer reads every position by weights of its own, and then only
equal positions matter: cost n²P for n images of P positions. One that averages over positions
needs all pairs: n²P².

Filters mix the pairs of positions, so that no single pair can be computed anew where rounding has
spoilt it: the recursion runs in float64, whatever the inputs, wherever the dual is known in closed
form (an expansion has the digits of the inputs' dtype).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ..networks.architecture import Architecture
from ..networks.connectivity import Convolution
from .dual_activations import DualActivation, resolved_moments
from .infinite_width import InfiniteWidthKernels, check_points, dual_activation
from .recursion import check_range
from .shares import Shares, limiting_shares

_BLOCK_BYTES = 2**24  # of one covariance


def infinite_channel_kernels(
    architecture: Architecture,
    x: Tensor,
    x2: Tensor | None = None,
    *,
    dual: DualActivation | None = None,
) -> InfiniteWidthKernels:
    """What the kernels of a convolutional network converge to as its channels grow.

    Parametrizations are treated as in `infinite_width_kernels`.

    Args:
        architecture: Of the network. Its width and number of outputs play no role.
        x: Inputs [n, d], float32 or float64; the kernels have their dtype and device.
        x2: Inputs [n2, d]; None means x, at half the cost.
        dual: The dual of the activation; None takes `dual_activation`.

    Raises:
        TypeError: Inputs that are not matrices of float32 or float64, or whose dtypes or
            devices differ.
        ValueError: Inputs of the wrong dimension, not finite or requiring grad, dense hidden
            layers, layers with factors of their own, or a parametrization whose kernels grow with
            the width.
        OverflowError: Kernels out of the range of the dtype; names the layer.

    Source: Novak et al. 2019, section 2.2 (NNGP); Arora et al. 2019, section 4 (tangent kernel).
    """
    convolution = architecture.connectivity
    if not isinstance(convolution, Convolution):
        raise ValueError("this recursion is for convolutions: take infinite_width_kernels")
    architecture.require_plain("infinite_channel_kernels")
    second = x if x2 is None else x2
    for name, points in (("x", x), ("x2", second)):
        check_points(name, points, x, architecture.input_dim)
    dual = dual_activation(architecture.activation) if dual is None else dual
    pairs = _equal_positions if convolution.readout == "flatten" else _all_positions
    recursion = _Recursion(
        dual,
        convolution.filter_size,
        architecture.gain**2,
        architecture.sigma_b**2,
        limiting_shares(architecture),
        pairs(),
    )
    kernels = InfiniteWidthKernels(*(x.new_empty(len(x), len(second)) for _ in range(2)))
    if not len(x) or not len(second):
        return kernels
    dtype = x.dtype if dual.angular is None else torch.float64
    with torch.no_grad():
        left, right = (points.to(dtype).unflatten(1, convolution.image) for points in (x, second))
        rows = recursion.seen("x", left, x.dtype)
        columns = rows if x2 is None else recursion.seen("x2", right, x.dtype)
        size = _block_size(left, convolution)
        for i in range(0, len(left), size):
            for j in range(i if x2 is None else 0, len(right), size):
                here, there = slice(i, i + size), slice(j, j + size)
                block = recursion(left[here], right[there], _of(rows, here), _of(columns, there))
                for kernel, part in zip(kernels, block, strict=True):
                    kernel[here, there] = part
                    if x2 is None:
                        kernel[there, here] = part.T
    for kernel in kernels:
        if not bool(torch.isfinite(kernel).all()):
            raise OverflowError(
                f"in layer {architecture.depth + 1} the kernels are out of the range of {x.dtype}: "
                "take float64, or rescale the inputs or change sigma_w"
            )
    return kernels


class _Seen(NamedTuple):
    """What a hidden layer's dual meets at each position of each image.

    Attributes:
        variance: Of the preactivations, [n, h, w], or so that it broadcasts with a covariance.
        features: What the dual needs to know of it, [f, n, h, w].
    """

    variance: Tensor
    features: Tensor


@dataclass(frozen=True)
class _Positions:
    """Which pairs of positions a covariance holds, and how to handle it.

    Attributes:
        gram: Images [n, c, h, w] and [m, c, h, w] to the sum over channels of their products.
        rows: Of [..., n, h, w] for the first images, what broadcasts with a covariance.
        columns: The same for the second images.
        convolved: The mean over a filter of side q of a covariance.
        read: The mean over positions, [n, m].
    """

    gram: Callable[[Tensor, Tensor], Tensor]
    rows: Callable[[Tensor], Tensor]
    columns: Callable[[Tensor], Tensor]
    convolved: Callable[[Tensor, int], Tensor]
    read: Callable[[Tensor], Tensor]


def _equal_positions() -> _Positions:
    return _Positions(
        gram=lambda x, x2: torch.einsum("nchw,mchw->nmhw", x, x2),
        rows=lambda seen: seen.unsqueeze(-3),
        columns=lambda seen: seen.unsqueeze(-4),
        convolved=_filtered,
        read=lambda covariance: covariance.mean((2, 3)),
    )


def _all_positions() -> _Positions:
    return _Positions(
        gram=lambda x, x2: torch.einsum("nchw,mcij->nmhwij", x, x2),
        rows=lambda seen: seen.unsqueeze(-3)[..., None, None],
        columns=lambda seen: seen.unsqueeze(-4).unsqueeze(-3).unsqueeze(-3),
        convolved=_filtered_pairs,
        read=lambda covariance: covariance.mean((2, 3, 4, 5)),
    )


@dataclass(frozen=True)
class _Recursion:
    dual: DualActivation
    filter_size: int
    weight_variance: float
    bias_variance: float
    shares: Shares
    positions: _Positions

    def seen(self, name: str, x: Tensor, dtype: torch.dtype) -> list[_Seen]:
        """What every hidden layer's dual meets.

        Raises:
            OverflowError: Variances out of the range of the dtype; names the layer.
        """
        given = (x != 0).flatten(1).any(1) | (self.bias_variance > 0)
        value = x.square().sum(1) / x.shape[1] * self.weight_variance
        layers = []
        for layer, _ in enumerate(self.shares.weights[1:], start=1):
            variance = _filtered(value[None], self.filter_size)[0] + self.bias_variance
            largest = variance.amax((1, 2))
            check_range(name, dtype, largest, largest, given, layer)
            features = self.dual.features(variance.flatten()).unflatten(1, variance.shape)
            layers.append(_Seen(variance, features))
            value = variance.clone()
            self._moments_(value, layers[-1], layers[-1])
        return layers

    def _moments_(self, covariance: Tensor, rows: _Seen, columns: _Seen) -> Tensor:
        """Overwrites covariances by those of the activations and returns those of the slopes."""
        dual, factor = self.dual, self.weight_variance
        before = covariance.clone()
        slope = dual.moments_(covariance, rows.features, columns.features, factor)
        if dual.angular is not None and not bool(torch.isfinite(covariance.sum() + slope.sum())):
            unresolved = ~(torch.isfinite(covariance) & torch.isfinite(slope))
            sizes = (seen.variance.expand_as(before)[unresolved] for seen in (rows, columns))
            value, derivative = resolved_moments(dual.angular, before[unresolved], *sizes)
            covariance[unresolved], slope[unresolved] = value * factor, derivative * factor
        return slope

    def __call__(
        self, x: Tensor, x2: Tensor, rows: list[_Seen], columns: list[_Seen]
    ) -> tuple[Tensor, Tensor]:
        """K and Θ between two blocks of images."""
        positions = self.positions
        covariance = positions.gram(x, x2).mul_(self.weight_variance / x.shape[1])
        tangent = torch.zeros_like(covariance)
        for layer, (row, column) in enumerate(zip(rows, columns, strict=True)):
            covariance = positions.convolved(covariance, self.filter_size)
            covariance.add_(self.bias_variance)
            tangent = positions.convolved(tangent, self.filter_size)
            tangent.add_(self.shares.own(covariance, layer, self.bias_variance))
            one = _Seen(*(positions.rows(part) for part in row))
            other = _Seen(*(positions.columns(part) for part in column))
            tangent.mul_(self._moments_(covariance, one, other))
        nngp = positions.read(covariance).add_(self.bias_variance)
        own = self.shares.own(nngp, len(rows), self.bias_variance)
        tangent = positions.read(tangent).add_(own)
        return nngp if self.shares.output else torch.full_like(nngp, self.bias_variance), tangent


def _filtered(covariance: Tensor, side: int) -> Tensor:
    """The mean over a filter around every position of [n, m, h, w], zeros beyond the edge."""
    return torch.nn.functional.avg_pool2d(covariance, side, stride=1, padding=side // 2)


def _filtered_pairs(covariance: Tensor, side: int) -> Tensor:
    """The mean over shifts, common to both positions, of [n, m, h, w, h, w]."""
    height, width = covariance.shape[2:4]
    padded = torch.nn.functional.pad(covariance, (side // 2,) * 8)
    total = torch.zeros_like(covariance)
    for i in range(side):
        for j in range(side):
            rows, columns = slice(i, i + height), slice(j, j + width)
            total += padded[:, :, rows, columns, rows, columns]
    return total.div_(side**2)


def _block_size(x: Tensor, convolution: Convolution) -> int:
    """Images per side of a block."""
    positions = convolution.positions
    pairs = positions if convolution.readout == "flatten" else positions**2
    return max(1, math.isqrt(_BLOCK_BYTES // (x.element_size() * pairs)))


def _of(layers: list[_Seen], images: slice) -> list[_Seen]:
    return [_Seen(layer.variance[images], layer.features[:, images]) for layer in layers]
