"""Sums of √N units, their size and their change."""

from widthwise.harness import AtMost, Control, PowerLaw, Source, Widths, claim
from widthwise.models import mup, ntk

from . import runs

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the reply that linear combinations cannot help, on adding √N units together",
)


@claim(
    provenance="made",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=AtMost(-1 / 2, tolerance=1 / 6),
    control=Control("In μP sums change as much as they are large.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@runs.everywhere
def test_sums_of_sqrt_width_units_dwarf_their_change(
    width, seeds, mlp, data, activation, shared, parametrization=ntk
):
    """The sum of √N units is so large that its change in training vanishes beside it.

    Statement
        Adding up √N of the N units of a layer adds up their changes, and their sizes faster or
        as fast: the change of the sum relative to its size is O(N^-1/2), no better than that of
        a single unit.
    Setting
        Two hidden layers, each network with its own data at n = 4d, full-batch gradient descent
        with a momentum of ½ until the output has moved by the labels, to 1%. Every unit of the last
        hidden layer is chosen with probability N^-1/2; RMS over all choices, which is exact, and
        all inputs.
    Tolerance
        An exponent of at most −1/3: a third of the way to the rival, 0. For ReLU, whose units
        have a mean, it is −3/4.
    Does not show
        How size and change scale by themselves: sums_of_zero_mean_units_grow_as_fourth_root,
        sums_of_relu_units_grow_as_square_root and sums_change_by_inverse_fourth_root do.
    """
    run = runs.seen(shared, width, seeds, mlp, data, activation, parametrization)
    return run["change of sums"] / run["size of sums"]


def change(width, seeds, mlp, data, activation, shared):
    """The change of sums of √N units."""
    return runs.seen(shared, width, seeds, mlp, data, activation)["change of sums"]


def change_of_signed_sums(width, seeds, mlp, data, activation, shared):
    """The mean change of sums of √N units, each with the sign of its output weight."""
    return runs.seen(shared, width, seeds, mlp, data, activation)["mean change of signed sums"]


@claim(
    provenance="background",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=PowerLaw(-1 / 4, tolerance=1 / 12, correction=0.2),
    control=Control(
        "Units with the signs of their output weights add up.", measure=change_of_signed_sums
    ),
    over=Widths(64, 4096),
    noise=0.08,
    seeds_of=runs.SEEDS,
)
@runs.everywhere
def test_sums_change_by_inverse_fourth_root(width, seeds, mlp, data, activation, shared):
    """The sum of √N units changes by O(N^-1/4) in training, less than the O(1) said of it.

    Statement
        Units move by O(N^-1/2) each, in proportion to output weights of either sign, so that √N
        of them change their sum by N^1/4 times as much as one. The O(1) of the reply bounds it;
        it is reached by units picked for their signs (signed_sums_change_by_order_one).
    Setting
        As in sums_of_sqrt_width_units_dwarf_their_change.
    Measure
        Change of sums of √N units.
    Tolerance
        ±1/12, a third of the way to the rivals 0 and −1/2. Each unit's movement is corrected as
        in random_combinations_stay_put, by .14: D = .2. So narrow a band needs wider networks
        than the quick effort has.
    Does not show
        Anything about units that were picked.
    """
    return change(width, seeds, mlp, data, activation, shared)


@claim(
    provenance="background",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=PowerLaw(0, tolerance=1 / 12, correction=0.2),
    control=Control("Signs of units at random cancel.", measure=change),
    over=Widths(64, 4096),
    noise=0.08,
    seeds_of=runs.SEEDS,
)
@runs.everywhere
def test_signed_sums_change_by_order_one(width, seeds, mlp, data, activation, shared):
    """The sum of √N units, each with the sign of its output weight, changes by O(1).

    Statement
        Σ sign(w_i) z_i over √N units i with output weights w_i changes by O(1), as the reply has
        it: N^-1/2 each, all in the same direction.
    Setting
        As in sums_of_sqrt_width_units_dwarf_their_change, but the mean over choices of units
        instead of the RMS: what cancels is of the same order at N = 64.
    Measure
        Change of sums of √N units with the signs of their output weights.
    Tolerance
        ±1/12, a third of the way to the rival, −1/4. D as in sums_change_by_inverse_fourth_root;
        so narrow a band needs wider networks than the quick effort has.
    Does not show
        That the change is visible beside the size of the sum, which is N^1/4.
    """
    return change_of_signed_sums(width, seeds, mlp, data, activation, shared)
