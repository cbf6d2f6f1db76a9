"""How much of what moves lies in the span of the output's gradients."""

from widthwise.harness import Control, Limit, PowerLaw, Source, Verdict, Widths, claim

from . import runs

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the last reply on linear combinations, which suspects that these span all that changes",
)
FIRST, SECOND = "within gradients, layer 1", "within gradients, layer 2"


def share(width, seeds, mlp, data, activation, shared, place):
    """The share of the squared movement of preactivations that lies in the span, by layer."""
    run = runs.seen(shared, width, seeds, mlp, data, activation)
    return run[place]


@claim(
    provenance="made",
    source=HERE,
    references=("Jacot et al. 2018, Theorem 2",),
    prediction=Limit(1, tolerance=0.1),
    expect=Verdict.REFUTED,
    control=Control(
        "In the first layer, at the solution of the linearised problem, the share is exactly 1.",
        place="within gradients at the one-shot solution, layer 1",
    ),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@runs.settings
def test_gradients_span_all_that_moves(width, seeds, mlp, data, activation, shared, place=SECOND):
    """The output's gradients at the training points span everything that moves in a layer.

    Statement
        The combinations ∂f(x_i)/∂h of the units of a hidden layer, one for each training point,
        span in the limit all combinations that change in training: the share of the squared
        movement that lies in their span tends to 1.
    Correction
        In the first hidden layer it does (gradients_span_what_moves_in_the_first_layer). Above
        it a fixed share stays outside (gradients_miss_a_fixed_share), because units there
        move for two reasons: their own weights change, which moves them along the gradients, and
        the units below change, which fixed random weights carry in all directions.
    Setting
        The second of two hidden layers, 16 points, full-batch gradient descent until the output
        has moved by the labels to within .1; movements of preactivations at all 32 inputs.
    Tolerance
        .1: what lies outside at N = 1024 is .29 … .49, and it grows with the width.
    Does not show
        That some other small set of directions does not hold what moves; n points can span at
        most a few multiples of n directions in any layer.
    """
    return share(width, seeds, mlp, data, activation, shared, place)


@claim(
    provenance="background",
    source=HERE,
    references=("Jacot et al. 2018, Theorem 2",),
    prediction=Limit(1, tolerance=0.1),
    control=Control("In the second layer a third and more lies outside.", place=SECOND),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@runs.settings
def test_gradients_span_what_moves_in_the_first_layer(
    width, seeds, mlp, data, activation, shared, place=FIRST
):
    """The output's gradients at the training points span what moves in the first hidden layer.

    Statement
        Gradient descent moves the first layer's preactivations by sums of ∂f_t(x_i)/∂h^1 x_i·x.
        As far as these gradients stand still, they span the movement: the share of its square in
        their span at the start tends to 1.
    Setting
        As in gradients_span_all_that_moves, in the first hidden layer.
    Tolerance
        .1, less than a third of the way to the share in the second layer, .5 … .7. The gradients
        turn by O(N^-1/2), so that a share O(1/N) is outside for erf; for ReLU, O(N^-1/2), the
        share of signs that flip. At N = 1024 that is about .01.
    Does not show
        The same of any other layer.
    """
    return share(width, seeds, mlp, data, activation, shared, place)


def outside(width, seeds, mlp, data, activation, shared, place=SECOND):
    """The share outside the span, of what a movement in random directions has there."""
    by_chance = 1 - len(data.x_train) / width
    return (1 - share(width, seeds, mlp, data, activation, shared, place)) / by_chance


@claim(
    provenance="background",
    source=HERE,
    references=("Jacot et al. 2018, Theorem 2",),
    prediction=PowerLaw(0),
    control=Control("In the first layer the share outside vanishes.", place=FIRST),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@runs.settings
def test_gradients_miss_a_fixed_share(width, seeds, mlp, data, activation, shared, place=SECOND):
    """Above the first hidden layer a fixed share of what moves is outside the output's gradients.

    Statement
        The share of the squared movement of the second hidden layer that lies outside the span
        of ∂f(x_i)/∂h^2 tends to a constant: the part that comes from the movement of the layer
        below is as large as the other and goes through random weights.
    Setting
        As in gradients_span_all_that_moves. Of a movement in random directions n gradients would
        hold n/N, a quarter at N = 64; the share outside is stated in units of the other 1 − n/N.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. Corrections are those of the
        kernel, up to .1 at N = 64; the default D = .3 is ample.
    Does not show
        What the constant is: it depends on the kernel and the data.
    """
    return outside(width, seeds, mlp, data, activation, shared, place)
