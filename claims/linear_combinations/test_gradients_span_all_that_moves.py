"""How much of what moves lies in the span of the output's gradients."""

from widthwise.harness import Control, Limit, PowerLaw, Source, Verdict, Widths, claim

from . import runs

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the last reply on linear combinations, which suspects without a proof that these particular "
    "combinations span all that change",
)
FIRST, SECOND = "within gradients, layer 1", "within gradients, layer 2"
BEYOND = "share beyond the gradients"


def share(width, seeds, mlp, data, activation, shared, place):
    """The share of the squared movement of preactivations that lies in the span, by layer."""
    return runs.seen(shared, width, seeds, mlp, data, activation)[place]


@claim(
    provenance="made",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=Limit(1, tolerance=0.1),
    expect=Verdict.REFUTED,
    control=Control(
        "In the first layer, at the solution of the linearised problem, the share is exactly 1.",
        place="within gradients at the one-shot solution, layer 1",
    ),
    over=Widths(128, 4096),
    seeds_of=runs.SEEDS,
)
@runs.everywhere
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
        the units below change, which fixed random weights carry in all directions
        (gradients_miss_what_a_square_random_matrix_scatters).
    Setting
        The second of two hidden layers, each network with its own data at n = 4d, full-batch
        gradient descent with a momentum of ½ until the output has moved by the labels, to 1%;
        movements of preactivations at the training and the test inputs.
    Measure
        Share of the squared movement within the span of the gradients.
    Tolerance
        .1: what lies outside is .46 … .63 in the limit.
    Does not show
        That some other small set of directions does not hold what moves; n points can span at
        most a few multiples of n directions in any layer.
    """
    return share(width, seeds, mlp, data, activation, shared, place)


@claim(
    provenance="background",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=Limit(1, tolerance=0.1),
    control=Control("In the second layer a third and more lies outside.", place=SECOND),
    over=Widths(128, 4096),
    seeds_of=runs.SEEDS,
)
@runs.everywhere
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
    Measure
        Share of the squared movement within the span of the gradients.
    Tolerance
        .1, less than a third of the way to the share in the second layer, .4 … .55. The gradients
        turn by O(N^-1/2), so that a share O(1/N) is outside for erf; for ReLU, O(N^-1/2), the
        share of signs that flip, .05 at N = 1024.
    Does not show
        The same of any other layer.
    """
    return share(width, seeds, mlp, data, activation, shared, place)


def outside(width, seeds, mlp, data, activation, shared, place=SECOND):
    """The share outside the span, of what a movement in random directions has there."""
    n = data(seeds).x_train.shape[1]
    return (1 - share(width, seeds, mlp, data, activation, shared, place)) / (1 - n / width)


@claim(
    provenance="background",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=PowerLaw(0),
    control=Control("In the first layer the share outside vanishes.", place=FIRST),
    over=Widths(128, 4096),
    seeds_of=runs.SEEDS,
)
@runs.everywhere
def test_gradients_miss_a_fixed_share(width, seeds, mlp, data, activation, shared, place=SECOND):
    """Above the first hidden layer a fixed share of what moves is outside the output's gradients.

    Statement
        The share of the squared movement of the second hidden layer that lies outside the span
        of ∂f(x_i)/∂h^2 does not vanish with the width: the part that comes from the movement of
        the layer below is as large as the other and goes through random weights.
    Setting
        As in gradients_span_all_that_moves. Of a movement in random directions n gradients would
        hold n/N, a half at N = 128 with 64 images; the share outside is stated in units of the
        other 1 − n/N.
    Measure
        Share of the squared movement outside the span of the gradients, over 1 − n/N.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. Corrections are those of the
        kernel, .14 at N = 64 (random_combinations_stay_put), and the share of ReLU's signs that
        flip, .16 there; D = .3 covers both.
    Does not show
        What the constant is: gradients_miss_what_a_square_random_matrix_scatters does.
    """
    return outside(width, seeds, mlp, data, activation, shared, place)


@claim(
    provenance="background",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=Limit(0, tolerance=0.05),
    control=Control(
        "If all slopes φ′ were equal, as in a linear network, less would be scattered.",
        predicted=f"{BEYOND} with equal slopes",
    ),
    over=Widths(128, 4096),
    seeds_of=runs.SEEDS,
)
@runs.everywhere
def test_gradients_miss_what_a_square_random_matrix_scatters(
    width, seeds, mlp, data, activation, shared, predicted=BEYOND
):
    """The share outside the output's gradients is what the weights between two layers scatter.

    Statement
        Of the movement h²(x) of the second hidden layer, a part Σ_j a_j Θ²(x, x_j) g(x_j) is
        along the gradients g(x_j) = ∂f(x_j)/∂h², with a = Θ⁻¹Δf(X) and Θ² the tangent kernel of
        that layer. The movement of the first layer adds W D Wᵀ g(x_j) with the square matrix W
        of weights and the diagonal matrix D of the products of slopes φ′(h¹) at x and at x_j. The
        mean of W D Wᵀ is a multiple of the identity; its fluctuation is as large at every width,
        because W is square, and points anywhere. The share outside is therefore S/(S + P), P
        being the square of the first part and S that of the fluctuation: the sum over j and k of
        b_j b_k g(x_j)·g(x_k), b_j = a_j K^1(x, x_j), times the mean of the product of the slopes
        at x, x, x_j and x_k. That is a Gaussian integral for erf and the probability of an
        orthant for ReLU.
    Setting
        As in gradients_miss_a_fixed_share: measured share minus the one of infinite width with
        the network's own data.
    Measure
        Share of the squared movement outside the span, minus that of infinite width.
    Tolerance
        .05, a sixth of the way to the rival, which takes D for its mean, as in a linear network:
        it scatters less by .3 and more. ReLU is above its limit by the share of signs that flip,
        .04 at N = 1024.
    Does not show
        The share of deeper layers, where the movement is scattered again.
    """
    run = runs.seen(shared, width, seeds, mlp, data, activation)
    return outside(width, seeds, mlp, data, activation, shared) - run[predicted]
