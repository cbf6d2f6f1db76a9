"""How much each unit has to move: what the post's arithmetic says, and what it is true of."""

from widthwise.harness import Control, PowerLaw, Source, Verdict, Widths, claim
from widthwise.models import Exponents, Parametrization, ntk

from .runs import DIGITS_RELU, RUNS, SPHERE_ERF, everywhere, moved, on

PLAIN_SUM = Parametrization(
    "plain sum", Exponents(0, 0, 1), Exponents(1 / 2, 0, 1), Exponents(0, 0, 1)
)
"""NTK parametrization but for an output that is the plain sum of the units, times O(1) weights."""

FOOTNOTE = Source("NTK/GP models of neural nets can't learn features", "the post, first footnote")


@claim(
    provenance="made",
    source=FOOTNOTE,
    references=("Jacot et al. 2018, Theorem 2",),
    prediction=PowerLaw(-1),
    expect=Verdict.REFUTED,
    control=Control(
        "With output weights of O(1) all units pull together, and the arithmetic holds.",
        parametrization=PLAIN_SUM,
    ),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@on(SPHERE_ERF, DIGITS_RELU)
def test_each_unit_needs_only_inverse_width(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """Each unit only moves by O(1/N) when the output moves by O(1).

    Statement
        The output is a sum of N things; so each of them, a unit, need only move by O(1/N).
    Correction
        Units move by O(N^-1/2) (activations_freeze). What they are multiplied with before they
        are summed is itself N^-1/2: even if all of them move with the sign of their output
        weight, a move of O(1/N) would change the output by O(N^-1/2) only. The sum has N terms
        that move by O(1/N), but they are contributions of units, not units
        (contributions_move_by_inverse_width).
    Setting
        The runs of activations_freeze to convergence. The control's output is the plain sum of
        units times O(1) weights, as the footnote counts; its output starts at √N, and it is
        asked to change by the labels all the same.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. D as in activations_freeze.
    Does not show
        That the conclusion is wrong: units do stand still, only more slowly.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth, parametrization)["units"]


def units_of_the_same_networks(width, seeds, shared, mlp, data, activation, depth):
    """The movement of the units instead of their contributions."""
    return moved(shared, width, seeds, mlp, data, activation, depth)["units"]


@claim(
    provenance="background",
    source=FOOTNOTE,
    references=("Jacot et al. 2018, Theorem 2",),
    prediction=PowerLaw(-1),
    control=Control(
        "The units of the very same networks move by O(N^-1/2).",
        measure=units_of_the_same_networks,
    ),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@everywhere
def test_contributions_move_by_inverse_width(width, seeds, shared, mlp, data, activation, depth):
    """What each unit adds to the output moves by O(1/N).

    Statement
        The contribution of a unit to the output, N^-1/2 times its output weight times the unit,
        moves by O(1/N): N of them, moving together, move the output by O(1). It is the form in
        which the footnote's count is right.
    Setting
        The same runs; RMS over the units of the last hidden layer and all 32 inputs.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. D as in activations_freeze.
    Does not show
        How much of it is the unit's own movement and how much that of its output weight.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth)["contributions"]
