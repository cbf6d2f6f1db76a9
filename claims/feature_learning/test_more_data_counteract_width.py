"""Whether data that grow with the network keep it from being lazy."""

import pytest

from widthwise.harness import AtLeast, Control, PowerLaw, Source, Widths, claim
from widthwise.models import odd_digits, single_index, sphere

from .at_once import FRESH, LINEAR_MODEL, units_move

QUESTION = Source(
    "NTK/GP models of neural nets can't learn features",
    'the question whether "increasing the data alongside the parameter count" counteracts it',
)
UNITS_PER_POINT = 4
FEWEST = 16


def as_many_more(units):
    """A point for every four units."""
    return units // UNITS_PER_POINT


def ever_as_many(units):  # noqa: ARG001 - however many units
    """As few points as ever."""
    return FEWEST


def random_labels(points, seed):
    """Points on the sphere in 8 dimensions with labels ±1 that nothing tells but memory."""
    return sphere(points, FRESH, 8, seed=seed)


def odd_or_even(points, seed):
    """Images of handwritten digits at 4×4 pixels, +1 odd, −1 even."""
    return odd_digits(n_train=points, n_test=FRESH, seed=seed)


def one_direction(points, seed):
    """Points on the sphere in 4 dimensions and the target He_2(u·x)/√2 of a direction u."""
    return single_index(4, points, FRESH, seed=seed)


@claim(
    provenance="implied",
    source=QUESTION,
    references=(LINEAR_MODEL,),
    prediction=AtLeast(0),
    control=Control("The data stay the sixteen points they are.", points=ever_as_many),
    over=Widths(64, 2048),
)
@pytest.mark.parametrize("draw", [random_labels, odd_or_even])
def test_more_data_counteract_width(width, seeds, mlp, device, draw, points=as_many_more):
    """Data that grow with the width keep units moving, where labels take memory.

    Statement
        With one point for every four units, the units of a network in the kernel regime move as
        far at a large width as at a small one, or farther: that feature learning should break down
        as networks are scaled up is answered by the data, of labels that have to be memorised.
    Setting
        One hidden layer of ReLU in the NTK parametrization, N/4 points on the sphere in 8
        dimensions with random labels, or N/4 images of 4×4 pixels told odd from even, drawn for
        every seed. The shortest displacement with which the linearised network fits all labels, in
        float64. RMS over units and the points that are fitted.
    Measure
        Movement of units, RMS.
    Tolerance
        An exponent of at least −.15, less than a third of the way to the rival −½, which fewer
        data leave. The mean square of the movement is αᵀMα/N with α = Θ⁻¹y and M, in a fixed
        number of dimensions, the share of Θ that the first layer has, over d. Of random labels αᵀΘα
        is at least n/Θ(x, x) on average, so that along n ∝ N it never falls below a constant; it
        grows as the least eigenvalues of Θ fall. A parity is not random to Θ: images are a
        measurement. The default D = .3 covers Θ's random part at N = 64, a sixth.
    Does not show
        The same of labels that the kernel finds easy: data_that_a_kernel_learns_do_not_counteract
        says the contrary. Zeros told from ones, of 8×8 pixels, lie between: N^-.3.
        Nor where training goes once units move by more than the linearisation allows.
    """
    return units_move(width, points(width), seeds, mlp, device, draw)


@claim(
    provenance="implied",
    source=QUESTION,
    references=(LINEAR_MODEL,),
    prediction=PowerLaw(-1 / 2),
    control=Control("Random labels on as many points, which take memory.", draw=random_labels),
    over=Widths(128, 4096),
)
def test_data_that_a_kernel_learns_do_not_counteract(
    width, seeds, mlp, device, draw=one_direction, points=as_many_more
):
    """Data that grow with the width do not keep units moving, where the kernel finds labels easy.

    Statement
        With one point for every four units and a target that the kernel can represent, units
        move by O(N^-1/2), as if the data did not grow: what they are needed for is learned
        from the first points, and yᵀΘ⁻¹y tends to the target's norm.
    Setting
        As in more_data_counteract_width, in 4 dimensions, with the second Hermite polynomial of u·x
        for a target, u a direction drawn for every seed: one of the ten quadratic functions there,
        so that 32 points, the fewest, determine it. A linear map explains nothing of it.
    Measure
        Movement of units, RMS.
    Tolerance
        ±.15, less than a third of the way to the rival 0. Θ's random part at N = 64 and n = 16 is a
        sixth; quadratic functions that 32 points still mix up with higher ones make as much:
        the default D = .3.
    Does not show
        Targets that the kernel needs more points for: in 8 dimensions, of 36 quadratic functions,
        the law begins at a thousand units.
    """
    return units_move(width, points(width), seeds, mlp, device, draw)
