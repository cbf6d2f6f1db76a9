"""What becomes of sinusoids where inputs have more than one dimension."""

import itertools
import math

import pytest
import torch

from widthwise.harness import Bounded, Control, PowerLaw, Source, Vanishing, Verdict, Widths, claim
from widthwise.models import Architecture, infinite_width_kernels, relu, rms, split_seeds
from widthwise.models.kernels.conditioned import initial_kernels
from widthwise.models.networks.randomness import generator_of

POST = "Neural Tangent Kernel Distillation"
BET = Source(POST, "the comments, on experiments in a multiple dimensional input space")
SYMMETRY = Source(POST, "the comments, on matrices that commute and share an eigenspace")
NETWORKS, SIGMA_B = 4, 0.5
SPHERE, RECTANGLE, INTERVAL = "sphere", "rectangle", "interval"
POINTS, LAST = 256, 30


def drawn(generator, low, high):
    """A number between two."""
    return low + (high - low) * float(torch.rand((), generator=generator, dtype=torch.float64))


def inputs(shape, generator):
    """Points spread evenly over a sphere of radius √3, a rectangle or [−π, π) [n, d]."""
    places = torch.arange(POINTS, dtype=torch.float64)
    if shape == SPHERE:  # a spiral, whose turns are as far apart as its points
        height = 1 - (2 * places + 1) / POINTS
        angle = math.pi * (1 + math.sqrt(5)) * places
        around = (1 - height.square()).sqrt()[:, None] * torch.stack((angle.cos(), angle.sin()), 1)
        turn = torch.linalg.qr(torch.randn(3, 3, generator=generator, dtype=torch.float64)).Q
        return math.sqrt(3) * torch.cat((around, height[:, None]), 1) @ turn
    if shape == INTERVAL:
        return math.pi * (2 * places[:, None] / POINTS - 1)
    side = math.isqrt(POINTS)
    line = math.pi * (2 * torch.arange(side, dtype=torch.float64) / side - 1)
    return torch.cartesian_prod(line, drawn(generator, 0.6, 0.9) * line)


def wave_vectors(d, generator):
    """Wave vectors that are tried, of lengths up to 16, on a line up to 32 [m, d]."""
    ways, speeds = (1, 1280) if d == 1 else (200, 64)
    way = torch.randn(ways, d, generator=generator, dtype=torch.float64)
    speed = (32 if d == 1 else 16) * torch.arange(1, speeds + 1, dtype=torch.float64) / speeds
    return (speed[:, None, None] * way / way.norm(dim=1, keepdim=True)).flatten(0, 1)


def share_of_a_wave(functions, x, vectors):
    """R² of the best a·cos(w·x) + b·sin(w·x) for functions [n, k] of any size [k]."""
    phases = vectors @ x.T
    cos, sin = phases.cos(), phases.sin()
    cc, ss, cs = cos.square().sum(1), sin.square().sum(1), (cos * sin).sum(1)
    c, s = cos @ functions, sin @ functions
    determinant = (cc * ss - cs.square())[:, None]
    explained = (ss[:, None] * c.square() + cc[:, None] * s.square() - 2 * cs[:, None] * c * s) / (
        determinant
    )
    return explained.amax(0) / functions.square().sum(0)


def waves(inverse_mode, seeds, shape):
    """Mean R² of the best plane wave for eigenvectors of a rank on, up to the last."""
    first = round(1 / inverse_mode)
    shares = []
    for seed in seeds:
        generator = generator_of(seed)
        x = inputs(shape, generator)
        sigma_b = math.sqrt(2) * drawn(generator, 0.5, 1.5)
        architecture = Architecture(1, x.shape[1], depth=1, activation=relu, sigma_b=sigma_b)
        kernel = infinite_width_kernels(architecture, x).tangent
        modes = torch.linalg.eigh(kernel).eigenvectors.flip(1)[:, first - 1 : LAST]
        shares.append(share_of_a_wave(modes, x, wave_vectors(x.shape[1], generator)).mean())
    return torch.stack(shares)


@claim(
    provenance="made",
    source=BET,
    references=(
        "Müller 1966: kernels of the angle on a sphere have spherical harmonics for eigenfunctions",
    ),
    prediction=Bounded(low=0.9),
    expect=Verdict.REFUTED,
    control=Control("On an interval they are sinusoids.", shape=INTERVAL),
    over=Vanishing("inverse_mode", 1 / 5, 1 / 20, rungs=3),
)
@pytest.mark.parametrize("shape", [SPHERE, RECTANGLE])
def test_eigenfunctions_stay_sinusoidal_in_several_dimensions(inverse_mode, seeds, shape):
    """Eigenfunctions of inputs of several dimensions are sinusoids, as those of one are.

    Statement
        With inputs spread evenly over several dimensions, the later eigenvectors of the tangent
        kernel are plane waves a·cos(w·x) + b·sin(w·x), with R² ≥ .9 on average.
    Correction
        On a sphere they are spherical harmonics (eigenfunctions_are_harmonics_by_symmetry), of
        which those of degree k fill 2k + 1 dimensions, and few of them go one way only. On a
        rectangle they are about products of sinusoids, sums of two waves and more.
    Setting
        The limiting tangent kernel of one hidden layer of ReLU, σ_b/σ_w drawn between ½ and 1½ for
        every seed; 256 points spread evenly over the sphere of radius √3 or over [−π, π) times a
        side that is .6 to .9 of that. The measure is the mean of R² over the eigenvectors 5, 10 or
        20 to 30, each for the best of 12,800 waves, of 200 directions and 64 wavelengths.
    Tolerance
        At least .9, where on an interval it is .98 and more. A product of two sinusoids has ½; a
        harmonic of degree k drawn at random about 4/(2k + 1), .6 at k = 3.
    Does not show
        That a reader who calls products of sinusoids sinusoidal is wrong about the rectangle.
    """
    return waves(inverse_mode, seeds, shape)


