"""The combination that does move, and by how much."""

import pytest

from widthwise.harness import Control, Limit, PowerLaw, Source, Verdict, Widths, claim
from widthwise.models import erf, fit, kernel_rate, output_gradients, relu

from . import runs

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the last reply on linear combinations, which names the vector of partial derivatives of the "
    "output at some particular input",
)
in_either_layer = pytest.mark.parametrize("layer", [1, 2], ids=["layer_1", "layer_2"])


def random_combination(width, seeds, mlp, data, activation, shared):
    """The movement of random combinations of the units of the very same networks."""
    run = runs.seen(shared, width, seeds, mlp, data, activation)
    return run["almost all combinations"]


@claim(
    provenance="made",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=PowerLaw(0),
    control=Control("Almost every other combination stands still.", measure=random_combination),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@in_either_layer
@runs.everywhere
def test_output_gradient_combination_moves(width, seeds, mlp, data, activation, layer, shared):
    """The combination of units given by the output's own gradient moves by Θ(1).

    Statement
        ∂f(x)/∂h over the units h of a hidden layer, as a unit vector v, is a combination with
        v·h(x) moving by Θ(1) while the output learns: every unit moves by O(N^-1/2), and these
        N movements have the signs of the entries of v.
    Setting
        Two hidden layers, each network with its own data at n = 4d, full-batch gradient descent
        with a momentum of ½ until the output has moved by the labels, to 1%. The gradient is that
        of the network at the start, at a training point; the movement is that of preactivations at
        the same point; RMS over the points.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2, which random combinations have.
        Corrections are those of the kernel (random_combinations_stay_put), .14 at N = 64; the
        default D = .3 covers them.
    Does not show
        That such combinations help in another task: they are what the kernel has anyway. By how
        much they move: gradient_combination_moves_by_the_share_of_the_kernel_below does.
    """
    run = runs.seen(shared, width, seeds, mlp, data, activation)
    return run[f"gradient combinations, layer {layer}"]


WHOLE, BELOW = "of the output", "of the output from below"


def slope(width, seeds, mlp, data, activation, layer, shared, against):
    """∂f/∂h·Δh over the movement of an output, as a slope over the training points."""
    run = runs.seen(shared, width, seeds, mlp, data, activation)
    return run[f"{against}, layer {layer}"]


@claim(
    provenance="made",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=Limit(1, tolerance=0.04),
    expect=Verdict.REFUTED,
    control=Control(
        "Where the weights above the layer stay as they were, it is what the output moves by.",
        against=BELOW,
    ),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@in_either_layer
@runs.everywhere
def test_output_gradient_combination_moves_as_the_output(
    width, seeds, mlp, data, activation, layer, shared, against=WHOLE
):
    """The combination given by the output's gradient moves by the amount that the output does.

    Statement
        Read to the letter: ∂f(x)/∂h·Δh(x), with the partial derivatives at the start and the
        movement in training of a hidden layer, is the movement Δf(x) of the output.
    Correction
        It is what the output moves by through that layer, the weights above held
        (output_gradient_combination_moves_as_the_output_from_below). The weights above learn
        too, and the combination moves by the share of the tangent kernel due to the weights
        below (gradient_combination_moves_by_the_share_of_the_kernel_below).
    Setting
        As in output_gradient_combination_moves, at the training points: the slope of the one in
        the other, Σ_i (∂f(x_i)/∂h·Δh(x_i)) Δf(x_i)/Σ_i Δf(x_i)².
    Measure
        Slope of ∂f/∂h·Δh in the movement Δf of the output.
    Tolerance
        .04, a third of the way to the nearest rival, the share below the second layer, .87.
    Does not show
        That the order of magnitude is wrong: it is right (output_gradient_combination_moves).
    """
    return slope(width, seeds, mlp, data, activation, layer, shared, against)


@claim(
    provenance="made",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=Limit(1, tolerance=0.04),
    control=Control("The whole output moves by more.", against=WHOLE),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@in_either_layer
@runs.everywhere
def test_output_gradient_combination_moves_as_the_output_from_below(
    width, seeds, mlp, data, activation, layer, shared, against=BELOW
):
    """The combination given by the output's gradient moves as the output does, weights above held.

    Statement
        Read charitably: ∂f(x)/∂h·Δh(x) is what the output moves by through a hidden layer, if
        the weights above it are those of the start: f is linear in movements as small as those
        of single units.
    Setting
        As in output_gradient_combination_moves_as_the_output; the output is that of networks
        with the trained weights up to the layer and those of the start above it.
    Measure
        Slope of ∂f/∂h·Δh in the movement that passes through the layer.
    Tolerance
        .04, as there. The second order is (∂²f/∂h²)Δh² ~ N^-1/2 of either sign for each point.
    Does not show
        That this is all of the output's movement: it is not
        (output_gradient_combination_moves_as_the_output).
    """
    return slope(width, seeds, mlp, data, activation, layer, shared, against)


@claim(
    provenance="background",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=Limit(0, tolerance=0.03),
    control=Control("The share of the kernel with the next layer's weights is larger.", above=1),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@in_either_layer
@runs.everywhere
def test_gradient_combination_moves_by_the_share_of_the_kernel_below(
    width, seeds, mlp, data, activation, layer, shared, above=0
):
    """The gradient's combination moves by the share of the kernel due to the weights below it.

    Statement
        At the training points X the movements ∂f/∂h^l·Δh^l are Θ_l Θ⁻¹Δf(X), Θ_l being the part
        of the tangent kernel Θ due to the weights up to layer l, and Δf(X) the movement of the
        outputs. Their slope in Δf is Δfᵀ Θ_l Θ⁻¹ Δf/‖Δf‖², between .45 and .6 in the first and
        between .8 and .87 in the second of two hidden layers on these data.
    Setting
        As in output_gradient_combination_moves_as_the_output: the measured slope minus that of
        the infinite-width kernels of each network's own data.
    Measure
        Slope of ∂f/∂h·Δh in Δf, minus the share that is predicted.
    Tolerance
        .03, less than a third of the way to the rival, the share with one more layer's weights,
        which is .13 and more above. The kernel's deviations, N^-1/2 in size, average out over the
        points but for their squares.
    Does not show
        What happens at other points than those trained on.
    """
    run = runs.seen(shared, width, seeds, mlp, data, activation)
    predicted = run[f"share below layer {layer + above}"]
    return run[f"of the output, layer {layer}"] - predicted


def at_one_point(width, seeds, mlp, data, activation):
    """How networks' gradients move at the only point that they were trained on, by layer."""
    x = data(seeds).x_train[:, :1]
    before = mlp(
        width, seeds, input_dim=x.shape[-1], activation=activation, sigma_w=runs.gain(activation)
    )
    after = fit(before, x, before(x) + 1, rate=kernel_rate(before, x) / 2)
    found = runs.along_gradients(before, after, output_gradients(before, x), x)
    return [found[f"of the output, layer {layer}"] for layer in (1, 2)]


@claim(
    provenance="background",
    source=HERE,
    references=("Cho & Saul 2009, equation (7)", runs.KERNEL_LIMIT),
    prediction=Limit(0, tolerance=0.03),
    control=Control("The layers of erf have unequal parts.", activation=erf),
    over=Widths(64, 4096),
)
@in_either_layer
@pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)
def test_relu_layers_move_the_output_in_equal_parts_at_one_point(
    width, seeds, mlp, data, layer, activation=relu
):
    """At the only point of training, gradient combinations of ReLU move by a third per layer.

    Statement
        With ReLU, L hidden layers and no biases every layer of weights has the same part in
        Θ(x, x), so that a network trained at one point x has ∂f(x)/∂h^l·Δh^l(x) equal to
        l/(L + 1) of the output's movement.
    Setting
        Two hidden layers, one point drawn for each network, full-batch gradient descent until
        the output has moved by 1, to 1%; the slope as in
        output_gradient_combination_moves_as_the_output, minus l/3.
    Measure
        Slope of ∂f/∂h·Δh in Δf, minus l/3.
    Tolerance
        .03, less than a third of the way to the rival, erf's .52 and .81.
    Does not show
        The same of several points: off its diagonal the kernel has unequal parts, and on 32
        points the slopes are .47 and .81
        (gradient_combination_moves_by_the_share_of_the_kernel_below).
    """
    return at_one_point(width, seeds, mlp, data, activation)[layer - 1] - layer / 3
