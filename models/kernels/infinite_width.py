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
from ..networks.parametrization import Parametrization
from .dual_activations import (
    DualActivation,
    erf_dual,
    gelu_dual,
    homogeneous,
    linear_dual,
    sin_dual,
)
from .hermite_expansion import hermite_expansion

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

    Raises:
        TypeError: Inputs that are not matrices of float32 or float64, or whose dtypes or
            devices differ.
        ValueError: Inputs of the wrong dimension or not finite, a convolutional network, a
            parametrization whose kernels grow with the width, or an activation that the
            expansion cannot resolve.

    Source: Lee et al. 2018, equation (5); Jacot et al. 2018, theorem 1; Yang 2020, "Tensor
    Programs II", for other parametrizations.
    """
    for name, points in (("x", x), ("x2", x if x2 is None else x2)):
        check_points(name, points, x, architecture.input_dim)
    if not isinstance(architecture.connectivity, Dense):
        raise ValueError("this recursion is for dense layers: take infinite_channel_kernels")
    dual = dual_activation(architecture.activation) if dual is None else dual
    recursion = _Recursion(
        dual, architecture.gain**2, architecture.sigma_b**2, limiting_shares(architecture)
    )
    with torch.no_grad():
        return _symmetric(recursion, x) if x2 is None else _rectangular(recursion, x, x2)


def dual_activation(activation: Activation) -> DualActivation:
    """The dual of an activation: in closed form where there is one, else by expansion."""
    if activation in _CLOSED_FORMS:
        return _CLOSED_FORMS[activation]
    scales = torch.tensor([2.0**-20, 0.75, 1, 3, 2.0**20], dtype=torch.float64)
    positive, negative = activation.value(scales), -activation.value(-scales) + 0.0
    if torch.equal(positive, positive[2] * scales) and torch.equal(negative, negative[2] * scales):
        return homogeneous(float(positive[2]), float(negative[2]))
    return hermite_expansion(activation)


class Shares(NamedTuple):
    """Which terms of the kernels stay as the width grows: 1 for those, 0 for the others.

    Attributes:
        weights: Of Θ, the gradients of the weights of each layer.
        biases: Of Θ, the gradients of the biases of each layer.
        output: Of K, the outputs at initialisation.
    """

    weights: tuple[int, ...]
    biases: tuple[int, ...]
    output: int

    def own(self, covariance: Tensor, layer: int, bias_variance: float) -> Tensor:
        """What the gradients of a layer's own parameters add to Θ."""
        weights, biases = self.weights[layer], self.biases[layer]
        if weights == biases == 1:
            return covariance
        return covariance * weights + bias_variance * (biases - weights)


def limiting_shares(architecture: Architecture) -> Shares:
    """Count powers of the width N in every term, on the scale of the parametrization.

    A hidden layer's Gram matrix is a sum over N units, so it counts N^(1−2(a+b)). Θ's term of
    a layer counts N^(−2a−c) for its learning rate, N for the units it reads, and the size of
    the signal that comes back to it.
    """
    parametrization = architecture.parametrization
    layers = parametrization.layers(architecture.depth)
    signal = 1 - 2 * (parametrization.output.a + parametrization.output.b)
    forward = [2 * (layer.a + layer.b) - (index > 0) for index, layer in enumerate(layers[:-1])]
    if any(forward):
        raise ValueError(f"the hidden units of {parametrization.name} do not stay O(1) in width")
    powers = [
        (index > 0) - 2 * layer.a - layer.c + (0 if layer is layers[-1] else signal)
        for index, layer in enumerate(layers)
    ]
    weights = tuple(_share(power, parametrization) for power in powers)
    biases = (*([weights[0]] * architecture.depth), 1)
    return Shares(weights, biases, _share(signal, parametrization))


