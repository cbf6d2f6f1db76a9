"""Wide enough networks fit anything, because their kernel stays positive definite."""

import torch

from widthwise.harness import Bounded, Control, Proportion, Source, Widths, claim
from widthwise.models import kernel_rate, relu, tangent_kernel, train
from widthwise.models.kernels.infinite_width import infinite_width_kernels

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the appendix on gradient flow, which ends with global convergence",
)
NETWORKS = "networks that are to fit random labels"
TOO_FEW = Control("A single unit has fewer weights than there are points.", units=1)


def training(width, seeds, mlp, data, units):
    """Whether networks fit 32 random labels, and the least eigenvalue of their kernel then."""
    x, y = data.x, torch.cat((data.y_train, data.y_test))
    before = mlp(units or width, seeds, input_dim=data.input_dim, depth=1, activation=relu)
    run = train(before, x, y, steps=1500, tolerance=0.01, rate=kernel_rate(before, x) / 2)
    least = torch.linalg.eigvalsh(tangent_kernel(run.final, x))[:, 0]
    limit = infinite_width_kernels(before.architecture, x).tangent
    return {"fits": run.converged, "least eigenvalue": least / torch.linalg.eigvalsh(limit)[0]}


@claim(
    provenance="made",
    source=HERE,
    references=("Du et al. 2019, Theorem 4.1", "Jacot et al. 2018, Proposition 2"),
    prediction=Proportion(at_least=0.75),
    control=TOO_FEW,
    over=Widths(32, 1024),
    seeds_of=NETWORKS,
)
def test_training_always_converges_when_wide(width, seeds, mlp, sphere, shared, units=None):
    """Gradient descent on a wide network gets to zero training loss, whatever the labels.

    Statement
        A network much wider than there are points fits random labels from any initialisation:
        the probability of an RMS residual below 1% tends to 1.
    Setting
        One hidden layer of ReLU, 32 points in 16 dimensions with labels ±1 at random, at most
        1500 steps at half the inverse of the largest eigenvalue.
    Tolerance
        At least 3/4: 64 networks out of 64 show no more than .79 with the certainty asked for.
        The rival is 0.
    Does not show
        How wide is wide enough: at N = 8 two networks out of three fit, at N = 16 all do.
    """
    return shared(training, width=width, seeds=seeds, mlp=mlp, data=sphere, units=units)["fits"]


@claim(
    provenance="background",
    source=HERE,
    references=("Du et al. 2019, Theorem 4.1", "Jacot et al. 2018, Proposition 2"),
    prediction=Bounded(low=0.5),
    control=TOO_FEW,
    over=Widths(64, 1024),
    seeds_of=NETWORKS,
)
def test_least_eigenvalue_stays_positive(width, seeds, mlp, sphere, shared, units=None):
    """The tangent kernel's least eigenvalue stays away from 0 until a wide network has converged.

    Statement
        What makes training converge is that the least eigenvalue of Θ, positive in the limit of
        infinite width, is so before training and remains so: at least half of its limit.
    Setting
        As in training_always_converges_when_wide, after training. The least eigenvalue is
        stated in units of that of the limit.
    Tolerance
        A half, as in the proof that a network converges. At N = 64 it is .8 on average.
    Does not show
        That it stays so for more points: it falls as points come to lie closer.
    """
    run = shared(training, width=width, seeds=seeds, mlp=mlp, data=sphere, units=units)
    return run["least eigenvalue"]
