"""Units stand still, the output does not."""

import pytest

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import mup, ntk, one_shot

from .runs import (
    DIGITS_ERF,
    DIGITS_RELU,
    RUNS,
    SPHERE_ERF,
    SPHERE_RELU,
    convergence,
    moved,
    one_step,
)


def by(solve, setting):
    """A setting whose networks are moved in this way."""
    return pytest.param(solve, *setting.values, id=f"{setting.id}-{solve.__name__}")


solved = pytest.mark.parametrize(
    ("solve", "data", "activation", "depth"),
    [
        by(convergence, SPHERE_ERF),
        by(convergence, DIGITS_ERF),
        by(convergence, DIGITS_RELU),
        by(convergence, SPHERE_RELU),
        by(one_step, SPHERE_ERF),
        by(one_step, DIGITS_RELU),
        by(one_shot, SPHERE_ERF),
        by(one_shot, DIGITS_RELU),
    ],
    indirect=["data"],
)


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the post, second paragraph; the reply on back-propagation, and the objection that a "
        "single step proves nothing",
    ),
    references=("Jacot et al. 2018, Theorem 2", "Yang & Hu 2021, Corollary 3.9"),
    prediction=PowerLaw(-1 / 2),
    control=Control("In μP every unit moves by O(1).", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@solved
def test_activations_freeze(
    width, seeds, shared, mlp, data, activation, depth, solve, parametrization=ntk
):
    """Hidden units stand still while the output learns.

    Statement
        While the output moves by O(1), the units of every hidden layer move by O(N^-1/2): after
        one gradient step, at convergence, and at the solution of the linearised problem, which
        one step of Newton's method reaches. The last answers the objection that what one step
        does is beside the point.
    Setting
        One to three hidden layers, 16 points, full-batch gradient descent. The movement is the
        RMS over units, layers and all 32 inputs.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. Corrections: local exponents between
        64 and 1024 drift from −.37 to −.47 for erf on the sphere, as a relative correction of
        −.25 N^-1/2 at N = 64 would make them; the default D = .3 covers it.
    Does not show
        Anything about the largest unit, or about combinations of units chosen in view of the
        output weights, which do move.
    """
    run = moved(shared, width, seeds, mlp, data, activation, depth, parametrization, solve)
    return run["units"]


def units_of_the_same_networks(width, seeds, shared, mlp, data, activation, depth, solve):
    """The movement of the units instead of the output's."""
    return moved(shared, width, seeds, mlp, data, activation, depth, ntk, solve)["units"]


@claim(
    provenance="implied",
    source=Source("NTK/GP models of neural nets can't learn features", "the post, first footnote"),
    references=("Jacot et al. 2018, Theorem 2",),
    prediction=PowerLaw(0),
    control=Control(
        "The hidden units of the very same networks stand still.",
        measure=units_of_the_same_networks,
    ),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@solved
def test_outputs_move_while_units_freeze(width, seeds, shared, mlp, data, activation, depth, solve):
    """The output of a wide network in the kernel regime moves by O(1).

    Statement
        However wide the network, training changes its output by O(1); what vanishes with the
        width is the movement inside. Without this, units that stand still would show nothing.
    Setting
        As in activations_freeze, the same runs; the movement is the RMS over all 32 inputs.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. Corrections at N = 64 are those of
        the tangent kernel, a few per cent; the default D = .3 is ample.
    Does not show
        That the output moves to the right place on inputs it was not trained on.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth, ntk, solve)["output"]
