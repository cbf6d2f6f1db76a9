"""Training by any optimiser of torch, on any loss, of S networks at once.

Gradient descent on ½Σ(f−y)², which theory is about, has ways of its own (`train` and its like),
and full batches here come from autograd. This is for networks as practice trains them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, TypeVar

import torch
from torch import Tensor, nn, optim
from torch.func import grad, vmap

from ..modules.architecture import own_module
from ..modules.ensemble import ModuleNetwork
from ..networks.backpropagation import pull_back
from ..networks.network import Network, Pass, forward

Loss = Callable[[Tensor, Tensor], Tensor]
"""Of one network's outputs [n, k] and the targets."""

Optimiser = Literal["sgd", "adam"] | Callable[[nn.Module], optim.Optimizer]
"""By name, or what makes the optimiser of a module."""

AnyNetwork = TypeVar("AnyNetwork", bound=Network)

# Optimisers whose step of one entry depends on that entry's gradients alone, so that S networks
# side by side are trained as each would be by itself.
_ENTRY_BY_ENTRY = (
    optim.SGD,
    optim.Adam,
    optim.AdamW,
    optim.NAdam,
    optim.RAdam,
    optim.Adamax,
    optim.RMSprop,
    optim.Adagrad,
    optim.Adadelta,
    optim.ASGD,
    optim.Rprop,
)


@dataclass(frozen=True)
class Minimisation(Generic[AnyNetwork]):
    """What minimising a loss did, network by network.

    Attributes:
        final: The networks after the last step.
        losses: Of each network before every step and at the end [S, steps + 1]; not finite, or
            ever larger, where it diverged.
    """

    final: AnyNetwork
    losses: Tensor = field(repr=False)

    @property
    def diverged(self) -> Tensor:
        """Whether the loss ceased to be finite [S]."""
        return ~torch.isfinite(self.losses).all(1)


def minimise(
    network: AnyNetwork,
    x: Tensor,
    y: Tensor,
    *,
    optimiser: Optimiser = "sgd",
    rate: float = 0.1,
    steps: int,
    loss: Loss | None = None,
) -> Minimisation[AnyNetwork]:
    """Train by full-batch steps of an optimiser of torch.

    Args:
        network: S networks.
        x: Inputs as the networks take them.
        y: Targets, the same for all networks: whole numbers [n] or [n, T] for classes, or
            numbers shaped as one network's outputs are.
        optimiser: "sgd", "adam", or a function that makes a `torch.optim` optimiser of a module
            (of an ensemble of modules), whose groups say how fast each tensor learns at its width.
        rate: η of the first two, times each tensor's own relative rate.
        steps: How many.
        loss: Of one network's outputs [n, k] and y; None takes the mean cross-entropy for whole
            numbers, and half the mean over inputs of squared errors otherwise.

    Raises:
        ValueError: Fewer than one step, a rate that is not positive, or an optimiser whose step
            is not entry by entry.
        TypeError: As the networks do for inputs.
    """
    check_steps(steps, rate)
    loss = loss or default_loss(y)
    network, stepper = ready(network, optimiser, rate)
    points = network.check_inputs(x)
    losses = []
    for _ in range(steps):
        passed = forward(network, points)
        losses.append(losses_of(passed, y, loss))
        step(network, passed, y, loss, stepper)
    losses.append(losses_of(forward(network, points), y, loss))
    return Minimisation(network, torch.stack(losses, 1))


def check_steps(steps: int, rate: float) -> None:
    """Raise ValueError for fewer than one step, or a rate that is not positive and finite."""
    if steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps!r}")
    if not 0 < rate < float("inf"):
        raise ValueError(f"rate must be positive and finite, not {rate!r}")


def losses_of(passed: Pass, y: Tensor, loss: Loss) -> Tensor:
    """The loss of every network [S]."""
    return vmap(loss, (0, None))(passed.outputs, y)


def default_loss(y: Tensor) -> Loss:
    """Half the squared error for real targets, the cross-entropy for classes."""
    return half_squared_error if y.is_floating_point() else cross_entropy


def half_squared_error(outputs: Tensor, y: Tensor) -> Tensor:
    """½Σ(f−y)² over outputs, averaged over inputs."""
    return (outputs - y.view_as(outputs)).square().sum() / (2 * len(outputs))


def cross_entropy(outputs: Tensor, y: Tensor) -> Tensor:
    """The mean cross-entropy of outputs [n, k] and classes [n], or [n, T] with k = T·classes."""
    return nn.functional.cross_entropy(outputs.reshape(y.numel(), -1), y.reshape(-1))


def ready(
    network: AnyNetwork, optimiser: Optimiser, rate: float
) -> tuple[AnyNetwork, optim.Optimizer]:
    """Networks to be trained in place, and what trains them."""
    network = replace(network, parameters=network.parameters.map(torch.clone))
    return network, _stepper(network, optimiser, rate)


def step(network: Network, passed: Pass, y: Tensor, loss: Loss, stepper: optim.Optimizer) -> None:
    """One step of training, in place."""
    signal = vmap(grad(loss), (0, None))(passed.outputs, y)
    gradient = pull_back(network, passed, signal)
    for tensor, own in zip(network.parameters.tensors, gradient.tensors, strict=True):
        tensor.grad = own
    stepper.step()


def _stepper(network: Network, optimiser: Optimiser, rate: float) -> optim.Optimizer:
    """An optimiser that trains all the networks' tensors in place."""
    tensors = network.parameters.tensors
    scales = network.architecture.scales
    if optimiser in ("sgd", "adam"):
        groups = [
            {"params": [tensor], "lr": rate * scale.rate}
            for tensor, scale in zip(tensors, scales, strict=True)
        ]
        return (optim.SGD if optimiser == "sgd" else optim.Adam)(groups)
    if isinstance(optimiser, str) or not isinstance(network, ModuleNetwork):
        raise ValueError(
            f"optimiser must be 'sgd', 'adam' or, for modules, a function that makes one of a "
            f"module, not {optimiser!r}"
        )
    module = own_module(network.architecture.make, network.width, 0)
    made = optimiser(module)
    if not isinstance(made, _ENTRY_BY_ENTRY):
        known = ", ".join(kind.__name__ for kind in _ENTRY_BY_ENTRY)
        raise ValueError(
            f"a step of {type(made).__name__} is not known to be entry by entry, so that networks "
            f"side by side would not be trained as each by itself; known are {known}"
        )
    names = {id(tensor): name for name, tensor in module.named_parameters()}
    by_name = dict(zip(network.names, zip(tensors, scales, strict=True), strict=True))
    made.param_groups = [
        {**group, "params": [by_name[name][0]], "lr": group["lr"] * by_name[name][1].rate}
        for group in made.param_groups
        for tensor in group["params"]
        if (name := names[id(tensor)]) in by_name
    ]
    return made
