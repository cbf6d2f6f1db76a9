"""The empirical tangent kernel of finite networks.

Θ(x, x') = Σ_l N^-c_l·⟨∂f(x)/∂w^l, ∂f(x')/∂w^l⟩ (Jacot et al. 2018), in the metric in which the
parameters are trained, so that a step of gradient descent of rate η changes the outputs by
−ηΘ(f − Y) in every parametrization. The gradient with respect to a weight matrix is an outer
product of what the layer reads and the signal that comes back to it, summed over the positions of
an image. Hence each term is the Gram matrix of what the layer reads times, entry by entry, the
Gram matrix of the signals, summed over pairs of positions: no Jacobian is formed. Where there are
so many positions that the pairs cost more, the outer products themselves are summed, a few
channels at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ..networks.architecture import Architecture
from ..networks.backpropagation import output_signals_
from ..networks.network import Network, forward
from ..networks.overflow import check_overflow

_BLOCK_BYTES = 2**24  # of products that are formed at once
_TILE_ROWS = 128  # of a Gram matrix on a CPU: enough for a fast product, few enough for the cache


class _Tile(NamedTuple):
    """Inputs of the left side and of the right."""

    rows: slice
    columns: slice


class _Seen(NamedTuple):
    """What a layer sees of n inputs at P positions.

    Attributes:
        reads: What its weights multiply [S, n, P, fan_in].
        signals: Derivatives of K outputs that come back to it [S, n, K, P, fan_out].
    """

    reads: Tensor
    signals: Tensor


def tangent_kernel(network: Network, x: Tensor, x2: Tensor | None = None) -> Tensor:
    """Empirical tangent kernel between inputs x and x2 (x itself by default).

    Args:
        network: S networks with k outputs.
        x: Inputs [n, d] or [S, n, d].
        x2: Inputs [m, d] or [S, m, d].

    Returns:
        [S, n, m] for one output; [S, n, k, m, k] for k > 1, and `with_output_axis`.

    Raises:
        ValueError: Inputs of another shape, not finite, or requiring grad.
        TypeError: Inputs of another dtype or device than the network.
        OverflowError: A kernel out of the range of the dtype.
    """
    return _without_single_output(network, _kernel(network, x, x2, joined=False))


def kernel_of_signals(
    network: Network, activations: Sequence[Tensor], signals: Sequence[Tensor]
) -> Tensor:
    """The tangent kernel on n inputs, for who has passed through the networks already.

    Args:
        network: S networks that are made of layers.
        activations: What is below every layer, the inputs [S, n, d] and then each [S, n·P, N].
        signals: ∂f/∂h of every layer, from the first hidden one to the outputs', each
            [S, n·k·P, fan_out].

    Returns:
        As `tangent_kernel`.

    Raises:
        OverflowError: A kernel out of the range of the dtype.
    """
    s, n, _ = activations[0].shape
    k = network.architecture.output_dim
    kernel = activations[0].new_zeros(s, n, k, n, k)
    layers = [
        (_as_seen(connection.read(z), signal, n, k),)
        for connection, z, signal in zip(
            network.architecture.connections, activations, signals, strict=True
        )
    ]
    tiles = _tiles(kernel, network.architecture.connectivity.positions, symmetric=True)
    _add_layers_(kernel, network.architecture, reversed(layers), tiles)
    _mirror_(kernel, tiles)
    check_overflow("tangent kernels", kernel, network)
    return _without_single_output(network, kernel)


def tangent_kernel_trace(network: Network, x: Tensor, x2: Tensor | None = None) -> Tensor:
    """Σ_j Θ_jj over outputs j, [S, n, m], k times cheaper than the full tangent kernel.

    Arguments and errors as in `tangent_kernel`. All Θ_jj have the same infinite-width limit,
    so divide by k to compare with it.
    """
    return _kernel(network, x, x2, joined=True)[:, :, 0, :, 0]


def _kernel(network: Network, x: Tensor, x2: Tensor | None, *, joined: bool) -> Tensor:
    """The kernel [S, n, k, m, k], or with outputs joined its trace as that of one output."""
    kernel = network.gradient_gram(x, x2, joined=joined)
    if kernel is None:
        kernel = _kernel_of_layers(network, x, x2, joined=joined)
    check_overflow("tangent kernels", kernel, network)
    return kernel


def _kernel_of_layers(network: Network, x: Tensor, x2: Tensor | None, *, joined: bool) -> Tensor:
    """The kernel of networks that are made of layers, block by block of networks."""
    k = 1 if joined else network.architecture.output_dim
    see = _outputs_joined if joined else _seen
    inputs = [network.check_inputs(points) for points in (x, x2) if points is not None]
    n, m = inputs[0].shape[1], inputs[-1].shape[1]
    kernel = torch.zeros(len(network), n, k, m, k, dtype=network.dtype, device=network.device)
    if not kernel.numel():
        return kernel
    positions = network.architecture.connectivity.positions
    for block in network.blocks(sum(points.shape[1] for points in inputs)):
        sides = [see(network[block], points[block]) for points in inputs]
        tiles = _tiles(kernel[block], positions, symmetric=x2 is None)
        _add_layers_(kernel[block], network.architecture, zip(*sides, strict=True), tiles)
        if x2 is None:
            _mirror_(kernel[block], tiles)
    return kernel


def _without_single_output(network: Network, kernel: Tensor) -> Tensor:
    keeps = network.architecture.output_axis or kernel.shape[2] > 1
    return kernel if keeps else kernel[:, :, 0, :, 0]


def _tiles(kernel: Tensor, positions: int, *, symmetric: bool) -> list[_Tile]:
    """The inputs whose pairs are worked on together; of a symmetric kernel, the upper triangle."""
    s, n, k, m, _ = kernel.shape
    own = kernel.element_size() * s * m * (k * positions) ** 2
    size = _BLOCK_BYTES // own
    if symmetric and kernel.is_cpu:
        size = min(size, _TILE_ROWS // (k * positions))
    size = max(1, size)
    return [
        _Tile(slice(start, start + size), slice(start if symmetric else 0, m))
        for start in range(0, n, size)
    ]


def _mirror_(kernel: Tensor, tiles: list[_Tile]) -> None:
    """Fills a symmetric kernel [S, n, k, n, k] below the tiles."""
    for rows, _ in tiles:
        above = kernel[:, rows, :, rows.stop :]
        kernel[:, rows.stop :, :, rows] = above.permute(0, 3, 4, 1, 2)


def _seen(network: Network, x: Tensor) -> Iterator[_Seen]:
    """What every layer sees, from output to input."""
    passed = forward(network, x)
    n, k = passed.outputs.shape[1:]
    for connection, z, signal in zip(
        reversed(network.architecture.connections),
        reversed(passed.activations),
        output_signals_(network, passed),
        strict=True,
    ):
        yield _as_seen(connection.read(z), signal, n, k)


def _as_seen(reads: Tensor, signals: Tensor, n: int, k: int) -> _Seen:
    return _Seen(reads.unflatten(1, (n, -1)), signals.unflatten(1, (n, k, -1)))


def _outputs_joined(network: Network, x: Tensor) -> Iterator[_Seen]:
    """The same with the signals of all outputs side by side, as if they were of one."""
    for reads, signals in _seen(network, x):
        yield _Seen(reads, signals.transpose(2, 3).flatten(3).unsqueeze(2))


def _add_layers_(
    kernel: Tensor,
    architecture: Architecture,
    layers: Iterable[tuple[_Seen, ...]],
    tiles: list[_Tile],
) -> None:
    """Adds the terms of all layers, seen from output to input by the one side or by both."""
    biases = architecture.bias_scales or (None,) * len(architecture.weight_scales)
    for sides, scale, bias in zip(
        layers, reversed(architecture.weight_scales), reversed(biases), strict=True
    ):
        left, right = sides[0], sides[-1]
        weight_share = scale.rate * scale.multiplier**2
        bias_share = 0.0 if bias is None else bias.rate * bias.multiplier**2
        if not scale.rate:
            continue  # frozen, and its bias with it
        if _grams_are_cheaper(left, right):
            for tile in tiles:
                _add_by_grams_(kernel, left, right, tile, weight_share, bias_share)
        else:
            _add_by_gradients_(
                kernel.flatten(3).flatten(1, 2), left, right, weight_share, bias_share
            )


def _grams_are_cheaper(left: _Seen, right: _Seen) -> bool:
    """Whether pairs of positions cost fewer multiplications than gradients."""
    _, n, k, positions, fan_out = left.signals.shape
    m, fan_in = right.reads.shape[1], left.reads.shape[3]
    by_grams = n * m * positions**2 * (fan_in + k**2 * fan_out)
    by_gradients = ((n + m) * k * positions + n * m * k**2) * fan_in * fan_out
    return by_grams <= by_gradients


def _add_by_grams_(
    kernel: Tensor,
    left: _Seen,
    right: _Seen,
    tile: _Tile,
    weight_share: float,
    bias_share: float,
) -> None:
    """Adds the Gram matrix of the reads ∘ that of the signals, summed over pairs of positions."""
    z, z2 = left.reads[:, tile.rows], right.reads[:, tile.columns]
    b, b2 = left.signals[:, tile.rows], right.signals[:, tile.columns]
    inputs = torch.bmm(z.flatten(1, 2), z2.flatten(1, 2).mT)
    if bias_share:
        inputs.add_(bias_share / weight_share)
    pairs = torch.bmm(b.flatten(1, 3), b2.flatten(1, 3).mT)
    target = kernel[:, tile.rows, :, tile.columns]
    (s, n, k, positions, _), m = b.shape, b2.shape[1]
    if positions == 1:
        inputs, pairs = inputs.view(s, n, 1, m, 1), pairs.view(s, n, k, m, k)
        target.addcmul_(inputs, pairs, value=weight_share)
    else:
        inputs = inputs.view(s, n, 1, positions, m, 1, positions)
        pairs = pairs.view(s, n, k, positions, m, k, positions)
        target.add_(pairs.mul_(inputs).sum((3, 6)), alpha=weight_share)


def _add_by_gradients_(
    kernel: Tensor, left: _Seen, right: _Seen, weight_share: float, bias_share: float
) -> None:
    """Adds inner products of the gradients, which are formed for a few channels at a time."""
    s, n, k, _, channels = left.signals.shape
    own = s * k * (n + right.reads.shape[1]) * left.reads.shape[3]
    size = max(1, _BLOCK_BYTES // (kernel.element_size() * own))
    for start in range(0, channels, size):
        gradients = [_gradients(side, slice(start, start + size)) for side in (left, right)]
        kernel.baddbmm_(gradients[0], gradients[1].mT, alpha=weight_share)
    if bias_share:
        sums = [side.signals.sum(3).flatten(1, 2) for side in (left, right)]
        kernel.baddbmm_(sums[0], sums[1].mT, alpha=bias_share)


def _gradients(side: _Seen, channels: slice) -> Tensor:
    """∂f_j(x)/∂w of the weights into some channels [S, n·k, channels·fan_in]."""
    s, n, k, _, _ = side.signals.shape
    signals = side.signals[..., channels].mT.flatten(2, 3).flatten(0, 1)  # [S·n, k·channels, P]
    products = torch.bmm(signals, side.reads.flatten(0, 1))
    return products.view(s, n * k, -1)


def as_matrix(kernel: Tensor) -> Tensor:
    """A kernel of k outputs [S, n, k, m, k] as matrices [S, n·k, m·k]; others unchanged."""
    return kernel.flatten(3, 4).flatten(1, 2) if kernel.ndim == 5 else kernel


def kernel_rate(network: Network, x: Tensor) -> Tensor:
    """1/λ_max of every network's tangent kernel on x [S].

    The learning rate of full-batch gradient descent on ½Σ(f−y)² at which the fastest mode is
    learned in one step; twice it is the limit of stability of the linearised dynamics.

    Raises:
        ValueError: No inputs, or networks whose kernel on them is 0 (no rate is too large) or
            not finite (they have diverged); names their seeds.
        OverflowError: As `tangent_kernel`.
    """
    if not x.shape[-2]:
        raise ValueError("x has no inputs: there is nothing to learn from")
    kernel = as_matrix(tangent_kernel(network, x))
    finite = torch.isfinite(kernel).flatten(1).all(1)
    largest = torch.linalg.eigvalsh(torch.where(finite[:, None, None], kernel, 0))[:, -1]
    rate = 1 / largest
    fails = ~((rate > 0) & torch.isfinite(rate))  # asked of a GPU once
    if bool(fails.any()):
        diverged = (~finite).tolist()
        which = diverged if any(diverged) else fails.tolist()
        seeds = [seed for seed, bad in zip(network.seeds, which, strict=True) if bad]
        named = ", ".join(map(str, seeds[:5])) + (" …" if len(seeds) > 5 else "")
        why = (
            "is not finite: they have diverged"
            if any(diverged)
            else "is 0 on these inputs: nothing can be learned, so give a rate"
        )
        raise ValueError(f"the tangent kernel of the networks of seeds {named} {why}")
    return rate
