"""Residual networks and transformers, as functions of the width for `ensemble`.

Small, and without what hides a scaling: no dropout, no running statistics, every tensor drawn with
variance 1/fan-in. The branches of L blocks are added with 1/√L, so that depth leaves sizes alone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn

from ..networks.parametrization import Parametrization, ntk
from .ensemble import ModuleNetwork, ensemble

Act = Callable[[Tensor], Tensor]
Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)


class ResidualBlock(nn.Module):
    """h + scale·W φ(h): the activation comes before the weights."""

    def __init__(self, inner: nn.Module, act: Act, scale: float) -> None:
        super().__init__()
        self.inner, self.act, self.scale = inner, act, scale

    def forward(self, h: Tensor) -> Tensor:
        """Rows as they came, or images."""
        return h + self.scale * self.inner(self.act(h))


class ResidualNetwork(nn.Module):
    """Pre-activation residual network: a stem, L blocks and a readout of the last φ(h).

    Args:
        width: Units, or channels.
        input_dim: Numbers of an input.
        kind: "dense", or "convolutional" on square images of one channel, whose readout averages.
        depth: L.
        output_dim: Outputs.
        act: φ.
        gain: σ_w of stem and branches.
    """

    def __init__(
        self,
        width: int,
        *,
        input_dim: int,
        kind: Literal["dense", "convolutional"] = "dense",
        depth: int = 2,
        output_dim: int = 1,
        act: Act = torch.erf,
        gain: float = 2.0,
    ) -> None:
        super().__init__()
        self.side = round(input_dim**0.5) if kind == "convolutional" else None
        if self.side is not None and self.side**2 != input_dim:
            raise ValueError(f"input_dim must be that of a square image, not {input_dim!r}")
        self.act = act
        self.stem = self._layer(input_dim if self.side is None else 1, width, gain)
        self.blocks = nn.Sequential(
            *(
                ResidualBlock(self._layer(width, width, gain), act, depth**-0.5)
                for _ in range(depth)
            )
        )
        self.readout = drawn(nn.Linear(width, output_dim, bias=False))

    def _layer(self, fan_in: int, fan_out: int, gain: float) -> nn.Module:
        if self.side is None:
            return drawn(nn.Linear(fan_in, fan_out, bias=False), gain)
        return drawn(nn.Conv2d(fan_in, fan_out, 3, padding=1, bias=False), gain)

    def forward(self, x: Tensor) -> Tensor:
        """Inputs [n, d] to outputs [n, k]."""
        if self.side is not None:
            x = x.view(-1, 1, self.side, self.side)
        z = self.act(self.blocks(self.stem(x)))
        return self.readout(z if self.side is None else z.mean((2, 3)))


class Attention(nn.Module):
    """Self-attention of a few heads, scaled by 1/d as in μP: queries and keys learn together."""

    def __init__(self, width: int, heads: int, *, causal: bool) -> None:
        super().__init__()
        self.read = drawn(nn.Linear(width, 3 * width, bias=False))
        self.write = drawn(nn.Linear(width, width, bias=False))
        self.heads, self.causal = heads, causal

    def forward(self, x: Tensor) -> Tensor:
        """Rows [n, positions, width]."""
        n, length, width = x.shape
        own = width // self.heads
        q, k, v = self.read(x).view(n, length, 3, self.heads, own).unbind(2)
        q, k, v = (t.transpose(1, 2) for t in (q, k, v))
        mixed = nn.functional.scaled_dot_product_attention(
            q, k, v, is_causal=self.causal, scale=1 / own
        )
        return self.write(mixed.transpose(1, 2).reshape(n, length, width))


class TransformerBlock(nn.Module):
    """Pre-norm: attention and a perceptron of twice the width, each added to what it reads."""

    def __init__(self, width: int, heads: int, scale: float, *, causal: bool) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads, causal=causal)
        self.up = drawn(nn.Linear(width, 2 * width, bias=False), 2**0.5)
        self.down = drawn(nn.Linear(2 * width, width, bias=False))
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """Rows [n, positions, width]."""
        x = x + self.scale * self.attention(self.before(x))
        return x + self.scale * self.down(nn.functional.gelu(self.up(self.between(x))))


class Transformer(nn.Module):
    """Pre-norm transformer on tokens or on patches of an image.

    Args:
        width: Of the residual stream; a multiple of the number of heads.
        input_dim: Tokens in a row, or numbers of an image.
        tokens: How many tokens there are; None cuts inputs into patches.
        patch: Numbers of a patch, one after the other in the input.
        depth: Blocks, L.
        heads: Of attention.
        output_dim: Outputs.
        causal: Whether a position sees only those before it; the last is read then, the mean over
            positions otherwise.
    """

    def __init__(
        self,
        width: int,
        *,
        input_dim: int,
        tokens: int | None = None,
        patch: int = 4,
        depth: int = 2,
        heads: int = 2,
        output_dim: int = 1,
        causal: bool = False,
    ) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"width must be a multiple of heads={heads}, not {width!r}")
        if tokens is None and input_dim % patch:
            raise ValueError(f"input_dim must be a multiple of patch={patch}, not {input_dim!r}")
        length = input_dim if tokens else input_dim // patch
        self.patch, self.causal = patch, causal
        self.embed = (
            nn.Embedding(tokens, width) if tokens else drawn(nn.Linear(patch, width, bias=False))
        )
        self.position = nn.Parameter(torch.randn(length, width) / 2)
        self.blocks = nn.Sequential(
            *(TransformerBlock(width, heads, depth**-0.5, causal=causal) for _ in range(depth))
        )
        self.norm = nn.LayerNorm(width)
        self.readout = drawn(nn.Linear(width, output_dim, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """Inputs [n, d] or tokens [n, T] to outputs [n, k]."""
        rows = x if isinstance(self.embed, nn.Embedding) else x.unflatten(1, (-1, self.patch))
        z = self.norm(self.blocks(self.embed(rows) + self.position))
        return self.readout(z[:, -1] if self.causal else z.mean(1))


def drawn(layer: Layer, gain: float = 1.0) -> Layer:
    """A layer whose weights have variance gain²/fan-in."""
    nn.init.normal_(layer.weight, std=gain * layer.weight[0].numel() ** -0.5)
    return layer


def residual_networks(
    width: int,
    seeds: Sequence[int],
    *,
    input_dim: int,
    kind: Literal["dense", "convolutional"] = "dense",
    depth: int = 2,
    output_dim: int = 1,
    parametrization: Parametrization = ntk,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> ModuleNetwork:
    """One `ResidualNetwork` per seed.

    Raises:
        ValueError: An input_dim that is no square for images, or as `ensemble`.
        TypeError: As `ensemble`.
    """
    make = functools.partial(
        ResidualNetwork, input_dim=input_dim, kind=kind, depth=depth, output_dim=output_dim
    )
    return ensemble(make, width, seeds, parametrization=parametrization, dtype=dtype, device=device)


def transformers(
    width: int,
    seeds: Sequence[int],
    *,
    input_dim: int,
    tokens: int | None = None,
    patch: int = 4,
    depth: int = 2,
    heads: int = 2,
    output_dim: int = 1,
    causal: bool = False,
    parametrization: Parametrization = ntk,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> ModuleNetwork:
    """One `Transformer` per seed.

    Raises:
        ValueError: A width that the heads do not share evenly, an input_dim that is no number of
            patches, or as `ensemble`.
        TypeError: As `ensemble`.
    """
    make = functools.partial(
        Transformer,
        input_dim=input_dim,
        tokens=tokens,
        patch=patch,
        depth=depth,
        heads=heads,
        output_dim=output_dim,
        causal=causal,
    )
    return ensemble(make, width, seeds, parametrization=parametrization, dtype=dtype, device=device)
