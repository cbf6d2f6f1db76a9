"""Full-batch gradient descent on many independent networks at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from .backpropagation import descend_
from .network import MLP, forward
from .tangent_kernel import kernel_rate

# Asking a GPU whether every network has stopped waits for it: ask now and then.
_STEPS_BETWEEN_CHECKS = 8
# A residual this many times the initial one does not come back.
_DIVERGENCE = 1e6


@dataclass(frozen=True)
class Run:
    """What training did, network by network.

    Attributes:
        initial: The networks before.
        final: The networks after; every parameter of a diverged network is NaN.
        rate: Learning rate η of every network [S].
        losses: ½Σ(f−y)² before each step and at the end [S, steps + 1]; a network that stopped
            early keeps its last value, a diverged one has NaN from then on.
        steps: Number of steps every network took [S].
        converged: Whether the rms residual came down to the tolerance [S].
        diverged: Whether the residual grew beyond bounds or ceased to be finite [S].
        observed: Outputs on the observed inputs before each step and at the end
            [S, steps + 1, m] or [S, steps + 1, m, k]; None if nothing was observed.
    """

    initial: MLP
    final: MLP
    rate: Tensor
    losses: Tensor = field(repr=False)
    steps: Tensor
    converged: Tensor
    diverged: Tensor
    observed: Tensor | None = field(default=None, repr=False)

    @property
    def diverged_seeds(self) -> tuple[int, ...]:
        """The seeds of the networks that diverged."""
        return tuple(
            s for s, bad in zip(self.final.seeds, self.diverged.tolist(), strict=True) if bad
        )


def train(
    network: MLP,
    x: Tensor,
    y: Tensor,
    *,
    steps: int,
    rate: float | Tensor | None = None,
    tolerance: float = 1e-5,
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
        tolerance: The rms residual at which a network has converged; 0 takes every step.
        observe: Inputs [m, d] or [S, m, d] on which to record the outputs at every step.

    Raises:
        ValueError: Shapes that do not fit, negative steps or tolerance, a rate that is not
            positive.
        TypeError: Tensors of another dtype or device than the network.
    """
    if steps < 0:
        raise ValueError(f"steps must not be negative, not {steps!r}")
    if not tolerance >= 0:
        raise ValueError(f"tolerance must not be negative, not {tolerance!r}")
    x = network.check_inputs(x)
    y = network.check_targets(y, x.shape[1])
    watched = x[:, :0] if observe is None else network.check_inputs(observe)
    rates = _check_rates(network, kernel_rate(network, x) if rate is None else rate)
    final = replace(network, parameters=network.parameters.map(torch.clone))
    parts = []
    for block in network.blocks:
        # Some of the networks are views of all, so that a block's descent is written to `final`.
        points = torch.cat((x[block], watched[block]), 1)
        parts.append(_descend_block(final[block], points, y[block], rates[block], steps, tolerance))
    losses, taken, converged, diverged, seen = (
        torch.cat(part) for part in zip(*parts, strict=True)
    )
    for tensor in final.parameters.tensors:
        tensor[diverged] = torch.nan
    observed = None if observe is None else network.drop_single_output(seen)
    return Run(network, final, rates, losses, taken, converged, diverged, observed)


def _descend_block(
    network: MLP, points: Tensor, y: Tensor, rates: Tensor, steps: int, tolerance: float
) -> tuple[Tensor, ...]:
    """Train one block of networks in place; points are the training inputs, then the observed.

    A network that has stopped gets the signal 0, which leaves its parameters as they are.
    """
    s, n, k = y.shape
    losses = y.new_empty(s, steps + 1)
    seen = y.new_empty(s, steps + 1, points.shape[1] - n, k)
    taken = torch.zeros(s, dtype=torch.long, device=y.device)
    converged, diverged = torch.zeros_like(taken, dtype=torch.bool), taken > 0
    bound = y.new_full((s,), torch.inf)
    for step in range(steps + 1):
        passed = forward(network, points)
        residual = passed.outputs[:, :n] - y
        squares = residual.square().sum((1, 2))
        rms = (squares / (n * k)).sqrt()
        diverged = diverged | ~(rms <= bound)
        converged = converged | ((rms <= tolerance) & ~diverged)
        running = ~(converged | diverged)
        losses[:, step] = torch.where(diverged, torch.nan, squares / 2)
        seen[:, step] = torch.where(diverged[:, None, None], torch.nan, passed.outputs[:, n:])
        if step == 0:
            bound = _DIVERGENCE * rms
        if step == steps:
            break
        if step % _STEPS_BETWEEN_CHECKS == 0 and not bool(running.any()):
            losses[:, step:] = losses[:, step : step + 1]
            seen[:, step:] = seen[:, step : step + 1]
            break
        taken += running
        signal = torch.where(running[:, None, None], residual * rates[:, None, None], 0)
        descend_(network, passed.on(n), signal)
    return losses, taken, converged, diverged, seen


def _check_rates(network: MLP, rate: float | Tensor) -> Tensor:
    rates = torch.as_tensor(rate, dtype=network.dtype, device=network.device)
    if rates.ndim > 1 or (rates.ndim == 1 and len(rates) != len(network)):
        raise ValueError(
            f"rate must be a number or one per network [{len(network)}], not {list(rates.shape)}"
        )
    if not bool((rates > 0).all()):
        raise ValueError(f"rate must be positive, not {rate!r}")
    return rates.expand(len(network))
