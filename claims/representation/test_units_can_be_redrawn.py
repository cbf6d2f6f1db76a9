"""Whether a trained layer may be replaced by units drawn from among its own."""

import pytest
import torch

from widthwise.harness import Bounded, Control, PowerLaw, Source, WidthList, Widths, claim
from widthwise.models import contributions, fit, kernel_rate, mup, ntk, relu, rms

COMMENTS = "Comments on theories of deep learning"
REPLY = Source(
    COMMENTS,
    "the reply that, once the law of units has shifted, they can be probed regardless of its "
    "permutation-invariance",
)
WHICH = Source(
    COMMENTS,
    "the comment on a model of Othello's moves and units that are draws from one law, for which it "
    "matters which unit is which",
)
LAWS = (
    "Mei, Montanari & Nguyen 2018 (networks of one hidden layer as samples of a law)",
    "Yang & Hu 2021 (the law of trained units in μP)",
)
SAME = "trained networks whose units are redrawn"
on_tasks = pytest.mark.parametrize("data", ["odd_digits", "hidden_direction"], indirect=True)


def together(z, readout, outputs):
    """Mean squared error of units drawn with their own outgoing weights, over all draws [S, n].

    The variance of a sum of N draws from what the N units add, z [S, n, N] times readout [S, N].
    """
    added = z * readout[:, None]
    return added.square().sum(2) - outputs.square() / z.shape[2]


def separately(z, readout, outputs):
    """Mean squared error where units and outgoing weights are drawn apart, over all draws."""
    units = z.shape[2]
    mean = z.mean(2) * readout.mean(1, keepdim=True)
    square = z.square().mean(2) * readout.square().mean(1, keepdim=True)
    return (units * mean - outputs).square() + units * (square - mean.square())


def error(width, seeds, mlp, data, parametrization, redrawn):
    """RMS error of layers drawn from trained ones over RMS of the function, where trained [S]."""
    own = data(seeds)
    start = mlp(
        width,
        seeds,
        input_dim=own.input_dim,
        depth=1,
        activation=relu,
        parametrization=parametrization,
    )
    rate = 0.5 * kernel_rate(start, own.x_train)
    trained = fit(start, own.x_train, own.y_train, rate=rate, momentum=0.9)
    z = trained.activations(own.x_train)[-1]
    outputs = trained(own.x_train)
    readout = contributions(trained, torch.ones_like(z[:, :1]))[:, 0, :, 0]
    squares = {"together": together, "separately": separately}[redrawn](z, readout, outputs)
    return squares.mean(1).sqrt() / rms(outputs)


@claim(
    provenance="implied",
    source=REPLY,
    references=LAWS,
    prediction=PowerLaw(-1 / 2),
    control=Control(
        "In the NTK parametrization, where what units learn is lost in what they are.",
        parametrization=ntk,
    ),
    over=Widths(128, 8192),
    seeds_of=SAME,
)
@on_tasks
def test_units_can_be_redrawn(width, seeds, mlp, data, parametrization=mup):
    """A layer that has learned features may be drawn anew from among its own units.

    Statement
        In μP, N units drawn with replacement from the N of the hidden layer, each with its
        incoming and outgoing weights, compute the trained function up to O(N^-1/2): the layer is a
        sample of a law that has shifted, and it does not matter which unit is which.
    Setting
        One hidden layer of ReLU, images of digits, told odd from even, and He₂ of a hidden
        direction, drawn for every seed; trained to 1% of the residual with a momentum of .9. The
        error is the mean over all that can be drawn, which is known exactly.
    Measure
        Error of the function of the drawn layer, relative to the function, on the training inputs.
    Tolerance
        ±.15, less than a third of the way to the rival 0: in the NTK parametrization what a unit
        adds is N^-1/2 in size with either sign, and what training has added to it N^-1, so that
        sums of other units are wrong by O(1). What bends the law is the law of units itself, of
        which O(N^-1/2) remains of the start: the default D = .3.
    Does not show
        That a unit can be done without in a circuit of few. That fewer of many units do follows:
        M of them err by O(M^-1/2).
    """
    return error(width, seeds, mlp, data, parametrization, "together")


@claim(
    provenance="made",
    source=WHICH,
    references=LAWS,
    prediction=Bounded(low=0.75),
    control=Control("Units with their own outgoing weights.", redrawn="together"),
    over=WidthList((1024,)),
    seeds_of=SAME,
)
@on_tasks
def test_incoming_and_outgoing_weights_belong_together(
    width, seeds, mlp, data, redrawn="separately"
):
    """Which unit has which outgoing weight does matter in networks that have learned features.

    Statement
        In μP, N units drawn from a trained layer with outgoing weights drawn from other units
        miss the trained function by more than three quarters of its size: the law that the layer is
        a sample of is one of incoming and outgoing weights together.
    Setting
        As in units_can_be_redrawn, with 1024 units.
    Measure
        Error of the function of the drawn layer, relative to the function, on the training inputs.
    Tolerance
        At least .75; that of a function that is 0 everywhere is 1, and with their own weights it is
        .3 and falls with width.
    Does not show
        That units have to be told apart: those with weights of their own may change places.
    """
    return error(width, seeds, mlp, data, mup, redrawn)
