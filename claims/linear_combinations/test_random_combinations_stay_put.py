"""Combining units at random does not find what moves."""

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import mup, ntk

from . import runs


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the last reply on linear combinations, which expects almost all combinations not to "
        "change, by the central limit theorem",
    ),
    references=(runs.KERNEL_LIMIT,),
    prediction=PowerLaw(-1 / 2),
    control=Control("In μP every direction moves by O(1).", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@runs.everywhere
def test_random_combinations_stay_put(
    width, seeds, mlp, data, activation, shared, parametrization=ntk
):
    """Almost all fixed random combinations of units stand still, as each unit does.

    Statement
        v·z, with v a random unit vector over the N units z of the last hidden layer, is O(1) in
        size and changes by O(N^-1/2) in training, for almost all v: adding units up adds up
        their sizes, and their changes no faster. This is what the reply says against the
        sentence before it, that even in the limit most linear combinations of the activations
        are expected to change: most do not, and neither do 95 of 100.
    Setting
        Two hidden layers, each network with its own data at n = 4d, full-batch gradient descent
        with a momentum of ½ until the output has moved by the labels, to 1%. 256 independent
        combinations per network; what is stated is the movement, RMS over training and test inputs,
        that 95% of them stay below.
    Measure
        What 95% of the combinations move by less than, RMS over inputs.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and −1. What bends the law is the square
        of the kernel's relative deviation from its limit, .37 at N = 64 (.2 of it by training):
        .14, for which the default D = .3 has room.
    Does not show
        That no combination moves: the one along the output's gradient does
        (output_gradient_combination_moves).
    """
    run = runs.seen(shared, width, seeds, mlp, data, activation, parametrization)
    return run["almost all combinations"]
