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
        hidden: The square layers between hidden layers: one entry for all, or one for each.
        output: The layer that reads the last hidden layer.
    """

    name: str
    input: Exponents
    hidden: Exponents | tuple[Exponents, ...]
    output: Exponents

    def layers(self, depth: int) -> tuple[Exponents, ...]:
        """The exponents of the depth + 1 weight layers, from input to output.

        Raises:
            ValueError: The hidden layers are given one by one, for another depth.
        """
        hidden = self.hidden if isinstance(self.hidden, tuple) else (self.hidden,) * (depth - 1)
        if len(hidden) != depth - 1:
            raise ValueError(
                f"parametrization {self.name} has {len(hidden)} layers between hidden layers, "
                f"a network of depth {depth} has {depth - 1}"
            )
        return (self.input, *hidden, self.output)

    def shifted(self, theta: float) -> Parametrization:
        """The same parametrization written with every layer's exponents shifted by θ."""
        hidden = self.hidden
        return Parametrization(
            f"{self.name}, shifted by {theta:g}",
            self.input.shifted(theta),
            tuple(layer.shifted(theta) for layer in hidden)
            if isinstance(hidden, tuple)
            else hidden.shifted(theta),
            self.output.shifted(theta),
        )

    def regime(self, depth: int) -> Regime:
        """What wide networks of this depth do under gradient descent with η = O(1).

        Source: Yang & Hu 2021, definition 3.2 and theorems 3.3 and 3.8, with the rate exponent c
        taken layer by layer. The exponents hold for generic smooth activations and data.
        """
        first, *hidden, last = self.layers(depth)
        # The output layer's share of a backward signal: its initial weights' or its update's.
        signal = min(last.a + last.b, 2 * last.a + last.c)
        updates = [2 * first.a + first.c, *(2 * layer.a + layer.c - 1 for layer in hidden)]
        r = signal + min(updates)
        output = min(2 * last.a + last.c - 1, last.a + last.b + r - 1)
        keeps_size = (
            _equal(first.a + first.b, 0)
            and all(_equal(layer.a + layer.b, 1 / 2) for layer in hidden)
            and _at_least(last.a + last.b, 1 / 2)
        )
        return Regime(r, output, keeps_size and _at_least(r, 0) and _at_least(output, 0))


@dataclass(frozen=True)
class Regime:
    """The fate of a parametrization as the width N grows, after O(1) steps of training.

    Attributes:
        r: Activations and preactivations of the last hidden layer move by Θ(N^-r).
        output: Outputs move by Θ(N^-output).
        stable: Nothing grows with the width, at initialisation or in training.
    """

    r: float
    output: float
    stable: bool

    @property
    def nontrivial(self) -> bool:
        """Stable, and the outputs move at all in the limit."""
        return self.stable and _equal(self.output, 0)

    @property
    def feature_learning(self) -> bool:
        """Nontrivial, and the activations move in the limit."""
        return self.nontrivial and _equal(self.r, 0)

    @property
    def kernel_regime(self) -> bool:
        """Nontrivial, and the activations stand still: training is kernel gradient descent."""
        return self.nontrivial and not _equal(self.r, 0)


def _equal(left: float, right: float) -> bool:
    return math.isclose(left, right, abs_tol=1e-9)


def _at_least(left: float, right: float) -> bool:
    return left > right or _equal(left, right)


ntk = Parametrization("NTK", Exponents(0, 0), Exponents(1 / 2, 0), Exponents(1 / 2, 0))
"""Weights N(0, 1), layers scaled by 1/√fan-in, rate O(1) (Jacot et al. 2018): lazy."""

standard = Parametrization(
    "standard", Exponents(0, 0, 1), Exponents(0, 1 / 2, 1), Exponents(0, 1 / 2, 1)
)
"""Weights N(0, 1/fan-in), no multiplier, rate η/N, the largest that stays stable: lazy.

The customary rate that ignores the width is `standard_fixed_rate`.
"""

standard_fixed_rate = Parametrization(
    "standard at a fixed rate", Exponents(0, 0), Exponents(0, 1 / 2), Exponents(0, 1 / 2)
)
"""Weights N(0, 1/fan-in) and a rate that ignores the width, as it is customary: unstable.

Outputs move by O(N) in the first step, so that wide networks diverge. It is what a control means
that says "as trained in practice"; `standard` divides the rate by N and is lazy.
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

mup_adam = Parametrization(
    "μP for Adam",
    Exponents(-1 / 2, 1 / 2, 1 / 2),
    Exponents(0, 1 / 2, 1),
    Exponents(1 / 2, 1 / 2, 1 / 2),
)
"""Maximal update for optimisers whose step does not scale with the gradient.

Their step of a layer of fan-in N moves its outputs by N^(1−a−c), of the input layer by N^(−a−c)
(Yang & Littwin 2023). `Parametrization.regime` is about gradient descent and does not apply.
"""
