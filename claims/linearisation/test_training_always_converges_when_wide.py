"""Wide enough networks fit anything, because their kernel stays positive definite."""

import pytest
import torch

from widthwise.harness import Bounded, Control, Source, Widths, claim
from widthwise.models import relu, residual_left, tangent_kernel, train
from widthwise.models.kernels.infinite_width import infinite_width_kernels

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the appendix on gradient flow, which ends with global convergence on the training data",
)
NETWORKS = "networks that are to fit random labels"
REFERENCES = (
    "Du et al. 2019, Theorems 3.1 and 4.1 (one hidden layer of ReLU, fixed output weights, no two "
    "inputs parallel)",
    "Jacot et al. 2018, Proposition 2 (inputs on the sphere, two hidden layers or biases)",
)


def as_drawn(x, y):
    """Points no two of which are parallel."""
    return x, y


def in_antipodal_pairs(x, y):
    """The first half of the points, and their negatives with the opposite labels."""
    half = x.shape[1] // 2
    return torch.cat((x[:, :half], -x[:, :half]), 1), torch.cat((y[:, :half], -y[:, :half]), 1)


ANTIPODAL = Control(
    "The odd part of a hidden layer of ReLU without biases is linear, whatever its width: an odd "
    "target on antipodal pairs is out of reach, and the kernel singular.",
    points=in_antipodal_pairs,
)


def training(width, seeds, mlp, data, points, sigma_b):
    """What is left of the residual, and the least eigenvalue of the kernel before and after."""
    drawn = data(seeds)
    x, y = points(drawn.x_train, drawn.y_train)
    before = mlp(width, seeds, input_dim=drawn.input_dim, depth=1, activation=relu, sigma_b=sigma_b)
    run = train(before, x, y, steps=10_000 if sigma_b else 3000, tolerance=0.01)
    least = torch.minimum(*(least_eigenvalue(network, x) for network in (before, run.final)))
    limits = [infinite_width_kernels(before.architecture, own).tangent for own in drawn.x_train]
    limit = torch.linalg.eigvalsh(torch.stack(limits))[:, 0]
    return {"left": residual_left(run), "lost": 1 - least / limit}


def least_eigenvalue(network, x):
    """The least eigenvalue of the tangent kernel [S]."""
    return torch.linalg.eigvalsh(tangent_kernel(network, x))[:, 0]


@claim(
    provenance="made",
    source=HERE,
    references=REFERENCES,
    prediction=Bounded(high=0.02),
    control=ANTIPODAL,
    over=Widths(64, 1024),
    seeds_of=NETWORKS,
)
@pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)
def test_training_always_converges_when_wide(
    width, seeds, mlp, data, shared, points=as_drawn, sigma_b=0.0
):
    """Gradient descent fits a wide network to any labels, if no two inputs are parallel.

    Statement
        A network with several times more weights than there are points, no two of which are
        parallel, gets to zero training loss from any initialisation and for any labels. The post
        says so of every set of inputs. Without biases that is too much:
        relu(h) − relu(−h) = h, so that a single hidden layer is an even function of x plus a
        linear one, and more than d antipodal pairs with labels in general position are out of
        reach of every width. With biases they are not (biases_tell_antipodal_points_apart).
    Setting
        One hidden layer of ReLU without biases; inputs, labels and weights are drawn for every
        seed. n = 32 points in d = 8 dimensions with labels ±1 at random, or 64 images of 16
        pixels labelled by parity: a linear map leaves .71 and .35 of the labels' variance. At
        most 3000 steps at the inverse of the largest eigenvalue. The control has n/2 of the
        points, and their negatives with the opposite labels.
    Measure
        Share of the residual that is left.
    Tolerance
        At most 2% of the residual is left, on average, at each width from 64 on: training stops
        at an RMS residual of 1%, and a single network out of 64 that stops at half of its
        residual would raise the mean to 2%. Of an odd target on n/2 = 2d random points a linear map
        fits d of 2d dimensions: three tenths of the residual are left and more.
    Does not show
        How wide is wide enough in other settings; the proofs ask for a power of n.
    """
    return seen(shared, width, seeds, mlp, data, points, sigma_b)["left"]


@claim(
    provenance="background",
    source=HERE,
    references=REFERENCES,
    prediction=Bounded(high=0.02),
    control=Control("Without biases no width tells them apart.", sigma_b=0.0),
    over=Widths(64, 1024),
    seeds_of=NETWORKS,
)
@pytest.mark.parametrize("data", ["random_labels"], indirect=True)
def test_biases_tell_antipodal_points_apart(width, seeds, mlp, data, shared, sigma_b=1.0):
    """With biases a wide network fits antipodal points too.

    Statement
        The set on which training_always_converges_when_wide fails at every width, n/2 antipodal
        pairs, is fitted by the same network with biases: then only equal inputs are parallel.
    Setting
        As there, with biases of variance 1 and at most 10,000 steps.
    Measure
        Share of the residual that is left.
    Tolerance
        As there.
    Does not show
        That biases do not slow training: they take thrice the steps.
    """
    return seen(shared, width, seeds, mlp, data, in_antipodal_pairs, sigma_b)["left"]


@claim(
    provenance="implied",
    source=HERE,
    references=REFERENCES,
    prediction=Bounded(high=0.5),
    control=ANTIPODAL,
    over=Widths(256, 1024),
    seeds_of=NETWORKS,
)
@pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)
def test_least_eigenvalue_stays_positive(
    width, seeds, mlp, data, shared, points=as_drawn, sigma_b=0.0
):
    """The tangent kernel's least eigenvalue stays away from 0 until a wide network has converged.

    Statement
        What makes training converge is that the least eigenvalue of Θ, positive in the limit of
        infinite width where no two inputs are parallel, is so before training and still is
        after it: of the limit's at most half is lost.
    Setting
        As in training_always_converges_when_wide. Of each network the smaller of the two
        eigenvalues, before and after, is compared with that of the limit on its own inputs.
    Measure
        Share that the least eigenvalue lacks of that of the limit.
    Tolerance
        The lost share is a half at most, on average over the networks, at each width from 256
        on: the proof that a network converges asks for a half. It is .1 … .25 there. A mean
        hides single networks, and their squares scatter too much for 64 seeds to settle. On
        antipodal pairs all is lost.
    Does not show
        That every single network keeps a half: at N = 64 some do not. Nor that it stays so for
        more points: the least eigenvalue falls as points come to lie closer.
    """
    return seen(shared, width, seeds, mlp, data, points, sigma_b)["lost"]


def seen(shared, width, seeds, mlp, data, points, sigma_b):
    """The training that the claims share."""
    return shared(
        training, width=width, seeds=seeds, mlp=mlp, data=data, points=points, sigma_b=sigma_b
    )
