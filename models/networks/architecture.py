"""Architectures: what the networks of an ensemble have in common, and how it scales."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from .activations import Activation, relu
from .connections import Connection
from .connectivity import Connectivity, Dense
from .factors import PLAIN, Factors
from .parametrization import Exponents, Parametrization, ntk


class Scale(NamedTuple):
    """The numbers that a layer's exponents come to at one width.

    Attributes:
        multiplier: Of the trainable tensor, with 1/√d and the gain in it.
        deviation: Standard deviation of the trainable tensor at initialisation.
        rate: Learning rate of the tensor relative to η.
    """

    multiplier: float
    deviation: float
    rate: float


@dataclass(frozen=True)
class Architecture:
    """What S networks of an ensemble have in common.

    Layer l computes h^l = m_l·z^(l-1) w^l + m'_l·b^l and z^l = φ(h^l), with z^0 = x and output
    h^(L+1). The multiplier is m_l = σ_w·N^-a_l, times 1/√d in the first layer, so that a first
    preactivation has variance σ_w² for |x| = √d. A bias exists where σ_b > 0: it is a weight
    from a constant input, so hidden biases scale as the input layer does, with σ_b for the
    gain, and the output bias keeps an O(1) share of the tangent kernel.

    In a convolutional network z^(l-1) stands for the patches of side q, N is the number of
    channels, and the multiplier has 1/√(q²·channels of x) in the first layer, 1/q in the other
    convolutions, and 1/√P in a readout that flattens P positions.

    Attributes:
        width: Units (channels) per hidden layer, N.
        input_dim: Dimension of the inputs, d.
        output_dim: Number of outputs, k.
        depth: Number of hidden layers, L.
        activation: φ.
        parametrization: How the layers scale with the width.
        sigma_w: Gain of every weight layer; None takes the activation's own.
        sigma_b: Gain of every bias; 0 means no biases.
        connectivity: What a unit reads: everything below, or a patch of an image.
        factors: What single layers have beside the parametrization's scales, one entry for
            each of the L + 1 layers of weights (`by_layer`); none leaves all as they are.
        output_axis: Whether outputs keep their axis where there is only one
            (`Network.with_output_axis`).
    """

    width: int
    input_dim: int
    output_dim: int = 1
    depth: int = 2
    activation: Activation = relu
    parametrization: Parametrization = ntk
    sigma_w: float | None = None
    sigma_b: float = 0.0
    connectivity: Connectivity = field(default_factory=Dense)
    factors: tuple[Factors, ...] = ()
    output_axis: bool = False

    def __post_init__(self) -> None:
        for name in ("width", "input_dim", "output_dim", "depth"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a positive integer, not {value!r}")
        if self.sigma_w is None:
            object.__setattr__(self, "sigma_w", self.activation.gain)
        elif not 0 < self.sigma_w < math.inf:
            raise ValueError(f"sigma_w must be positive and finite, not {self.sigma_w!r}")
        if not 0 <= self.sigma_b < math.inf:
            raise ValueError(f"sigma_b must be finite and not negative, not {self.sigma_b!r}")
        self.connectivity.check(self.input_dim)
        if self.factors and len(self.factors) != self.depth + 1:
            raise ValueError(
                f"factors are of {len(self.factors)} layers, a network of depth {self.depth} has "
                f"{self.depth + 1} layers of weights: take by_layer({self.depth}, ...)"
            )
        if self.factors and not all(isinstance(each, Factors) for each in self.factors):
            raise ValueError(f"factors must be Factors, one per layer, not {self.factors!r}")
        if self.factors and not any(each.rate for each in self.factors):
            raise ValueError("every layer is frozen: let one have a rate")

    @property
    def gain(self) -> float:
        """σ_w: the gain given, or the activation's own."""
        return self.activation.gain if self.sigma_w is None else self.sigma_w

    @property
    def scalar(self) -> bool:
        """Whether a network is shown as a scalar function, its outputs without an axis."""
        return self.output_dim == 1 and not self.output_axis

    @cached_property
    def fans(self) -> tuple[tuple[int, int], ...]:
        """(fan-in, fan-out) of every weight layer: (d, N), (N, N), …, (N, k) if dense."""
        fixed = self.connectivity.fans(self.input_dim, self.depth)
        growing = (1, *[self.width] * self.depth)
        outs = (*[self.width] * self.depth, self.output_dim)
        return tuple((f * g, out) for f, g, out in zip(fixed, growing, outs, strict=True))

    @property
    def parameter_count(self) -> int:
        """Trainable numbers of one network."""
        biases = sum(out for _, out in self.fans) if self.sigma_b > 0 else 0
        return sum(fan_in * out for fan_in, out in self.fans) + biases

    @cached_property
    def connections(self) -> tuple[Connection, ...]:
        """How every weight layer is connected to what is below, from input to output."""
        return self.connectivity.connections(self.depth)

    @cached_property
    def weight_scales(self) -> tuple[Scale, ...]:
        """The scale of every weight layer, from input to output."""
        exponents = self.parametrization.layers(self.depth)
        fixed = self.connectivity.fans(self.input_dim, self.depth)
        return tuple(
            self._scale(layer, self.gain / fan**0.5 * own.gain, own.start, own.rate)
            for layer, fan, own in zip(exponents, fixed, self._of_layers, strict=True)
        )

    @cached_property
    def bias_scales(self) -> tuple[Scale, ...]:
        """The scale of every bias, from input to output; empty without biases."""
        if self.sigma_b == 0:
            return ()
        c = self.parametrization.output.c
        layers = (*[self.parametrization.input] * self.depth, Exponents(-c / 2, c / 2, c))
        return tuple(
            self._scale(layer, self.sigma_b * own.gain * own.bias_gain, own.bias_start, own.rate)
            for layer, own in zip(layers, self._of_layers, strict=True)
        )

    @cached_property
    def scales(self) -> tuple[Scale, ...]:
        """The scales of all tensors: those of the weights, then those of the biases."""
        return self.weight_scales + self.bias_scales

    @property
    def _of_layers(self) -> tuple[Factors, ...]:
        return self.factors or (PLAIN,) * (self.depth + 1)

    def require_plain(self, what: str) -> None:
        """Refuse single layers with factors of their own.

        Raises:
            ValueError: There are such; names what cannot take them.
        """
        odd = [layer + 1 for layer, own in enumerate(self._of_layers) if own != PLAIN]
        if odd:
            raise ValueError(
                f"{what} takes every layer's gain, start and rate from the parametrization, and "
                f"layer {', '.join(map(str, odd))} has factors of its own"
            )

    def require_starts(self, what: str) -> None:
        """Refuse tensors that start at 0, where their initial size is needed.

        Raises:
            ValueError: There are such; names what needs it.
        """
        at_zero = [layer + 1 for layer, own in enumerate(self._of_layers) if not own.start]
        if self.sigma_b:
            at_zero += [n + 1 for n, own in enumerate(self._of_layers) if not own.bias_start]
        if at_zero:
            raise ValueError(
                f"{what} needs the deviation that every tensor starts with, and layer "
                f"{', '.join(map(str, sorted(set(at_zero))))} starts at 0"
            )

    def _scale(self, layer: Exponents, gain: float, start: float, rate: float) -> Scale:
        width = float(self.width)
        return Scale(gain * width**-layer.a, start * width**-layer.b, rate * width**-layer.c)
