"""Steps too large for the kernel that is there."""

import pytest

from widthwise.harness import Bounded, Control, PowerLaw, Source, Widths, claim
from widthwise.models import kernel_rate, ntk, relative_movement, relu, tangent_kernel, train

DISCRETE = Source(
    "Neural Tangent Kernel Distillation",
    "the list of limitations: discrete gradient descent differs from gradient flow",
)
CATAPULTS = "catapults"

RATE = 3.0
"""Learning rate times λ_max of the kernel at the start; the linearised problem diverges above 2."""


def leaps(width, seeds, mlp, data, depth, rate):
    """What large steps, of `rate`/λ_max, do to the kernel.

    Returns:
        The relative movement of the kernel on the training points, and its largest eigenvalue
        at the end over that at the start, each [S].
    """
    network = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        depth=depth,
        activation=relu,
        parametrization=ntk,
    )
    x, y = data.x_train, network(data.x_train) + data.y_train
    unit = kernel_rate(network, x)
    final = train(network, x, y, steps=400, tolerance=0.1, rate=rate * unit).final
    start, end = tangent_kernel(network, x), tangent_kernel(final, x)
    return {"kernel": relative_movement(start, end), "top": unit / kernel_rate(final, x)}


@claim(
    provenance="made",
    source=DISCRETE,
    references=("Lewkowycz et al. 2020",),
    prediction=PowerLaw(0),
    control=Control("At half of 1/λ_max the kernel stands still.", rate=0.5),
    over=Widths(64, 4096),
    seeds_of=CATAPULTS,
)
@pytest.mark.parametrize("depth", [1, 2], ids="depth{}".format)
def test_large_learning_rates_escape_the_lazy_regime(
    width, seeds, shared, mlp, sphere, depth, rate=RATE
):
    """At a rate between 2/λ_max and 4/λ_max the kernel of a network of any width moves by O(1).

    Statement
        Gradient flow at large width leaves the tangent kernel as it is. Discrete steps larger
        than 2/λ_max do not: the linearised problem diverges, the output grows until it moves the
        weights enough to lower the kernel's largest eigenvalue, and then training converges. The
        kernel has moved by a share that does not depend on the width.
    Setting
        ReLU in the NTK parametrization, one and two hidden layers, 16 points on the sphere,
        steps of 3/λ_max until the output has moved by the labels to within .1. The movement is
        that of the kernel on the training points.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. The share approaches its limit
        from below, by a sixth at N = 64; the default D = .3 covers it.
    Does not show
        That features are learned at such rates. Nor the time it takes, which grows as log N, nor
        other activations: with erf the share still grows at these widths.
    """
    run = shared(leaps, width=width, seeds=seeds, mlp=mlp, data=sphere, depth=depth, rate=rate)
    return run["kernel"]


@claim(
    provenance="background",
    source=DISCRETE,
    references=("Lewkowycz et al. 2020",),
    prediction=Bounded(high=2 / RATE),
    control=Control("At half of 1/λ_max the largest eigenvalue stays.", rate=0.5),
    over=Widths(64, 4096),
    seeds_of=CATAPULTS,
)
@pytest.mark.parametrize("depth", [1, 2], ids="depth{}".format)
def test_large_steps_end_where_the_kernel_is_stable(
    width, seeds, shared, mlp, sphere, depth, rate=RATE
):
    """Too large steps go on until the kernel's largest eigenvalue is one they are stable at.

    Statement
        Training at the rate η > 2/λ_max ends where λ_max has come down to 2/η or below: at
        3/λ_max, below two thirds of the initial one.
    Setting
        As in large_learning_rates_escape_the_lazy_regime.
    Tolerance
        None: the bound is the limit of stability itself.
    Does not show
        Where below the bound it ends.
    """
    run = shared(leaps, width=width, seeds=seeds, mlp=mlp, data=sphere, depth=depth, rate=rate)
    return run["top"]
