"""Why units stand still: the gradient that reaches them is small."""

import pytest

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import erf, layerwise_gradient, mup, ntk, relu

DEPTH = 3


def gradients(width, seeds, mlp, data, activation, parametrization):
    """The size of ∂f/∂h in every hidden layer of networks at initialisation."""
    network = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        depth=DEPTH,
        activation=activation,
        parametrization=parametrization,
    )
    return {"layers": layerwise_gradient(network, data.x)}


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features", "the reply on back-propagation"
    ),
    references=("Jacot et al. 2018, Theorem 2",),
    prediction=PowerLaw(-1 / 2),
    control=Control("In μP the gradient with respect to a unit is O(1/N).", parametrization=mup),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("layer", [1, 2, 3], ids="layer{}".format)
@pytest.mark.parametrize(
    ("data", "activation"),
    [pytest.param("sphere", erf, id="sphere-erf"), pytest.param("digits", relu, id="digits-relu")],
    indirect=["data"],
)
def test_gradients_reach_units_at_inverse_sqrt_width(
    width, seeds, shared, mlp, data, activation, layer, parametrization=ntk
):
    """The output's gradient with respect to a unit is O(N^-1/2) in every layer.

    Statement
        ∂f/∂h of a unit is O(N^-1/2) in the last hidden layer, because its output weight is; and
        backwards from layer to layer it keeps that size, being a sum of N random terms O(1/N).
    Setting
        Three hidden layers at initialisation, each layer by itself; RMS over units and all 32
        inputs.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and −1. In expectation the law is
        exact in the last layer; elsewhere corrections are relatively 1/N with a coefficient of
        a few units, below .3 at N = 64.
    Does not show
        That units cannot move. In μP the raw gradient is smaller still and the units do move,
        because the rate of a unit, relative to its gradient, is N times larger.
    """
    run = shared(
        gradients,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        activation=activation,
        parametrization=parametrization,
    )
    return run["layers"][:, layer - 1]
