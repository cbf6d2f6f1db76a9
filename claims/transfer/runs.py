"""Networks trained on one task and then on another: the runs that the claims of this topic read.

Networks are asked to change by the labels, f_0 + y, and outputs are counted from the start: what
is compared is what was learned, and the random output at the start is nobody's transfer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from widthwise.harness.terms.seeds import Seeds
from widthwise.models import (
    Network,
    Parameters,
    Parametrization,
    kernel_regression,
    relu,
    tangent_kernel,
)

from ..lazy_training.runs import convergence
from .second_task import trained
from .steps import steps_of_kernel
from .tasks import FEW, Draw, Task, Tasks

RUNS = "pretraining and a second task"
"""The name that the seeds of all these runs derive from."""

TOLERANCE = 0.01
"""The RMS residual at which training on the second task ends."""


def networks(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    tasks: Draw,
    parametrization: Parametrization,
) -> tuple[Network, Network, Tasks]:
    """Networks before and after the first task, and the tasks."""
    drawn = tasks(seeds)
    initial = mlp(
        width,
        seeds,
        input_dim=drawn.input_dim,
        depth=1,
        activation=relu,
        parametrization=parametrization,
    )
    drawn = drawn.on(initial.device)
    return initial, pretrained(initial, drawn), drawn


def pretrained(initial: Network, tasks: Tasks) -> Network:
    """The networks that have learned the first task to 1%."""
    return convergence(initial, tasks.first, initial(tasks.first) + tasks.old.first)


def with_a_new_readout(network: Network, initial: Network) -> Network:
    """The same hidden units with output weights that nothing has been learned with.

    They are those of the start, one unit further, so that they are independent of the units.
    """
    *hidden, _ = network.weights
    readout = initial.weights[-1].roll(1, 1)
    return replace(network, parameters=Parameters((*hidden, readout)))


def learned(network: Network, start: Network, x: Tensor) -> Tensor:
    """What a network has learned since the start [S, n]."""
    return network(x) - start(x)


def mean_square(values: Tensor) -> Tensor:
    """Over the inputs [S]."""
    return values.square().mean(1)


def off_the_span(initial: Network, tasks: Tasks, function: Task) -> Tensor:
    """R f on new inputs: what of a function the inputs of the second task leave as it is [S, k].

    R f = f − Θ(x, X)Θ(X, X)⁻¹ f(X), with the kernel at the start, in float64.
    """
    theta, across = (
        tangent_kernel(initial, *inputs).double()
        for inputs in ((tasks.second,), (tasks.new, tasks.second))
    )
    return function.new - kernel_regression(theta, across, function.second.double())


def off_the_span_of_each_part(kernel: Tensor, values: Tensor, size: int = FEW) -> Tensor:
    """What regression on a part of the inputs leaves of a function on the others.

    Args:
        kernel: On all inputs [S, n, n].
        values: The function on them [S, n].
        size: Of a part. Each part is trained on in turn; inputs that make no whole part are left
            out.

    Returns:
        For one part after the other, the function less the prediction on the others
        [S, parts·(n − size)].
    """
    places = torch.arange(values.shape[1] // size * size, device=values.device)
    left = []
    for part in places.unflatten(0, (-1, size)):
        others = places[~torch.isin(places, part)]
        theta, across = (kernel[:, rows[:, None], part] for rows in (part, others))
        left.append(values[:, others] - kernel_regression(theta, across, values[:, part]))
    return torch.cat(left, 1)


def as_task(network: Network, start: Network, tasks: Tasks) -> Task:
    """What a network has learned, as the outputs that it asks for."""
    return Task(*(learned(network, start, x) for x in (tasks.first, tasks.second, tasks.new)))


def second_tasks(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    tasks: Draw,
    parametrization: Parametrization,
) -> Mapping[str, Tensor]:
    """What pretraining was worth on three second tasks: the same, its opposite, and another.

    Returns:
        By relation: mean squared errors on new inputs and steps taken, a pair of those that
        start afresh and those that were pretrained [S, 2] ("same", "same steps"), and of networks
        that get a new readout ("same, new readout"); the steps that Θ predicts [S, 2] ("same
        predicted"). Of what was learned first, off the span of the second task, the mean square
        ("left").
    """
    initial, after, drawn = networks(width, seeds, mlp, tasks, parametrization)
    kept = as_task(after, initial, drawn)
    found = {"left": mean_square(off_the_span(initial, drawn, kept))}
    afresh, reused = (with_a_new_readout(network, initial) for network in (initial, after))
    theta = tangent_kernel(initial, drawn.second).double()
    related = {"same": drawn.old, "opposite": -drawn.old, "other": drawn.other}
    for name, task in related.items():
        rows = [second(start, initial, drawn, task) for start in (initial, after)]
        errors, steps, rates = (torch.stack(column, 1) for column in zip(*rows, strict=True))
        found[name], found[f"{name} steps"] = errors, steps
        rows = [second(start, start, drawn, task) for start in (afresh, reused)]
        found[f"{name}, new readout"] = torch.stack([error for error, *_ in rows], 1)
        residuals = (task.second, task.second - kept.second)
        found[f"{name} predicted"] = torch.stack(
            [
                steps_of_kernel(theta, residual.double(), rate.double(), TOLERANCE)
                for residual, rate in zip(residuals, rates.T, strict=True)
            ],
            1,
        )
    return found


def second(
    start: Network, reference: Network, tasks: Tasks, task: Task
) -> tuple[Tensor, Tensor, Tensor]:
    """The error on new inputs after training on a second task, the steps it took, and the rates.

    Args:
        start: Where training starts.
        reference: What the outputs are counted from.
        tasks: The inputs.
        task: What the outputs should be, beyond those of the reference.
    """
    run = trained(start, tasks.second, reference(tasks.second) + task.second)
    error = mean_square(learned(run.final, reference, tasks.new) - task.new)
    return error, run.steps, run.rate
