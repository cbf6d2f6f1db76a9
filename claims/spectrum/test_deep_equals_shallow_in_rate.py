"""How fast the eigenvalues on a sphere fall: by a power for ReLU, exponentially for erf."""

import math

import pytest
import torch

from widthwise.harness import Control, Identity, Limit, PowerLaw, Source, Vanishing, claim
from widthwise.models import Architecture, erf, relu
from widthwise.models.kernels.spectrum import sphere_eigenvalues, zonal_kernels
from widthwise.models.networks.randomness import generator_of

A = "NTK/GP models of neural nets can't learn features"
DEPTHS = Source(A, "the reply on approximation efficiency of the NTK for deep and shallow networks")
SMOOTH = Source(A, "the reply on what infinitely differentiable activations can approximate")
BIETTI = (
    "Bietti & Bach 2021 (ReLU without biases, inputs on the sphere, any depth; with "
    "biases it is measured)"
)


def eigenvalue(architecture, kernel, dimension, degree):
    """λ_k of a limiting kernel on the sphere of inputs of length √d."""

    def values(angles):
        return getattr(zonal_kernels(architecture, angles), kernel)

    return float(sphere_eigenvalues(values, dimension, [degree])[0])


def uniform(seed, low, high):
    """A number drawn by the seed."""
    generator = generator_of(seed)
    return low + (high - low) * float(torch.rand((), generator=generator))


def with_biases(seed, depth):
    """ReLU networks whose σ_b is between .3 and 1, drawn by the seed."""
    return Architecture(1, 2, depth=depth, activation=relu, sigma_b=uniform(seed, 0.3, 1.0))


def root(inverse_degree, seeds, dimension, depth, kernel, power):
    """λ_k^(1/power) for the kernel of every seed [S]."""
    degree = round(1 / inverse_degree)
    found = [eigenvalue(with_biases(seed, depth), kernel, dimension, degree) for seed in seeds]
    return torch.tensor(found, dtype=torch.float64) ** (1 / power)


@claim(
    provenance="made",
    source=DEPTHS,
    references=(BIETTI,),
    prediction=PowerLaw(1, tolerance=0.06, correction=0.1),
    control=Control("The NNGP kernel's fall by two powers more.", kernel="nngp"),
    over=Vanishing("inverse_degree", 1 / 32, 1 / 256, rungs=4),
)
@pytest.mark.parametrize(
    ("dimension", "depth"),
    [
        pytest.param(d, depth, id=f"d={d}-L={depth}")
        for d, depth in ((3, 1), (3, 2), (3, 5), (4, 1), (4, 3), (5, 1), (5, 4))
    ],
)
def test_deep_equals_shallow_in_rate(inverse_degree, seeds, dimension, depth, kernel="tangent"):
    """Eigenvalues of ReLU tangent kernels on a sphere fall as k^(−d), whatever the depth.

    Statement
        On the sphere in d dimensions the eigenvalue of Θ_∞ at spherical harmonics of degree k is
        of the order k^(−d) for networks of one hidden layer of ReLU and of several: deep networks
        have the approximation properties of shallow ones in the kernel regime.
    Setting
        d = 3, 4 and 5 and one to five hidden layers, k = 32, 64, 128 and 256; σ_b is drawn
        between .3 and 1 for every seed, in all layers. λ_k is computed by quadrature, to
        rounding. The measure is λ_k^(1/d), of which the statement says the order 1/k.
    Tolerance
        ±.06, less than a third of the way to the nearest rivals, the power of the next dimension,
        1 ± 1/d. The next order comes with k + (d − 2)/2 in place of k, relatively .05 at
        k = 32 and d = 5, and with biases; D = .1 covers it.
    Does not show
        That the kernels are the same: constants differ (depth_multiplies_the_constant). That depth
        is of no use where features are learned. Without biases, one hidden layer has no odd degrees
        but the first (odd_harmonics_are_missing_without_biases_and_depth).
    """
    return root(inverse_degree, seeds, dimension, depth, kernel, dimension)


@claim(
    provenance="background",
    source=DEPTHS,
    references=(BIETTI,),
    prediction=PowerLaw(1, tolerance=0.06, correction=0.15),
    control=Control("The tangent kernel's fall by two powers less.", kernel="tangent"),
    over=Vanishing("inverse_degree", 1 / 16, 1 / 128, rungs=4),
)
@pytest.mark.parametrize(
    ("dimension", "depth"),
    [pytest.param(d, depth, id=f"d={d}-L={depth}") for d, depth in ((3, 1), (3, 3), (4, 2))],
)
def test_frozen_units_reach_smoother_functions_at_any_depth(
    inverse_degree, seeds, dimension, depth, kernel="nngp"
):
    """Eigenvalues of ReLU NNGP kernels on a sphere fall as k^(−d−2), whatever the depth.

    Statement
        A network of which only the readout is trained has the kernel K_∞, whose eigenvalue at
        degree k is of the order k^(−d−2): training all layers adds two powers, depth none.
    Setting
        As in deep_equals_shallow_in_rate, at k = 16, 32, 64 and 128, beyond which rounding
        hides the eigenvalue; the measure is the root of order d + 2.
    Measure
        The root of order d + 2 of λ_k, of which the statement says the order 1/k.
    Tolerance
        ±.06, as there; the next order is relatively (d − 2)/2k, .06 at k = 16 and d = 4, and
        D = .15 leaves as much again for biases.
    Does not show
        What finite networks do at degrees beyond the number of their units.
    """
    return root(inverse_degree, seeds, dimension, depth, kernel, dimension + 2)


