"""Training from scratch as movement in the tangent space at the random weights."""

from dataclasses import replace

import pytest
import torch

from widthwise.harness import AtMost, Control, PowerLaw, Source, Widths, claim
from widthwise.models import LinearisedNetwork, erf, mup, ntk, relu
from widthwise.models import tangent_kernel as kernel_of

from ..lazy_training.lengths import length_in_the_metric_of_training
from ..lazy_training.runs import convergence

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the last reply, that in the limit ordinary training can be modelled as moving around in the "
    "tangent space too",
)
GAIN = {erf: 2.0, relu: None}
"""σ_w: an erf unit's variance is linear in x to 91% at σ_w = 1, and Θ ill-conditioned."""

on_both = pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)


def in_float64(network):
    """The same networks, to be looked at more closely than training needs."""
    return replace(network, parameters=network.parameters.map(torch.Tensor.double))


def outside_the_gradients(width, seeds, mlp, data, activation, parametrization, at="start"):
    """The share of ‖θ_T − θ_0‖² outside the span of the outputs' gradients ∇f(X) [S].

    In the metric of the learning rates. With u = θ_T − θ_0 and J = ∇f(X), the part inside has the
    square (Ju)ᵀ Θ⁻¹ Ju. The gradients are those at the start, or after training. The share is a
    small difference and is taken in float64; what training rounds of θ is 10⁻⁵ of u.
    """
    drawn = data(seeds)
    start = mlp(
        width,
        seeds,
        input_dim=drawn.input_dim,
        depth=1,
        activation=activation,
        sigma_w=GAIN[activation],
        parametrization=parametrization,
    )
    end = convergence(start, drawn.x_train, start(drawn.x_train) + drawn.y_train)
    before, after, x = in_float64(start), in_float64(end), drawn.x_train.double()
    moved = after.parameters.minus(before.parameters)
    expanded = before if at == "start" else after
    slope = LinearisedNetwork(expanded)(x, moved) - expanded(x)
    inside = (slope * torch.linalg.solve(kernel_of(expanded, x), slope)).sum(1)
    return 1 - inside / length_in_the_metric_of_training(before, moved).square()


@claim(
    provenance="made",
    source=HERE,
    references=(
        "Jacot et al. 2018, Theorem 2: the kernel, and so the span, stands still",
        "Lee et al. 2019, Theorem 2.1 (φ′ Lipschitz)",
    ),
    prediction=PowerLaw(-1, correction=0.4),
    control=Control(
        "In μP training turns away from the gradients of the start.", parametrization=mup
    ),
    over=Widths(128, 8192, factor=4),
)
@on_both
def test_ordinary_training_lives_there_too(width, seeds, mlp, data, parametrization=ntk):
    """In the limit, training from scratch moves within the span of the gradients at the start.

    Statement
        The share of ‖θ_T − θ_0‖² outside the span of ∇f(X, θ_0) is O(1/N) with a smooth
        activation: units move by N^-1/2, hence the gradients by relatively N^-1/2, and the share
        is of the square.
    Setting
        One hidden layer of erf with σ_w = 2; for every seed 32 points in 8 dimensions
        with labels ±1 at random, or 64 images of 16 pixels labelled by parity. Asked to change by
        the labels, to 1%. Lengths are in the metric of the learning rates, which does not
        depend on coordinates.
    Measure
        The share of ‖θ_T − θ_0‖² outside the span of the gradients.
    Tolerance
        ±.15, less than a third of the way to the rival −½ (the exponent if the length, not
        its square, were meant). D is .4: the next order is relatively n/N, with a factor below 1.
    Does not show
        The same of ReLU: ordinary_training_of_relu_lives_there_too.
    """
    return outside_the_gradients(width, seeds, mlp, data, erf, parametrization)


@claim(
    provenance="made",
    source=HERE,
    references=("Du et al. 2019 (ReLU, one hidden layer)",),
    prediction=AtMost(-1 / 2),
    control=Control(
        "In μP training turns away from the gradients of the start.", parametrization=mup
    ),
    over=Widths(256, 4096, factor=4),
)
@on_both
def test_ordinary_training_of_relu_lives_there_too(width, seeds, mlp, data, parametrization=ntk):
    """In the limit, training of ReLU networks moves within the span of the gradients at the start.

    Statement
        As ordinary_training_lives_there_too: with ReLU the share outside is O(N^-1/2), the share
        of units that switch at an input.
    Setting
        As there, with ReLU; from 256 units on, as the share falls more slowly below.
    Measure
        The share of ‖θ_T − θ_0‖² outside the span of the gradients.
    Tolerance
        An exponent of at most −.35: the rival, features that change, has 0. D is .3: the next
        order is relatively the share of units that switch, below that at N = 64.
    Does not show
        The rate: units that switch are few, and what they add is of both orders.
    """
    return outside_the_gradients(width, seeds, mlp, data, relu, parametrization)
