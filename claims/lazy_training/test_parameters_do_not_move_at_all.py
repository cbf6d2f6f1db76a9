"""Whether the parameters as a whole stand still."""

from widthwise.harness import AtMost, Control, PowerLaw, Source, Verdict, Widths, claim
from widthwise.models import ntk, standard

from .runs import DIGITS_ERF, RUNS, SPHERE_RELU, everywhere, moved, on

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the tangent-kernel section, after the error of the Taylor expansion",
)


def relative_to_their_size(width, seeds, shared, mlp, data, activation, depth):
    """‖θ_T − θ_0‖/‖θ_0‖ instead of ‖θ_T − θ_0‖."""
    return moved(shared, width, seeds, mlp, data, activation, depth)["parameters"]


@claim(
    provenance="made",
    source=HERE,
    references=("Lee et al. 2019, Theorem 2.1",),
    prediction=AtMost(-1 / 2),
    expect=Verdict.REFUTED,
    control=Control(
        "Relative to the size of the parameters the distance does vanish.",
        measure=relative_to_their_size,
    ),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@everywhere
def test_parameters_do_not_move_at_all(width, seeds, shared, mlp, data, activation, depth):
    """The distance that training moves the parameters goes to 0 with the width.

    Statement
        ‖θ_T − θ_0‖ → 0: the wider the network, the less its parameters change. Whatever vanishes
        in this regime does so at least as N^-1/2, so the exponent would be at most that.
    Correction
        The distance is O(1) (parameters_move_by_order_one): to move the output by δ takes a
        distance of at least δ/‖∇f‖, and ‖∇f‖² = Θ does not grow. Only relative to ‖θ_0‖ does it
        vanish, as N^-1/2 with one hidden layer and as 1/N with more; and so does what each weight
        has to contribute.
    Setting
        The runs of activations_freeze to convergence, Euclidean norm over all parameters.
    Tolerance
        An exponent of at most −.35; the rival is 0.
    Does not show
        That the linearisation is worse for it: how far it holds depends on the second derivative
        along the way, which does vanish.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth)["distance"]


@claim(
    provenance="background",
    source=HERE,
    references=("Lee et al. 2019, Theorem 2.1",),
    prediction=PowerLaw(0),
    control=Control(
        "In the standard parametrization, trained at a rate O(1/N), the distance vanishes.",
        parametrization=standard,
    ),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@on(DIGITS_ERF, SPHERE_RELU)
def test_parameters_move_by_order_one(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """Training moves the parameters of a network by a distance of O(1), whatever its width.

    Statement
        ‖θ_T − θ_0‖ = O(1) in the NTK parametrization. The linearised problem says how far:
        ‖θ_T − θ_0‖² is (Y − f_0)ᵀ Θ^-1 (Y − f_0), with Θ of O(1).
    Setting
        As in parameters_do_not_move_at_all. Where weights are drawn small instead of being
        multiplied by N^-1/2 (the control), the same functions are reached by parameters N^-1/2
        times as far apart.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. Corrections are those of Θ, below
        .3 at N = 64.
    Does not show
        That a distance between parameters means anything by itself: it depends on how they are
        scaled.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth, parametrization)["distance"]
