"""Networks in the middle of their training, for what is to be observed along the way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor

from ..kernels.tangent_kernel import kernel_rate
from ..networks.network import Network
from .training import train


def course(
    network: Network,
    x: Tensor,
    y: Tensor,
    at: Sequence[int],
    *,
    rate: float | Tensor | None = None,
    tolerance: float = 1e-5,
) -> tuple[Network, ...]:
    """The networks after each of some numbers of steps of `train`.

    Whatever is a function of networks (a tangent kernel, a movement) can so be followed through
    training. A network that has converged stands still from then on; one that has diverged has
    NaN for its parameters.

    Args:
        network: S networks with k outputs.
        x: Inputs [n, d] or [S, n, d].
        y: Targets as in `train`.
        at: Numbers of steps, increasing; 0 gives the networks as they are.
        rate: η, as in `train`; None takes the `kernel_rate` of the networks as they are.
        tolerance: The rms residual at which a network has converged.

    Raises:
        ValueError: Steps that are negative or do not increase, or as `train`.
        TypeError: Tensors of another dtype or device than the network.
    """
    if not at or at[0] < 0 or any(later <= earlier for earlier, later in pairwise(at)):
        raise ValueError(f"at must be increasing numbers of steps from 0 on, not {at!r}")
    rate = kernel_rate(network, x) if rate is None else rate
    networks = []
    for earlier, later in pairwise((0, *at)):
        run = train(network, x, y, steps=later - earlier, rate=rate, tolerance=tolerance)
        network = run.final
        networks.append(network)
    return tuple(networks)
