"""What a symmetry says of eigenvectors, and what it does not where eigenvalues are equal."""

import math

import torch

from widthwise.harness import Bounded, Control, Identity, Over, Source, Verdict, claim
from widthwise.models import Architecture, infinite_width_kernels, relu
from widthwise.models.networks.randomness import generator_of

POST = "Neural Tangent Kernel Distillation"
UNDERSTANDING = Source(
    POST, "the comments, where the authors write down how they understand commuting symmetries"
)
SCHUR = "Horn & Johnson 2013, theorem 1.3.21: commuting matrices, eigenvectors and eigenspaces"
EPS = torch.finfo(torch.float64).eps


def kernel_on_the_circle(points, generator):
    """The limiting tangent kernel on points evenly on a circle, with σ_b drawn [n, n]."""
    angles = torch.arange(points, dtype=torch.float64) * (2 * math.pi / points)
    x = math.sqrt(2) * torch.stack((angles.cos(), angles.sin()), 1)
    sigma_b = 0.3 + 0.7 * float(torch.rand((), generator=generator))
    architecture = Architecture(1, 2, depth=2, activation=relu, sigma_b=sigma_b)
    return infinite_width_kernels(architecture, x).tangent


def rotation(points, generator):
    """By a number of points that is drawn, less than half of the circle [n, n]."""
    turn = int(torch.randint(1, points // 2, (), generator=generator))
    return torch.eye(points, dtype=torch.float64).roll(turn, 0)


def any_orthogonal(points, generator):
    """An orthogonal matrix, drawn [n, n]."""
    return torch.linalg.qr(torch.randn(points, points, generator=generator, dtype=torch.float64)).Q


def of_all_labels(kernel, turn, _):
    """The largest change of yᵀΘy under y → Ry over all y of length 1: an eigenvalue."""
    return torch.linalg.eigvalsh(turn.T @ kernel @ turn - kernel).abs().amax()


def of_some_labels(kernel, turn, generator):
    """The change for one y of length 1."""
    y = torch.randn(len(kernel), generator=generator, dtype=kernel.dtype)
    y = y / y.norm()
    return ((turn @ y) @ kernel @ (turn @ y) - y @ kernel @ y).abs()


@claim(
    provenance="made",
    source=UNDERSTANDING,
    references=(SCHUR,),
    prediction=Identity(tolerance=1),
    control=Control("The change for one vector of labels.", change=of_some_labels),
    over=Over("points", (8, 16, 32)),
)
def test_commuting_symmetries_share_eigenspaces(points, seeds, change=of_all_labels):
    """The prior of all labels is unchanged by R just as far as R commutes with the kernel.

    Statement
        (Ry)ᵀΘ(Ry) = yᵀΘy for all y if and only if RΘ = ΘR, for orthogonal R: the largest
        change over labels of length 1 is the norm ‖RΘ − ΘR‖.
    Setting
        float64; the limiting tangent kernel of two hidden layers of ReLU with biases on 8, 16 or 32
        points evenly on a circle, σ_b between .3 and 1 and any orthogonal matrix R drawn for every
        seed. The one side is an eigenvalue, the other a singular value.
    Measure
        Difference of the two sides, in units of what rounding allows.
    Tolerance
        An identity: the difference is stated in units of 4·n·eps·‖Θ‖.
    Does not show
        What the eigenvectors are (commuting_matrices_have_the_same_eigenvectors).
    """
    errors = []
    for seed in seeds:
        generator = generator_of(seed)
        kernel, turn = kernel_on_the_circle(points, generator), any_orthogonal(points, generator)
        commutator = torch.linalg.matrix_norm(turn @ kernel - kernel @ turn, 2)
        allowed = 4 * points * EPS * torch.linalg.matrix_norm(kernel, 2)
        errors.append((change(kernel, turn, generator) - commutator).abs() / allowed)
    return torch.stack(errors)


def one_by_one(vectors):
    """Eigenvectors as a library returns them [n, n]."""
    return vectors


def in_complex_pairs(vectors):
    """Pairs of equal eigenvalues as v + iv′ and v − iv′; the first and the last stay alone."""
    first, second = vectors[:, 1:-1:2], vectors[:, 2:-1:2]
    pairs = torch.cat((torch.complex(first, second), torch.complex(first, -second)), 1)
    return torch.cat((pairs / math.sqrt(2), vectors[:, :1], vectors[:, -1:]), 1)


@claim(
    provenance="made",
    source=UNDERSTANDING,
    references=(SCHUR,),
    prediction=Bounded(high=0.1),
    expect=Verdict.REFUTED,
    control=Control("Equal eigenvalues in complex pairs.", arranged=in_complex_pairs),
    over=Over("points", (8, 16, 32)),
)
def test_commuting_matrices_have_the_same_eigenvectors(points, seeds, arranged=one_by_one):
    """The kernel's eigenvectors on a circle are the eigenvectors of a rotation.

    Statement
        As RΘ = ΘR, the eigenvectors of Θ are found as those of R; that Θ has different eigenvalues,
        which this needs, should be true.
    Correction
        On a circle the kernel has equal eigenvalues in pairs
        (eigenvalues_on_a_circle_come_in_pairs), and R turns the vectors of a pair into each other.
        What the two share are the eigenspaces; R's own eigenvectors are complex, v ± iv′. Sinusoids
        of every phase are eigenvectors of Θ.
    Setting
        As in commuting_symmetries_share_eigenspaces, R a rotation by some points. The measure is
        the length of the part of Rv at right angles to v, RMS over the eigenvectors v of Θ.
    Tolerance
        At most .1; by theory it is the RMS of sin(2πkj/n) over k for a turn by j of n points, .7.
    Does not show
        That the conclusion, sinusoids, is wrong: it is right.
    """
    sizes = []
    for seed in seeds:
        generator = generator_of(seed)
        kernel, turn = kernel_on_the_circle(points, generator), rotation(points, generator)
        vectors = arranged(torch.linalg.eigh(kernel).eigenvectors.flip(1))
        turned = turn.to(vectors) @ vectors
        along = (vectors.conj() * turned).sum(0)
        sizes.append((turned - along * vectors).abs().square().sum(0).mean().sqrt())
    return torch.stack(sizes)
