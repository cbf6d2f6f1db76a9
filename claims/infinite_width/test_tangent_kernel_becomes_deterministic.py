"""The tangent kernel at initialisation stops depending on the weights."""

import pytest

from widthwise.harness import Bounded, Control, PowerLaw, Source, WidthList, Widths, claim
from widthwise.models import erf, relu

from .initialisation import (
    SEEDS_OF,
    deepening,
    initialised,
    inputs,
    ratio,
    recursion,
    spread,
)

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the tangent-kernel section, where the kernel stops depending on the initial weights",
)


def spread_at_fixed_aspect(width, seeds, shared, data, activation):
    """The same with one hidden layer for every 16 units of width, of 2 inputs and 4 networks."""
    settings = {"x": inputs(data, seeds, 2), "activation": activation, "networks": 4}
    drawn = shared(deepening, width=width, seeds=seeds, **settings)
    return spread(drawn, "tangent", 4)


@claim(
    provenance="made",
    source=HERE,
    references=(
        "Jacot et al. 2018, Theorem 1: convergence in probability, layer after layer, of networks "
        "with Lipschitz and twice differentiable activations; no rate",
        "Hanin & Nica 2020, Theorem 1: the variance at one input of ReLU networks, up to "
        "constants, at any depth and width",
    ),
    prediction=PowerLaw(-1 / 2),
    control=Control(
        "In ReLU networks whose depth grows with the width the kernel stays random.",
        measure=spread_at_fixed_aspect,
        activation=relu,
    ),
    over=Widths(64, 4096),
    seeds_of=SEEDS_OF,
)
@pytest.mark.parametrize(
    ("data", "activation", "depth"),
    [
        pytest.param("random_labels", relu, 1, id="sphere-relu-1"),
        pytest.param("random_labels", relu, 3, id="sphere-relu-3"),
        pytest.param("random_labels", erf, 2, id="sphere-erf-2"),
        pytest.param("odd_digits", relu, 2, id="digits-relu-2"),
    ],
    indirect=["data"],
)
def test_tangent_kernel_becomes_deterministic(width, seeds, shared, data, activation, depth):
    """The tangent kernel at initialisation depends on the random weights less and less.

    Statement
        The standard deviation of Θ(x, z) from network to network, relative to its size, is
        O(N^-1/2): the sums over weights that make up the kernel become expectations.
    Setting
        Networks of 1 to 3 hidden layers with biases. Every seed draws 8 inputs, on a sphere in 8
        dimensions or images of digits, and 16 networks, and measures the RMS standard deviation
        over all pairs of inputs; the limit itself plays no part. Kernels are drawn without their
        weights, from the same law.
    Measure
        Standard deviation of Θ(x, z) from network to network, relative to its size, RMS over pairs
        of inputs.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. The variance is a series in L/N that
        starts with at most 4L/N; at N = 64 and L = 3 the next order bends its root by a tenth,
        and the default D = .3 covers that.
    Does not show
        That the mean kernel is the one of theory (nngp_and_ntk_match_the_recursions), or that
        the kernel stands still in training.
    """
    x = inputs(data, seeds)
    drawn = shared(initialised, width=width, seeds=seeds, x=x, activation=activation, depth=depth)
    return spread(drawn, "tangent")


def whole(kernels):
    """Θ_∞."""
    return kernels["tangent"]


def without_output_layer(kernels):
    """Θ_∞ less the gradients of the output layer, which are K_∞."""
    return kernels["tangent"] - kernels["nngp"]


@claim(
    provenance="instrument",
    source=HERE,
    references=("Jacot et al. 2018, section 4: the kernel as a sum over neurons",),
    prediction=Bounded(0.95, 1.05),
    control=Control(
        "The limit without the gradients of the output layer.", limit=without_output_layer
    ),
    over=WidthList((16, 32, 64)),
)
def test_one_hidden_layer_has_its_mean_at_every_width(width, seeds, random_labels, limit=whole):
    """With one hidden layer the mean tangent kernel is the limit, however narrow the network.

    Statement
        For one hidden layer Θ_N is an average over N independent units, so that its expectation
        is Θ_∞ at any width: that is algebra, and what is tested is the code that draws kernels
        and the code that computes their limit.
    Setting
        Erf, 8 inputs drawn by every seed, 64 networks per seed; tr(Θ_N Θ_∞)/‖Θ_∞‖² has the
        mean 1.
    Measure
        The kernel against its limit, tr(Θ_N Θ_∞)/‖Θ_∞‖².
    Tolerance
        ±.05 around 1 at every width. A layer that is left out changes it by half.
    Does not show
        The same of deeper networks. They are biased by a few over N where inputs point in
        opposite directions: ReLU with three hidden layers by a tenth at N = 16.
    """
    x = inputs(random_labels, seeds)
    drawn = initialised(width, seeds, x, erf, 1, networks=64)
    return ratio(drawn["tangent"], limit(recursion(x, erf, 1)))
