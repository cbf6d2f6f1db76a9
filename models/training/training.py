"""Full-batch gradient descent."""

from __future__ import annotations

from torch import Tensor

from ..kernels.tangent_kernel import kernel_rate
from ..networks.backpropagation import descend_
from ..networks.network import Network
from .descent import Run, Step, check_length, run_training


def train(
    network: Network,
    x: Tensor,
    y: Tensor,
    *,
    steps: int,
    rate: float | Tensor | None = None,
    tolerance: float | Tensor = 1e-5,
    observe: Tensor | None = None,
) -> Run:
    """Full-batch gradient descent on ½Σ(f−y)² for every network.

    A network stops on its own once its rms residual is at most the tolerance or it diverges,
    so that its course never depends on the networks beside it.

    Args:
        network: S networks with k outputs.
        x: Inputs [n, d] or [S, n, d].
        y: Targets [n] or [S, n] for one output, [n, k] or [S, n, k] for more.
        steps: At most this many steps.
        rate: η, a number or one per network [S]; None takes `kernel_rate`, 1/λ_max of each
            network's own tangent kernel.
        tolerance: The rms residual at which a network has converged, a number or one per network
            [S]; 0 takes every step.
        observe: Inputs [m, d] or [S, m, d] on which to record the outputs at every step.

    Raises:
        ValueError: Shapes that do not fit, no inputs, numbers that are not finite, tensors that
            require grad, negative steps or tolerance, a rate that is not positive and finite, or
            None where nothing can be learned because the tangent kernel is 0.
        TypeError: Tensors of another dtype or device than the network.
        OverflowError: Networks whose outputs at the start are out of the range of the dtype.
    """
    check_length(steps, tolerance)
    return run_training(
        network,
        x,
        y,
        lambda _: _descend,
        steps=steps,
        rate=kernel_rate(network, x) if rate is None else rate,
        tolerance=tolerance,
        observe=observe,
    )


def _descend(step: Step) -> None:
    signal = step.residual * step.rates[:, None, None]
    descend_(step.network, step.passed, signal, step.network.parameters, step.scratch)
