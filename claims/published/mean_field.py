"""What a layer of infinite width does to lengths, to small differences and to curves.

h are the preactivations, q their mean square, z a normal number: a layer maps q to
σ_w²·E[φ(√q·z)²] + σ_b², and stays at its fixed point q*.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.optimize import root_scalar

from widthwise.models import Activation

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(120)


@dataclass(frozen=True)
class Layer:
    """A layer of infinite width with biases.

    Attributes:
        activation: φ.
        weights: σ_w².
        biases: σ_b².
    """

    activation: Activation
    weights: float
    biases: float

    def mean(self, function, q):
        """E[function(√q·z)]."""
        values = function(torch.from_numpy(q**0.5 * NODES)).numpy()
        return float(values @ WEIGHTS) / (2 * np.pi) ** 0.5

    @cached_property
    def length(self):
        """q*, the mean square of preactivations that a layer leaves as it is."""

        def excess(q):
            squared = self.mean(lambda h: self.activation.value(h).square(), q)
            return self.weights * squared + self.biases - q

        return root_scalar(excess, bracket=(1e-6, 2 * (self.weights + self.biases))).root

    @property
    def stretch(self):
        """χ₁ = σ_w²·E[φ′²], by which the square of a small difference grows."""
        return self.weights * self.mean(lambda h: self.activation.slope(h).square(), self.length)

    @property
    def bend(self):
        """χ₂ = σ_w²·E[φ″²], what a layer adds to the curvature of a line."""
        curved = self.activation.curvature
        return self.weights * self.mean(lambda h: curved(h).square(), self.length)

    @property
    def pull(self):
        """σ_w²·E[φφ″ + φ′²], by which a difference of q from q* grows."""
        phi = self.activation

        def both(h):
            return phi.value(h) * phi.curvature(h)

        return self.stretch + self.weights * self.mean(both, self.length)

    def networks(self, mlp, width, seeds, layers, **named):
        """Finite networks of such layers."""
        return mlp(
            width,
            seeds,
            depth=layers,
            activation=self.activation,
            sigma_w=self.weights**0.5,
            sigma_b=self.biases**0.5,
            **named,
        )

    @property
    def input_length(self):
        """|x|²/d for inputs whose first preactivations have the mean square q*."""
        return (self.length - self.biases) / self.weights
