"""Units stand still, the output does not."""

import pytest

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import mup, ntk, one_shot

from .runs import (
    DIGITS_ERF,
    DIGITS_RELU,
    LABELS_ERF,
    LABELS_RELU,
    RUNS,
    everywhere,
    layer_by_layer,
    moved,
    one_step,
)

POST = "NTK/GP models of neural nets can't learn features"
THEOREMS = (
    "Jacot et al. 2018, Theorem 2 (twice differentiable activations, gradient flow, no rate)",
    "Yang & Hu 2021, Corollary 3.9 (multilayer perceptrons with tanh or smoothed ReLU)",
)


@claim(
    provenance="made",
    source=Source(
        POST,
        'the reply that "holds after arbitrarily many steps of backprop"; the rate is that of the '
        'reply on "the asymmetry between the output function"',
    ),
    references=THEOREMS,
    prediction=PowerLaw(-1 / 2, correction=0.2),
    control=Control("In μP the units of every layer move by O(1).", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@layer_by_layer(LABELS_ERF, DIGITS_ERF, LABELS_RELU, DIGITS_RELU)
def test_activations_freeze(
    width, seeds, shared, mlp, data, activation, depth, layer, parametrization=ntk
):
    """The units of every hidden layer stand still while the output learns.

    Statement
        While training moves the output by O(1), until it fits, the units of each hidden layer
        move by O(N^-1/2).
    Setting
        One to three hidden layers, each layer by itself. 32 points in 8 dimensions with random
        labels, or 64 images of 4×4 pixels told odd from even, drawn anew for every seed: a linear
        map leaves .71 and .35 of the labels' variance. Full-batch gradient descent at 3/(2λ_max)
        (half of it in the control, whose kernel grows) with a momentum of ½ until less than 1% of
        the residual is left (runs_are_finished). RMS over units and all 64 or 128 inputs.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. What a unit moves by is a sum over
        training points of Θ's inverse times gradients. Θ's random part is .1 to .2 of it at N = 64,
        and enters the mean over seeds by its square; of ReLU units a share crosses the kink, their
        movement of .18 at N = 64 times the density at 0 of .4, and moves half as far. D = .2
        allows for as much as Θ's random part at first order.
    Does not show
        Anything about the largest unit, or about combinations of units chosen in view of the
        output weights, which do move. The theorems name no rate, and do not cover ReLU: there,
        and for the exponent, this is a measurement.
    """
    run = moved(shared, width, seeds, mlp, data, activation, depth, parametrization)
    return run["units"][:, layer - 1]


def by(solve, setting, layer):
    """A layer of a setting whose networks are moved in this way."""
    return pytest.param(
        solve, *setting.values, layer, id=f"{setting.id}-layer{layer}-{solve.__name__}"
    )


@claim(
    provenance="made",
    source=Source(
        POST,
        'the objection that what counts is "one step of Newton\'s method", and the offer to "solve '
        'the linear system, and analyze the activations"',
    ),
    references=THEOREMS,
    prediction=PowerLaw(-1 / 2, correction=0.2),
    control=Control("In μP the units of every layer move by O(1).", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@pytest.mark.parametrize(
    ("solve", "data", "activation", "depth", "layer"),
    [
        by(one_step, DIGITS_ERF, 1),
        by(one_step, DIGITS_ERF, 2),
        by(one_step, DIGITS_RELU, 1),
        by(one_shot, DIGITS_ERF, 1),
        by(one_shot, DIGITS_ERF, 2),
        by(one_shot, LABELS_RELU, 1),
        by(one_shot, LABELS_RELU, 2),
    ],
    indirect=["data"],
)
def test_activations_freeze_at_once(
    width, seeds, shared, mlp, data, activation, depth, layer, solve, parametrization=ntk
):
    """Units stand still after one step, and at the solution of the linearised problem.

    Statement
        One gradient step moves the units of each hidden layer by O(N^-1/2); and so does one step
        of Newton's method, which goes to the solution of the linearised problem at once. What
        becomes of units does not hang on how training gets to where it fits.
    Setting
        One or two hidden layers on the data of activations_freeze: a step at 1/λ_max, or the
        shortest displacement with which the linearised network fits all labels. RMS over units
        and all inputs.
    Tolerance
        As in activations_freeze.
    Does not show
        That the network itself fits after the one-shot step: relu_kinks_slow_the_limit says by
        how much it misses.
    """
    run = moved(shared, width, seeds, mlp, data, activation, depth, parametrization, solve)
    return run["units"][:, layer - 1]


def units_of_the_same_networks(width, seeds, shared, mlp, data, activation, depth):
    """The movement of the last hidden layer's units instead of the output's."""
    return moved(shared, width, seeds, mlp, data, activation, depth)["units"][:, -1]


@claim(
    provenance="made",
    source=Source(POST, 'the post: "only the output function does"; and its first footnote'),
    references=THEOREMS,
    prediction=PowerLaw(0),
    control=Control(
        "The last hidden units of the very same networks stand still.",
        measure=units_of_the_same_networks,
    ),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@everywhere
def test_outputs_move_while_units_freeze(width, seeds, shared, mlp, data, activation, depth):
    """The output of a wide network in the kernel regime moves by O(1).

    Statement
        However wide the network, training changes its output by O(1); what vanishes with the
        width is the movement inside. Without this, units that stand still would show nothing.
    Setting
        The runs of activations_freeze; RMS over all inputs, those not trained on among them.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. On training inputs the movement is
        that of the labels at every width; on others corrections are those of the tangent kernel,
        below .2 at N = 64: the default D = .3 is ample.
    Does not show
        That the output moves to the right place on inputs it was not trained on.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth)["output"]