EVEN, DISPLACED = 0.0, 0.5


def icosahedron():
    """Its twelve corners [12, 3], at distance √3 from the centre."""
    golden = (1 + math.sqrt(5)) / 2
    corners = [
        torch.tensor([0, one, other * golden], dtype=torch.float64).roll(turn)
        for turn, one, other in itertools.product(range(3), (-1, 1), (-1, 1))
    ]
    x = torch.stack(corners)
    return math.sqrt(3) * x / x.norm(dim=1, keepdim=True)


def tesseract():
    """The sixteen corners of the cube in four dimensions [16, 4]."""
    return torch.tensor(list(itertools.product((-1, 1), repeat=4)), dtype=torch.float64)


def harmonics(x, degree):
    """An orthonormal basis of the polynomials of a degree on the points, none below [n, k]."""
    pairs = itertools.combinations_with_replacement(x.T, degree)
    monomials = torch.stack([torch.stack(pair).prod(0) for pair in pairs], 1)
    lower = torch.cat((torch.ones_like(x[:, :1]), x[:, : x.shape[1] if degree > 1 else 0]), 1)
    basis = torch.linalg.qr(lower).Q
    monomials = monomials - basis @ (basis.T @ monomials)
    vectors, sizes, _ = torch.linalg.svd(monomials, full_matrices=False)
    return vectors[:, sizes > 1e-9 * sizes[0]]


def turned(width, seeds, corners, degree, displacement):
    """RMS sine of the angles between harmonics and as many eigenvectors of initial kernels."""
    x = corners()
    right = harmonics(x, degree)
    generator = torch.Generator().manual_seed(0)
    x = x + displacement * torch.randn(x.shape, generator=generator, dtype=x.dtype)
    x = math.sqrt(x.shape[1]) * x / x.norm(dim=1, keepdim=True)
    architecture = Architecture(width, x.shape[1], depth=2, activation=relu, sigma_b=SIGMA_B)
    kernel = initial_kernels(architecture, x, split_seeds(seeds, NETWORKS)).tangent
    vectors = torch.linalg.eigh(kernel.double()).eigenvectors.flip(2)
    below = 1 if degree == 1 else 1 + x.shape[1]
    found = vectors[:, :, below : below + right.shape[1]]
    cosines = (found.mT @ right).square().sum((1, 2)) / right.shape[1]
    return rms((1 - cosines).clamp(min=0).sqrt().view(len(seeds), NETWORKS))


@claim(
    provenance="implied",
    source=SYMMETRY,
    references=("Müller 1966; Serre 1977, section 2.2: Schur's lemma",),
    prediction=PowerLaw(-1 / 2, correction=0.4),
    control=Control("The points displaced by half a unit or so.", displacement=DISPLACED),
    over=Widths(128, 8192, factor=4),
)
@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("corners", [icosahedron, tesseract], ids=["icosahedron", "tesseract"])
def test_eigenfunctions_are_harmonics_by_symmetry(width, seeds, corners, degree, displacement=EVEN):
    """Where many rotations leave the inputs as they are, eigenfunctions are harmonics up to N^-1/2.

    Statement
        What commutes with the kernel settles its eigenspaces in several dimensions as well. The
        rotations of an icosahedron mix the linear functions on its corners among themselves, and
        those of degree two, and nothing else does: both are eigenspaces of the limiting kernel
        exactly; on the corners of a cube, the coordinates, and products of two. Those of a network
        of width N are turned from them by O(N^-1/2).
    Setting
        ReLU, two hidden layers, biases of variance .25; the 12 corners of an icosahedron in three
        dimensions or the 16 of a cube in four, at the distance √d. RMS sine of the angles between
        the harmonics of degree 1 or 2 and the eigenvectors 2 on, as many, of a kernel at
        initialisation, over four networks of a seed. In the control the points are displaced at
        random, and put back on the sphere.
    Tolerance
        ±.15, less than a third of the way to the rival, 0; D = .4 as in
        circle_eigenfunctions_are_sinusoids, whose argument it is.
    Does not show
        That the symmetry of the data is one of images.
    """
    return turned(width, seeds, corners, degree, displacement)
