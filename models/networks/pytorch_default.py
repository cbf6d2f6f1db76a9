"""Multilayer perceptrons as a `torch.nn.Linear` starts, and as plain SGD trains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from .activations import Activation, relu
from .architecture import Architecture
from .factors import Factors
from .network import MLP
from .parameters import Parameters
from .parametrization import standard_fixed_rate

_OF_A_UNIFORM = 3**-0.5
"""The deviation of a number that is uniform on ±1."""


def pytorch_default(
    width: int,
    seeds: Sequence[int],
    *,
    input_dim: int,
    output_dim: int = 1,
    depth: int = 2,
    activation: Activation = relu,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> MLP:
    """One network per seed, its weights and biases uniform within ±1/√fan-in, no multipliers.

    That is how PyTorch starts its linear layers, and the rate is the same for all tensors: what
    is meant by a network "as it comes". Rates that ignore the width make it unstable as it
    grows (`standard_fixed_rate`). Hidden units start with a variance that falls by a third and
    less in every layer, and outputs at 1/√3 of what keeps them.

    Any other module starts so by itself in `ensemble`.

    Args:
        width: Units per hidden layer, N.
        seeds: One per network.
        input_dim: Dimension of the inputs, d.
        output_dim: Number of outputs, k.
        depth: Number of hidden layers, L.
        activation: φ.
        dtype: Of the parameters.
        device: Where they lie.

    Raises:
        ValueError: As `MLP.initialise`.
        TypeError: As `MLP.initialise`.
        MemoryError: As `MLP.initialise`.

    Source: torch.nn.Linear; its kaiming_uniform_ with a = √5 is U(±1/√fan-in).
    """
    biases = [_OF_A_UNIFORM * fan**-0.5 for fan in (input_dim, *[width] * depth)]
    root = input_dim**0.5  # undoes the 1/√d of the first layer's multiplier, for weights alone
    first = Factors(root, 1 / root, start=_OF_A_UNIFORM / root, bias_start=biases[0])
    others = [Factors(start=_OF_A_UNIFORM, bias_start=bias) for bias in biases[1:]]
    architecture = Architecture(
        width,
        input_dim,
        output_dim,
        depth,
        activation,
        standard_fixed_rate,
        sigma_w=1.0,
        sigma_b=1.0,
        factors=(first, *others),
    )
    drawn = MLP.draw(architecture, seeds, dtype=dtype, device=device)
    tensors = tuple(
        _uniform(tensor, scale.deviation)
        for tensor, scale in zip(drawn.parameters.tensors, architecture.scales, strict=True)
    )
    weights, offsets = tensors[: depth + 1], tensors[depth + 1 :]
    return replace(drawn, parameters=Parameters(weights, offsets))


def _uniform(normal: Tensor, deviation: float) -> Tensor:
    """Uniform numbers of the same deviation: the normal law's own distribution function of each."""
    return torch.special.erf(normal / (deviation * 2**0.5)) * (deviation / _OF_A_UNIFORM)
