"""Why units stand still: the gradient that reaches them is small, and stands still itself."""

import pytest

from widthwise.harness import AtMost, Control, PowerLaw, Source, Widths, claim
from widthwise.models import erf, layerwise_gradient, mup, ntk, relu

from .runs import DIGITS_ERF, LABELS_ERF, RUNS, layer_by_layer, moved, networks

DEPTH = 3


def gradients(width, seeds, mlp, data, activation, parametrization):
    """The size of ∂f/∂h in every hidden layer of networks at initialisation."""
    drawn = data(seeds)
    network = networks(width, seeds, mlp, drawn, activation, DEPTH, parametrization)
    return {"layers": layerwise_gradient(network, drawn.x)}


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        'the reply on "the asymmetry between the output function and the intermediate neuron"',
    ),
    references=("Jacot et al. 2018, proof of Theorem 1",),
    prediction=PowerLaw(-1 / 2),
    control=Control("In μP the gradient with respect to a unit is O(1/N).", parametrization=mup),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("layer", [1, 2, 3], ids="layer{}".format)
@pytest.mark.parametrize(
    ("data", "activation"),
    [
        pytest.param("random_labels", erf, id="labels-erf"),
        pytest.param("odd_digits", relu, id="digits-relu"),
    ],
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
        Three hidden layers at initialisation, each layer by itself; RMS over units and all
        inputs, which are drawn anew for every seed.
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


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        'the post, second paragraph: "none of the functions/derivatives"',
    ),
    references=("Lee et al. 2019, Lemma 1 (activations with Lipschitz derivative)",),
    prediction=AtMost(-1 / 2, correction=0.2),
    control=Control("In μP gradients change by O(1) of their size.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@layer_by_layer(LABELS_ERF, DIGITS_ERF)
def test_gradients_stand_still(
    width, seeds, shared, mlp, data, activation, depth, layer, parametrization=ntk
):
    """Training changes the derivatives at hidden units by O(N^-1/2) of their size.

    Statement
        Not only what units compute stands still: so does ∂f/∂h, the output's derivative with
        respect to each of them. Its change is O(N^-1/2) of its size in every hidden layer.
    Setting
        The runs of activations_freeze with erf; ‖∂f/∂h_T − ∂f/∂h_0‖/‖∂f/∂h_0‖ over all inputs
        and the units of a layer.
    Measure
        Change of ∂f/∂h in a layer, relative to its size.
    Tolerance
        An exponent of at most −.35: the rival, a network that learns features, has 0. The change
        is that of units times the curvature of erf, and that of weights; D as in
        activations_freeze.
    Does not show
        The same of ReLU, whose derivative jumps where a unit crosses its kink: there it is
        O(N^-1/4) (relu_kinks_let_gradients_change_more).
    """
    run = moved(shared, width, seeds, mlp, data, activation, depth, parametrization)
    return run["gradients"][:, layer - 1]
