"""Points and directions in the parameter space of S networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .unseen_weights import UnseenWeights


@dataclass(frozen=True)
class Parameters:
    """One tensor per weight layer and per bias layer, the networks as the leading dimension.

    Stands for a point θ of parameter space, a direction, or a gradient.

    Attributes:
        weights: Contiguous tensors [S, fan_in, fan_out], from input to output.
        biases: Tensors [S, fan_out], from input to output; empty for networks without biases.
    """

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...] = ()

    @classmethod
    def empty(
        cls,
        fans: Sequence[tuple[int, int]],
        networks: int,
        with_biases: bool,
        *,
        dtype: torch.dtype,
        device: torch.device | str,
    ) -> Parameters:
        """Uninitialised tensors for layers of the given (fan-in, fan-out)."""
        return cls(
            tuple(
                torch.empty(networks, fan_in, fan_out, dtype=dtype, device=device)
                for fan_in, fan_out in fans
            ),
            tuple(
                torch.empty(networks, fan_out, dtype=dtype, device=device)
                for _, fan_out in fans
                if with_biases
            ),
        )

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All tensors: the weights, then the biases."""
        return self.weights + self.biases

    def __getitem__(self, networks: slice) -> Parameters:
        """The parameters of some of the networks, as views."""
        return self.map(lambda tensor: tensor[networks])

    def map(self, function: Callable[..., Tensor], *others: Parameters) -> Parameters:
        """Apply a function tensor by tensor."""
        rows = zip(self.tensors, *(other.tensors for other in others), strict=True)
        tensors = tuple(function(*row) for row in rows)
        return Parameters(tensors[: len(self.weights)], tensors[len(self.weights) :])

    def plus(self, direction: Parameters, length: float | Tensor = 1.0) -> Parameters:
        """θ + length·direction, the length a number or one per network [S]."""
        return self.map(lambda t, u: t + per_network(length, t) * u, direction)

    def minus(self, other: Parameters) -> Parameters:
        """θ − θ'."""
        return self.map(torch.sub, other)

    def times(self, factors: Sequence[float | Tensor]) -> Parameters:
        """Multiply each tensor by its own factor, a number or one per network [S]."""
        scaled = tuple(t * per_network(f, t) for t, f in zip(self.tensors, factors, strict=True))
        return Parameters(scaled[: len(self.weights)], scaled[len(self.weights) :])

    def dot(self, other: Parameters) -> Tensor:
        """Euclidean inner product of every network's parameters [S]."""
        products = [_inner(t, u) for t, u in zip(self.tensors, other.tensors, strict=True)]
        return torch.stack(products).sum(0)

    def norm(self) -> Tensor:
        """Euclidean norm of every network's parameters [S]."""
        own = [torch.linalg.vector_norm(t, dim=tuple(range(1, t.ndim))) for t in self.tensors]
        return torch.linalg.vector_norm(torch.stack(own), dim=0)


def _inner(left: Tensor, right: Tensor) -> Tensor:
    if isinstance(left, UnseenWeights) and isinstance(right, UnseenWeights):
        return left.inner_products(right)
    return (left * right).flatten(1).sum(1)


def per_network(factor: float | Tensor, like: Tensor) -> Tensor:
    """A factor, a number or one per network [S], shaped to multiply a tensor [S, …]."""
    factor = torch.as_tensor(factor, dtype=like.dtype, device=like.device)
    return factor.reshape(-1, *[1] * (like.ndim - 1))
