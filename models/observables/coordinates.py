"""The coordinates of a network in its first steps.

How large is what its modules give, and how far does it move? In μP neither depends on the width, in
any module (Yang & Hu 2021; Yang et al. 2022, who plot both to check an implementation).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..modules.ensemble import ModuleNetwork
from ..networks.network import Network, Pass, forward
from ..networks.parameters import Parameters
from ..training.minimisation import Loss, Optimiser, check_steps, default_loss, ready, step
from .observables import rms

OUTPUTS = "outputs"
"""What the networks' own outputs are called among the features."""


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
        x: As for `minimise`, and so are the other arguments.
        y: Targets, the same for all networks.
        optimiser: By name, or what makes one of a module.
        rate: η of an optimiser by name.
        steps: How many.
        loss: None takes that of `minimise`.

    Raises:
        ValueError: As `minimise`.
        TypeError: As `minimise`.
    """
    check_steps(steps, rate)
    loss = loss or default_loss(y)
    network, stepper = ready(network, optimiser, rate)
    start, passed = _seen(network, x)
    movements: dict[str, list[Tensor]] = {name: [] for name in start}
    for _ in range(steps):
        step(network, passed, y, loss, stepper)
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
    after, stepper = ready(network, optimiser, rate)
    start, passed = _seen(after, x)
    step(after, passed, y, loss, stepper)
    moved = {}
    for index, name in enumerate(network.names):
        tensors = list(network.parameters.tensors)
        tensors[index] = after.parameters.tensors[index]
        alone, _ = _seen(replace(network, parameters=Parameters(tuple(tensors))), x)
        owner = name.rpartition(".")[0]
        feature = owner if owner in start else OUTPUTS
        moved[name] = rms(alone[feature] - start[feature])
    return moved


def _seen(network: Network, x: Tensor) -> tuple[dict[str, Tensor], Pass]:
    """All features and the outputs, and the pass that gave these."""
    passed = forward(network, network.check_inputs(x))
    return {**network.features(x), OUTPUTS: passed.outputs}, passed
