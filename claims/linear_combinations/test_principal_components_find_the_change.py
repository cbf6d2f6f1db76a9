"""Whether principal components pick out what changed."""

import pytest

from widthwise.harness import AtMost, Control, PowerLaw, Source, Verdict, Widths, claim
from widthwise.models import erf, mup, ntk, relu

from . import runs

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the objection that principal components are no random combinations, and the reply to it",
)


def share_of_change(width, seeds, mlp, data, activation, shared, parametrization):
    """The share of the squared movement within the eight leading components after training."""
    run = runs.seen(shared, width, seeds, mlp, data, activation, parametrization)
    return run["within 8 components"]


@claim(
    provenance="made",
    source=HERE,
    references=("Yang & Hu 2021, Corollary 3.9",),
    prediction=PowerLaw(0),
    expect=Verdict.REFUTED,
    control=Control("In μP principal components do find the change.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@runs.settings
def test_principal_components_find_the_change(
    width, seeds, mlp, data, activation, shared, parametrization=ntk
):
    """Principal components of trained activations pick out what changed in training.

    Statement
        Principal components are chosen in view of the activations, so that they find the
        directions dominated by change: a share of the squared movement that does not vanish
        with the width lies in the leading ones.
    Correction
        In the kernel regime the share falls as fast as that of any eight directions
        (principal_components_miss_the_change). Where features are learned the statement is
        right: in μP more than half of the movement lies in eight components.
    Setting
        Two hidden layers, 16 points, full-batch gradient descent until the output has moved by
        the labels to within .1. Eight components of the trained units of the last hidden layer
        over all 32 inputs, out of 31.
    Tolerance
        ±.15, less than a third of the way to the rival, −1.
    Does not show
        That no other method finds the change: components of the difference between the trained
        and the initial units would.
    """
    return share_of_change(width, seeds, mlp, data, activation, shared, parametrization)


@claim(
    provenance="background",
    source=HERE,
    references=("Yang & Hu 2021, Corollary 3.9",),
    prediction=AtMost(-1, tolerance=1 / 3),
    control=Control("In μP principal components do find the change.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@pytest.mark.parametrize("activation", [erf, relu], ids=["erf", "relu"])
@pytest.mark.parametrize("data", ["sphere"], indirect=True)
def test_principal_components_miss_the_change(
    width, seeds, mlp, data, activation, shared, parametrization=ntk
):
    """In the kernel regime principal components find no more of the change than chance does.

    Statement
        The share of the squared movement of a layer of N units within its eight leading
        components falls as 1/N, as within any eight directions. A unit's movement is
        proportional to its output weight, whose sign knows nothing of the units at the start;
        along a component of N entries such movements add up to O(N^-1/2), and to O(1) in norm.
    Setting
        As in principal_components_find_the_change, on the sphere, where what moves has many
        dimensions: on digits it has few, and seeds differ by a half.
    Tolerance
        A third, which is a third of the way to the rival, 0.
    Does not show
        That the constant is that of random directions: it is about twice as large.
    """
    return share_of_change(width, seeds, mlp, data, activation, shared, parametrization)
