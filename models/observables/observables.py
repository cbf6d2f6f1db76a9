"""Observables: how far training moved a network, and what could move it. One per network, [S].

A movement is the root mean square, over inputs and units, of the difference between two
networks of the same architecture: `before` and `after`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..kernels.tangent_kernel import tangent_kernel
from ..networks.architecture import Architecture
from ..networks.backpropagation import output_signals_
from ..networks.network import Network, forward
from ..networks.randomness import check_seeds, normal_
from ..networks.unseen_weights import UnseenWeights
from .operator_norm import operator_norm

# What the numbers that `unit_combinations` draws from a seed are for.
_COMBINATION = 2


def output_movement(before: Network, after: Network, x: Tensor) -> Tensor:
    """The rms over inputs (and outputs) of f_T(x) − f_0(x) [S]."""
    return rms(after(x) - before(x))


def activation_movement(before: Network, after: Network, x: Tensor) -> Tensor:
    """The rms over inputs and all units of all hidden layers of φ(h_T(x)) − φ(h_0(x)) [S]."""
    return _pooled(before.activations(x), after.activations(x))


def preactivation_movement(before: Network, after: Network, x: Tensor) -> Tensor:
    """The rms over inputs and all units of all hidden layers of h_T(x) − h_0(x) [S]."""
    return _pooled(before.preactivations(x), after.preactivations(x))


def layerwise_activation_movement(before: Network, after: Network, x: Tensor) -> Tensor:
    """`activation_movement` of each hidden layer by itself [S, L]."""
    return layerwise_movement(before.activations(x), after.activations(x))


def layerwise_movement(before: Sequence[Tensor], after: Sequence[Tensor]) -> Tensor:
    """The rms of the change of what each layer has, by itself [S, L].

    Args:
        before: A tensor [S, …] per layer, its activations for example.
        after: The same of the networks later.
    """
    return torch.stack([rms(b - a) for a, b in zip(before, after, strict=True)], 1)


def contribution_movement(before: Network, after: Network, x: Tensor) -> Tensor:
    """The rms over inputs and last-hidden units of the change of what each adds to the output [S].

    An output is the sum of its contributions m·w_i·z_i, m being the layer's multiplier, and a bias.

    Raises:
        ValueError: Convolutional networks, whose units add to the output at many positions.
    """
    z, z0 = after.activations(x)[-1], before.activations(x)[-1]
    return rms(contributions(after, z) - contributions(before, z0))


def contributions(network: Network, z: Tensor) -> Tensor:
    """What each last-hidden unit adds to the outputs, m·w_i·z_i [S, n, N, k].

    Args:
        network: S networks.
        z: Their last hidden layer's activations [S, n, N].

    Raises:
        ValueError: Convolutional networks, whose units add to the output at many positions.
    """
    positions = network.architecture.connectivity.positions
    if positions > 1:
        raise ValueError(
            f"contributions are those of a unit at one position, these networks have {positions}: "
            "give multilayer perceptrons"
        )
    multiplier = network.architecture.weight_scales[-1].multiplier
    return multiplier * z.unsqueeze(-1) * network.weights[-1].unsqueeze(1)


def layerwise_gradient(network: Network, x: Tensor) -> Tensor:
    """The rms over inputs, outputs and units of ∂f/∂h^l in every hidden layer l [S, L]."""
    x = network.check_inputs(x)
    parts = []
    for block in network.blocks(x.shape[1]):
        _, *signals = output_signals_(network[block], forward(network[block], x[block]))
        parts.append(torch.stack([rms(signal) for signal in reversed(signals)], 1))
    return torch.cat(parts)


def weight_movement(before: Network, after: Network) -> Tensor:
    """‖W_T − W_0‖/‖W_0‖ in Frobenius norm of each weight layer [S, L + 1].

    Raises:
        ValueError: A layer that starts at 0.
    """
    _require_starts(before, "weight_movement")
    pairs = zip(before.weights, after.weights, strict=True)
    return torch.stack([_frobenius_norm(w - w0) / _frobenius_norm(w0) for w0, w in pairs], 1)


def operator_movement(before: Network, after: Network) -> Tensor:
    """‖W_T − W_0‖/‖W_0‖ in operator norm (largest singular value) of each layer [S, L + 1].

    Raises:
        ValueError: A layer that starts at 0.
    """
    _require_starts(before, "operator_movement")
    pairs = zip(before.weights, after.weights, strict=True)
    return torch.stack([_operator_norm(w - w0) / _operator_norm(w0) for w0, w in pairs], 1)


def stable_rank(weights: Sequence[Tensor]) -> Tensor:
    """‖W‖_F²/‖W‖_op² of each layer's weights, or of their movement: 1 for rank one [S, L + 1].

    Args:
        weights: One tensor [S, m, n] per layer, none of them zero.
    """
    ratios = [_frobenius_norm(w) / _operator_norm(w) for w in weights]
    return torch.stack(ratios, 1).square()


def parameter_movement(before: Network, after: Network) -> Tensor:
    """‖θ_T − θ_0‖, Euclidean, over all parameters [S]."""
    return after.parameters.minus(before.parameters).norm()


def kernel_movement(before: Network, after: Network, x: Tensor) -> Tensor:
    """‖Θ_T − Θ_0‖/‖Θ_0‖ of the tangent kernel on x, in Frobenius norm [S]."""
    return relative_movement(tangent_kernel(before, x), tangent_kernel(after, x))


def kernel_target_alignment(kernel: Tensor, y: Tensor) -> Tensor:
    """Centred alignment of kernels with the targets, between −1 and 1 [S].

    The cosine between the centred kernel HΘH and HyyᵀH, H = 1 − 11ᵀ/n (Cortes, Mohri &
    Rostamizadeh 2012, definition 4).

    Args:
        kernel: Θ(X, X) [S, n, n].
        y: Targets [n], or of each network's own [S, n].

    Raises:
        ValueError: Shapes that do not fit, or targets of a network that are all the same.
    """
    if kernel.ndim != 3 or y.shape not in ((kernel.shape[1],), kernel.shape[:2]):
        raise ValueError(
            f"kernel {list(kernel.shape)} and targets {list(y.shape)} do not fit: "
            "give [S, n, n] and [n] or [S, n]"
        )
    centred = kernel - kernel.mean(1, keepdim=True)
    centred = centred - centred.mean(2, keepdim=True)
    direction = (y - y.mean(-1, keepdim=True)).expand(kernel.shape[:2])
    if not bool(direction.any(1).all()):
        raise ValueError("all targets are the same: no kernel is aligned with them")
    direction = direction / direction.norm(dim=1, keepdim=True)
    along = torch.einsum("si,sij,sj->s", direction, centred, direction)
    return along / centred.flatten(1).norm(dim=1)


def combination_movement(
    before: Network,
    after: Network,
    x: Tensor,
    *,
    combinations: int = 1,
    seeds: Sequence[int] | None = None,
) -> Tensor:
    """The rms change of random unit combinations of last-hidden units [S].

    Args:
        before: S networks.
        after: The same networks later.
        x: Inputs [n, d] or [S, n, d].
        combinations: How many combinations to take the rms over, besides the inputs.
        seeds: One per network, for its combinations; None takes the networks' own.

    Raises:
        ValueError: Not one seed per network, or no combination.
    """
    vectors = unit_combinations(before, combinations, seeds)
    moved = after.activations(x)[-1] - before.activations(x)[-1]
    return rms(torch.bmm(moved, vectors.mT))


def unit_combinations(
    network: Network, combinations: int = 1, seeds: Sequence[int] | None = None
) -> Tensor:
    """Uniform random unit vectors over the units of a layer, [S, combinations, N].

    Raises:
        ValueError: Not one seed per network, or no combination.
    """
    seeds = network.seeds if seeds is None else check_seeds(seeds)
    if len(seeds) != len(network):
        raise ValueError(f"{len(seeds)} seeds for {len(network)} networks: give one for each")
    if combinations < 1:
        raise ValueError(f"combinations must be a positive integer, not {combinations!r}")
    shape = (len(seeds), combinations, network.width)
    vectors = torch.empty(shape, dtype=network.dtype, device=network.device)
    normal_([vectors], seeds, _COMBINATION)
    return vectors / vectors.norm(dim=-1, keepdim=True)


def relative_movement(before: Tensor, after: Tensor) -> Tensor:
    """‖after − before‖/‖before‖ of tensors [S, …], in Frobenius norm over all but the seeds."""
    return rms(after - before) / rms(before)


def rms(values: Tensor) -> Tensor:
    """Root mean square of values [S, …] over all dimensions but the seeds [S]."""
    return values.flatten(1).square().mean(1).sqrt()


def _require_starts(before: Network, what: str) -> None:
    """Movement relative to the start has no size where a layer starts at 0."""
    at_zero = [
        index + 1
        for index, scale in enumerate(before.architecture.scales[: len(before.weights)])
        if scale.deviation == 0
    ]
    if at_zero and isinstance(before.architecture, Architecture):
        raise ValueError(
            f"{what} is relative to the start, and layer {', '.join(map(str, at_zero))} starts at 0"
        )


def _frobenius_norm(weights: Tensor) -> Tensor:
    return torch.linalg.vector_norm(weights, dim=(1, 2))


def _operator_norm(weights: Tensor) -> Tensor:
    """The largest singular values of weights [S, m, n], drawn or known by their products."""
    if isinstance(weights, UnseenWeights):
        return weights.operator_norms()
    return operator_norm(weights)


def _pooled(before: Sequence[Tensor], after: Sequence[Tensor]) -> Tensor:
    layers = [rms(z - z0).square() for z0, z in zip(before, after, strict=True)]
    return torch.stack(layers).mean(0).sqrt()
