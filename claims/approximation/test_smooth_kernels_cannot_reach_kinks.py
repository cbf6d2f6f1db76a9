"""What kernels of smooth activations make of a function with kinks, and what it costs them."""

import functools

import pytest
import torch

from widthwise.harness import (
    AtLeast,
    Control,
    DecaysExponentially,
    Dominates,
    Over,
    PowerLaw,
    Source,
    Verdict,
    claim,
)
from widthwise.models import Architecture, erf, linear, relu
from widthwise.models.networks.randomness import uniform

from .on_the_circle import (
    between_points,
    interpolate,
    jumps,
    network_modes,
    numbers,
    relative_error,
    zigzag,
)

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the reply on what infinitely differentiable activations can approximate",
)
RATES = "Narcowich, Ward & Wendland 2006: rough functions are approximated at their own rate"
NORMS = "Wendland 2004, chapters 10 and 12: native spaces and conditioning"
POINTS = Over("points", (32, 48, 64, 96, 128))
SMOOTH = [pytest.param(erf, 3, 2.0, id="erf-L=3"), pytest.param(erf, 1, 4.0, id="erf-L=1")]
ROUGH = [pytest.param(relu, depth, None, id=f"relu-L={depth}") for depth in (1, 3)]
NETWORK = ("activation", "depth", "gain")


@functools.lru_cache(maxsize=64)
def modes(seed, activation, depth, gain):
    """Eigenvalues of Θ_∞ of networks with σ_b between .5 and 1, drawn by the seed."""
    sigma_b = 0.5 + 0.5 * float(uniform(seed + 1, 1))
    return network_modes(
        Architecture(
            1, 2, depth=depth, activation=activation, sigma_w=gain or None, sigma_b=sigma_b
        )
    )


def errors(points, seeds, network, function):
    """Of the interpolants of a function that is placed between the points [S]."""
    found = []
    for seed in seeds:
        target = function(between_points(seed, points))
        series, _ = interpolate(modes(seed, *network), target, points)
        found.append(relative_error(series, target))
    return torch.stack(found)


@claim(
    provenance="made",
    source=HERE,
    references=(RATES,),
    prediction=AtLeast(0, tolerance=0.3),
    expect=Verdict.REFUTED,
    control=Control("Linear networks, which have three features.", activation=linear),
    over=POINTS,
)
@pytest.mark.parametrize(NETWORK, SMOOTH)
def test_smooth_kernels_cannot_reach_kinks(points, seeds, activation, depth, gain):
    """Networks of infinitely differentiable activations can only approximate smooth functions.

    Statement
        Read to the letter, of approximation: kernel regression with the tangent kernel of a smooth
        activation does not come closer and closer to a function with kinks as data grow.
    Correction
        It does, and as fast as ReLU's kernels: kinks_are_reached_at_the_rate_of_the_kink. What is
        true is said of functions of bounded norm: kinks_cost_smooth_kernels_an_unbounded_norm.
    Setting
        A zigzag on a circle, seen without noise at 32 to 128 even points, with its kinks between
        them, at a place drawn for every seed; Θ_∞ of one hidden layer of erf with σ_w = 4 and of
        three with σ_w = 2, σ_b between .5 and 1. By Fourier series, so that no matrix is inverted.
    Measure
        Error of the interpolant over the circle, relative to the function.
    Tolerance
        The exponent is at least 0, less .3: a fifth of the way to −3/2, what theory
        gives. Next orders of a half or one power of n, D = .3.
    Does not show
        That trained networks get there: the time they take grows with the norm.
    """
    return errors(points, seeds, (activation, depth, gain), zigzag)


