"""Whether the parameters stand still: in which coordinates, and what none of them change.

The symmetry of abc-parametrizations (Yang & Hu 2021, equation 5) draws all weights N^θ times as
small, multiplies each layer by N^θ and its rate by N^-2θ. Networks compute and learn the same, and
their parameters are N^-θ times as far apart.
"""

from widthwise.harness import Control, Limit, PowerLaw, Source, Widths, claim
from widthwise.models import ntk

from .runs import DIGITS_ERF, DIGITS_RELU, LABELS_ERF, LABELS_RELU, RUNS, everywhere, moved, on

HERE = Source(
    "Neural Tangent Kernel Distillation",
    'the tangent-kernel section: "The only major insight left"',
)

SYMMETRY = "Yang & Hu 2021, equation 5"

STANDARD_COORDINATES = ntk.shifted(-1 / 2)
"""What the NTK parametrization trains, in weights of variance 1/N."""


@claim(
    provenance="made",
    source=HERE,
    references=("Lee et al. 2019, Theorem 2.1 (smooth activations)", SYMMETRY),
    prediction=PowerLaw(-1 / 2, correction=0.2),
    control=Control(
        "The same functions, trained alike, in weights of variance 1 move by O(1).",
        parametrization=ntk,
    ),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@on(LABELS_ERF, DIGITS_RELU)
def test_parameters_stand_still_in_standard_coordinates(
    width, seeds, shared, mlp, data, activation, depth, parametrization=STANDARD_COORDINATES
):
    """In weights of variance 1/N, the distance that training moves them goes to 0.

    Statement
        ‖θ_T − θ_0‖ → 0, as N^-1/2: true of networks whose weights are drawn small, as is done in
        practice, and read so the statement is right.
    Setting
        The runs of activations_freeze with every layer's weights N^-1/2 times as large, its
        multiplier √N times and its rate 1/N times. Euclidean norm over all parameters.
    Measure
        How far the weights move, ‖θ_T − θ_0‖.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. The squared distance is Θ's
        inverse between the labels: its mean exceeds that of the limit by the square of Θ's random
        part times its condition, some tenths at N = 64, the distance by half of it. D = .2.
    Does not show
        Anything about the networks: it is a matter of coordinates. With weights of variance 1 and
        a factor N^-1/2 before them, the same networks move by a distance that does not vanish
        (parameters_move_by_order_one_in_ntk_coordinates); what no coordinates change is
        parameters_take_the_shortest_way.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth, parametrization)["distance"]


def relative_to_their_size(width, seeds, shared, mlp, data, activation, depth):
    """‖θ_T − θ_0‖/‖θ_0‖ instead of ‖θ_T − θ_0‖."""
    return moved(shared, width, seeds, mlp, data, activation, depth)["parameters"]


@claim(
    provenance="background",
    source=HERE,
    references=("Jacot et al. 2018, section 4", SYMMETRY),
    prediction=PowerLaw(0, correction=0.2),
    control=Control(
        "Relative to the size of the parameters, in any coordinates, it does vanish.",
        measure=relative_to_their_size,
    ),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@on(DIGITS_ERF, LABELS_RELU)
def test_parameters_move_by_order_one_in_ntk_coordinates(
    width, seeds, shared, mlp, data, activation, depth
):
    """In weights of variance 1, training moves the parameters by a distance of O(1).

    Statement
        In the NTK parametrization ‖θ_T − θ_0‖ = O(1), whatever the width. To move the output by δ
        takes a distance of δ/‖∇f‖ at least, and ‖∇f‖² = Θ is O(1).
    Setting
        The runs of activations_freeze, Euclidean norm over all parameters.
    Measure
        How far the weights move, ‖θ_T − θ_0‖.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. D as in
        parameters_stand_still_in_standard_coordinates.
    Does not show
        That the post is wrong: it does not name the coordinates it speaks of.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth)["distance"]


@claim(
    provenance="background",
    source=HERE,
    references=("Lee et al. 2019, section 2.2", SYMMETRY),
    prediction=Limit(1.0, tolerance=0.1),
    control=Control(
        "Where output weights alone may move, the kernel is the NNGP's and the way longer.",
        measured="detour by output weights",
    ),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@everywhere
def test_parameters_take_the_shortest_way(
    width, seeds, shared, mlp, data, activation, depth, measured="detour"
):
    """Parameters move as far as the initial kernel says they have to: no coordinates change that.

    Statement
        With each layer's square divided by its learning rate, ‖θ_T − θ_0‖² tends to
        (f_T − f_0)ᵀ Θ_0^-1 (f_T − f_0), the least with which the linearised network changes its
        outputs so: √N times smaller weights have N times smaller rates.
    Setting
        The runs of activations_freeze; the ratio of the two at the last width.
    Measure
        Squared distance that the weights move, over the least that reaches the same outputs.
    Tolerance
        ±.1. The rival, the way that output weights alone would have to go, is more than twice as
        long, a ratio of less than a half. Θ moves by a fiftieth at N = 1024; kinks add what
        training points' own units lose, of the order of N^-1/2.
    Does not show
        That the way is straight: a detour in directions that the outputs do not see would make
        it longer, one that comes back would not. In μP the ratio is not 1, .45 to .9.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth)[measured]