@claim(
    provenance="background",
    source=DEPTHS,
    references=("Bietti & Mairal 2019 (one hidden layer of ReLU, no biases)",),
    prediction=Identity(tolerance=1),
    control=Control("A second hidden layer has them.", depth=2),
    over=Vanishing("inverse_degree", 1 / 5, 1 / 45, rungs=3),
)
@pytest.mark.parametrize("dimension", [3, 5])
def test_odd_harmonics_are_missing_without_biases_and_depth(
    inverse_degree, seeds, dimension, depth=1
):
    """One hidden layer of ReLU without biases has no odd harmonics but the linear ones.

    Statement
        The tangent kernel of one hidden layer of ReLU without biases has the eigenvalue 0 at
        every odd degree from 3 on, in the limit: its functions are linear ones plus even ones.
        Depth differs there: a second layer has them all.
    Setting
        d = 3 and 5, degrees 5, 15 and 45; quadrature.
    Measure
        The eigenvalue, in units of what rounding allows.
    Tolerance
        An identity: the error is stated in units of 4·eps·κ(0), what rounding of the values of the
        kernel does to their mean.
    Does not show
        That biases do not help: they do, as an input that is always on.
    """
    architecture = Architecture(1, 2, depth=depth, activation=relu)
    size = float(zonal_kernels(architecture, torch.zeros(1, dtype=torch.float64)).tangent)
    degree = round(1 / inverse_degree)
    error = abs(eigenvalue(architecture, "tangent", dimension, degree))
    return [error / (4 * torch.finfo(torch.float64).eps * size)] * len(seeds)


SINGULAR = {"tangent": -1 / 2, "nngp": 1 / 2}
"""κ has (c − u)^α for its singular part, and λ_k ~ ρ^−k k^−s with s = d/2 + α."""


@claim(
    provenance="made",
    source=SMOOTH,
    references=(
        "Szegő 1975, chapter 9: expansions in orthogonal polynomials converge in the largest "
        "ellipse about [−1, 1] in which the function is analytic",
    ),
    prediction=Limit(1, tolerance=0.05),
    control=Control("ReLU, whose eigenvalues fall by a power.", activation=relu),
    over=Vanishing("inverse_degree", 1 / 5, 1 / 21, rungs=4),
)
@pytest.mark.parametrize("kernel", ["tangent", "nngp"])
@pytest.mark.parametrize("dimension", [3, 4, 5])
def test_smooth_activations_decay_faster(inverse_degree, seeds, dimension, kernel, activation=erf):
    """Eigenvalues of an erf network's kernel on a sphere fall exponentially in the degree.

    Statement
        A smooth activation reaches smooth functions only. With one hidden layer of erf κ is
        analytic in cos ϑ up to the value c = 1 + 1/2σ_w², and on the sphere in any dimension λ_k
        falls as ρ^−k times a power of k, where ρ + 1/ρ = 2c; at σ_w = 1 that is ρ = 2.618, the
        square of the golden ratio.
    Setting
        d = 3, 4 and 5, odd degrees 5, 9, 13 and 21 (there are no even ones without biases); σ_w is
        drawn between 1 and 2 for every seed. The measure is the rate at which the logarithm of the
        eigenvalue falls from k to k + 2, less that of the power k^−s, over 2 log ρ; by Darboux's
        method s = (d − 1)/2 for the tangent kernel and (d + 1)/2 for the NNGP kernel.
    Tolerance
        ±.05. With ReLU the rate goes to 0 as 2d/k. The power of the other kernel, or of the
        dimension two further, would be .05 to .09 off at k = 21. The next order is relatively
        k^−2: at k = 5 some .03, at k = 21 a few thousandths.
    Does not show
        That erf networks cannot be trained to fit a rough function on given points: their
        kernel is positive definite on the odd functions, and merely slow there.
    """
    # Degrees between the ends are rounded to odd ones.
    degree = 2 * round((1 / inverse_degree - 1) / 2) + 1
    ratios = []
    for seed in seeds:
        sigma_w = uniform(seed, 1.0, 2.0)
        architecture = Architecture(1, 2, depth=1, activation=activation, sigma_w=sigma_w)
        end = 1 + 1 / (2 * sigma_w**2)
        rate = 2 * math.log(end + math.sqrt(end**2 - 1))
        if activation is relu:  # which has no odd degrees without biases
            architecture = with_biases(seed, 1)
        pair = [eigenvalue(architecture, kernel, dimension, k) for k in (degree, degree + 2)]
        power = (dimension / 2 + SINGULAR[kernel]) * math.log(1 + 2 / degree)
        ratios.append((math.log(pair[0] / pair[1]) - power) / rate)
    return ratios
