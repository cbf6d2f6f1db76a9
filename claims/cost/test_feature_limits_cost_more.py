"""What a step of training costs in the limit that learns features."""

import pytest
import torch

from widthwise.harness import Control, Over, PowerLaw, Source, claim
from widthwise.harness.terms.correction import Correction
from widthwise.models import (
    MLP,
    Architecture,
    WideMLP,
    kernel_rate,
    linear,
    mup,
    sphere,
    tanh,
    train,
)
from widthwise.models.kernels.mup_limit import limit_moments, train_moments
from widthwise.models.networks.randomness import generator_of

from .counting import Counting

POST = "NTK/GP models of neural nets can't learn features"
LIMITS = ("Yang & Hu 2021, section 7 and the appendix on computing the limit",)
POINTS, DIMENSION = 8, 2
LEAST, MOST = 320, 512
STEPS = Over("steps", (4, 8, 16, 32), quick=3)


def number(seed, least, most):
    """A whole number from `least` to below `most`."""
    return int(torch.randint(least, most, (), generator=generator_of(seed)))


def points_of(seed, dimension):
    """Points on a sphere and their random labels."""
    data = sphere(POINTS, 1, dimension, seed=seed).to(dtype=torch.float64)
    return data.x_train, data.y_train


def of_units(steps, seed, kind, depth):
    """Operations of the last step in μP, of a network of tanh of some width.

    Its hidden matrices are drawn (`MLP`) or never are (`WideMLP`).
    """
    network = kind.initialise(
        number(seed, LEAST, MOST),
        (seed,),
        input_dim=DIMENSION,
        depth=depth,
        activation=tanh,
        parametrization=mup,
        dtype=torch.float64,
    )
    x, y = points_of(seed, DIMENSION)
    rate = kernel_rate(network, x)
    before = train(network, x, y, steps=steps - 1, rate=rate).final
    with Counting() as counting:
        train(before, x, y, steps=1, rate=rate)
    return counting.total


def in_two_layers(steps, seed):
    """Operations of the last step in the limit of two hidden layers."""
    return of_units(steps, seed, WideMLP, depth=2)


def in_one_layer(steps, seed):
    """The same in that of one."""
    return of_units(steps, seed, MLP, depth=1)


def in_a_finite_network(steps, seed):
    """The same in a network of two hidden layers whose weights are drawn."""
    return of_units(steps, seed, MLP, depth=2)


def in_a_linear_layer(steps, seed):
    """The same in the exact limit of one linear hidden layer, in some dimension."""
    dimension = number(seed, 4, 32)
    x, y = points_of(seed, dimension)
    layer = Architecture(1, dimension, depth=1, activation=linear, parametrization=mup)
    rate = 0.1 / dimension
    before = train_moments(limit_moments(layer), x, y, steps=steps - 1, rate=rate).final
    with Counting() as counting:
        train_moments(before, x, y, steps=1, rate=rate)
    return counting.total


def of_all(measure, steps, seeds):
    """Numbers of every seed [S]."""
    return torch.tensor([measure(steps, seed) for seed in seeds], dtype=torch.float64)


@claim(
    provenance="made",
    source=Source(POST, "the post's first caveat, on how the limit of tensor programs is computed"),
    references=LIMITS,
    prediction=PowerLaw(1, correction=Correction(order=1, size=0.25)),
    control=Control("With weights drawn all steps are alike.", step=in_a_finite_network),
    over=STEPS,
)
def test_feature_limits_cost_more(steps, seeds, step=in_two_layers):
    """In the limit that learns features every step of training costs more than the one before.

    Statement
        With two hidden layers, the T-th step of gradient descent in the limit of μP takes
        operations in proportion to T, so that T steps take T²: it acts on what all earlier ones
        have asked of the weights. In the limit of Θ one eigendecomposition answers for any T,
        and a network of finite width has its weights.
    Setting
        8 points in two dimensions with random labels, at 1/λ_max of the tangent kernel. Units
        that follow the limit's law are 320 to 511 of tanh, a number for each seed, in float64,
        without weights drawn: what the hidden matrix has been asked, 8 directions more a step from
        either side, determines what it answers next. Operations are those of products of
        matrices, and the step's are counted with the outputs after it.
    Measure
        Operations of the T-th step.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and 2. A step's work is that on 8(T + s)
        directions from either side, with s about 1 for what is asked within it, and some on
        none: a correction of 1/T, of a quarter at 4 steps.
    Does not show
        That it must be so: directions that rounding cannot tell from earlier ones are not asked for
        again, so that nothing new is asked once the points are learned. That more layers make
        it worse by more than a factor.
    """
    return of_all(step, steps, seeds)


@claim(
    provenance="implied",
    source=Source(
        POST, "the post's first caveat, on experiments with very few layers or linear activations"
    ),
    references=LIMITS,
    prediction=PowerLaw(0, 0.1, correction=Correction(order=1, size=0.1)),
    control=Control("With a second hidden layer.", instead=in_two_layers),
    over=STEPS,
)
@pytest.mark.parametrize("step", [in_one_layer, in_a_linear_layer], ids=["tanh", "linear, exactly"])
def test_steps_of_one_hidden_layer_cost_the_same(steps, seeds, step, instead=None):
    """With one hidden layer, a step in the limit that learns features costs what the first one did.

    Statement
        The T-th step of gradient descent in the limit of μP takes as many operations as any
        other with one hidden layer, which is why networks with very few layers could be tried.
    Setting
        As in feature_limits_cost_more; between an input and the output there is no square matrix
        to remember. The limit of linear networks is a recursion for a matrix of d + 1 rows,
        and exact, in 4 to 31 dimensions, a number for each seed.
    Measure
        Operations of the T-th step.
    Tolerance
        ±.1, a tenth of the way to the rival 1, which two layers have. Nothing in a step knows how
        many have been before.
    Does not show
        That deeper linear networks are dear: their limits are no recursion that is written here.
    """
    return of_all(instead or step, steps, seeds)