@claim(
    provenance="background",
    source=HERE,
    references=(RATES,),
    prediction=PowerLaw(-3 / 2, tolerance=0.16, correction=0.15),
    control=Control("A function with jumps: −1/2.", function=jumps),
    over=POINTS,
)
@pytest.mark.parametrize(NETWORK, SMOOTH + ROUGH)
def test_kinks_are_reached_at_the_rate_of_the_kink(
    points, seeds, activation, depth, gain, function=zigzag
):
    """A function with kinks is approximated at the same rate whatever the activation: n^−3/2.

    Statement
        The error of interpolating a zigzag at n even points falls as n^−3/2, for the tangent
        kernels of erf, whose eigenvalues fall exponentially, as for those of ReLU, where they fall
        as k^−2: the rate is that of the function's own waves beyond n/2, which fall as k^−2.
    Setting
        As in smooth_kernels_cannot_reach_kinks, and ReLU with σ_b between .5 and 1.
    Measure
        Error of the interpolant over the circle, relative to the function.
    Tolerance
        ±.16, less than a third of the way to −1 and −2: on a node of the grid ReLU has −2. The next
        order is that of waves that a kernel of finite steepness mixes at k near n/2, a
        relative 1/n with a factor of a few: .15 at n = 32.
    Does not show
        The same at random points or in more dimensions.
    """
    return errors(points, seeds, (activation, depth, gain), function)


@claim(
    provenance="made",
    source=HERE,
    references=(NORMS,),
    prediction=Dominates(ratio=2),
    control=Control("ReLU's space contains the zigzag: norms converge.", activation=relu),
    over=Over("points", (64, 128)),
)
@pytest.mark.parametrize(NETWORK, SMOOTH)
def test_kinks_cost_smooth_kernels_an_unbounded_norm(points, seeds, activation, depth, gain):
    """Infinitely differentiable activations hold smooth functions only, ReLU more.

    Statement
        Read charitably, of functions of finite norm: what interpolates a zigzag has a norm in the
        space of erf's tangent kernel that grows with n without bound, and in that of ReLU's it
        converges. Training takes a time, and weights move a distance, that grow with the norm.
    Setting
        As in smooth_kernels_cannot_reach_kinks; squared norms at 128 points and at a quarter
        of them. The control has ReLU with the same gains.
    Measure
        Squared norm of the interpolant, at n points and at n/4.
    Tolerance
        At least twice as large; the rival, a norm that converges, has a ratio of 1.1 and less.
        With eigenvalues that fall as e^(−αk) it grows as e^(αn/2)/n^4
        (an_analytic_kernel_pays_exponentially).
    Does not show
        How it grows for erf at more points, where eigenvalues fall below rounding.
    """
    pairs = []
    for seed in seeds:
        own = modes(seed, activation, depth, gain)
        norms = [
            interpolate(own, zigzag(between_points(seed, n)), n)[1] for n in (points, points // 4)
        ]
        pairs.append(torch.stack(norms))
    return torch.stack(pairs)


@claim(
    provenance="background",
    source=HERE,
    references=(NORMS,),
    prediction=DecaysExponentially(rate=0.15, tolerance=0.015, correction=0.1),
    control=Control("Eigenvalues that fall as e^(−k/5).", steepness=0.2),
    over=Over("points", (192, 256, 384, 512)),
)
def test_an_analytic_kernel_pays_exponentially(points, seeds, steepness=0.3):
    """The norm that a kink costs an analytic kernel grows exponentially with the data.

    Statement
        With eigenvalues e^(−αk) the squared norm of what interpolates a zigzag at n even points
        grows as e^(αn/2)/n^4: the last wave that n points resolve has the size n^−2 and
        the eigenvalue e^(−αn/2).
    Setting
        α = .3, n = 192 to 512, the kinks at a place between points drawn for every seed.
    Measure
        1 over n⁴ and the squared norm of the interpolant.
    Tolerance
        ±.015 about α/2 = .15, a tenth; the rival, α = .2, has .1. The part of
        the norm that the low waves have is bounded, and nothing beside the rest at n = 192.
    Does not show
        That kernels of networks are of this kind: erf's fall faster than any exponential until
        they are lost in rounding.
    """
    waves = torch.exp(-steepness * numbers().abs())
    norms = [interpolate_norm(waves, seed, points) for seed in seeds]
    return 1 / (torch.stack(norms) * points**4)


def interpolate_norm(waves, seed, points):
    """The squared norm of the interpolant of a zigzag between the points."""
    return interpolate(waves, zigzag(between_points(seed, points)), points)[1]
