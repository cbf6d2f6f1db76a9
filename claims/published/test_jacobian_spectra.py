"""How the singular values of a deep network's Jacobian spread (Pennington et al. 2017)."""

import pytest
import torch

from widthwise.harness import Bounded, Control, Limit, Over, Source, WidthList, claim
from widthwise.models import linear, relu

from .jacobians import gaussian, jacobian, orthogonal

PAPER = (
    "Pennington, Schoenholz & Ganguli 2017, Resurrecting the sigmoid in deep learning through "
    "dynamical isometry"
)
SECTION = "sections 2.4 and 2.5"
UNITS = 160


def printed(draw, layers):
    """σ²_JJᵀ of critical ReLU networks: L(1 + (1 − p)/p) of Gaussian weights, L(1 − p)/p else."""
    return {gaussian: 2 * layers, orthogonal: layers}[draw]


def of_the_other_weights(draw, layers):
    """What the paper prints for the other kind of weights."""
    return {gaussian: layers, orthogonal: 2 * layers}[draw]


def spread(change):
    """Variance of the squared singular values over the square of their mean [S]."""
    width = change.shape[-1]
    mean = change.square().sum((1, 2)) / width
    return (change.mT @ change).square().sum((1, 2)) / width / mean.square() - 1


@claim(
    provenance="background",
    source=Source(PAPER, f"{SECTION}, the variance of the spectrum for ReLU at criticality"),
    references=(
        f"{PAPER}, {SECTION}: σ²_JJᵀ = L(μ₂/μ₁² − 1 − s₁), free probability at infinite width",
    ),
    prediction=Bounded(0.85, 1.25),
    control=Control("What the other weights would make of it.", predicted=of_the_other_weights),
    over=Over("layers", (2, 4, 8)),
)
@pytest.mark.parametrize("draw", [gaussian, orthogonal], ids=["gaussian", "orthogonal"])
def test_relu_spectra_spread_in_proportion_to_depth(layers, seeds, mlp, draw, predicted=printed):
    """No weights keep a deep ReLU network's singular values together.

    Statement
        At the critical gain √2 the squared singular values of the Jacobian of L layers have mean 1
        and variance 2L if weights are Gaussian, L if they are orthogonal: it grows with the depth
        whatever the weights are, and dynamical isometry is out of reach.
    Setting
        2 to 8 layers of 160 units, from an input of as many numbers, without biases; the Jacobian
        of the last activations.
    Measure
        Variance of the squared singular values over the squared mean, over the published variance.
    Tolerance
        Between .85 and 1.25; the rival is what the other weights have, twice as much or half. At
        width N the spectrum is wider than in the limit by a share of the order of L/N, up to .06
        here, and noise takes a tenth. A variance that did not grow, or as √L or L^3/2, would
        leave the band at an end of the ladder.
    Does not show
        That sigmoidal networks can do better, which is the paper's point.
    """
    change = jacobian(draw(mlp, UNITS, seeds, layers, relu))
    return spread(change) / predicted(draw, layers)


def fuss_catalan(layers):
    """(L + 1)^(L + 1)/L^L: 4 of one layer, 6.75 of two."""
    return (layers + 1) ** (layers + 1) / layers**layers


def of_a_layer_less(layers):
    """The same of L − 1 layers."""
    return fuss_catalan(layers - 1)


@claim(
    provenance="background",
    source=Source(PAPER, f"{SECTION}, linear networks: the largest eigenvalue of JJᵀ"),
    references=(
        f"{PAPER}, {SECTION}: λ_max = (L + 1)^(L + 1)/L^L, free probability at infinite width",
    ),
    prediction=Limit(1, tolerance=0.095),
    control=Control("A layer less.", predicted=of_a_layer_less),
    over=WidthList((128, 320)),
)
@pytest.mark.parametrize("layers", [2, 3], ids=["L=2", "L=3"])
def test_largest_singular_values_grow_linearly_with_depth(
    width, seeds, mlp, layers, predicted=fuss_catalan
):
    """Gaussian weights that keep norms stretch some direction in proportion to the depth.

    Statement
        The largest squared singular value of a product of L Gaussian matrices that keep the mean at
        1 tends to (L + 1)^(L + 1)/L^L, about e·(L + ½): 6.75 of two, 9.48 of three.
    Setting
        Linear networks of two and three layers of N units, on N inputs.
    Measure
        Largest squared singular value of the Jacobian over (L + 1)^(L + 1)/L^L.
    Tolerance
        ±.095, a third of the way to a layer less or more: .59 and 1.40 of it with two, .71 and 1.29
        with three. Such edges are approached from below as N^-2/3: by .04 or so at N = 320.
    Does not show
        That a network with slopes has as large ones: D has its own spread
        (relu_spectra_spread_in_proportion_to_depth).
    """
    change = jacobian(gaussian(mlp, width, seeds, layers, linear))
    return torch.linalg.eigvalsh(change.mT @ change)[:, -1] / predicted(layers)
