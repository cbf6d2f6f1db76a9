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
from typing import Literal

import torch
from torch import Tensor

from .activations import Activation, relu
from .dual_activations import DualActivation
from .infinite_width import InfiniteWidthKernels, dual_activation

_BLOCK_BYTES = 2**24  # of one covariance


@dataclass(frozen=True)
class Convolutional:
    """What convolutional networks have in common, but for the number of channels.

    Layer l computes h = σ_w/√(C·q²)·(W ∗ z) + σ_b·b with stride 1, zero padding that keeps the
    size of the image, and W, b ~ N(0, 1), trained with rate η (NTK parametrization). A dense
    layer reads the last activations.

    Attributes:
        depth: Number of convolutional layers, L.
        filter_size: Side q of the square filters, odd.
        readout: Whether the dense layer reads every position ("flatten") or their mean
            ("average").
        activation: φ.
        sigma_w: Gain of every weight layer; None takes the activation's own.
        sigma_b: Gain of every bias; 0 means no biases.
    """

    depth: int = 2
    filter_size: int = 3
    readout: Literal["flatten", "average"] = "flatten"
    activation: Activation = relu
    sigma_w: float | None = None
    sigma_b: float = 0.0

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise ValueError(f"depth must be a positive integer, not {self.depth!r}")
        if self.filter_size < 1 or self.filter_size % 2 == 0:
            raise ValueError(f"filter_size must be odd and positive, not {self.filter_size!r}")
        if self.readout not in ("flatten", "average"):
            raise ValueError(f"readout must be 'flatten' or 'average', not {self.readout!r}")
        if not (0 < self.gain < math.inf and 0 <= self.sigma_b < math.inf):
            raise ValueError(
                "sigma_w must be positive and sigma_b not negative, not "
                f"{self.sigma_w!r} and {self.sigma_b!r}"
            )

    @property
    def gain(self) -> float:
        """σ_w: the gain given, or the activation's own."""
        return self.activation.gain if self.sigma_w is None else self.sigma_w


def infinite_channel_kernels(
    architecture: Convolutional,
    x: Tensor,
    x2: Tensor | None = None,
    *,
    dual: DualActivation | None = None,
) -> InfiniteWidthKernels:
    """What the kernels of a convolutional network converge to as its channels grow.

    Args:
        architecture: Of the network.
        x: Images [n, channels, height, width], float32 or float64.
        x2: Images [n2, channels, height, width]; None means x.
        dual: The dual of the activation; None takes `dual_activation`.

    Raises:
        TypeError: Images that are no floating-point tensors, or whose dtypes or devices differ.
        ValueError: Images of the wrong shape or not finite.

    Source: Novak et al. 2019, section 2.2 (NNGP); Arora et al. 2019, section 4 (tangent kernel).
    """
    second = x if x2 is None else x2
    for name, images in (("x", x), ("x2", second)):
        _check_images(name, images, x)
    dual = dual_activation(architecture.activation) if dual is None else dual
    pairs = _equal_positions if architecture.readout == "flatten" else _all_positions
    recursion = _Recursion(architecture, dual, pairs())
    kernels = InfiniteWidthKernels(*(x.new_empty(len(x), len(second)) for _ in range(2)))
    size = _block_size(x, architecture)
    with torch.no_grad():
        rows, columns = recursion.features(x), recursion.features(second)
        for i in range(0, len(x), size):
            for j in range(i if x2 is None else 0, len(second), size):
                here, there = slice(i, i + size), slice(j, j + size)
                block = recursion(x[here], second[there], _of(rows, here), _of(columns, there))
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
    architecture: Convolutional
    dual: DualActivation
    positions: _Positions

    def features(self, x: Tensor) -> list[Tensor]:
        """What every layer's dual needs of each position of each image, [f, n, h, w]."""
        a = self.architecture
        variance = x.square().sum(1) / x.shape[1] * a.gain**2
        features = []
        for _ in range(a.depth):
            variance = _filtered(variance[None], a.filter_size)[0] + a.sigma_b**2
            features.append(self.dual.features(variance.flatten()).unflatten(1, variance.shape))
            self.dual.moments_(variance, features[-1], features[-1], a.gain**2)
        return features

    def __call__(
        self, x: Tensor, x2: Tensor, rows: list[Tensor], columns: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """K and Θ between two blocks of images."""
        a, positions = self.architecture, self.positions
        covariance = positions.gram(x, x2).mul_(a.gain**2 / x.shape[1])
        tangent = torch.zeros_like(covariance)
        for row, column in zip(rows, columns, strict=True):
            covariance = positions.convolved(covariance, a.filter_size).add_(a.sigma_b**2)
            tangent = positions.convolved(tangent, a.filter_size).add_(covariance)
            slope = self.dual.moments_(
                covariance, positions.rows(row), positions.columns(column), a.gain**2
            )
            tangent.mul_(slope)
        nngp = positions.read(covariance).add_(a.sigma_b**2)
        return nngp, positions.read(tangent).add_(nngp)


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


def _block_size(x: Tensor, architecture: Convolutional) -> int:
    """Images per side of a block."""
    positions = x.shape[2] * x.shape[3]
    pairs = positions if architecture.readout == "flatten" else positions**2
    return max(1, math.isqrt(_BLOCK_BYTES // (x.element_size() * pairs)))


def _of(features: list[Tensor], images: slice) -> list[Tensor]:
    return [layer[:, images] for layer in features]


def _check_images(name: str, images: Tensor, reference: Tensor) -> None:
    if not isinstance(images, Tensor) or images.dtype not in (torch.float32, torch.float64):
        kind = images.dtype if isinstance(images, Tensor) else type(images).__name__
        raise TypeError(f"{name} must be a tensor of float32 or float64, not {kind}")
    if (images.dtype, images.device) != (reference.dtype, reference.device):
        raise TypeError(f"x and {name} must share dtype and device")
    if images.ndim != 4 or images.shape[1:] != reference.shape[1:]:
        expected = list(reference.shape[1:]) if reference.ndim == 4 else "channels, height, width"
        raise ValueError(f"{name} must be [n, {expected}], not {list(images.shape)}")
    if not bool(torch.isfinite(images).all()):
        raise ValueError(f"{name} contains numbers that are not finite")
