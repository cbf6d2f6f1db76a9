"""NNGP and tangent kernels of convolutional networks with infinitely many channels.

Positions in an image correlate, so the recursion carries a covariance for pairs of positions. A
network that flattens its last layer reads every position by weights of its own, and then only
equal positions matter: cost n²P for n images of P positions. One that averages over positions
needs all pairs: n²P².
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..networks.architecture import Architecture
from ..networks.connectivity import Convolution
from .dual_activations import DualActivation
from .infinite_width import (
    InfiniteWidthKernels,
    Shares,
    check_points,
    dual_activation,
    limiting_shares,
)

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
        ValueError: Inputs of the wrong dimension or not finite, dense hidden layers, or a
            parametrization whose kernels grow with the width.

    Source: Novak et al. 2019, section 2.2 (NNGP); Arora et al. 2019, section 4 (tangent kernel).
    """
    convolution = architecture.connectivity
    if not isinstance(convolution, Convolution):
        raise ValueError("this recursion is for convolutions: take infinite_width_kernels")
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
    size = _block_size(x, convolution)
    with torch.no_grad():
        left, right = (points.unflatten(1, convolution.image) for points in (x, second))
        rows, columns = recursion.features(left), recursion.features(right)
        for i in range(0, len(left), size):
            for j in range(i if x2 is None else 0, len(right), size):
                here, there = slice(i, i + size), slice(j, j + size)
                block = recursion(left[here], right[there], _of(rows, here), _of(columns, there))
                for kernel, part in zip(kernels, block, strict=True):
                    kernel[here, there] = part
                    if x2 is None:
                        kernel[there, here] = part.T
    return kernels


@dataclass(frozen=True)
class _Positions:
    """Which pairs of positions a covariance holds, and how to handle it.

    Attributes:
        gram: Images [n, c, h, w] and [m, c, h, w] to the sum over channels of their products.
        rows: Features [f, n, h, w] as factors of a covariance, for the first images.
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
        rows=lambda features: features[:, :, None],
        columns=lambda features: features[:, None],
        convolved=_filtered,
        read=lambda covariance: covariance.mean((2, 3)),
    )


def _all_positions() -> _Positions:
    return _Positions(
        gram=lambda x, x2: torch.einsum("nchw,mcij->nmhwij", x, x2),
        rows=lambda features: features[:, :, None, :, :, None, None],
        columns=lambda features: features[:, None, :, None, None],
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

    def features(self, x: Tensor) -> list[Tensor]:
        """What every layer's dual needs of each position of each image, [f, n, h, w]."""
        variance = x.square().sum(1) / x.shape[1] * self.weight_variance
        features = []
        for _ in self.shares.weights[1:]:
            variance = _filtered(variance[None], self.filter_size)[0] + self.bias_variance
            features.append(self.dual.features(variance.flatten()).unflatten(1, variance.shape))
            self.dual.moments_(variance, features[-1], features[-1], self.weight_variance)
        return features

    def __call__(
        self, x: Tensor, x2: Tensor, rows: list[Tensor], columns: list[Tensor]
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
            slope = self.dual.moments_(
                covariance, positions.rows(row), positions.columns(column), self.weight_variance
            )
            tangent.mul_(slope)
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


def _of(features: list[Tensor], images: slice) -> list[Tensor]:
    return [layer[:, images] for layer in features]
