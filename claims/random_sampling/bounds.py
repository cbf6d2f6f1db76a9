"""Bounds on the error of random sampling that know the architecture and the training labels."""

import math
from dataclasses import replace

import torch

from widthwise.models import (
    Architecture,
    digits,
    erf,
    infinite_width_kernels,
    relu,
    single_index,
    split_seeds,
)
from widthwise.models.networks.randomness import generator_of
from widthwise.models.sampling.orthants import predict_signs

CONFIDENCE, TEST, SWEEPS = 0.05, 90, 12
ARCHITECTURES = (
    (relu, 1, 2**0.5),
    (relu, 2, 2**0.5),
    (relu, 4, 2**0.5),
    (relu, 8, 2**0.5),
    (erf, 1, 1.5),
    (erf, 2, 1.5),
    (erf, 1, 3.0),
    (erf, 2, 3.0),
    (erf, 4, 3.0),
)
"""Activation, hidden layers, σ_w: declared before anything was measured of them."""


def odd(points, seed):
    """Images of all handwritten digits, 8×8, +1 odd and −1 even."""
    data = digits(range(10), n_train=points, n_test=TEST, seed=seed)

    def sign(y):
        return (y.argmax(1) % 2).to(y.dtype) * 2 - 1

    return replace(data, y_train=sign(data.y_train), y_test=sign(data.y_test))


def threes_and_eights(points, seed):
    """Images of two digits that are alike."""
    return digits((3, 8), n_train=points, n_test=TEST, seed=seed)


def slabs(points, seed):
    """Points in R^8, +1 where they are far along a hidden direction and −1 where not."""
    data = single_index(8, points, TEST, seed=seed)
    return replace(data, y_train=data.y_train.sign(), y_test=data.y_test.sign())


def as_they_are(labels, seed):
    """The training labels."""
    del seed
    return labels


def shuffled(labels, seed):
    """The training labels in any order."""
    return labels[torch.randperm(len(labels), generator=generator_of(seed))]


def bound(log_evidence, points):
    """What the error of random sampling is below, but for one draw of the data in twenty [F].

    −ln(1 − ε) ≤ (ln 1/P(S) + ln(2n/δ))/(n − 1), P(S) the prior's probability of the labels: the
    divergence of P_B(f|S), which has no error on S, from the prior is ln 1/P(S).
    """
    cost = math.log(2 * points / CONFIDENCE) - log_evidence
    return 1 - torch.exp(-cost / (points - 1))


def bounds_and_errors(points, seed, task, labels, architectures):
    """Bounds, and errors of random sampling on other inputs, of architectures [2, F]."""
    drawn = task(points, seed)
    x = torch.cat((drawn.x_train, drawn.x_test)).double()
    seen, unseen = drawn.y_train.double(), drawn.y_test.double()
    kernel = torch.stack(
        [
            infinite_width_kernels(
                Architecture(
                    1, x.shape[1], depth=depth, activation=act, sigma_w=sigma_w, sigma_b=0.5
                ),
                x,
            ).nngp
            for act, depth, sigma_w in architectures
        ]
    )
    count = len(architectures)
    found = predict_signs(kernel, seen.expand(count, -1), SWEEPS)
    evidence = found.log_evidence
    if labels is not as_they_are:
        inner = kernel[:, :points, :points]
        evidence = predict_signs(inner, labels(seen, seed).expand(count, -1), SWEEPS).log_evidence
    wrong = torch.where(unseen > 0, 1 - found.plus, found.plus).mean(1)
    return torch.stack((bound(evidence, points), wrong))


def over_architectures(points, seeds, task, labels):
    """Bounds and errors of all architectures, by name [S, F]."""
    found = [bounds_and_errors(points, seed, task, labels, ARCHITECTURES) for seed in seeds]
    bounds, errors = torch.stack(found, 1)
    return {"bounds": bounds, "errors": errors}


def exponents(points, seeds, task, labels, fewest, draws):
    """Exponents of the bound and of the error in the number of points, by name [S].

    Of two layers of ReLU, between the fewest points and all, averaged over draws of the data.
    """
    slopes = []
    for seed in split_seeds(seeds, draws):
        few, many = (
            bounds_and_errors(n, seed, task, labels, ARCHITECTURES[1:2]) for n in (fewest, points)
        )
        slopes.append((many / few).log()[:, 0] / math.log(points / fewest))
    both = torch.stack(slopes).unflatten(0, (len(seeds), draws)).mean(1)
    return {"bound": both[:, 0], "error": both[:, 1]}
