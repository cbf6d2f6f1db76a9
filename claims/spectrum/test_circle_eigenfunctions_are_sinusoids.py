"""What the eigenfunctions on a circle are, and whether the target has a part in it."""

import math

import pytest
import torch

from widthwise.harness import (
    AtMost,
    Control,
    Curve,
    Drawing,
    PowerLaw,
    Source,
    Widths,
    claim,
)
from widthwise.models import (
    Architecture,
    circle,
    erf,
    fit,
    kernel_rate,
    mup,
    ntk,
    relu,
    rms,
    tangent_kernel,
)
from widthwise.models.kernels.conditioned import initial_kernels
from widthwise.models.networks.randomness import generator_of, split_seeds

POST = "Neural Tangent Kernel Distillation"
EIGENFUNCTIONS = (
    "Basri et al. 2020: eigenfunctions of two-layer ReLU kernels with biases on the "
    "circle, evenly covered or piecewise so (infinite width)"
)
POINTS, NETWORKS, SIGMA_B = 16, 4, 0.5
EVEN, WARPED = 0.0, 0.5
CIRCLE, INTERVAL = "circle", "interval"


def on_the_circle(warp):
    """Points of radius √2 at angles φ + warp·sin φ, and the angles [n], in float64."""
    phi = torch.arange(POINTS, dtype=torch.float64) * (2 * math.pi / POINTS)
    angles = phi + warp * phi.sin()
    return math.sqrt(2) * torch.stack((angles.cos(), angles.sin()), 1), angles


def wave(angles, mode):
    """The pair cos kθ, sin kθ, orthonormal on the points [n, 2]."""
    pair = torch.stack(((mode * angles).cos(), (mode * angles).sin()), 1)
    return torch.linalg.qr(pair).Q


def leading(kernel, first, last):
    """Eigenvectors of kernels [S, n, n] from one rank to another, 0 for the largest eigenvalue."""
    return torch.linalg.eigh(kernel.double()).eigenvectors.flip(2)[:, :, first:last]


def sine(one, other):
    """RMS sine of the angles between subspaces with orthonormal bases [S, n, k]."""
    cosines = (one.mT @ other).square().sum((-2, -1)) / one.shape[-1]
    return (1 - cosines).clamp(min=0).sqrt()


def turned_from_fourier(width, seeds, warp):
    """How far each pair of eigenvectors is turned from its Fourier mode, by mode."""
    x, angles = on_the_circle(warp)
    architecture = Architecture(width, 2, depth=2, activation=relu, sigma_b=SIGMA_B)
    kernel = initial_kernels(architecture, x, split_seeds(seeds, NETWORKS)).tangent
    sines = {
        mode: sine(leading(kernel, 2 * mode - 1, 2 * mode + 1), wave(angles, mode)[None])
        for mode in (1, 2, 3, 4)
    }
    return {str(mode): rms(found.view(len(seeds), -1)) for mode, found in sines.items()}


def drawn_modes(mode):
    """The first of a pair of eigenvectors, and the sinusoid of its frequency that is nearest."""
    panels = [(128, EVEN), (1024, EVEN), (8192, EVEN), (8192, WARPED)]
    grid = torch.linspace(0, 2 * math.pi, 121, dtype=torch.float64)
    curves = []
    for width, warp in panels:
        x, angles = on_the_circle(warp)
        architecture = Architecture(width, 2, depth=2, activation=relu, sigma_b=SIGMA_B)
        theta = initial_kernels(architecture, x, (0,)).tangent
        vector = leading(theta, 2 * mode - 1, 2 * mode)[0]
        pair = [torch.stack(((mode * a).cos(), (mode * a).sin()), 1) for a in (angles, grid)]
        nearest = pair[1] @ torch.linalg.lstsq(pair[0], vector).solution
        panel = f"N = {width}" + ", circle covered unevenly" * (warp == WARPED)
        curves += [
            Curve.of("nearest sinusoid", grid, nearest[:, 0], panel=panel),
            Curve.of("eigenvector", angles, vector[:, 0], panel=panel, dots=True),
        ]
    return Drawing(
        f"Eigenvector {2 * mode} of a network's kernel on sixteen points of the circle",
        "angle",
        "component of the eigenvector",
        tuple(curves),
    )


