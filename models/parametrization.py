"""Parametrizations: how weights, their initial size and the learning rate scale with width.

An abc-parametrization (Yang & Hu 2021, "Tensor Programs IV", section 3) writes every weight
matrix of a network of width N as N^-a·w, draws the trainable w from a normal law of variance
N^-2b, and trains w with the rate η·N^-c. The three exponents may differ between the input,
the hidden and the output layers; they decide whether the wide network is lazy, learns
features, or is unstable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Exponents:
    """How one layer scales with the width N.

    Attributes:
        a: The layer multiplies its trainable weights by N^-a.
        b: The trainable weights start with standard deviation N^-b.
        c: The layer is trained with the learning rate η·N^-c.
    """

    a: float
    b: float
    c: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("a", self.a), ("b", self.b), ("c", self.c)):
            if not math.isfinite(value):
                raise ValueError(f"exponent {name} must be a finite number, not {value!r}")

    def shifted(self, theta: float) -> Exponents:
        """The exponents (a+θ, b−θ, c−2θ): the same function trained by the same dynamics.

        Source: the symmetry of abc-parametrizations, Yang & Hu 2021, equation (5).
        """
        return Exponents(self.a + theta, self.b - theta, self.c - 2 * theta)


@dataclass(frozen=True)
class Parametrization:
    """The exponents of every layer of a multilayer perceptron.

    The factors that do not depend on the width, 1/√d of the first layer and the gains, stand
    in the multiplier in every parametrization (see `widthwise.models.Architecture`).

    Attributes:
        name: What the field calls it.
        input: The layer that reads the data (its fan-in does not grow).
        hidden: The square layers between hidden layers.
        output: The layer that reads the last hidden layer.
    """

    name: str
    input: Exponents
    hidden: Exponents
    output: Exponents

    def layers(self, depth: int) -> tuple[Exponents, ...]:
        """The exponents of the depth + 1 weight layers, from input to output."""
        return (self.input, *(self.hidden for _ in range(depth - 1)), self.output)

    def shifted(self, theta: float) -> Parametrization:
        """The same parametrization written with every layer's exponents shifted by θ."""
        return Parametrization(
            f"{self.name}, shifted by {theta:g}",
            self.input.shifted(theta),
            self.hidden.shifted(theta),
            self.output.shifted(theta),
        )


ntk = Parametrization("NTK", Exponents(0, 0), Exponents(1 / 2, 0), Exponents(1 / 2, 0))
"""Weights N(0, 1), layers scaled by 1/√fan-in, rate O(1) (Jacot et al. 2018): lazy."""

standard = Parametrization(
    "standard", Exponents(0, 0, 1), Exponents(0, 1 / 2, 1), Exponents(0, 1 / 2, 1)
)
"""Weights N(0, 1/fan-in), no multiplier, rate η/N, the largest that stays stable: lazy.

The customary rate that ignores the width is this parametrization with c = 0; it diverges.
"""

mup = Parametrization("μP", Exponents(-1 / 2, 1 / 2), Exponents(0, 1 / 2), Exponents(1 / 2, 1 / 2))
"""Maximal update (Yang & Hu 2021, table 1): every layer learns features."""

mean_field = Parametrization(
    "mean field", Exponents(0, 0, -1), Exponents(1 / 2, 0, -1), Exponents(1, 0, -1)
)
"""Output scaled by 1/N, rate η·N (Mei et al. 2018; Chizat & Bach 2018, for one hidden layer).

With more hidden layers it is the extension that keeps every unit's preactivation O(1), which is
μP shifted by 1/2: the two train the same functions.
"""
