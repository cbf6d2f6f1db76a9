"""Steps too large for the kernel that is there."""

import pytest

from widthwise.harness import Bounded, Control, Source, Widths, claim
from widthwise.models import (
    fit,
    kernel_rate,
    ntk,
    relative_movement,
    relu,
    tangent_kernel,
)

from .runs import asked_to_change, networks

DISCRETE = Source(
    "Neural Tangent Kernel Distillation",
    'the comment "Some related results", on discrete gradient descent',
)
CATAPULTS = "catapults"

PHASES = "Lewkowycz et al. 2020, section 2 (proved for linear networks of one hidden layer)"


def leaps(width, seeds, mlp, data, rate):
    """What large steps, of `rate`/λ_max, do to the kernel.

    Returns:
        The relative movement of the kernel on the training points, and its largest eigenvalue
        at the end times the learning rate, each [S].
    """
    drawn = data(seeds)
    network = networks(width, seeds, mlp, drawn, relu, 1, ntk)
    x, y = asked_to_change(network, drawn)
    step = rate * kernel_rate(network, x)
    final = fit(network, x, y, rate=step)
    start, end = tangent_kernel(network, x), tangent_kernel(final, x)
    return {"kernel": relative_movement(start, end), "top": step / kernel_rate(final, x)}


LABELS = pytest.param("random_labels", 3.0, id="labels-3")
DIGITS = pytest.param("odd_digits", 3.0, id="digits-3")
NEARER_LABELS = pytest.param("random_labels", 2.5, id="labels-2.5")
NEARER_DIGITS = pytest.param("odd_digits", 2.5, id="digits-2.5")


def at(*settings):
    """Make a claim about networks trained at these rates on these data."""
    return pytest.mark.parametrize(("data", "rate"), settings, indirect=["data"])


@claim(
    provenance="made",
    source=DISCRETE,
    references=(PHASES,),
    prediction=Bounded(low=0.5, high=1.0),
    control=Control("At 1/λ_max the kernel stands still.", rate=1.0),
    over=Widths(256, 4096),
    seeds_of=CATAPULTS,
)
@at(LABELS, DIGITS)
def test_large_learning_rates_escape_the_lazy_regime(width, seeds, shared, mlp, data, rate):
    """At 3/λ_max the kernel of a network of any width moves by O(1).

    Statement
        Gradient flow at large width leaves the tangent kernel as it is. Discrete steps larger
        than 2/λ_max do not: the linearised problem diverges, the output grows until it moves the
        weights enough to lower the kernel's largest eigenvalue, and then training converges. The
        kernel has moved by more than half of its size at every width.
    Setting
        ReLU in the NTK parametrization, one hidden layer, 32 points with random labels or 64
        images, drawn anew for every seed; steps of 3/λ_max until at most 1% of the residual is
        left, which all networks reach. The movement is that of the kernel on the
        training points.
    Measure
        Movement of the tangent kernel, ‖Θ_T − Θ_0‖/‖Θ_0‖.
    Tolerance
        Between a half and the whole of its size, at each width. The rival, a movement of N^-1/2,
        would fall by 2.8 from the first width to the last at quick effort, and bounds a factor of
        2 apart do not hold that. The catapult begins when the output has grown to √N and ends
        within a few steps, in which λ_max falls to a value below 2/η; the share, .63 to .65 at
        N = 256 and .75 at 2048, approaches its limit from below by steps that halve with the width.
    Does not show
        Other rates. At 2.5/λ_max what the share tends to is open; that λ_max falls by a share is
        the claim beside this one. Nearer to 4/λ_max some networks diverge: up to three of sixteen
        at 3.5/λ_max on the images. That features are learned at such rates. The time it takes,
        which grows as log N.
    """
    return shared(leaps, width=width, seeds=seeds, mlp=mlp, data=data, rate=rate)["kernel"]


def as_if_the_kernel_stayed(width, seeds, shared, mlp, data, rate):
    """The learning rate times λ_max at the end of training at 1/λ_max instead."""
    run = shared(leaps, width=width, seeds=seeds, mlp=mlp, data=data, rate=1.0)
    return run["top"] * rate


@claim(
    provenance="background",
    source=DISCRETE,
    references=(PHASES,),
    prediction=Bounded(high=2.0),
    control=Control(
        "The kernels of networks trained at 1/λ_max are too large for such steps.",
        measure=as_if_the_kernel_stayed,
    ),
    over=Widths(256, 4096),
    seeds_of=CATAPULTS,
)
@at(NEARER_LABELS, LABELS, NEARER_DIGITS, DIGITS)
def test_large_steps_end_where_the_kernel_is_stable(width, seeds, shared, mlp, data, rate):
    """Too large steps go on until the kernel's largest eigenvalue is one they are stable at.

    Statement
        Training at the rate η > 2/λ_max ends where η times the largest eigenvalue of the kernel
        has come down to 2 or below: by a fifth at least at 2.5/λ_max, by a third at 3/λ_max.
    Setting
        As in large_learning_rates_escape_the_lazy_regime.
    Measure
        The learning rate times the kernel's largest eigenvalue at the end.
    Tolerance
        None: the bound is the limit of stability itself.
    Does not show
        Where below the bound it ends.
    """
    return shared(leaps, width=width, seeds=seeds, mlp=mlp, data=data, rate=rate)["top"]