@claim(
    provenance="made",
    source=Source(POST, "the comments, on rotations that should induce sinusoids"),
    references=(EIGENFUNCTIONS,),
    prediction=PowerLaw(-1 / 2, correction=0.4),
    control=Control("Inputs that cover the circle unevenly.", warp=WARPED),
    over=Widths(128, 8192, factor=4),
    seeds_of="kernels on a circle",
    draws=drawn_modes,
)
@pytest.mark.parametrize("mode", [1, 2, 3, 4])
def test_circle_eigenfunctions_are_sinusoids(width, seeds, mode, shared, warp=EVEN):
    """On a circle evenly covered, the kernel's eigenfunctions are sinusoids up to O(N^-1/2).

    Statement
        The limiting tangent kernel of points on a circle depends on their angle only, hence
        commutes with rotations and has cos kθ, sin kθ for its eigenvectors, exactly. Those of a
        network of width N are turned from them by O(N^-1/2).
    Setting
        ReLU, two hidden layers, biases of variance .25; 16 points evenly on the circle of radius
        √2. In this order of eigenvalues, the constant and then k = 1, 2, 3, 4: the RMS sine of
        the angles between the plane of cos kθ, sin kθ and that of the eigenvectors 2k, 2k + 1 of
        a kernel at initialisation, over four networks of a seed. In the control the angles are
        φ + ½sin φ.
    Measure
        Sine of the angles between eigenvectors and sinusoids, RMS.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. To first order an eigenvector turns
        by the kernel's random part over the gap, ~ √(λ_k λ_j)/|λ_k − λ_j|·N^-1/2, at most some
        3N^-1/2 for k = 4; the next order is relatively the square of it, 9/N, hence D = .4.
    Does not show
        Anything about labels, which the kernel at initialisation does not know
        (lazy_eigenfunctions_ignore_the_target).
    """
    return shared(turned_from_fourier, width=width, seeds=seeds, warp=warp)[str(mode)]


def trained_kernel(width, seeds, mlp, x, y, parametrization):
    """Kernels of networks before and after their outputs have moved by y [S, n], to 1%."""
    before = mlp(
        width,
        seeds,
        input_dim=2,
        depth=1,
        activation=erf,
        sigma_w=2.0,
        sigma_b=SIGMA_B,
        parametrization=parametrization,
    )
    x, y = x.to(before.device), y.to(before.device)
    after = fit(before, x, before(x) + y, steps=20_000, rate=kernel_rate(before, x) / 2)
    return tangent_kernel(before, x), tangent_kernel(after, x)


def shifted_waves(seeds, mode):
    """√2 sin(kθ + δ) with a phase δ of each seed's own [S, n], and the points."""
    x = circle(POINTS)
    angles = torch.atan2(x[:, 1], x[:, 0])
    phases = [torch.rand((), generator=generator_of(seed)) for seed in seeds]
    return x, math.sqrt(2) * (mode * angles + 2 * math.pi * torch.stack(phases)[:, None]).sin()


def turned_by_the_target(width, seeds, mlp, parametrization):
    """The angle between the leading modes of networks trained on one wave and on another."""
    spans = []
    for mode in (2, 3):
        x, y = shifted_waves(seeds, mode)
        _, after = trained_kernel(width, seeds, mlp, x, y, parametrization)
        spans.append(leading(after, 0, 3))
    return sine(*spans)


