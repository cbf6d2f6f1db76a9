"""Multilayer perceptrons of any width whose hidden matrices are never drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from .activations import Activation, relu
from .architecture import Architecture
from .factors import Factors
from .network import MLP, Network
from .parameters import Parameters
from .parametrization import Parametrization, ntk
from .products import NARROW
from .randomness import check_seeds, generators, normal_
from .unseen_weights import UnseenWeights

# What the numbers drawn from a seed are for.
_DRAWN, _UNSEEN = 10, 11


@dataclass(frozen=True)
class WideMLP(Network):
    """S independent multilayer perceptrons, exact in law, at a cost linear in the width.

    The first and the last layer's weights and the biases are drawn; of the matrices between
    hidden layers only what products ask of them is (`unseen_weights`). What works on an `MLP`
    works on these, but for what needs single weights: Adam, noise on weights, norms of W_0.
    """

    @classmethod
    def initialise(
        cls,
        width: int,
        seeds: Sequence[int],
        *,
        input_dim: int,
        output_dim: int = 1,
        depth: int = 2,
        activation: Activation = relu,
        parametrization: Parametrization = ntk,
        sigma_w: float | None = None,
        sigma_b: float = 0.0,
        factors: tuple[Factors, ...] = (),
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> WideMLP:
        """One network per seed; `Architecture` says what the arguments mean.

        The law is that of `MLP.initialise`, with other random numbers: a seed does not give the
        same network in both. A network depends on its own seed and on what it was asked, never
        on the networks beside it.

        Raises:
            ValueError: As for an `MLP`, and for a width below 16, whose products are arranged in
                ways that ask for single weights; a layer between hidden layers that starts at 0.
            TypeError: A dtype other than float32 and float64.
        """
        architecture = Architecture(
            width,
            input_dim,
            output_dim,
            depth,
            activation,
            parametrization,
            sigma_w,
            sigma_b,
            factors=factors,
        )
        if not all(own.start for own in factors[1:-1]):
            raise ValueError("a matrix between hidden layers that starts at 0 needs to be drawn")
        seeds = check_seeds(seeds)
        if width < NARROW:
            raise ValueError(
                f"width must be at least {NARROW} where weights are not drawn, not {width}: "
                "MLP.initialise draws them"
            )
        if dtype not in (torch.float32, torch.float64):
            raise TypeError(f"dtype must be float32 or float64, not {dtype}")
        first, last = architecture.fans[0], architecture.fans[-1]
        drawn = Parameters.empty((first, last), len(seeds), False, dtype=dtype, device=device)
        outs = [out for _, out in architecture.fans] if sigma_b > 0 else []
        biases = tuple(torch.empty(len(seeds), out, dtype=dtype, device=device) for out in outs)
        own = generators(seeds, _UNSEEN, device)
        scales = architecture.weight_scales
        hidden = [UnseenWeights.draw(width, dtype, own, scale.deviation) for scale in scales[1:-1]]
        normal_((*drawn.weights, *biases), seeds, _DRAWN)
        drawn_scales = (scales[0], scales[-1], *architecture.bias_scales)
        for tensor, scale in zip((*drawn.weights, *biases), drawn_scales, strict=True):
            if scale.deviation != 1:
                tensor.mul_(scale.deviation)
        parameters = Parameters((drawn.weights[0], *hidden, drawn.weights[1]), biases)
        return cls(architecture, parameters, seeds)

    def blocks(self, n: int) -> tuple[slice, ...]:
        """One network at a time, whatever n: their ranks differ, and each stops on its own."""
        del n
        return tuple(slice(s, s + 1) for s in range(len(self)))


@dataclass(frozen=True)
class AnyWidth:
    """Makes networks of one law, by `MLP` where drawing all weights is cheaper, or by `WideMLP`.

    One hidden layer leaves nothing to save. With more, training without weights pays once each
    matrix is asked for in fewer than about N/2 directions, from both sides together; 16 … 64
    inputs get there between widths 1024 and 4096.

    Attributes:
        device: Where the networks lie.
        crossover: The width from which on matrices are not drawn.
    """

    device: str = "cpu"
    crossover: int = 2048

    def __call__(
        self, width: int, seeds: Sequence[int], *, input_dim: int, depth: int = 2, **options: Any
    ) -> MLP | WideMLP:
        """Networks as `MLP.initialise` makes them, which says what the arguments mean."""
        kind = MLP if depth == 1 or width < self.crossover else WideMLP
        options = {"device": self.device} | options
        return kind.initialise(width, seeds, input_dim=input_dim, depth=depth, **options)

    def remark(self, width: float) -> str | None:
        """What the evidence should say of a width."""
        if width < self.crossover:
            return None
        return f"weights between hidden layers not drawn from width {self.crossover} on"
