"""Units stand still, the output does not."""

import pytest

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import (
    activation_movement,
    erf,
    kernel_rate,
    mup,
    ntk,
    one_shot,
    output_movement,
    relu,
    train,
)


def one_step(network, x, y):
    """The networks after a single gradient step."""
    return train(network, x, y, steps=1).final


def convergence(network, x, y):
    """The networks once they fit; half the rate leaves room for a kernel that grows."""
    return train(network, x, y, steps=400, tolerance=0.1, rate=kernel_rate(network, x) / 2).final


def asked_to_change(mlp, width, seeds, data, activation, parametrization, solve):
    """Networks, and the same after they were asked to change their output by the labels.

    The targets are f_0 + y, so that every seed has the same way to go: the random output at
    the start would otherwise be most of the noise.
    """
    before = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        activation=activation,
        parametrization=parametrization,
    )
    return before, solve(before, data.x_train, before(data.x_train) + data.y_train)


@claim(
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the post, second paragraph; the reply on back-propagation, and the objection that a "
        "single step proves nothing",
    ),
    references=("Jacot et al. 2018, Theorem 2", "Yang & Hu 2021, Corollary 3.9"),
    prediction=PowerLaw(-1 / 2),
    control=Control("In μP every unit moves by O(1).", parametrization=mup),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("solve", [one_step, convergence, one_shot])
@pytest.mark.parametrize("activation", [erf, relu], ids=["erf", "relu"])
@pytest.mark.parametrize("data", ["sphere", "digits"], indirect=True)
def test_activations_freeze(width, seeds, mlp, data, activation, solve, parametrization=ntk):
    """Hidden units stand still while the output learns.

    Statement
        While the output moves by O(1), the units of every hidden layer move by O(N^-1/2): after
        one gradient step, at convergence, and at the solution of the linearised problem, which
        one step of Newton's method reaches. The last answers the objection that what one step
        does is beside the point.
    Setting
        Two hidden layers, 16 points, full-batch gradient descent. The movement is the RMS over
        units, layers and all 32 inputs.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. Corrections: local exponents between
        64 and 1024 drift from −.40 to −.46 for erf at convergence, as a relative correction of
        −.23 N^-1/2 at N = 64 would make them; the default D = .3 covers it.
    Does not show
        Anything about the largest unit, or about combinations of units chosen in view of the
        output weights, which do move.
    """
    before, after = asked_to_change(mlp, width, seeds, data, activation, parametrization, solve)
    return activation_movement(before, after, data.x)


def units_of_the_same_networks(width, seeds, mlp, data, activation, solve):
    """The movement of the units instead of the output's."""
    before, after = asked_to_change(mlp, width, seeds, data, activation, ntk, solve)
    return activation_movement(before, after, data.x)


@claim(
    source=Source("NTK/GP models of neural nets can't learn features", "the post, first footnote"),
    references=("Jacot et al. 2018, Theorem 2",),
    prediction=PowerLaw(0),
    control=Control(
        "The hidden units of the very same networks stand still.",
        measure=units_of_the_same_networks,
    ),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("solve", [one_step, convergence])
@pytest.mark.parametrize("activation", [erf, relu], ids=["erf", "relu"])
@pytest.mark.parametrize("data", ["sphere"], indirect=True)
def test_outputs_move_while_units_freeze(width, seeds, mlp, data, activation, solve):
    """The output of a wide network in the kernel regime moves by O(1).

    Statement
        However wide the network, training changes its output by O(1); what vanishes with the
        width is the movement inside. Without this, units that stand still would show nothing.
    Setting
        As in activations_freeze; the movement is the RMS over all 32 inputs.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. Corrections at N = 64 are those of
        the tangent kernel, a few per cent; the default D = .3 is ample.
    Does not show
        That the output moves to the right place on inputs it was not trained on.
    """
    before, after = asked_to_change(mlp, width, seeds, data, activation, ntk, solve)
    return output_movement(before, after, data.x)