def gaps(kernel):
    """RMS over a seed's networks and four pairs of how unequal the eigenvalues of a pair are."""
    values = torch.linalg.eigvalsh(kernel).flip(1)
    first, second = values[:, 1:9:2], values[:, 2:10:2]
    unequal = (first - second) / (first + second)
    return rms(unequal.view(len(kernel) // NETWORKS, -1))


def in_pairs(width, seeds, shape):
    """How unequal the eigenvalues 2k and 2k + 1 of initial kernels are, k from 1 to 4."""
    x, angles = on_the_circle(EVEN)
    if shape == INTERVAL:
        x = angles[:, None] - math.pi
    architecture = Architecture(width, x.shape[1], depth=2, activation=relu, sigma_b=SIGMA_B)
    return gaps(initial_kernels(architecture, x, split_seeds(seeds, NETWORKS)).tangent)


@claim(
    provenance="implied",
    source=Source(POST, "the comments, on whether the eigenvalues of K are all different"),
    references=(EIGENFUNCTIONS,),
    prediction=PowerLaw(-1 / 2, correction=0.3),
    control=Control("On an interval, which no rotation leaves as it is.", shape=INTERVAL),
    over=Widths(128, 8192, factor=4),
)
def test_eigenvalues_on_a_circle_come_in_pairs(width, seeds, shape=CIRCLE):
    """On a circle eigenvalues come in pairs, which differ by O(N^-1/2) of their size.

    Statement
        A rotation R that leaves yᵀΘy as it is for all y commutes with Θ, and two eigenvectors that
        it mixes have one eigenvalue. Both sides of the dispute are right: on a circle the limit
        has equal pairs, as the symmetry requires, and a network of finite width has eigenvalues
        that are all different, by O(N^-1/2). On an interval no rotation commutes, eigenvalues are
        different in the limit, and sinusoids have another reason
        (later_eigenvectors_are_all_sinusoidal).
    Setting
        As in circle_eigenfunctions_are_sinusoids; the difference of eigenvalues 2k and 2k + 1
        over their sum, RMS over k = 1 … 4 and four networks of a seed. In the control the same
        angles are scalar inputs from −π on.
    Measure
        Difference of two eigenvalues over their sum, RMS.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. The kernel's random part splits a
        pair to first order; the next is relatively that part over the gap to other pairs, .3.
    Does not show
        That a symmetry of the kernel is one of the data: the points have to be closed under it.
    """
    return in_pairs(width, seeds, shape)


@claim(
    provenance="made",
    source=Source(POST, "the comments, on eigenfunctions that just depend on the input data"),
    references=("Jacot et al. 2018, Theorem 2 (φ smooth, gradient flow, no rate)",),
    prediction=AtMost(-1 / 2, correction=0.4),
    control=Control("In μP the kernel takes up the target.", parametrization=mup),
    over=Widths(128, 4096),
)
def test_lazy_eigenfunctions_ignore_the_target(width, seeds, mlp, parametrization=ntk):
    """After training, a lazy network's eigenfunctions are the same whatever it was trained on.

    Statement
        Train one network on a wave of frequency 2 and, from the same start, on one of frequency
        3: the leading eigenfunctions of the two trained kernels differ by O(N^-1/2) or less.
    Setting
        One hidden layer of erf with σ_w = 2, biases of variance .25; 16 points evenly on a circle;
        targets f_0 + √2 sin(kθ + δ) with a phase drawn for every seed, to 1%, full batch. The RMS
        sine of the angles between the spans of the three leading eigenvectors.
    Tolerance
        An exponent of at most −.35; the rival, kernels that take up the target, has 0. The next
        order is relatively that of the kernel's movement at N = 64, some .4.
    Does not show
        That learned features make the target itself a leading eigenfunction. In μP the kernel
        moves by more than its size and its modes turn, but the wave stays where it was: what a
        wave is trained into keeps the wave's symmetries, which set it apart from the constant and
        from frequency 1.
    """
    return turned_by_the_target(width, seeds, mlp, parametrization)
