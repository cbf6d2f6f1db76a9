"""Test errors of networks with one layer trained, narrower and wider than there are data."""

import pytest
import torch

from widthwise.harness import Control, Dominates, Source, WidthList, claim
from widthwise.models import drawn, odd_digits, single_index, split_seeds
from widthwise.models.networks.randomness import generator_of

POINTS, VALIDATION, TEST = 128, 256, 768
NARROWER = (8, 16, 32, 64)
NETWORKS = 2
ROUNDING = 1e-12
RIDGES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""In units of the mean square of a unit."""
DESCENT = (
    "Belkin et al. 2019 (double descent)",
    "Mei & Montanari 2022 (random features, to leading order)",
)
SAME = "random units and a trained readout"


def images(seed):
    """Digits at 4×4 pixels, +1 odd, −1 even."""
    return odd_digits(n_train=POINTS, n_test=VALIDATION + TEST, seed=seed)


def one_direction(seed):
    """Points on the sphere in 8 dimensions and He₂ of a hidden direction."""
    return single_index(8, POINTS, VALIDATION + TEST, seed=seed)


on_both = pytest.mark.parametrize("task", [images, one_direction], ids=["images", "direction"])


def errors(width, seeds, mlp, task, noise, ridges):
    """Errors of the readout of least squares on validation points and test points, each [S].

    Means over networks; of several ridges each has the one that is best on validation points.
    """
    data = drawn(task, seeds, dtype=torch.float64)
    repeated = split_seeds(seeds, NETWORKS)
    network = mlp(width, repeated, input_dim=data.input_dim, depth=1, dtype=torch.float64)
    own = [torch.randn(POINTS, generator=generator_of(seed)) for seed in seeds]
    labels = data.y_train + noise * torch.stack(own).double()
    x, y, x_new, y_new = (
        part.repeat_interleave(NETWORKS, 0).to(network.device)
        for part in (data.x_train, labels, data.x_test, data.y_test)
    )
    z, z_new = (network.activations(points)[0] / width**0.5 for points in (x, x_new))
    squares = (readouts(z, z_new, y, ridges) - y_new).square()
    chosen = squares[..., :VALIDATION].mean(2).argmin(0)
    found = squares[chosen, torch.arange(len(repeated))].unflatten(0, (-1, NETWORKS)).mean(1)
    return found[:, :VALIDATION].mean(1), found[:, VALIDATION:].mean(1)


def readouts(z, z_new, y, ridges):
    """Predictions of ridge regression on units, without a ridge the smallest [R, S, m]."""
    values, modes = torch.linalg.eigh(z @ z.mT)
    along = (modes.mT @ y[..., None])[..., 0]
    there = z_new @ (z.mT @ modes)
    found = []
    for ridge in ridges:
        kept = torch.where(values > ROUNDING * values[:, -1:], along / (values + ridge), 0)
        found.append((there @ kept[..., None])[..., 0])
    return torch.stack(found)


@claim(
    provenance="made",
    source=Source(
        "Comments on theories of deep learning",
        "the comment on singular learning theory, the absence of a bias-variance tradeoff",
    ),
    references=DESCENT,
    prediction=Dominates(1.0),
    control=Control("Where noise is twice the labels, small networks are better.", noise=2.0),
    over=WidthList((2048,)),
    seeds_of=SAME,
)
@on_both
def test_no_bias_variance_tradeoff(width, seeds, mlp, task, noise=0.0):
    """Networks with many times more units than data predict better than any with fewer.

    Statement
        There is no size at which a network is best, with larger ones paying for what they could
        fit: sixteen times more weights than data, with labels fitted to the letter and nothing
        held back, beat every smaller number than data.
    Setting
        One hidden layer of ReLU that stays as drawn, its readout the least squares of least norm
        on 128 images of 4×4 pixels told odd from even, or on 128 points in 8 dimensions
        with He₂ of a hidden direction; two networks for every seed and its data. A pair per
        seed, on 768 new points: the error of 8, 16, 32 or 64 units, whichever are best on 256
        others; that of N.
    Measure
        Least error with fewer units than data over the error with N.
    Tolerance
        A ratio above 1 at N = 2048: what size costs, if it does, is the other side of 1.
    Does not show
        That it is so of labels with noise: the control has the tradeoff. Nor that nothing
        is wrong between: at as many units as data the error is many times larger
        (the_best_ridge_removes_the_peak).
    """
    pairs = [errors(units, seeds, mlp, task, noise, (0.0,)) for units in (*NARROWER, width)]
    held_out, tested = (torch.stack(found) for found in zip(*pairs, strict=True))
    best = held_out[:-1].argmin(0, keepdim=True)
    return torch.cat((tested[:-1].gather(0, best), tested[-1:])).T


@claim(
    provenance="background",
    source=Source(
        "Comments on theories of deep learning",
        "the comment on singular learning theory, the absence of a bias-variance tradeoff",
    ),
    references=("Nakkiran et al. 2021 (arXiv:2003.01897): optimal regularisation", *DESCENT),
    prediction=Dominates(1.0),
    control=Control("Without a ridge the error has its peak at N = n.", ridges=(0.0,)),
    over=WidthList((64, POINTS)),
    seeds_of=SAME,
)
@on_both
def test_the_best_ridge_removes_the_peak(width, seeds, mlp, task, ridges=RIDGES):
    """With the ridge that is best for it, a network with as many units as data has no peak.

    Statement
        Test error is smaller with as many units as data than with a quarter of them, if each width
        has the ridge that suits it: what peaks there without one is the error of networks that
        fit labels by any means, not of networks of that size.
    Setting
        As in no_bias_variance_tradeoff. Ridges of 10⁻⁴ to 1, in units of a unit's mean square; the
        best is chosen on 256 points for every network, the error is that on 768 others. A pair
        per seed: the error of N/4 units, that of N.
    Measure
        Error of N/4 units over that of N.
    Tolerance
        A ratio above 1 at N = n = 128, where without a ridge it is a thousandth or less.
    Does not show
        That ridges are chosen so by gradient descent.
    """
    pair = [errors(units, seeds, mlp, task, 0.0, ridges)[1] for units in (width // 4, width)]
    return torch.stack(pair, 1)
