"""The coordinates of a network in its first steps.

How large is what its modules give, and how far does it move? In μP neither depends on the width, in
any module (Yang & Hu 2021; Yang et al. 2022, who plot both to check an implementation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn, optim
from torch.func import grad, vmap

from ..networks.backpropagation import pull_back
from ..networks.module_architecture import own_module
from ..networks.module_ensemble import ModuleNetwork
from ..networks.network import Network, Pass, forward
from ..networks.parameters import Parameters
from .observables import rms

Loss = Callable[[Tensor, Tensor], Tensor]
"""Of one network's outputs [n, k] and the targets."""

Optimiser = Literal["sgd", "adam"] | Callable[[nn.Module], optim.Optimizer]
"""By name, or what makes the optimiser of a module."""

AnyNetwork = TypeVar("AnyNetwork", bound=Network)

OUTPUTS = "outputs"
"""What the networks' own outputs are called among the features."""

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
class Coordinates:
    """What a few steps of training do, by the names of features and for the outputs.

    Attributes:
        sizes: The rms over inputs and units at the start [S].
        movements: The rms of the change since the start, after each step [S, steps].
    """

    sizes: dict[str, Tensor]
    movements: dict[str, Tensor]


def coordinates(
    network: Network,
    x: Tensor,
    y: Tensor,
    *,
    optimiser: Optimiser = "sgd",
    rate: float = 0.1,
    steps: int = 4,
    loss: Loss | None = None,
) -> Coordinates:
    """Train for a few full-batch steps and look at every module.

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
    if steps < 1:
        raise ValueError(f"steps must be at least 1, not {steps!r}")
    if not 0 < rate < float("inf"):
        raise ValueError(f"rate must be positive and finite, not {rate!r}")
    loss = loss or default_loss(y)
    network, stepper = _ready(network, optimiser, rate)
    start, passed = _seen(network, x)
    movements: dict[str, list[Tensor]] = {name: [] for name in start}
    for _ in range(steps):
        _step(network, passed, y, loss, stepper)
        seen, passed = _seen(network, x)
        for name, own in seen.items():
            movements[name].append(rms(own - start[name]))
    return Coordinates(
        {name: rms(seen) for name, seen in start.items()},
        {name: torch.stack(moved, 1) for name, moved in movements.items()},
    )


def own_updates(
    network: ModuleNetwork,
    x: Tensor,
    y: Tensor,
    *,
    optimiser: Optimiser = "sgd",
    rate: float = 0.1,
    loss: Loss | None = None,
) -> dict[str, Tensor]:
    """How far the first step of each tensor by itself moves what its own module gives.

    In μP this too is independent of the width; where a network as a whole is not, it tells whose
    multiplier or rate is at fault.

    Args:
        network: S networks.
        x: As for `coordinates`.
        y: As for `coordinates`.
        optimiser: As for `coordinates`.
        rate: As for `coordinates`.
        loss: As for `coordinates`.

    Returns:
        The rms over inputs and units [S], by the names of tensors.
    """
    loss = loss or default_loss(y)
    after, stepper = _ready(network, optimiser, rate)
    start, passed = _seen(after, x)
    _step(after, passed, y, loss, stepper)
    moved = {}
    for index, name in enumerate(network.names):
        tensors = list(network.parameters.tensors)
        tensors[index] = after.parameters.tensors[index]
        alone, _ = _seen(replace(network, parameters=Parameters(tuple(tensors))), x)
        owner = name.rpartition(".")[0]
        feature = owner if owner in start else OUTPUTS
        moved[name] = rms(alone[feature] - start[feature])
    return moved


def default_loss(y: Tensor) -> Loss:
    """Half the squared error for real targets, the cross-entropy for classes."""
    return half_squared_error if y.is_floating_point() else cross_entropy


def half_squared_error(outputs: Tensor, y: Tensor) -> Tensor:
    """½Σ(f−y)² over outputs, averaged over inputs."""
    return (outputs - y.view_as(outputs)).square().sum() / (2 * len(outputs))


def cross_entropy(outputs: Tensor, y: Tensor) -> Tensor:
    """The mean cross-entropy of outputs [n, k] and classes [n], or [n, T] with k = T·classes."""
    return nn.functional.cross_entropy(outputs.reshape(y.numel(), -1), y.reshape(-1))


def _ready(
    network: AnyNetwork, optimiser: Optimiser, rate: float
) -> tuple[AnyNetwork, optim.Optimizer]:
    """Networks to be trained in place, and what trains them."""
    network = replace(network, parameters=network.parameters.map(torch.clone))
    return network, _stepper(network, optimiser, rate)


def _seen(network: Network, x: Tensor) -> tuple[dict[str, Tensor], Pass]:
    """All features and the outputs, and the pass that gave these."""
    passed = forward(network, network.check_inputs(x))
    return {**network.features(x), OUTPUTS: passed.outputs}, passed


def _step(network: Network, passed: Pass, y: Tensor, loss: Loss, stepper: optim.Optimizer) -> None:
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
