"""Networks trained on one task, another, and the first again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from widthwise.harness.terms.seeds import Seeds
from widthwise.models import (
    Network,
    Parametrization,
    Run,
    gradient_descent_in_function_space,
    rms,
    tangent_kernel,
)

from .runs import learned, networks
from .second_task import trained
from .tasks import Draw


def there_and_back(
    width: int,
    seeds: Seeds,
    mlp: Callable[..., Network],
    tasks: Draw,
    parametrization: Parametrization,
) -> Mapping[str, Tensor]:
    """How networks differ that learned something before, and what of it the start explains.

    The formulas are kernel regression with the kernel at the start, in their form for as many
    steps as were taken.

    Returns:
        RMS on new inputs [S]. Of networks that learned the second task after the first and those
        that learned it alone: how far they differ ("apart"), and what the formula misses of it
        ("apart, unexplained"), also if it takes all of the first task for kept ("apart, all
        kept"). Of those that went back to the first task: how far they are from where they were
        ("trace"), and what the formula misses ("trace, unexplained"). All are relative to the
        size of what the first task had taught.
    """
    initial, after, drawn = networks(width, seeds, mlp, tasks, parametrization)
    outputs = initial(drawn.first), initial(drawn.second)
    once = trained(initial, drawn.second, outputs[1] + drawn.other.second)
    twice = trained(after, drawn.second, outputs[1] + drawn.other.second)
    back = trained(twice.final, drawn.first, outputs[0] + drawn.old.first)
    every = torch.cat((drawn.first, drawn.second, drawn.new), 1)
    theta = tangent_kernel(initial, every).double()
    n, m = drawn.first.shape[1], drawn.first.shape[1] + drawn.second.shape[1]
    kept = learned(after, initial, every).double()
    nothing = torch.zeros_like(kept)
    alone = regression(theta, slice(n, m), drawn.other.second, nothing, once)
    both = regression(theta, slice(n, m), drawn.other.second, kept, twice)
    returned = regression(theta, slice(0, n), drawn.old.first, both, back)
    size = rms(kept[:, m:])
    apart = (twice.final(drawn.new) - once.final(drawn.new)).double()
    trace = (back.final(drawn.new) - after(drawn.new)).double()
    found = {
        "apart": apart,
        "apart, unexplained": apart - (both - alone)[:, m:],
        "apart, all kept": apart - kept[:, m:],
        "trace": trace,
        "trace, unexplained": trace - (returned - kept)[:, m:],
    }
    return {name: rms(values) / size for name, values in found.items()}


def regression(theta: Tensor, trained_on: slice, y: Tensor, start: Tensor, run: Run) -> Tensor:
    """Outputs on all inputs after the steps of a run from some outputs, by a constant kernel.

    Args:
        theta: Θ on all inputs [S, n, n].
        trained_on: Which of them are trained on.
        y: What the outputs should be on those [S, m].
        start: The outputs on all inputs before [S, n].
        run: What says how many steps were taken, and at which rate.
    """
    counts = run.steps.unique()
    outputs = gradient_descent_in_function_space(
        theta[:, trained_on, trained_on],
        theta[:, :, trained_on],
        y.double(),
        start[:, trained_on],
        start,
        rate=run.rate.double(),
        steps=counts,
    )
    own = torch.arange(len(outputs), device=outputs.device)
    return outputs[own, torch.searchsorted(counts, run.steps)]
