"""The combination that does move."""

import pytest

from widthwise.harness import Control, PowerLaw, Source, Widths, claim

from . import runs


def random_combination(width, seeds, mlp, data, activation, shared):
    """The movement of random combinations of the units of the very same networks."""
    run = runs.seen(shared, width, seeds, mlp, data, activation)
    return run["random combinations"]


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the last reply on linear combinations, which names the vector of partial derivatives",
    ),
    references=("Jacot et al. 2018, Theorem 2",),
    prediction=PowerLaw(0),
    control=Control("A random combination stands still.", measure=random_combination),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@pytest.mark.parametrize("layer", [1, 2], ids=["layer_1", "layer_2"])
@runs.settings
def test_output_gradient_combination_moves(width, seeds, mlp, data, activation, layer, shared):
    """The combination of units given by the output's own gradient moves by Θ(1).

    Statement
        ∂f(x)/∂h over the units h of a hidden layer, as a unit vector v, is a combination with
        v·h(x) moving by Θ(1) while the output learns: every unit moves by O(N^-1/2), and these
        N movements have the signs of the entries of v.
    Setting
        Two hidden layers, 16 points, full-batch gradient descent until the output has moved by
        the labels to within .1. The gradient is that of the network at the start, at a training
        point; the movement is that of preactivations at the same point; RMS over the points.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2, which random combinations have.
        Corrections are those of the kernel of a layer, for erf up to −.2 N^-1/2 at N = 64; the
        default D = .3 covers them.
    Does not show
        That such combinations help in another task: they are what the kernel has anyway.
    """
    run = runs.seen(shared, width, seeds, mlp, data, activation)
    return run[f"gradient combinations, layer {layer}"]
