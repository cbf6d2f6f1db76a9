"""What it takes to multiply: 2^n smooth units in one layer, 4(n − 1) in a tree."""

import pytest
import torch

from widthwise.harness import Control, PowerLaw, Source, Vanishing, claim
from widthwise.harness.terms.correction import Correction
from widthwise.models import erf, gelu, relu, tanh
from widthwise.models.networks.randomness import uniform

from .gates import (
    POINTS,
    amplitude,
    gate,
    layer_of_random_weights,
    relative_error,
    symmetric_layer,
    tree,
)

COMMENT = "Comments on theories of deep learning"
PRODUCTS = "Lin, Tegmark & Rolnick 2017, section on the multiplication gate and appendix A"
SMALL = Vanishing("scale", 0.3, 0.3 / 16, rungs=5)
QUADRATIC = PowerLaw(2, tolerance=0.1, correction=Correction(order=2, size=0.3))
AWAY_FROM_ZEROS, NONE = (0.2, 0.4), (0.0, 0.0)
smooth = pytest.mark.parametrize("activation", [erf, tanh, gelu], ids=["erf", "tanh", "gelu"])


def inputs_and_bias(seed, inputs, biases):
    """Points between −1 and 1 [points, n] and a bias, drawn by the seed."""
    drawn = uniform(seed, 1 + POINTS * inputs)
    low, high = biases
    return 2 * drawn[1:].reshape(POINTS, inputs) - 1, low + (high - low) * float(drawn[0])


@claim(
    provenance="background",
    source=Source(COMMENT, "the comment on the paper by Lin, Tegmark and Rolnick"),
    references=(PRODUCTS,),
    prediction=QUADRATIC,
    control=Control(
        "ReLU at its kink: it has no derivatives to multiply with.", activation=relu, biases=NONE
    ),
    over=SMALL,
)
@smooth
@pytest.mark.parametrize("inputs", [2, 3, 4], ids=["n=2", "n=3", "n=4"])
def test_multiplication_gate_is_cheap(scale, seeds, inputs, activation, biases=AWAY_FROM_ZEROS):
    """2^n smooth units multiply n inputs, as exactly as one likes: the error is O(λ²).

    Statement
        The sum of φ(b + λ s·x) over all 2^n rows s of signs, each unit read with the product of
        its signs, is the product of the inputs up to a factor and a relative error O(λ²), where
        the n-th derivative of φ at b is not 0: all other terms of the Taylor series up to the next
        order but one cancel. A product, which is what locality and symmetry leave of physics,
        costs a layer of fixed size.
    Setting
        n = 2, 3 and 4 inputs, 512 points of [−1, 1]^n and a bias between .2 and .4 drawn for
        every seed, where no derivative that matters is 0; float64. The readout has one free
        number, by least squares.
    Measure
        Error of the product, relative to its size.
    Tolerance
        ±.1, less than a third of the way to the rivals 1 and 0. The next order is λ² again, by
        the ratio of derivatives: .15 at λ = .3 for tanh at n = 4, for which D = .3 has room.
    Does not show
        That training finds these weights. For ReLU without biases the layer does not depend on λ;
        it multiplies by other means, not to any accuracy at a fixed size.
    """
    errors = []
    for seed in seeds:
        x, bias = inputs_and_bias(seed, inputs, biases)
        found, product = symmetric_layer(x, scale, bias, activation), x.prod(1)
        errors.append(relative_error(amplitude(found, product) * found, product))
    return torch.stack(errors)


def by_gates(x, scale, bias, activation, seed):  # noqa: ARG001 - nothing else is drawn
    """The product from a tree of n − 1 gates of four units."""
    return tree(x, gate(scale, bias, activation))


def by_one_layer(x, scale, bias, activation, seed):
    """The product from as many units in one layer, with the best readout."""
    return layer_of_random_weights(x, scale, bias, activation, 4 * (x.shape[1] - 1), seed)


@claim(
    provenance="background",
    source=Source(COMMENT, "the comment on depth separations and compositional functions"),
    references=(PRODUCTS, "Poggio et al. 2017, on trees of functions of two variables"),
    prediction=QUADRATIC,
    control=Control("As many units with random weights in one layer.", multiplied=by_one_layer),
    over=SMALL,
)
@smooth
@pytest.mark.parametrize("inputs", [4, 8, 16], ids=["n=4", "n=8", "n=16"])
def test_a_tree_of_gates_multiplies_with_few_units(
    scale, seeds, inputs, activation, multiplied=by_gates
):
    """In a network of log₂ n layers 4(n − 1) units multiply n inputs, where one layer takes 2^n.

    Statement
        A binary tree of gates of four units each multiplies n inputs with a relative error of
        the order λ²: depth makes the units linear in n, where it follows the structure of
        what is computed.
    Setting
        n = 4, 8 and 16, so that there are 12, 28 and 60 units; 512 points of [−1, 1]^n and a bias
        between .2 and .4 drawn for every seed; all gates are one gate, whose readout has one
        number, by least squares on other points. float64. The control has the best readout on the
        very points where it is measured.
    Measure
        Error of the product, relative to its size.
    Tolerance
        ±.1, as for a single gate (multiplication_gate_is_cheap). Errors of the gates on a path add
        up to that of the product, relatively, and so does the next order.
    Does not show
        That no single layer does with fewer than 2^n units: that is a theorem for small weights.
        That training finds the tree.
    """
    errors = []
    for seed in seeds:
        x, bias = inputs_and_bias(seed, inputs, AWAY_FROM_ZEROS)
        errors.append(relative_error(multiplied(x, scale, bias, activation, seed), x.prod(1)))
    return torch.stack(errors)
