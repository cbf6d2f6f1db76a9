"""The law of a single unit, before and after training."""

import pytest
import torch

from widthwise.harness import AtMost, Control, SameDistribution, Source, WidthList, Widths, claim
from widthwise.models import erf, kernel_rate, mup, ntk, relu, train

HERE = Source(
    "Comments on theories of deep learning",
    "the replies on whether the law of single neurons changes in training",
)
REFERENCES = ("Jacot et al. 2018, Theorem 2", "Yang & Hu 2021, Corollary 3.9")
UNITS = 1024


def units(mlp, width, seeds, data, activation, depth, parametrization):
    """Preactivations of every layer on all inputs, before and after the output moved."""
    before = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        depth=depth,
        activation=activation,
        parametrization=parametrization,
    )
    x, y = data.x_train, before(data.x_train) + data.y_train
    run = train(before, x, y, steps=200, tolerance=0.1, rate=kernel_rate(before, x) / 2)
    return before.preactivations(data.x), run.final.preactivations(data.x)


@claim(
    provenance="made",
    source=HERE,
    references=REFERENCES,
    prediction=AtMost(-1 / 2, correction=0.5),
    control=Control("In μP the law of the units changes by O(1).", parametrization=mup),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize(
    ("activation", "depth"),
    [
        pytest.param(erf, 1, id="erf-1"),
        pytest.param(relu, 1, id="relu-1"),
        pytest.param(relu, 2, id="relu-2"),
    ],
)
def test_identically_distributed_units_after_training(
    width, seeds, mlp, sphere, activation, depth, parametrization=ntk
):
    """Trained units in the kernel regime are draws from the law they had before training.

    Statement
        The distance between the laws of a unit before and after training vanishes with the
        width, at least as fast as units move. The theory that neurons are draws from a fixed law
        holds in the kernel regime, and only there.
    Setting
        Full-batch gradient descent on 16 points until the output has moved by the labels to
        within .1. The distance is Wasserstein's between the N preactivations of the last hidden
        layer before and after, over their RMS; mean over 32 inputs. It ignores which unit is
        which, so that it lies below the movement of the units.
    Tolerance
        An exponent of at most −.35: the rival, a law that learns, has 0. Units move by N^-1/2 in
        directions that are random given where they stand, so that their empirical law moves by
        N^-3/4 (√N of N units cross a point, as often up as down). D is .5 as for the movement
        of the kernel.
    Does not show
        That units stay independent; that no rare unit leaves the law.
    """
    before, after = units(mlp, width, seeds, sphere, activation, depth, parametrization)
    transported = (before[-1].sort(-1).values - after[-1].sort(-1).values).abs().mean((1, 2))
    return transported / before[-1].square().mean((1, 2)).sqrt()


@claim(
    provenance="background",
    source=HERE,
    references=REFERENCES,
    prediction=SameDistribution(margin=0.05, draws=UNITS),
    control=Control("In μP the same data give another law.", parametrization=mup),
    over=WidthList((UNITS,)),
)
def test_wide_units_keep_their_law(width, seeds, mlp, sphere, parametrization=ntk):
    """At width 1024 the trained units of a lazy network cannot be told from initial ones.

    Statement
        Kolmogorov's distance between the laws of a first-layer unit before and after training is
        below .05 in the kernel regime; the feature-learning limit has another law.
    Setting
        As in identically_distributed_units_after_training: one hidden layer of erf, the
        preactivation at the first training point. First-layer units are independent draws.
    Tolerance
        .05, half of what the same training does in μP. The band of Dvoretzky, Kiefer and
        Wolfowitz is .02 wide to either side at 64 seeds.
    Does not show
        The same of the joint law of several units or several inputs.
    """
    before, after = units(mlp, width, seeds, sphere, erf, 1, parametrization)
    return torch.stack((before[0][:, 0], after[0][:, 0]), 1)
