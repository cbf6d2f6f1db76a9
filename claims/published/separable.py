"""Linear classifiers on data that a plane separates, long after it does.

Followed in the flow's own time: a step moves the weights by the mean of the inputs, weighted by the
slopes of their losses, and takes as much time as the sum of these slopes says. So 10^200 steps of
gradient descent at a fixed rate are a few thousand.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import nnls
from torch import Tensor
from torch.nn.functional import logsigmoid, normalize, softplus

from widthwise.models import digits, drawn
from widthwise.models.networks.randomness import generator_of

POINTS, DIMENSIONS, GAP = 32, 8, 2.0


class Tail(NamedTuple):
    """How a loss falls with the margin m.

    Attributes:
        loss: ℓ(m).
        log_slope: log −ℓ'(m).
        scale: the distance over which the slope changes, of the least margins [S].
    """

    loss: Callable[[Tensor], Tensor]
    log_slope: Callable[[Tensor], Tensor]
    scale: Callable[[Tensor], Tensor]


LOGISTIC = Tail(
    lambda margins: softplus(-margins), lambda margins: logsigmoid(-margins), torch.ones_like
)
POLYNOMIAL = Tail(
    lambda margins: 1 / (1 + margins.clamp(min=0)) - margins.clamp(max=0),
    lambda margins: -2 * margins.clamp(min=0).log1p(),
    lambda margin: (1 + margin.clamp(min=0)) / 2,
)


def apart(seeds):
    """Gaussian points moved off a random plane by 2, times their labels [S, n, d]."""
    found = []
    for seed in seeds:
        generator = generator_of(seed)
        points = torch.randn(POINTS, DIMENSIONS, generator=generator, dtype=torch.float64)
        normal = normalize(torch.randn(DIMENSIONS, generator=generator, dtype=torch.float64), dim=0)
        found.append(points * (points @ normal).sign()[:, None] + GAP * normal)
    return torch.stack(found)


def zeros_and_ones(seeds):
    """Images of handwritten zeros and ones of norm 1, times their labels [S, n, d]."""
    two = functools.partial(digits, (0, 1), n_train=POINTS, n_test=1)
    data = drawn(two, seeds, dtype=torch.float64)
    return data.x_train * data.y_train[..., None] / data.input_dim**0.5


def widest(labelled: Tensor) -> Tensor:
    """The shortest mean of labelled inputs: along the largest margin, and as long as it [S, d]."""
    found = []
    for rows in labelled.numpy():
        system = np.vstack((rows.T, np.ones(len(rows))))
        share, _ = nnls(system, np.eye(len(system))[-1], maxiter=100 * len(rows))
        found.append(rows.T @ (share / share.sum()))
    return torch.from_numpy(np.stack(found))


def follow(labelled: Tensor, tail: Tail, log_times) -> Tensor:
    """Gradient flow from 0 on the sum of losses: weights at logarithms of time [T, S, d]."""
    marks = labelled.new_tensor(log_times)
    unit = 1 / labelled.square().sum(2).amax(1)
    weights = labelled.new_zeros(labelled.shape[0], labelled.shape[2])
    log_time = unit.new_full(unit.shape, -torch.inf)
    found = weights.new_empty(len(marks), *weights.shape)
    while bool((log_time < marks[-1]).any()):
        margins = margins_of(labelled, weights)
        slopes = tail.log_slope(margins)
        step = unit * tail.scale(margins.amin(1))
        later = torch.logaddexp(log_time, step.log() - slopes.logsumexp(1))
        move = step[:, None] * (slopes.softmax(1)[:, None] @ labelled)[:, 0]
        mark, own = ((marks[:, None] > log_time) & (marks[:, None] <= later)).nonzero(as_tuple=True)
        part = (marks[mark] - log_time[own]) / (later[own] - log_time[own])
        found[mark, own] = weights[own] + part[:, None] * move[own]
        weights, log_time = weights + move, later
    return found


def descend(labelled: Tensor, steps, paced) -> Tensor:
    """Gradient descent from 0 on the sum of logistic losses: weights after steps [T, S, d].

    Args:
        labelled: Inputs times labels [S, n, d].
        steps: After how many, growing.
        paced: The logarithm of a step, of that of the sum of slopes [S].
    """
    unit = 1 / labelled.square().sum(2).amax(1)
    weights = labelled.new_zeros(labelled.shape[0], labelled.shape[2])
    found = []
    for step in range(steps[-1]):
        slopes = LOGISTIC.log_slope(margins_of(labelled, weights))
        total = slopes.logsumexp(1)
        # In logarithms, because slopes themselves are soon too small for any number.
        length = unit * (total + paced(total)).exp()
        weights = weights + length[:, None] * (slopes.softmax(1)[:, None] @ labelled)[:, 0]
        if step + 1 in steps:
            found.append(weights)
    return torch.stack(found)


def margins_of(labelled: Tensor, weights: Tensor) -> Tensor:
    """Of every input [S, n]."""
    return (labelled @ weights[..., None])[..., 0]


def short_of(labelled: Tensor, weights: Tensor) -> Tensor:
    """By what share the margin of weights is short of the largest one [T, S]."""
    largest = widest(labelled).norm(dim=1)
    own = torch.stack([margins_of(labelled, one).amin(1) for one in weights])
    return 1 - own / weights.norm(dim=2) / largest
