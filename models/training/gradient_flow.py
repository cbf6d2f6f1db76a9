"""Training in continuous time: gradient flow, and the flow that gradient descent follows.

Gradient descent of rate η is Euler's method for θ' = v(θ), where v is minus the gradient of
½Σ(f−y)² in the metric in which the networks are trained. It departs from that flow by O(η), and
by O(η²) only from the flow of the modified field v − (η/2) v'·v, which for v = −∇L belongs to the
loss L + (η/4)|∇L|² (Hairer et al. 2006, section IX.1; Barrett & Dherin 2021).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ..networks.backpropagation import pull_back
from ..networks.network import Network, forward
from ..networks.overflow import check_overflow
from ..networks.parameters import Parameters
from .descent import check_data
from .linearisation import in_metric

Field = Callable[[Network], tuple[Parameters, Tensor]]
"""A vector field in parameter space: the velocity of every network, and its outputs there."""


@dataclass(frozen=True)
class Flow:
    """What gradient flow did, network by network.

    Attributes:
        final: The networks at the end.
        outputs: f_t on the training inputs at equally spaced times from 0 to the end
            [S, steps + 1, n], or [S, steps + 1, n, k] for k > 1 outputs.
    """

    final: Network
    outputs: Tensor = field(repr=False)


def train_flow(
    network: Network,
    x: Tensor,
    y: Tensor,
    *,
    time: float | Tensor,
    steps: int,
    rate: float | Tensor = 0.0,
) -> Flow:
    """Gradient flow on ½Σ(f−y)², by the classical Runge–Kutta method of order 4.

    A step of length h changes a mode of eigenvalue λ by e^(−hλ) up to (hλ)^5/120.

    Args:
        network: S networks with k outputs.
        x: Inputs [n, d] or [S, n, d].
        y: Targets as in `train`.
        time: How long to follow the flow, a number or one per network [S].
        steps: Into how many steps to divide the time.
        rate: η of the gradient descent whose modified flow to follow, a number or one per
            network [S]; 0 follows the gradient. At kinks of the activation its second
            derivative is taken for 0.

    Raises:
        ValueError: Shapes that do not fit, no inputs, numbers that are not finite, tensors that
            require grad, no step, a time that is not positive, or a rate that is negative.
        TypeError: Tensors of another dtype or device than the network.
        OverflowError: Networks whose outputs at the start are out of the range of the dtype.
    """
    x, y = check_data(network, x, y)
    if steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps!r}")
    length = torch.as_tensor(time, dtype=y.dtype, device=y.device).expand(len(network)) / steps
    if not bool(((length > 0) & torch.isfinite(length)).all()):
        raise ValueError(f"time must be positive and finite, not {time!r}")
    rates = torch.as_tensor(rate, dtype=y.dtype, device=y.device).expand(len(network))
    if not bool(((rates >= 0) & torch.isfinite(rates)).all()):
        raise ValueError(f"rate must be finite and not negative, not {rate!r}")
    check_overflow("outputs at the start", forward(network, x).outputs, network)
    final = replace(network, parameters=network.parameters.map(torch.clone))
    outputs = []
    for block in network.blocks(x.shape[1]):
        own, seen = _follow(final[block], x[block], y[block], length[block], steps, rates[block])
        outputs.append(seen)
        final[block].parameters.map(Tensor.copy_, own.parameters)
    return Flow(final, network.drop_single_output(torch.cat(outputs)))


def _follow(
    network: Network, x: Tensor, y: Tensor, length: Tensor, steps: int, rate: Tensor
) -> tuple[Network, Tensor]:
    def plain(point: Network) -> tuple[Parameters, Tensor]:
        passed = forward(point, x)
        return in_metric(point, pull_back(point, passed, y - passed.outputs)), passed.outputs

    def modified(point: Network) -> tuple[Parameters, Tensor]:
        velocity, outputs = plain(point)
        bend = in_metric(point, _second_derivative(point, x, y, velocity))
        return velocity.plus(bend, rate / 2), outputs

    along = modified if bool(rate.any()) else plain
    seen = []
    for _ in range(steps):
        network, outputs = _runge_kutta(along, network, length)
        seen.append(outputs)
    return network, torch.stack([*seen, forward(network, x).outputs], 1)


def _second_derivative(network: Network, x: Tensor, y: Tensor, direction: Parameters) -> Parameters:
    """The second derivative of ½Σ(f−y)² applied to a direction, by differentiating twice."""
    with torch.enable_grad():
        point = network.parameters.map(lambda tensor: tensor.detach().requires_grad_())
        outputs = forward(replace(network, parameters=point), x).outputs
        loss = (outputs - y).square().sum() / 2
        gradient = torch.autograd.grad(loss, point.tensors, create_graph=True)
        products = [(g * u).sum() for g, u in zip(gradient, direction.tensors, strict=True)]
        second = torch.autograd.grad(torch.stack(products).sum(), point.tensors)
    layers = len(network.weights)
    return Parameters(second[:layers], second[layers:])


def _runge_kutta(along: Field, network: Network, length: Tensor) -> tuple[Network, Tensor]:
    """The networks after a step, and the outputs before it."""
    first, outputs = along(network)
    second, _ = along(network.displaced(first, length / 2))
    third, _ = along(network.displaced(second, length / 2))
    fourth, _ = along(network.displaced(third, length))
    slope = first.plus(second, 2).plus(third, 2).plus(fourth)
    return network.displaced(slope, length / 6), outputs
