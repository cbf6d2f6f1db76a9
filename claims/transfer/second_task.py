"""Training on a second task, and what the linearised network does in as many steps."""

import torch

from widthwise.models import (
    UnfinishedTrainingError,
    gradient_descent_in_function_space,
    tangent_kernel,
    train,
)

from ..lazy_training.runs import rate_with_room

STEPS = 5000


def trained(network, x, y, size: float | torch.Tensor = 1.0):
    """A run of gradient descent that ends, network by network, at a residual of 1% of `size`."""
    rate = rate_with_room(network, x)
    run = train(network, x, y, steps=STEPS, rate=rate, tolerance=0.01 * size)
    if not bool(run.converged.all()):
        raise UnfinishedTrainingError(f"{int((~run.converged).sum())} networks are not done")
    return run


def linearised(expanded, start, run, x, y, x_seen):
    """Outputs on x_seen after the steps of a run, from `start` with the kernel of `expanded`."""
    counts = run.steps.unique()
    outputs = gradient_descent_in_function_space(
        tangent_kernel(expanded, x),
        tangent_kernel(expanded, x_seen, x),
        y,
        start(x),
        start(x_seen),
        rate=run.rate,
        steps=counts,
    )
    own = torch.arange(len(outputs), device=outputs.device)
    return outputs[own, torch.searchsorted(counts, run.steps)]
