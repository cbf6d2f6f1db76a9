"""Whether the tangent features suffice for every function, and how many of them there are."""

import functools

import pytest
import torch

from widthwise.harness import AtMost, Control, PowerLaw, Source, Vanishing, Verdict, claim
from widthwise.harness.terms.ladder import Over
from widthwise.models import (
    Architecture,
    infinite_width_kernels,
    kernel_regression,
    linear,
    relu,
)
from widthwise.models.kernels.spectrum import sphere_eigenvalues, zonal_kernels
from widthwise.models.networks.randomness import generator_of, uniform

A = "NTK/GP models of neural nets can't learn features"
UNIVERSAL = Source(
    A, "the replies on universal function approximation on a fixed input space, and the concession"
)
FINITE = Source(A, "the reply that suspects the NTK embedding of being essentially finite")
SEEDS = "spectra on the sphere"
BIETTI = "Bietti & Bach 2021: eigenvalues on the sphere, and which of them vanish"
DIMENSION, NEW = 3, 128
DEGREES = 120
FINE = Vanishing("precision", 1e-3, 1e-5, rungs=4)


def on_the_sphere(seed, points):
    """Points on the sphere of radius √3, drawn by the seed, and a direction [points + 1, 3]."""
    generator = generator_of(seed)
    drawn = torch.randn(1 + points, DIMENSION, generator=generator, dtype=torch.float64)
    return DIMENSION**0.5 * drawn / drawn.norm(dim=1, keepdim=True)


def wave(x, direction):
    """A smooth function with harmonics of all degrees: sin(2u·x + 1), about its mean."""
    values = torch.sin(2 * x @ direction / DIMENSION**0.5 + 1)
    return values - values.mean()


def biased(seed):
    """σ_b between .5 and 1, drawn by the seed."""
    return 0.5 + 0.5 * float(uniform(seed + 1, 1))


@claim(
    provenance="made",
    source=UNIVERSAL,
    references=(BIETTI, "Narcowich, Ward & Wendland 2007: interpolation on spheres"),
    prediction=AtMost(-1, tolerance=0.25),
    control=Control("One hidden layer of ReLU without biases.", depth=1, biases=0.0),
    over=Over("points", (32, 64, 128, 256, 512), quick=4),
)
@pytest.mark.parametrize(
    ("depth", "biases"),
    [pytest.param(1, 1.0, id="L=1-biases"), pytest.param(2, 0.0, id="L=2")],
)
def test_tangent_features_are_universal(points, seeds, depth, biases):
    """The tangent kernel fits any smooth function on a fixed domain, given depth or biases.

    Statement
        Kernel regression with Θ_∞ of ReLU networks approaches a smooth function on the sphere
        as data grow. It takes biases or a second hidden layer: with neither, harmonics of odd
        degree above 1 are outside the space of the kernel, and what a function has of them is
        never learned.
    Setting
        sin(2u·x + 1) for a direction u of the sphere in three dimensions, without noise; points,
        u and σ_b between .5 and 1 drawn for every seed; 128 new points; float64.
    Measure
        Error on new points, relative to the function.
    Tolerance
        The exponent is at most −1, plus .25. For functions much smoother than the kernel's space
        interpolation has twice the rate of that space, n^−3/2; points at random leave holes, for
        which there is room. The rival, what is left if a part is never learned, is 0.
    Does not show
        That few data suffice in many dimensions, which the author of the post says matters more.
    """
    errors = []
    for seed in seeds:
        drawn = on_the_sphere(seed, points + NEW)
        direction, x = drawn[0], drawn[1:]
        architecture = Architecture(
            1, DIMENSION, depth=depth, activation=relu, sigma_b=biases * biased(seed)
        )
        theta = infinite_width_kernels(architecture, x, x[:points]).tangent
        y = wave(x, direction)
        found = kernel_regression(theta[:points], theta[points:], y[:points])
        errors.append((found - y[points:]).norm() / y[points:].norm())
    return torch.stack(errors)


@functools.lru_cache(maxsize=64)
def spectrum_of(seed, activation, kernel):
    """Eigenvalues of Θ_∞ of one hidden layer on the sphere, by degree, over the largest."""
    architecture = Architecture(1, DIMENSION, depth=1, activation=activation, sigma_b=biased(seed))

    def values(angles):
        return getattr(zonal_kernels(architecture, angles), kernel)

    found = sphere_eigenvalues(values, DIMENSION, range(DEGREES))
    return found / found.max()


def features_that_count(precision, seeds, activation, kernel):
    """Σ λ/(λ + ε) over all eigenvalues, in units of the largest: degrees of freedom [S].

    Beyond the last degree K, where λ is well below ε, it goes on as its power of k.
    """
    many = 2 * torch.arange(DEGREES, dtype=torch.float64) + 1
    found = torch.stack([spectrum_of(seed, activation, kernel) for seed in seeds]).clamp_min(0)
    power = {"tangent": 3, "nngp": 5}[kernel]
    beyond = 2 * DEGREES**2 * found[:, -1] / (precision * (power - 2))
    return (many * found / (found + precision)).sum(1) + beyond


@claim(
    provenance="made",
    source=FINITE,
    references=(BIETTI,),
    prediction=PowerLaw(0, tolerance=0.2),
    expect=Verdict.REFUTED,
    control=Control("Linear networks: four features.", activation=linear),
    over=FINE,
    seeds_of=SEEDS,
)
@pytest.mark.parametrize("activation", [relu], ids=["relu"])
def test_tangent_features_are_essentially_finite(precision, seeds, activation):
    """The NTK embedding is essentially finite, so that it is not universal.

    Statement
        The tangent features of a wide network are in effect finitely many: those that count at
        a precision ε, Σ λ_i/(λ_i + ε) over the eigenvalues of Θ_∞ in units of the largest, are no
        more the smaller ε is.
    Correction
        They have no end: features_that_count_grow_with_precision. The suspicion was withdrawn
        in the same thread.
    Setting
        The sphere in three dimensions, one hidden layer with σ_b between .5 and 1 drawn for
        every seed; eigenvalues by quadrature, exactly, with multiplicities; precisions from 10⁻³
        to 10⁻⁵.
    Measure
        Features that count at this precision.
    Tolerance
        0 ± .2, less than a third of the way to −2/3, which theory gives.
    Does not show
        That most of them matter: at any fixed precision finitely many do.
    """
    return features_that_count(precision, seeds, activation, "tangent")


@claim(
    provenance="implied",
    source=FINITE,
    references=(BIETTI,),
    prediction=PowerLaw(-2 / 3, tolerance=0.08, correction=0.3),
    control=Control("The NNGP kernel's: −2/5.", kernel="nngp"),
    over=FINE,
    seeds_of=SEEDS,
)
@pytest.mark.parametrize("activation", [relu], ids=["relu"])
def test_features_that_count_grow_with_precision(precision, seeds, activation, kernel="tangent"):
    """Of tangent features on a sphere ε^−2/3 count at a precision ε: without end, but slowly.

    Statement
        In three dimensions the eigenvalues of Θ_∞ of ReLU fall as k^−3 and each is 2k + 1 times
        there, so that Σ λ_i/(λ_i + ε) grows as ε^−2/3.
    Setting
        As in tangent_features_are_essentially_finite.
    Measure
        Features that count at this precision.
    Tolerance
        ±.08, less than a third of the way to −2/5, which the NNGP kernel has. What bends the law
        is the first degrees, two or three of the ten that count at 10⁻³: D = .3.
    Does not show
        The same for smooth activations, of which a power of log(1/ε) count.
    """
    return features_that_count(precision, seeds, activation, kernel)
