"""Which terms of the kernels survive the limit, in every parametrization."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from ..networks.architecture import Architecture
from ..networks.parametrization import Parametrization


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
