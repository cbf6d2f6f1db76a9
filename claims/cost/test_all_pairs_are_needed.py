"""Kernel regression that knows every pair, and one that knows pairs with a few landmarks only."""

import math
from functools import partial

import torch

from widthwise.harness import Control, Dominates, Over, Source, claim
from widthwise.models import (
    Architecture,
    infinite_width_kernels,
    kernel_regression,
    odd_digits,
    single_index,
)
from widthwise.models.networks.randomness import generator_of

VALIDATION, TEST, NOISE = 300, 300, 0.5
RIDGES = (0.01, 0.1, 1.0, 10.0)


def images(points, seed):
    """Digits, odd or even: inputs and labels of training, and then of what is predicted."""
    return together(odd_digits(n_train=points, n_test=VALIDATION + TEST, seed=seed))


def noisy_labels(points, seed):
    """A hidden direction's He₂ with noise of half its deviation."""
    x, y = together(single_index(8, points, VALIDATION + TEST, seed=seed))
    noise = torch.randn(len(y), generator=generator_of(seed), dtype=y.dtype)
    return x, y + NOISE * noise


def together(data):
    """Inputs and labels in float64, those of training first."""
    pairs = ((data.x_train, data.x_test), (data.y_train, data.y_test))
    return tuple(torch.cat(pair).double() for pair in pairs)


def by_landmarks(theta, across, y, landmarks, ridge):
    """Predictions of the ridge regression in the span of Θ(·, z), z the first inputs (Nyström)."""
    seen, own = theta[:, :landmarks], theta[:landmarks, :landmarks]
    normal = seen.T @ seen + (ridge + 1e-9) * own
    return across[:, :landmarks] @ torch.linalg.solve(normal, seen.T @ y)


def least_error(predict, y):
    """The test error at the ridge that is best on the validation points."""
    squares = torch.stack([(predict(ridge=ridge) - y).square() for ridge in RIDGES])
    chosen = squares[:, :VALIDATION].mean(1).argmin()
    return squares[chosen, VALIDATION:].mean()


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the third footnote, on the kernel that has to be computed between all points",
    ),
    references=("Rudi, Camoriano & Rosasco 2015 (arXiv:1507.04717)",),
    prediction=Dominates(1.1),
    control=Control("Where labels are noisy, landmarks do.", data_of=noisy_labels),
    over=Over("points", (128, 256, 512, 1024), quick=3),
)
def test_all_pairs_are_needed(points, seeds, data_of=images):
    """On images, a kernel that is evaluated with a few landmarks only predicts worse.

    Statement
        The kernel between all of D points is needed: regression in the span of Θ_∞(·, z) for
        4√D landmarks z among the data, which needs 4D√D evaluations, errs more on odd and even
        digits. Read as one that is about the answer: that all pairs are needed for all pairs
        is no statement.
    Setting
        Θ_∞ of two hidden layers of ReLU with σ_b = ½, on images at 4×4 pixels. A ridge of
        .01 to 10, in units of the kernel's mean diagonal, that is best on 300 images for
        either; mean squared errors on 300 others. A pair per seed: with landmarks, with all pairs.
        In the control, He₂ of a hidden direction in 8 dimensions, with noise of half its
        deviation in all labels.
    Measure
        Error with landmarks over error with all pairs.
    Tolerance
        A ratio above 1.1. Theory lets √D log D landmarks do where noise limits what can be
        learned, so that the rest of the pairs say nothing new; nobody's theory says so of
        labels without noise, of which each image tells something.
    Does not show
        That a share of the pairs that grows more slowly than all of them cannot do. That labels in
        practice have no noise.
    """
    pairs = []
    for seed in seeds:
        x, y = data_of(points, seed)
        network = Architecture(1, x.shape[1], depth=2, sigma_b=0.5)
        theta = infinite_width_kernels(network, x).tangent
        theta = theta / theta.diagonal().mean()
        own, across, labels = theta[:points, :points], theta[points:, :points], y[:points]
        of_some = partial(by_landmarks, own, across, labels, round(4 * math.sqrt(points)))
        of_all = partial(kernel_regression, own, across, labels)
        errors = [least_error(predict, y[points:]) for predict in (of_some, of_all)]
        pairs.append(torch.stack(errors))
    return torch.stack(pairs)
