"""Linearised networks: the first-order expansion of a network about its own weights.

f_lin(x, u) = f(x, θ_0) + ∂f(x, θ_0)/∂θ·u, a model linear in the displacement u = θ − θ_0 (Lee et
al. 2019). Its kernel is the tangent kernel at θ_0, which never moves. The metric of parameter
space is the one in which the networks are trained: a layer of rate η·N^-c counts N^c|u|².
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..kernels.kernel_regression import solve
from ..kernels.tangent_kernel import as_matrix, kernel_rate, tangent_kernel
from ..networks.backpropagation import descend_, pull_back, push_forward, push_forward_twice
from ..networks.network import Network, forward
from ..networks.parameters import Parameters
from ..networks.randomness import check_seeds, normal_
from .descent import check_data, check_length, check_rates, steps_between_checks

# What the numbers that `random_direction` draws from a seed are for.
_DIRECTION = 1


@dataclass(frozen=True)
class LinearisedRun:
    """What training a linearised network did.

    Attributes:
        displacement: u = θ_T − θ_0 of every network.
        losses: ½Σ(f_lin−y)² before each step and at the end [S, steps + 1].
        converged: Whether the rms residual came down to the tolerance [S].
    """

    displacement: Parameters = field(repr=False)
    losses: Tensor = field(repr=False)
    converged: Tensor


@dataclass(frozen=True)
class LinearisedNetwork:
    """The networks' first-order expansion about their weights.

    Attributes:
        network: The networks expanded, at θ_0.
    """

    network: Network

    def __call__(self, x: Tensor, displacement: Parameters) -> Tensor:
        """f_lin on inputs x [n, d] at the displacement: [S, n], or [S, n, k] for k > 1."""
        passed = forward(self.network, self.network.check_inputs(x))
        slope = push_forward(self.network, passed, displacement)
        return self.network.drop_single_output(passed.outputs + slope)

    def gradient(self, x: Tensor, cotangent: Tensor) -> Parameters:
        """Σ cotangent·∂f(x)/∂θ, the cotangent shaped as outputs on x are."""
        x = self.network.check_inputs(x)
        signal = self.network.check_targets(cotangent, x)
        return pull_back(self.network, forward(self.network, x), signal)

    def train(
        self,
        x: Tensor,
        y: Tensor,
        *,
        steps: int,
        rate: float | Tensor | None = None,
        tolerance: float = 1e-12,
    ) -> LinearisedRun:
        """Gradient descent on ½Σ(f_lin−y)² in parameter space, step by step.

        Arguments as in `train`; the networks stop together, some steps after all have
        converged. The trajectory of the outputs alone is cheaper from
        `gradient_descent_in_function_space`.

        Raises:
            ValueError: A rate above the limit of stability 2/λ_max, or as `train`.
            TypeError: Tensors of another dtype or device than the network.
        """
        check_length(steps, tolerance)
        x, y = check_data(self.network, x, y)
        fastest = kernel_rate(self.network, x)
        rates = fastest if rate is None else check_rates(self.network, rate)
        if bool((rates > 2 * fastest).any()):
            limit = 2 * float(fastest.min())
            raise ValueError(f"rate {rate!r} is above the limit of stability 2/λ_max = {limit:.6g}")
        passed = forward(self.network, x)
        displacement = self.network.parameters.map(torch.zeros_like)
        losses = y.new_empty(len(self.network), steps + 1)
        converged = torch.zeros(len(self.network), dtype=torch.bool, device=y.device)
        between = steps_between_checks(y.device)
        for step in range(steps + 1):
            residual = passed.outputs + push_forward(self.network, passed, displacement) - y
            losses[:, step] = residual.square().sum((1, 2)) / 2
            converged = residual.square().mean((1, 2)).sqrt() <= tolerance
            if step == steps or (step % between == 0 and bool(converged.all())):
                losses[:, step:] = losses[:, step : step + 1]
                break
            descend_(self.network, passed, residual * rates[:, None, None], displacement)
        return LinearisedRun(displacement, losses, converged)


def one_shot(network: Network, x: Tensor, y: Tensor) -> Network:
    """The real networks at the solution of their linearised problem.

    The displacement ∂f(X)ᵀ Θ^-1 (Y − f_0(X)) is the smallest one with which the linearised
    network fits the targets, and where its gradient descent from u = 0 ends.

    Args:
        network: S networks with k outputs, at θ_0.
        x: Training inputs X [n, d] or [S, n, d].
        y: Targets Y [n] or [S, n] for one output, [n, k] or [S, n, k] for more.

    Raises:
        ValueError: Shapes that do not fit, no inputs, numbers that are not finite, tensors that
            require grad, or a singular kernel (says which inputs coincide).
    """
    x, y = check_data(network, x, y)
    passed = forward(network, x)
    residual = (y - passed.outputs).flatten(1)
    dual = solve(as_matrix(tangent_kernel(network, x)), residual, y.shape[2]).view_as(y)
    return network.displaced(in_metric(network, pull_back(network, passed, dual)))


def in_metric(network: Network, gradient: Parameters) -> Parameters:
    """A gradient turned into the direction in which training moves: each layer times N^-c."""
    return gradient.times([scale.rate for scale in network.architecture.scales])


def random_direction(network: Network, seeds: Sequence[int] | None = None) -> Parameters:
    """A uniform random direction of unit length in every network's parameter space.

    Args:
        network: S networks.
        seeds: One per network; None takes the networks' own, whose directions are drawn apart
            from their weights.

    Raises:
        ValueError: Not one seed per network.
    """
    seeds = network.seeds if seeds is None else check_seeds(seeds)
    if len(seeds) != len(network):
        raise ValueError(f"{len(seeds)} seeds for {len(network)} networks: give one for each")
    direction = network.parameters.map(torch.empty_like)
    normal_(direction.tensors, seeds, _DIRECTION)
    roots = [scale.rate**0.5 for scale in network.architecture.scales]
    return unit_direction(network, direction.times(roots))


def unit_direction(network: Network, direction: Parameters) -> Parameters:
    """The direction scaled to unit length in the metric in which the networks are trained.

    Of layers that are frozen, and can go nowhere, nothing is left in it.
    """
    rates = [scale.rate for scale in network.architecture.scales]
    direction = direction.times([float(rate > 0) for rate in rates]) if 0 in rates else direction
    weighted = direction.times([1 / rate if rate else 0.0 for rate in rates])
    length = weighted.dot(direction).sqrt()
    return direction.times([1 / length] * len(direction.tensors))


def taylor_terms(
    network: Network, x: Tensor, direction: Parameters
) -> tuple[Tensor, Tensor, Tensor]:
    """f, df/dδ and d²f/dδ² along θ + δ·direction at δ = 0.

    Returns:
        Three tensors [S, n], or [S, n, k] for k > 1 outputs.
    """
    passed = forward(network, network.check_inputs(x))
    first, second = push_forward_twice(network, passed, direction)
    return (
        network.drop_single_output(passed.outputs),
        network.drop_single_output(first),
        network.drop_single_output(second),
    )
