"""Combining units at random does not find what moves."""

import pytest

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import combination_movement, erf, kernel_rate, mup, ntk, relu, train


@claim(
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the reply that linear combinations cannot help",
    ),
    references=("Jacot et al. 2018, Theorem 2",),
    prediction=PowerLaw(-1 / 2),
    control=Control("In μP every direction moves by O(1).", parametrization=mup),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("activation", [erf, relu], ids=["erf", "relu"])
@pytest.mark.parametrize("data", ["sphere"], indirect=True)
def test_random_combinations_stay_put(width, seeds, mlp, data, activation, parametrization=ntk):
    """A fixed random combination of units stands still, as each unit does.

    Statement
        v·z, with v a random unit vector over the N units z of the last hidden layer, is O(1) in
        size and changes by O(N^-1/2) in training: adding units up adds up their sizes, and their
        changes no faster.
    Setting
        Two hidden layers, 16 points, full-batch gradient descent until the output has moved by
        the labels to within .1; RMS over all 32 inputs and 64 independent combinations.
    Tolerance
        ±.15, less than a third of the way to the rival, 0.
    Does not show
        That no combination moves: the one given by the output weights does.
    """
    network = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        activation=activation,
        parametrization=parametrization,
    )
    x, y = data.x_train, network(data.x_train) + data.y_train
    run = train(network, x, y, steps=400, tolerance=0.1, rate=kernel_rate(network, x) / 2)
    return combination_movement(network, run.final, data.x, combinations=64)
