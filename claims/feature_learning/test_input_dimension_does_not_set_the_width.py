"""Whether inputs of many dimensions keep a network from its limit of infinite width."""

import functools

from widthwise.harness import AtLeast, Control, Over, PowerLaw, Source, Verdict, claim
from widthwise.models import sphere

from .at_once import FRESH, LINEAR_MODEL, units_move

WIDE_LAYERS = Source(
    "Random sampling comments",
    'the reply on ResNet18: widths "two orders of magnitude smaller" than the input dimension',
)
UNITS, POINTS = 256, 32
LADDER = Over("dim", (128, 256, 512, 1024, 2048), quick=4)


def points_on_a_sphere(dim, points, *, seed):
    """Points on the sphere of radius √dim with random labels ±1."""
    return sphere(points, FRESH, dim, seed=seed)


def dimensions_grow(dim):
    """Dimensions, and how many points."""
    return dim, POINTS


def points_grow(dim):
    """A quarter as many points instead, in eight dimensions."""
    return 8, dim // 4


def moved(dim, seeds, mlp, device, size):
    """How far units move on inputs of so many dimensions [S]."""
    dimensions, points = size(dim)
    draw = functools.partial(points_on_a_sphere, dimensions)
    return units_move(UNITS, points, seeds, mlp, device, draw)


@claim(
    provenance="made",
    source=WIDE_LAYERS,
    references=(LINEAR_MODEL,),
    prediction=AtLeast(1 / 2),
    expect=Verdict.REFUTED,
    control=Control("Points in the place of dimensions do that.", size=points_grow),
    over=LADDER,
    seeds_of="networks of inputs of many dimensions",
)
def test_input_dimension_sets_the_width(dim, seeds, mlp, device, size=dimensions_grow):
    """A network is near its limit of infinite width only if it is wider than its input.

    Statement
        Layers that have two orders of magnitude fewer units than an image has numbers are nowhere
        near the limit: the width that it takes grows with the input's dimension d. As units move
        by O(N^-1/2) there, at a fixed width they then move by √d or more.
    Setting
        One hidden layer of 256 ReLU units, 32 points on the sphere of radius √d with random labels,
        drawn for every seed, d = 128…1024 (quick): up to four dimensions for every unit. Moved to
        where the linearised network fits, in float64. RMS over units and the points.
    Measure
        Movement of units, RMS.
    Tolerance
        An exponent of at least .35, less than a third of the way from ½ to the rival 0. The points
        of a sphere are as good as orthogonal from d = 128 on, up to 1/√d, .09; D = .3.
    Correction
        The dimension does not enter (input_dimension_does_not_set_the_width): a unit sees its
        input through one number. What enters is the number of points, the control.
    Does not show
        Anything about expressivity, the other half of the reply: how wide a layer has to be whose
        weights stay random. That many points take more parameters than a narrow layer has is the
        number of points again.
    """
    return moved(dim, seeds, mlp, device, size)


@claim(
    provenance="implied",
    source=WIDE_LAYERS,
    references=(LINEAR_MODEL,),
    prediction=PowerLaw(0, tolerance=0.1, correction=0.1),
    control=Control("Points in the place of dimensions make units move farther.", size=points_grow),
    over=LADDER,
    seeds_of="networks of inputs of many dimensions",
)
def test_input_dimension_does_not_set_the_width(dim, seeds, mlp, device, size=dimensions_grow):
    """How near a network is to its limit does not depend on the dimension of its input.

    Statement
        At a fixed width and number of points, units move as far whatever the input's dimension:
        of points that are nearly orthogonal Θ is nearly diagonal, and what fits one of
        them moves a unit there by O(N^-1/2), in 128 dimensions as in a thousand.
    Setting
        As in input_dimension_sets_the_width.
    Measure
        Movement of units, RMS.
    Tolerance
        ±.1, a fifth of the way to the rival ½. What bends the law is that points are not quite
        orthogonal: their Gram matrix is off the identity by √(n/d), a half at d = 128, which enters
        Θ's inverse by its square and with the share of Θ, a quarter, that angles make: D = .1.
    Does not show
        The same of images, which fill few of their dimensions: units moved by .051, .042 and .041
        on 32 digits of 49, 196 and 784 pixels. Nor of units on inputs away from the points: there
        a unit moves less in more dimensions.
    """
    return moved(dim, seeds, mlp, device, size)
