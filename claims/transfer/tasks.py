"""Pairs of tasks that share what they look at in their inputs and not their outputs.

Of each pair the first is for pretraining. The second may be the first again on new inputs, or one
whose outputs do not correlate with it; both are functions of the same hidden features. Everything
is drawn anew for every seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from widthwise.harness.terms.seeds import Seeds
from widthwise.models import Dataset, digits, drawn, hidden_directions, index_model
from widthwise.models.data.images import at_half_resolution

PRETRAINING, FEW, NEW = 96, 24, 128
"""Inputs of the first task, of the second, and of the test of the second."""


@dataclass(frozen=True)
class Task:
    """What the outputs should be.

    Attributes:
        first: On the inputs for pretraining [S, n].
        second: On the inputs of the second task [S, m].
        new: On inputs that no training sees [S, k].
    """

    first: Tensor
    second: Tensor
    new: Tensor

    def __neg__(self) -> Task:
        """The task with its sign flipped."""
        return self.map(torch.neg)

    def map(self, function: Callable[[Tensor], Tensor]) -> Task:
        """The function of each tensor."""
        return Task(function(self.first), function(self.second), function(self.new))


@dataclass(frozen=True)
class Tasks:
    """Inputs of each seed's own, and two uncorrelated tasks on them.

    Attributes:
        first: Inputs for pretraining [S, n, d].
        second: Inputs of the second task [S, m, d].
        new: Inputs of its test [S, k, d].
        old: The task of pretraining.
        other: A task of the same features whose outputs do not correlate with it.
    """

    first: Tensor
    second: Tensor
    new: Tensor
    old: Task
    other: Task

    @property
    def input_dim(self) -> int:
        """Dimension d of the inputs."""
        return self.first.shape[-1]

    def on(self, device: torch.device) -> Tasks:
        """The same tasks on another device."""
        first, second, new = (x.to(device) for x in (self.first, self.second, self.new))
        old, other = (task.map(lambda y: y.to(device)) for task in (self.old, self.other))
        return Tasks(first, second, new, old, other)


Draw = Callable[[Seeds], Tasks]
"""Draws one pair of tasks per seed."""


def mixed(task: Task, fresh: Task, correlation: float) -> Task:
    """ρ·task + √(1 − ρ²)·fresh."""
    rest = (1 - correlation**2) ** 0.5
    return Task(
        *(
            correlation * y + rest * z
            for y, z in (
                (task.first, fresh.first),
                (task.second, fresh.second),
                (task.new, fresh.new),
            )
        )
    )


def planes(seeds: Seeds) -> Tasks:
    """Quadratic functions of a hidden plane in R^8: u·v, and (u² − v²)/2, a turn by 45° of it."""
    return pairs(*(drawn(link, seeds) for link in (product_in_a_plane, difference_in_a_plane)))


def product_in_a_plane(*, seed: int) -> Dataset:
    """The product u·v of an input's coordinates in a hidden plane."""
    return _in_a_plane(lambda u: u[:, 0] * u[:, 1], seed)


def difference_in_a_plane(*, seed: int) -> Dataset:
    """Half the difference (u² − v²)/2 of their squares."""
    return _in_a_plane(lambda u: (u[:, 0].square() - u[:, 1].square()) / 2, seed)


def _in_a_plane(link: Callable[[Tensor], Tensor], seed: int) -> Dataset:
    return index_model(link, hidden_directions(8, 2, seed=seed), PRETRAINING, FEW + NEW, seed=seed)


def halves_of_digits(seeds: Seeds) -> Tasks:
    """Images of four digits drawn for the seed, 4×4 pixels: which two, and which other two."""
    return pairs(*(drawn(labels, seeds) for labels in (two_of_four_digits, another_two_digits)))


def two_of_four_digits(*, seed: int) -> Dataset:
    """Images labelled +1 for the first two of four digits."""
    return _halves((1, 1, -1, -1), seed)


def another_two_digits(*, seed: int) -> Dataset:
    """The same images labelled +1 for one of those two and one of the others."""
    return _halves((1, -1, 1, -1), seed)


def _halves(labels: tuple[int, ...], seed: int) -> Dataset:
    chosen = tuple(np.random.default_rng((seed, 2)).permutation(10)[: len(labels)].tolist())
    images = at_half_resolution(digits(chosen, n_train=PRETRAINING, n_test=FEW + NEW, seed=seed))
    signs = torch.tensor(labels, dtype=images.y_train.dtype)
    return Dataset(
        images.x_train,
        signs[images.y_train.argmax(1)],
        images.x_test,
        signs[images.y_test.argmax(1)],
        "halves of four digits, 4×4",
    )


def pairs(one: Dataset, another: Dataset) -> Tasks:
    """Two data sets on the same inputs as two tasks."""
    task, other = (
        Task(data.y_train, data.y_test[:, :FEW], data.y_test[:, FEW:]) for data in (one, another)
    )
    return Tasks(one.x_train, one.x_test[:, :FEW], one.x_test[:, FEW:], task, other)
