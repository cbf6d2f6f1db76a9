"""The tangent kernel at initialisation stops depending on the weights."""

import pytest

from widthwise.harness import Bounded, Control, PowerLaw, Source, WidthList, Widths, claim
from widthwise.models import erf, relu

from .initialisation import (
    SEEDS_OF,
    deep,
    initialised,
    recursion,
    spread,
)

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the tangent-kernel section, where the kernel stops depending on the initial weights",
)


def spread_at_fixed_aspect(width, seeds, shared, data, activation):
    """The same with one hidden layer for every 16 units of width."""
    x = data.x_train.double()
    return spread(shared(deep, width=width, seeds=seeds, x=x, activation=activation), "tangent")


@claim(
    source=HERE,
    references=("Jacot et al. 2018, Theorem 1", "Hanin & Nica 2020, Theorem 1"),
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
        pytest.param("sphere", relu, 1, id="sphere-relu-1"),
        pytest.param("sphere", relu, 4, id="sphere-relu-4"),
        pytest.param("sphere", erf, 2, id="sphere-erf-2"),
        pytest.param("digits", relu, 3, id="digits-relu-3"),
    ],
    indirect=["data"],
)
def test_tangent_kernel_becomes_deterministic(width, seeds, shared, data, activation, depth):
    """The tangent kernel at initialisation depends on the random weights less and less.

    Statement
        The standard deviation of Θ(x, x') from network to network, relative to its size, is
        O(N^-1/2): the sums over weights that make up the kernel become expectations.
    Setting
        Networks of 1 to 4 hidden layers with biases, 16 inputs. Every seed draws 16 networks and
        measures the RMS standard deviation over all pairs of inputs; the limit itself plays no
        part. Kernels are drawn without their weights, from the same law.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. The variance is a series in L/N that
        starts with at most 4L/N; at N = 64 and L = 4 the next order bends its root by a tenth,
        and the default D = .3 covers that.
    Does not show
        That the mean kernel is the one of theory (nngp_and_ntk_match_the_recursions), or that
        the kernel stands still in training.
    """
    x = data.x_train.double()
    drawn = shared(initialised, width=width, seeds=seeds, x=x, activation=activation, depth=depth)
    return spread(drawn, "tangent")


@claim(
    source=HERE,
    references=("Jacot et al. 2018, Theorem 1",),
    prediction=Bounded(0.95, 1.05),
    control=Control("With three hidden layers narrow networks are biased.", depth=3),
    over=WidthList((16, 32, 64)),
)
def test_one_hidden_layer_has_its_mean_at_every_width(width, seeds, sphere, depth=1):
    """With one hidden layer the mean tangent kernel is the limit, however narrow the network.

    Statement
        For one hidden layer Θ_N is an average over N independent units, so that its expectation
        is Θ_∞ at any width. Deeper networks approach their mean only as 1/N.
    Setting
        ReLU, 16 inputs, 64 networks per seed; the sum of Θ_N(x, x') over all pairs of distinct
        inputs, relative to that of Θ_∞. (On one input alone ReLU is unbiased at any depth.)
    Tolerance
        ±.05 around 1 at every width, a third of the bias of three layers at N = 16.
    Does not show
        The same of other pairs than these.
    """
    x = sphere.x_train.double()
    drawn = initialised(width, seeds, x, relu, depth, sigma_b=0.0, networks=64)
    limit = recursion(x, relu, depth, sigma_b=0.0)["tangent"]
    return between_distinct_inputs(drawn["tangent"]) / between_distinct_inputs(limit)


def between_distinct_inputs(kernel):
    """The sum of a kernel [..., n, n] off its diagonal."""
    return kernel.sum((-2, -1)) - kernel.diagonal(dim1=-2, dim2=-1).sum(-1)
