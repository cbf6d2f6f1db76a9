"""What single layers have beside the scales of a parametrization: gain, start and rate."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Factors:
    """By how much one layer's gain, start and rate exceed those of its parametrization.

    The layer computes gain·(m·z w + bias_gain·m'·b), draws w with `start` and b with `bias_start`
    times the deviation it would have, and trains both with `rate` times its rate.

    Attributes:
        gain: Of the layer's whole map, so that of the last layer it is an output scale α.
        bias_gain: Of the bias within it.
        start: Of the weights' initial deviation; 0 lets the layer start at 0.
        bias_start: Of the biases'; 0 lets them start at 0 and train.
        rate: Of the learning rate; 0 freezes the layer: it stays as it was drawn, and neither
            the tangent kernel nor anything that is made of it knows its parameters.

    Raises:
        ValueError: A gain that is not positive, another factor below 0, or one not finite.
    """

    gain: float = 1.0
    bias_gain: float = 1.0
    start: float = 1.0
    bias_start: float = 1.0
    rate: float = 1.0

    def __post_init__(self) -> None:
        for name in ("gain", "bias_gain"):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise ValueError(f"Factors: {name} must be positive and finite, not {value!r}")
        for name in ("start", "bias_start", "rate"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise ValueError(f"Factors: {name} must be finite, at least 0, not {value!r}")

    def times(self, other: Factors) -> Factors:
        """Both at once."""
        return Factors(
            self.gain * other.gain,
            self.bias_gain * other.bias_gain,
            self.start * other.start,
            self.bias_start * other.bias_start,
            self.rate * other.rate,
        )


PLAIN = Factors()
"""A layer as its parametrization has it."""

frozen = Factors(rate=0.0)
"""A layer that stays as it was drawn."""


def by_layer(
    depth: int, *, first: Factors = PLAIN, hidden: Factors = PLAIN, last: Factors = PLAIN
) -> tuple[Factors, ...]:
    """The factors of all layers of a network with so many hidden layers, from input to output.

    Only the readout is trained: `by_layer(2, first=frozen, hidden=frozen)`. The output αf:
    `by_layer(2, last=Factors(gain=alpha))`.

    Args:
        depth: Number of hidden layers, L; there are L + 1 layers of weights.
        first: Of the layer that reads the data.
        hidden: Of every layer between hidden layers.
        last: Of the layer that gives the output.
    """
    return (first, *[hidden] * (depth - 1), last)


def scaled_output(depth: int, alpha: float) -> tuple[Factors, ...]:
    """The output αf, trained on the loss divided by α², as lazy training is studied.

    Gradients of αf are α times those of f, so that on the loss divided by α² outputs move as
    fast as for α = 1, and parameters by 1/α. That is a gain of the last layer and, for gradient
    descent, a rate divided by α² in all. The start αf_0 is left in: `antisymmetric` takes it out.

    Source: Chizat, Oyallon & Bach 2019, equation (2).
    """
    slower = Factors(rate=alpha**-2)
    last = Factors(gain=alpha, rate=alpha**-2)
    return by_layer(depth, first=slower, hidden=slower, last=last)
