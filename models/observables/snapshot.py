"""All that one forward and one backward pass show of networks, for who wants more than a part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..kernels.tangent_kernel import kernel_of_signals
from ..networks.backpropagation import output_signals_
from ..networks.network import Network, forward


@dataclass(frozen=True)
class Snapshot:
    """What S networks show on n inputs.

    Attributes:
        outputs: f [S, n], or [S, n, k] for k > 1 outputs.
        activations: z^1, …, z^L, each [S, n·P, N].
        gradients: ∂f/∂h^1, …, ∂f/∂h^L, each [S, n·k·P, N].
        kernel: The tangent kernel between the inputs [S, n, n], or [S, n, k, n, k].
    """

    outputs: Tensor
    activations: tuple[Tensor, ...] = field(repr=False)
    gradients: tuple[Tensor, ...] = field(repr=False)
    kernel: Tensor = field(repr=False)


def snapshot(network: Network, x: Tensor) -> Snapshot:
    """Outputs, activations, output gradients and tangent kernel, for the price of the last.

    Each is what `network(x)`, `network.activations(x)`, `output_gradients` and `tangent_kernel`
    return, which pass through the networks once for each.

    Args:
        network: S networks that are made of layers.
        x: Inputs [n, d] or [S, n, d].

    Raises:
        ValueError: Inputs of another shape, not finite, or requiring grad.
        TypeError: Inputs of another dtype or device than the network.
        OverflowError: A kernel out of the range of the dtype.
    """
    x = network.check_inputs(x)
    parts = [_of_block(network[block], x[block]) for block in network.blocks(x.shape[1])]
    return Snapshot(
        torch.cat([part.outputs for part in parts]),
        _side_by_side([part.activations for part in parts]),
        _side_by_side([part.gradients for part in parts]),
        torch.cat([part.kernel for part in parts]),
    )


def _of_block(network: Network, x: Tensor) -> Snapshot:
    passed = forward(network, x)
    activations = tuple(z.clone() for z in passed.activations[1:])  # signals write over them
    signals = tuple(output_signals_(network, passed))
    kernel = kernel_of_signals(network, (x, *activations), signals[::-1])
    outputs = network.drop_single_output(passed.outputs)
    return Snapshot(outputs, activations, signals[:0:-1], kernel)


def _side_by_side(parts: Sequence[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    return tuple(torch.cat(layer) for layer in zip(*parts, strict=True))
