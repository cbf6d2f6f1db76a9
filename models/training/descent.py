"""Many independent networks trained at once: the loop that every way of training shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ..networks.network import Network, Pass, forward
from ..networks.overflow import check_overflow

# Asking whether every network has stopped costs nothing on a CPU; a GPU is waited for, so that it
# is asked rarely: some steps that nobody needed are cheaper than a queue that runs empty.
_STEPS_BETWEEN_CHECKS, _ON_A_GPU = 1, 128
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
            [S, steps + 1, m] or [S, steps + 1, m, k]; m = 0 if nothing was observed.
    """

    initial: Network
    final: Network
    rate: Tensor
    losses: Tensor = field(repr=False)
    steps: Tensor
    converged: Tensor
    diverged: Tensor
    observed: Tensor = field(repr=False)

    @property
    def diverged_seeds(self) -> tuple[int, ...]:
        """The seeds of the networks that diverged."""
        return tuple(
            s for s, bad in zip(self.final.seeds, self.diverged.tolist(), strict=True) if bad
        )


@dataclass(frozen=True)
class Step:
    """What a way of training is given to make one step of a block of networks.

    Attributes:
        network: The networks, whose parameters are to be changed in place.
        x: Training inputs [S, n, d].
        y: Targets [S, n, k].
        passed: The forward pass on x.
        residual: f − y [S, n, k].
        rates: η of every network [S]; 0 for networks that have stopped.
        scratch: Three tensors [S, n, N] that the step may write over.
    """

    network: Network
    x: Tensor
    y: Tensor
    passed: Pass
    residual: Tensor
    rates: Tensor
    scratch: tuple[Tensor, ...]


# Prepares the training of a block of networks (its momenta, its noise) and returns its step.
Begin = Callable[[Network], Callable[[Step], None]]


def run_training(
    network: Network,
    x: Tensor,
    y: Tensor,
    begin: Begin,
    *,
    steps: int,
    rate: float | Tensor,
    tolerance: float | Tensor,
    observe: Tensor | None,
) -> Run:
    """Train copies of the networks, block by block; arguments as in `train`."""
    check_length(steps, tolerance)
    x, y = check_data(network, x, y)
    watched = x[:, :0] if observe is None else network.check_inputs(observe)
    rates = check_rates(network, rate)
    tolerances = torch.as_tensor(tolerance, dtype=y.dtype, device=y.device).expand(len(network))
    final = replace(network, parameters=network.parameters.map(torch.clone))
    parts = []
    for block in network.blocks(x.shape[1] + watched.shape[1]):
        # Some of the networks are views of all, so that a block's training is written to `final`.
        points = torch.cat((x[block], watched[block]), 1)
        step = begin(final[block])
        parts.append(
            _train_block(
                final[block], points, y[block], rates[block], step, steps, tolerances[block]
            )
        )
    losses, taken, converged, diverged, seen = (
        torch.cat(part) for part in zip(*parts, strict=True)
    )
    for tensor in final.parameters.tensors:
        tensor[diverged] = torch.nan
    observed = network.drop_single_output(seen)
    return Run(network, final, rates, losses, taken, converged, diverged, observed)


@torch.inference_mode()
def _train_block(
    network: Network,
    points: Tensor,
    y: Tensor,
    rates: Tensor,
    advance: Callable[[Step], None],
    steps: int,
    tolerances: Tensor,
) -> tuple[Tensor, ...]:
    """Train one block of networks in place; points are the training inputs, then the observed.

    A network that has stopped gets the rate 0, so that it stands still and so does its residual:
    which networks have stopped, and when, can be read off the residuals afterwards.
    """
    s, n, k = y.shape
    x = points[:, :n]
    residuals = y.new_empty(steps + 1, s)  # ‖f − y‖
    seen = y.new_empty(steps + 1, s, points.shape[1] - n, k)
    whole = forward(network, points)
    scratch = tuple(torch.empty_like(h) for h in whole.on(n).preactivations[:1] * 3)
    floor = tolerances * (n * k) ** 0.5
    first = torch.linalg.vector_norm(whole.outputs[:, :n] - y, dim=(1, 2))
    check_overflow("residuals at the start", first[:, None], network)
    bound = (_DIVERGENCE * first).clamp(max=torch.finfo(y.dtype).max)
    between = steps_between_checks(network.device)
    step = 0
    while True:
        passed = whole.on(n)
        residual = passed.outputs - y
        size = torch.linalg.vector_norm(residual, dim=(1, 2), out=residuals[step])
        seen[step] = whole.outputs[:, n:]
        running = (size > floor) & (size <= bound)
        if step == steps or (step % between == 0 and not bool(running.any())):
            break
        advance(Step(network, x, y, passed, residual, rates * running, scratch))
        whole, step = forward(network, points, out=whole), step + 1
    residuals[step:], seen[step:] = residuals[step].clone(), seen[step].clone()
    diverged, converged = ~(residuals <= bound), residuals <= floor
    taken = (~(diverged | converged)[:-1]).sum(0)
    losses = torch.where(diverged, torch.nan, residuals.square() / 2)
    seen = torch.where(diverged[..., None, None], torch.nan, seen)
    return losses.T, taken, converged[-1], diverged[-1], seen.transpose(0, 1)


def steps_between_checks(device: torch.device) -> int:
    """After how many steps to ask again whether all networks have stopped."""
    return _STEPS_BETWEEN_CHECKS if device.type == "cpu" else _ON_A_GPU


def check_data(network: Network, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """What there is to learn, as inputs [S, n, d] and targets [S, n, k].

    Raises:
        ValueError: Shapes that do not fit, no inputs, numbers that are not finite, or tensors
            that require grad.
        TypeError: Tensors of another dtype or device than the network.
    """
    x = network.check_inputs(x)
    if not x.shape[1]:
        raise ValueError("x has no inputs: there is nothing to learn from")
    return x, network.check_targets(y, x)


def check_length(steps: int, tolerance: float | Tensor) -> None:
    """Raise ValueError for negative steps or a negative tolerance."""
    if steps < 0:
        raise ValueError(f"steps must not be negative, not {steps!r}")
    least = float(tolerance.min()) if isinstance(tolerance, Tensor) else tolerance
    if not least >= 0:
        raise ValueError(f"tolerance must not be negative, not {tolerance!r}")


def check_rates(network: Network, rate: float | Tensor) -> Tensor:
    """The rates as one per network [S].

    Raises:
        ValueError: Another shape, or a rate that is not positive or not finite.
    """
    rates = torch.as_tensor(rate, dtype=network.dtype, device=network.device)
    if rates.ndim > 1 or (rates.ndim == 1 and len(rates) != len(network)):
        raise ValueError(
            f"rate must be a number or one per network [{len(network)}], not {list(rates.shape)}"
        )
    if not bool(((rates > 0) & torch.isfinite(rates)).all()):
        raise ValueError(f"rate must be positive and finite, not {rate!r}")
    return rates.expand(len(network))
