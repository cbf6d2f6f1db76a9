"""How the singular values of a deep network's Jacobian spread (Pennington et al. 2017)."""

import pytest

from widthwise.harness import Bounded, Control, Over, Source, claim
from widthwise.models import relu

from .jacobians import gaussian, jacobian, orthogonal

PAPER = "Pennington, Schoenholz & Ganguli 2017, Resurrecting the sigmoid in deep learning"
SECTION = "section 2.5"
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
