"""Other ways of training than gradient descent: momentum, minibatches, Adam, Langevin."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ..networks.architecture import Architecture
from ..networks.backpropagation import descend_, pull_back
from ..networks.network import Network, forward
from ..networks.parameters import per_network
from ..networks.randomness import generators
from .descent import Run, Step, check_data, run_training

# What the numbers drawn from a seed are for.
_ORDER, _NOISE = 3, 4


def train_minibatch(
    network: Network,
    x: Tensor,
    y: Tensor,
    *,
    rate: float | Tensor,
    epochs: int,
    batch_size: int,
    tolerance: float = 1e-5,
    observe: Tensor | None = None,
) -> Run:
    """Stochastic gradient descent on ½Σ(f−y)², without replacement.

    Every network visits the inputs in an order of its own seed. The gradient of a batch counts
    n/batch_size times, so that it is unbiased and the rate means what it means in `train`.

    Args:
        network: S networks with k outputs.
        x: Inputs [n, d] or [S, n, d].
        y: Targets as in `train`.
        rate: η, a number or one per network [S].
        epochs: At most this many passes over the inputs; the run's `steps` and `losses` count
            epochs.
        batch_size: Inputs per step; the last step of an epoch may have fewer.
        tolerance: The rms residual, at the start of an epoch, at which a network has converged.
        observe: Inputs on which to record the outputs before every epoch.

    Raises:
        ValueError: A batch size outside 1 … n, or as `train`.
        TypeError: Tensors of another dtype or device than the network.
    """
    check_data(network, x, y)
    _check_batch_size(batch_size, x)

    def begin(block: Network) -> Callable[[Step], None]:
        own = _order_generators(block)

        def advance(step: Step) -> None:
            for points, targets, weight in _batches(step, own, batch_size):
                passed = forward(step.network, points)
                signal = (passed.outputs - targets) * (weight * step.rates[:, None, None])
                descend_(step.network, passed, signal, step.network.parameters)

        return advance

    return run_training(
        network, x, y, begin, steps=epochs, rate=rate, tolerance=tolerance, observe=observe
    )


def train_momentum(
    network: Network,
    x: Tensor,
    y: Tensor,
    *,
    steps: int,
    rate: float | Tensor,
    momentum: float = 0.9,
    tolerance: float | Tensor = 1e-5,
    observe: Tensor | None = None,
) -> Run:
    """Full-batch gradient descent on ½Σ(f−y)² with a heavy ball: v ← βv − η∇L, θ ← θ + v.

    At constant slope it moves 1/(1 − β) times as fast as `train` at the same rate.

    Args:
        network: S networks with k outputs.
        x: Inputs [n, d] or [S, n, d].
        y: Targets as in `train`.
        steps: At most this many steps.
        rate: η, a number or one per network [S].
        momentum: β, in [0, 1); 0 is `train`.
        tolerance: The rms residual at which a network has converged, a number or one per network
            [S]; it then stands still.
        observe: Inputs on which to record the outputs at every step.

    Raises:
        ValueError: A momentum outside [0, 1), or as `train`.
        TypeError: Tensors of another dtype or device than the network.

    Source: Polyak 1964.
    """
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be in [0, 1), not {momentum!r}")

    def begin(block: Network) -> Callable[[Step], None]:
        velocity = block.parameters.map(torch.zeros_like)

        def advance(step: Step) -> None:
            decay = (step.rates > 0).to(step.rates) * momentum
            for v in velocity.tensors:
                v.mul_(per_network(decay, v))
            signal = step.residual * step.rates[:, None, None]
            descend_(step.network, step.passed, signal, velocity, step.scratch)
            for theta, v in zip(step.network.parameters.tensors, velocity.tensors, strict=True):
                theta.add_(v)

        return advance

    return run_training(
        network, x, y, begin, steps=steps, rate=rate, tolerance=tolerance, observe=observe
    )


def train_adam(
    network: Network,
    x: Tensor,
    y: Tensor,
    *,
    rate: float | Tensor,
    epochs: int,
    batch_size: int | None = None,
    betas: tuple[float, float] = (0.9, 0.999),
    epsilon: float = 1e-8,
    tolerance: float = 1e-5,
    observe: Tensor | None = None,
) -> Run:
    """Adam (Kingma & Ba 2015) on ½Σ(f−y)², every tensor at its own relative rate N^-c.

    Because Adam's step does not scale with the gradient, the width scaling of gradient descent
    is not its own: for maximal updates take `mup_adam`.

    Args:
        network: S networks with k outputs.
        x: Inputs [n, d] or [S, n, d].
        y: Targets as in `train`.
        rate: Step size η, a number or one per network [S].
        epochs: At most this many passes over the inputs, as in `train_minibatch`.
        batch_size: Inputs per step; None takes all.
        betas: Decay of the running mean of the gradient and of its square.
        epsilon: Added to the root of the mean square.
        tolerance: The rms residual at which a network has converged.
        observe: Inputs on which to record the outputs before every epoch.

    Raises:
        ValueError: A batch size outside 1 … n, betas outside [0, 1), a negative epsilon, or as
            `train`.
        TypeError: Tensors of another dtype or device than the network.
    """
    check_data(network, x, y)
    size = x.shape[-2] if batch_size is None else batch_size
    _check_batch_size(size, x)
    if not all(0 <= beta < 1 for beta in betas):
        raise ValueError(f"betas must be in [0, 1), not {betas!r}")
    if not 0 <= epsilon < float("inf"):
        raise ValueError(f"epsilon must not be negative, nor infinite, not {epsilon!r}")

    def begin(block: Network) -> Callable[[Step], None]:
        own = _order_generators(block)
        mean = block.parameters.map(torch.zeros_like)
        square = block.parameters.map(torch.zeros_like)
        scales = block.architecture.scales
        count = 0

        def advance(step: Step) -> None:
            nonlocal count
            for points, targets, weight in _batches(step, own, size):
                count += 1
                passed = forward(step.network, points)
                signal = (passed.outputs - targets) * weight
                gradient = pull_back(step.network, passed, signal)
                tensors = (step.network.parameters, gradient, mean, square)
                for scale, theta, g, m, v in zip(
                    scales, *(parameters.tensors for parameters in tensors), strict=True
                ):
                    m.lerp_(g, 1 - betas[0])
                    v.lerp_(g.square_(), 1 - betas[1])
                    root = (v / (1 - betas[1] ** count)).sqrt_().add_(epsilon)
                    move = (m / (1 - betas[0] ** count)).div_(root)
                    theta.sub_(move.mul_(per_network(scale.rate * step.rates, theta)))

        return advance

    return run_training(
        network, x, y, begin, steps=epochs, rate=rate, tolerance=tolerance, observe=observe
    )


def sample_langevin(
    network: Network,
    x: Tensor,
    y: Tensor,
    *,
    rate: float | Tensor,
    steps: int,
    temperature: float,
    observe: Tensor | None = None,
) -> Run:
    """Unadjusted Langevin dynamics towards the density ∝ exp(−L(θ)/T)·prior(θ).

    θ ← θ − η(∇L + Tθ/σ²) + √(2ηT)·ξ with L = ½Σ(f−y)², the prior N(0, σ²) of the networks'
    initialisation and noise ξ of each network's own seed; a layer of rate N^-c counts time N^-c
    times as fast, which leaves the stationary law alone. The law is reached up to O(η).

    Args:
        network: S networks with k outputs: S independent chains.
        x: Inputs [n, d] or [S, n, d].
        y: Targets as in `train`.
        rate: Step η, a number or one per network [S].
        steps: Number of steps.
        temperature: T.
        observe: Inputs on which to record the outputs at every step.

    Raises:
        ValueError: A temperature that is not positive, a tensor that starts at 0, or as `train`.
        TypeError: Tensors of another dtype or device than the network.
    """
    if not 0 < temperature < float("inf"):
        raise ValueError(f"temperature must be positive and finite, not {temperature!r}")
    if isinstance(network.architecture, Architecture):
        network.architecture.require_starts("Langevin dynamics under the prior of the start")

    def begin(block: Network) -> Callable[[Step], None]:
        own = generators(block.seeds, _NOISE, block.device)
        scales = block.architecture.scales

        def advance(step: Step) -> None:
            gradient = pull_back(step.network, step.passed, step.residual)
            for scale, theta, g in zip(
                scales, step.network.parameters.tensors, gradient.tensors, strict=True
            ):
                time = per_network(scale.rate * step.rates, theta)
                noise = torch.empty_like(theta)
                for row, generator in zip(noise, own, strict=True):
                    row.normal_(generator=generator)
                g.add_(theta, alpha=temperature / scale.deviation**2)
                theta.sub_(time * g).add_((2 * temperature * time).sqrt() * noise)

        return advance

    return run_training(
        network, x, y, begin, steps=steps, rate=rate, tolerance=0.0, observe=observe
    )


def _batches(
    step: Step, own: list[torch.Generator], size: int
) -> Iterator[tuple[Tensor, Tensor, float]]:
    """The batches of one epoch: inputs, targets and n/batch size, each network's in its order."""
    n = step.x.shape[1]
    if size == n:
        yield step.x, step.y, 1.0
        return
    order = torch.stack([torch.randperm(n, generator=generator) for generator in own])
    for chosen in order.to(step.x.device).split(size, 1):
        points = step.x.gather(1, chosen.unsqueeze(-1).expand(-1, -1, step.x.shape[2]))
        targets = step.y.gather(1, chosen.unsqueeze(-1).expand(-1, -1, step.y.shape[2]))
        yield points, targets, n / chosen.shape[1]


def _order_generators(block: Network) -> list[torch.Generator]:
    """Orders are drawn on the CPU, so that a network sees the same ones on every device."""
    return generators(block.seeds, _ORDER, "cpu")


def _check_batch_size(size: int, x: Tensor) -> None:
    if not 1 <= size <= x.shape[-2]:
        raise ValueError(f"batch_size must be in 1 … {x.shape[-2]}, not {size!r}")