def _share(power: float, parametrization: Parametrization) -> int:
    """The limit of N^power."""
    if power > 0:
        raise ValueError(
            f"the kernels of {parametrization.name} grow like N^{power:g}: they have no limit"
        )
    return int(power == 0)


@dataclass(frozen=True)
class _Recursion:
    """From layer to layer, on one block of the kernels."""

    dual: DualActivation
    weight_variance: float
    bias_variance: float
    shares: Shares

    def features(self, variance: Tensor) -> list[Tensor]:
        """From |x|²/d [n]: what each layer's dual needs to know of every input."""
        variance = self._first(variance.clone())
        features = []
        for _ in self.shares.weights[1:]:
            features.append(self.dual.features(variance))
            column = features[-1][:, :, None]
            self.dual.moments_(variance[:, None], column, column, self.weight_variance)
            variance.add_(self.bias_variance)
        return features

    def __call__(self, gram: Tensor, rows: list[Tensor], columns: list[Tensor]) -> Tensor:
        """Overwrites a block of xx'/d by that of K and returns that of Θ."""
        covariance = self._first(gram)
        tangent = self.shares.own(covariance, 0, self.bias_variance).clone()
        for layer in range(1, len(self.shares.weights)):
            slope = self.dual.moments_(
                covariance,
                rows[layer - 1][:, :, None],
                columns[layer - 1][:, None, :],
                self.weight_variance,
            )
            if self.bias_variance:
                covariance.add_(self.bias_variance)
            own = self.shares.own(covariance, layer, self.bias_variance)
            torch.addcmul(own, tangent, slope, out=tangent)
        if not self.shares.output:
            covariance.fill_(self.bias_variance)
        return tangent

    def _first(self, gram: Tensor) -> Tensor:
        gram.mul_(self.weight_variance)
        return gram.add_(self.bias_variance) if self.bias_variance else gram


def _symmetric(recursion: _Recursion, x: Tensor) -> InfiniteWidthKernels:
    """The kernels on x: blocks on and above the diagonal, mirrored."""
    kernels = _empty(x, x)
    square = x.square().sum(1).div_(x.shape[1])
    features = recursion.features(square)
    blocks = _blocks(x)
    for index, rows in enumerate(blocks):
        for columns in blocks[index:]:
            gram = torch.mm(x[rows], x[columns].T).div_(x.shape[1])
            if columns == rows:
                gram.diagonal().copy_(square[rows])  # the product rounds otherwise
            tangent = recursion(gram, _of(features, rows), _of(features, columns))
            for kernel, block in zip(kernels, (gram, tangent), strict=True):
                if columns == rows:  # symmetric up to rounding only
                    block = block.triu() + block.triu(1).T
                kernel[rows, columns] = block
                if columns != rows:
                    kernel[columns, rows] = block.T
    return kernels


def _rectangular(recursion: _Recursion, x: Tensor, x2: Tensor) -> InfiniteWidthKernels:
    kernels = _empty(x, x2)
    inputs = torch.cat((x, x2))
    features = recursion.features(inputs.square().sum(1).div_(x.shape[1]))
    left = [layer[:, : len(x)] for layer in features]
    right = [layer[:, len(x) :] for layer in features]
    for rows in _blocks(x):
        for columns in _blocks(x2):
            gram = torch.mm(x[rows], x2[columns].T).div_(x.shape[1])
            tangent = recursion(gram, _of(left, rows), _of(right, columns))
            kernels.nngp[rows, columns] = gram
            kernels.tangent[rows, columns] = tangent
    return kernels


def _empty(x: Tensor, x2: Tensor) -> InfiniteWidthKernels:
    return InfiniteWidthKernels(*(x.new_empty(len(x), len(x2)) for _ in range(2)))


def _of(features: list[Tensor], inputs: slice) -> list[Tensor]:
    return [layer[:, inputs] for layer in features]


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
    if not bool(torch.isfinite(points).all()):
        raise ValueError(f"{name} contains numbers that are not finite")
