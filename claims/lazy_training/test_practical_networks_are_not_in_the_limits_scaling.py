"""Whether networks as used in practice scale as the feature-learning limit wants them to."""

import pytest

from widthwise.harness import AtLeast, Control, Source, Widths, claim
from widthwise.models import (
    Exponents,
    Parametrization,
    layerwise_activation_movement,
    mup,
    mup_adam,
    output_movement,
    relu,
    train,
    train_adam,
)

from .runs import asked_to_change

PRACTICE = Parametrization(
    "standard at a fixed rate", Exponents(0, 0), Exponents(0, 1 / 2), Exponents(0, 1 / 2)
)
"""Weights of variance O(1/fan-in) and one learning rate for all, whatever the width."""

GAIN = 3**-0.5
"""σ_w of PyTorch's layers, whose weights are uniform with variance 1/(3·fan-in)."""

STEPS = 4


def descent(network, x, y):
    """Networks after a few steps of gradient descent."""
    return train(network, x, y, steps=STEPS, rate=1e-4, tolerance=0).final


def adam(network, x, y):
    """Networks after a few steps of Adam."""
    return train_adam(network, x, y, epochs=STEPS, rate=1e-5, tolerance=0).final


def moves(width, seeds, mlp, data, optimiser, parametrization):
    """How far the units of either hidden layer and the outputs moved, by name [S]."""
    drawn = data(seeds)
    network = mlp(
        width,
        seeds,
        input_dim=drawn.input_dim,
        activation=relu,
        parametrization=parametrization,
        sigma_w=GAIN,
    )
    after = optimiser(network, *asked_to_change(network, drawn))
    first, second = layerwise_activation_movement(network, after, drawn.x).unbind(1)
    return {
        "layer 1": first,
        "layer 2": second,
        "outputs": output_movement(network, after, drawn.x),
    }


def in_the_limits_scaling(width, seeds, shared, mlp, data, optimiser, place):
    """The same in the maximal-update parametrization, for this optimiser."""
    limit = mup_adam if optimiser is adam else mup
    return shared(
        moves,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        optimiser=optimiser,
        parametrization=limit,
    )[place]


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        'the post: "the scaling used to take the limit is actually different from that used"',
    ),
    references=("Yang & Hu 2021, section 5 and table 1", "Yang & Littwin 2023 (Adam)"),
    prediction=AtLeast(1 / 2, correction=0.2),
    control=Control(
        "In the scaling of the limit, for the same optimiser, it moves by O(1).",
        measure=in_the_limits_scaling,
    ),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("place", ["layer 2", "outputs"], ids=["layer2", "outputs"])
@pytest.mark.parametrize(
    ("data", "optimiser"),
    [
        pytest.param("odd_digits", descent, id="digits-descent"),
        pytest.param("odd_digits", adam, id="digits-adam"),
        pytest.param("random_labels", adam, id="labels-adam"),
    ],
    indirect=["data"],
)
def test_practical_networks_are_not_in_the_limits_scaling(
    width, seeds, shared, mlp, data, optimiser, place
):
    """At one learning rate for all widths, hidden units and outputs move the more the wider it is.

    Statement
        The feature-learning limit wants every layer and the output to move by O(1) in a number of
        steps. Networks drawn as in practice, and trained at a rate that does not depend on the
        width, do not: the second hidden layer moves by at least N^1/2 and so do the outputs.
        (Gradient descent: N^1/2 and N; Adam, whose steps do not shrink with the gradient: N and
        N^3/2.)
    Setting
        Two hidden layers of ReLU, weights of PyTorch's variance 1/(3·fan-in), four steps of
        gradient descent at 10^-4 or of Adam at 10^-5, far from where anything diverges at these
        widths; data drawn anew for every seed. RMS over units and all inputs.
    Tolerance
        An exponent of at least .35; the limit's scaling has 0, and a layer counts as in it within
        ±.1. The steps are so small that they are those of the network at the start, whose sums
        over units are relatively random by N^-1/2 and enter by their square; D = .2 is that
        randomness at N = 64 with some room.
    Does not show
        Gradient descent on random labels: how far its first steps go depends on how the labels
        happen to add up, and 64 seeds leave N^.47 open by .22. The first hidden layer, which moves
        by N^-1/2 under gradient descent and by O(1) under Adam. Biases, which PyTorch draws as it
        does weights, nor a uniform law of weights, which makes no difference in the limit. Other
        coordinates: Adam's steps ignore the size of gradients, and weights of another scale are
        another algorithm. That practical networks do not learn features: at the widths they have,
        they do.
    """
    return shared(
        moves,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        optimiser=optimiser,
        parametrization=PRACTICE,
    )[place]
