"""Errors of networks that learn features and of kernel regression, both tuned on held-out points.

Every seed draws a function of its own. What is chosen, of networks the rate and when to stop, of
kernels the ridge, is chosen seed by seed by the error on the same points, and judged on others.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from widthwise.harness.terms.seeds import Seeds
from widthwise.models import (
    Architecture,
    Dataset,
    Network,
    drawn,
    hidden_directions,
    index_model,
    infinite_width_kernels,
    kernel_rate,
    kernel_regression,
    mup,
    nngp_kernel,
    odd_digits,
    relu,
    train_momentum,
)

HELD_OUT, FRESH = 128, 256
"""Points to choose by, and to judge by."""

PER_DIMENSION = 8
"""Training points per dimension."""

IMAGES = 256
"""To learn from."""

RATES = (0.5, 1.0)
"""Of gradient descent with a momentum of ½, in units of 1/λ_max."""

STEPS = 80

RIDGES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Relative to the kernel's diagonal; of narrow networks, whose kernel is singular, all but 0."""

Target = Callable[[int, int], Dataset]
"""Draws the data in so many dimensions, from a seed."""


def quadratic_of_one(u: Tensor) -> Tensor:
    """He_2(u)/√2."""
    return (u[:, 0].square() - 1) / 2**0.5


def step_on_a_step(u: Tensor) -> Tensor:
    """(u + u·v)/√2: a step that is linear, and one that needs it."""
    return (u[:, 0] + u[:, 0] * u[:, 1]) / 2**0.5


def one_direction(dimension: int, seed: int) -> Dataset:
    """((u·x)² − 1)/√2 of a hidden direction u."""
    return _index(quadratic_of_one, 1, dimension, seed)


def staircase(dimension: int, seed: int) -> Dataset:
    """(u·x + (u·x)(v·x))/√2 of two: a linear step, and one on top of it."""
    return _index(step_on_a_step, 2, dimension, seed)


def no_direction(dimension: int, seed: int) -> Dataset:
    """A quadratic form of mean 0 and variance 1 that looks at all d directions alike: Σ ±(u_i·x)².

    Half of the signs are of either kind.
    """
    signs = torch.tensor([1.0, -1.0]).repeat(dimension)[:dimension].double()

    def form(u: Tensor) -> Tensor:
        return (u.square() * signs).sum(1) / (2 * dimension) ** 0.5

    return _index(form, dimension, dimension, seed)


def _index(link: Callable[[Tensor], Tensor], rank: int, dimension: int, seed: int) -> Dataset:
    hidden = hidden_directions(dimension, rank, seed=seed)
    return index_model(link, hidden, PER_DIMENSION * dimension, HELD_OUT + FRESH, seed=seed)


def images(seeds: Seeds, device: torch.device | str) -> Dataset:
    """Images of digits at 4×4 pixels, +1 odd, −1 even: 16 per pixel to learn from."""
    make = functools.partial(odd_digits, n_train=IMAGES, n_test=HELD_OUT + FRESH)
    return drawn(make, seeds, device=device)


def draw(target: Target, dimension: int, seeds: Seeds, device: torch.device | str) -> Dataset:
    """The data of every seed."""
    return drawn(lambda *, seed: target(dimension, seed), seeds, device=device)


def of_networks(width: int, seeds: Seeds, mlp: Callable[..., Network], data: Dataset) -> Tensor:
    """Errors of networks of one hidden layer of ReLU in μP, tuned [S]."""
    start = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        depth=1,
        activation=relu,
        parametrization=mup,
    )
    x, asked = data.x_train, start(data.x_train) + data.y_train
    at_first = start(data.x_test)[:, None]
    tried = []
    for rate in RATES:
        run = train_momentum(
            start,
            x,
            asked,
            steps=STEPS,
            rate=rate * kernel_rate(start, x),
            momentum=0.5,
            tolerance=0.0,
            observe=data.x_test,
        )
        tried.append(run.observed - at_first)
    return chosen(torch.cat(tried, 1), data.y_test)


def of_kernel(name: str, data: Dataset) -> Tensor:
    """Errors of regression with the tangent or the NNGP kernel of the limit, tuned [S].

    Args:
        name: "tangent" or "nngp".
        data: Of every seed.
    """
    return _regression(
        torch.stack([_limit(name, points) for points in data.x.double()]), data, RIDGES
    )


def of_readout(width: int, seeds: Seeds, mlp: Callable[..., Network], data: Dataset) -> Tensor:
    """Errors of networks in μP of which the readout alone is trained, tuned [S]."""
    start = mlp(
        width, seeds, input_dim=data.input_dim, depth=1, activation=relu, parametrization=mup
    )
    kernel = nngp_kernel(start, data.x).double()
    size = kernel.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
    return _regression(kernel / size, data, RIDGES[1:])


def _regression(kernel: Tensor, data: Dataset, ridges: Sequence[float]) -> Tensor:
    """Errors of regression with kernels on all points [S, n + m, n + m], tuned [S]."""
    n = data.x_train.shape[1]
    seen, across = kernel[:, :n, :n], kernel[:, n:, :n]
    y = data.y_train.double()
    tried = [kernel_regression(seen, across, y, ridge=ridge) for ridge in ridges]
    return chosen(torch.stack(tried, 1), data.y_test)


def _limit(name: str, points: Tensor) -> Tensor:
    found = infinite_width_kernels(
        Architecture(1, points.shape[1], depth=1, activation=relu), points
    )
    kernel = {"tangent": found.tangent, "nngp": found.nngp}[name]
    return kernel / kernel.diagonal().mean()


def chosen(outputs: Tensor, y: Tensor) -> Tensor:
    """The error on fresh points of what errs least on those held out [S].

    Args:
        outputs: What was tried, on points held out and then on fresh ones [S, tries, m].
        y: Targets [S, m].
    """
    errors = (outputs - y[:, None]).square().split((HELD_OUT, FRESH), 2)
    held_out, fresh = (part.mean(2).nan_to_num(torch.inf) for part in errors)
    return fresh.gather(1, held_out.argmin(1, keepdim=True))[:, 0]
