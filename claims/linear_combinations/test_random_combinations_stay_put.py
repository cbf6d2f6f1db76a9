"""Combining units at random does not find what moves."""

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import mup, ntk

from . import runs


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the reply that linear combinations cannot help",
    ),
    references=("Jacot et al. 2018, Theorem 2",),
    prediction=PowerLaw(-1 / 2, tolerance=1 / 6),
    control=Control("In μP every direction moves by O(1).", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@runs.settings
def test_random_combinations_stay_put(
    width, seeds, mlp, data, activation, shared, parametrization=ntk
):
    """A fixed random combination of units stands still, as each unit does.

    Statement
        v·z, with v a random unit vector over the N units z of the last hidden layer, is O(1) in
        size and changes by O(N^-1/2) in training: adding units up adds up their sizes, and their
        changes no faster.
    Setting
        Two hidden layers, 16 points, full-batch gradient descent until the output has moved by
        the labels to within .1; RMS over all 32 inputs and 64 independent combinations.
    Tolerance
        ±1/6, a third of the way to the rivals 0 and −1. Erf on the sphere bends as its units do
        (activations_freeze): the exponent is −.45 up to N = 1024, and corrections of D = .3 are
        allowed another .07.
    Does not show
        That no combination moves: the one given by the output weights does
        (output_gradient_combination_moves).
    """
    run = runs.seen(shared, width, seeds, mlp, data, activation, parametrization)
    return run["random combinations"]
