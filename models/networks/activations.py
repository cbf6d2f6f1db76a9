"""Activation functions, with the derivatives that hand-written passes need."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Elementwise(Protocol):
    """A function of every entry that, as PyTorch's own do, writes into `out` if given."""

    def __call__(self, h: Tensor, /, *, out: Tensor | None = None) -> Tensor:
        """The values at h."""
        ...


@dataclass(frozen=True)
class Activation:
    """A scalar function φ applied to every preactivation.

    φ and φ′ take `out=`; `writing` gives it to functions that do not.

    Attributes:
        name: What the field calls it.
        value: φ.
        slope: φ′ (at a kink: the left derivative).
        curvature: φ″ (at a kink: 0).
        gain: The default σ_w. √2 for ReLU keeps the size of the preactivations from layer to
            layer (He et al. 2015), and for GELU, which is ReLU far from 0, customarily too.
            1 for the others: exact for the linear function; for bounded ones no gain keeps
            every size, and 1 stays on the ordered side of the chaotic transition while the
            first preactivations keep the size of the inputs.
    """

    name: str
    value: Elementwise
    slope: Elementwise
    curvature: Callable[[Tensor], Tensor]
    gain: float = 1.0

    def __repr__(self) -> str:
        return self.name


def writing(function: Callable[[Tensor], Tensor]) -> Elementwise:
    """The function, with the argument `out`."""

    def written(h: Tensor, /, *, out: Tensor | None = None) -> Tensor:
        value = function(h)
        return value if out is None else out.copy_(value)

    return written


def _relu(h: Tensor, /, *, out: Tensor | None = None) -> Tensor:
    return torch.clamp_min(h, 0, out=out)


def _relu_slope(h: Tensor, /, *, out: Tensor | None = None) -> Tensor:
    # Written straight into floating point: converting a tensor of booleans takes ten times as long.
    return torch.gt(h, 0, out=torch.empty_like(h) if out is None else out)


def _tanh_slope(h: Tensor, /, *, out: Tensor | None = None) -> Tensor:
    return torch.tanh(h, out=out).square_().neg_().add_(1)


def _tanh_curvature(h: Tensor) -> Tensor:
    t = torch.tanh(h)
    return -2 * t * (1 - t.square())


def _erf_slope(h: Tensor, /, *, out: Tensor | None = None) -> Tensor:
    # 2/√π·e^(−h²) as a power of two, which takes half the time.
    start = h.new_full((), math.log2(2 / math.sqrt(math.pi)))
    return torch.addcmul(start, h, h, value=-math.log2(math.e), out=out).exp2_()


def _erf_curvature(h: Tensor) -> Tensor:
    return -2 * h * _erf_slope(h)


def _gelu_slope(h: Tensor) -> Tensor:
    return torch.special.ndtr(h) + h * _normal_density(h)


def _gelu_curvature(h: Tensor) -> Tensor:
    return _normal_density(h) * (2 - h.square())


def _normal_density(h: Tensor) -> Tensor:
    return torch.exp(-h.square() / 2) / math.sqrt(2 * math.pi)


def leaky_relu(leak: float = 0.01) -> Activation:
    """max(h, leak·h), with the gain √(2/(1 + leak²)) that keeps the preactivations' size.

    Raises:
        ValueError: The leak is not in [0, 1).
    """
    if not 0 <= leak < 1:
        raise ValueError(f"leak must be in [0, 1), not {leak!r}")
    return Activation(
        f"leaky_relu({leak:g})",
        writing(lambda h: torch.where(h > 0, h, leak * h)),
        lambda h, /, *, out=None: _relu_slope(h, out=out).mul_(1 - leak).add_(leak),
        torch.zeros_like,
        gain=math.sqrt(2 / (1 + leak**2)),
    )


relu = Activation("relu", _relu, _relu_slope, torch.zeros_like, gain=math.sqrt(2))
erf = Activation("erf", torch.erf, _erf_slope, _erf_curvature)
tanh = Activation("tanh", torch.tanh, _tanh_slope, _tanh_curvature)
gelu = Activation(
    "gelu",
    writing(torch.nn.functional.gelu),
    writing(_gelu_slope),
    _gelu_curvature,
    gain=math.sqrt(2),
)
sin = Activation("sin", torch.sin, torch.cos, lambda h: -torch.sin(h))
quadratic = Activation(
    "quadratic", writing(torch.square), writing(lambda h: 2 * h), lambda h: torch.full_like(h, 2)
)
linear = Activation("linear", writing(torch.clone), writing(torch.ones_like), torch.zeros_like)
