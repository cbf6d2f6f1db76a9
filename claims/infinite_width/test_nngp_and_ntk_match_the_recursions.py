"""Finite networks have the kernels that the recursions promise."""

import pytest

from widthwise.harness import Control, Limit, PowerLaw, Source, Widths, claim
from widthwise.models import erf, gelu, linear, relu, sin

from .initialisation import (
    SEEDS_OF,
    departure,
    initialised,
    ratio,
    recursion,
)

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the tangent-kernel section, on sums that become expectations at infinite width",
)
REFERENCES = ("Lee et al. 2018, equation (5)", "Jacot et al. 2018, Theorem 1")

architectures = pytest.mark.parametrize(
    ("activation", "depth"),
    [
        pytest.param(activation, depth, id=f"{activation.name}-{depth}")
        for activation, depth in [
            (relu, 1),
            (relu, 3),
            (erf, 2),
            (erf, 3),
            (gelu, 1),
            (gelu, 3),
            (sin, 2),
            (sin, 4),
        ]
    ],
)
kernels = pytest.mark.parametrize("kernel", ["nngp", "tangent"])


def drawn_at(width, seeds, shared, sphere, activation, depth):
    """The inputs, and the kernels of the networks on them."""
    x = sphere.x_train.double()
    return x, shared(initialised, width=width, seeds=seeds, x=x, activation=activation, depth=depth)


def ratio_to_linear(width, seeds, shared, sphere, activation, depth, kernel):
    """The same networks against the recursion without the activation."""
    x, drawn = drawn_at(width, seeds, shared, sphere, activation, depth)
    return ratio(drawn[kernel], recursion(x, linear, depth)[kernel])


def departure_from_linear(width, seeds, shared, sphere, activation, depth, kernel):
    """The same networks against the recursion without the activation."""
    x, drawn = drawn_at(width, seeds, shared, sphere, activation, depth)
    return departure(drawn, kernel, recursion(x, linear, depth)[kernel])


@claim(
    provenance="instrument",
    source=HERE,
    references=REFERENCES,
    prediction=Limit(1, tolerance=0.05),
    control=Control("The recursion without the activation.", measure=ratio_to_linear),
    over=Widths(64, 4096),
    seeds_of=SEEDS_OF,
)
@architectures
@kernels
def test_nngp_and_ntk_match_the_recursions(width, seeds, shared, sphere, activation, depth, kernel):
    """The kernels of wide networks are those that the recursions over layers compute.

    Statement
        As the width grows, the covariance of the output and the tangent kernel at initialisation
        tend to the NNGP kernel and to Θ_∞, both given layer by layer by Gaussian expectations.
    Setting
        ReLU, erf, GELU and sine, one to four hidden layers, with biases of variance .09; 16
        inputs. tr(K_N K_∞)/‖K_∞‖², averaged over 16 networks per seed, tends to 1.
    Tolerance
        ±.05 at the largest width: the bias of the mean is a few over N, below .01 at N = 1024.
        Of the recursions of these four and of a linear network, those of erf and sine are the
        nearest to each other; they differ by .05 to .09.
    Does not show
        How fast the limit is reached (kernels_approach_the_recursions_as_inverse_root_width).
    """
    x, drawn = drawn_at(width, seeds, shared, sphere, activation, depth)
    return ratio(drawn[kernel], recursion(x, activation, depth)[kernel])


@claim(
    provenance="instrument",
    source=HERE,
    references=REFERENCES,
    prediction=PowerLaw(-1 / 2),
    control=Control("The recursion without the activation.", measure=departure_from_linear),
    over=Widths(64, 4096),
    seeds_of=SEEDS_OF,
)
@architectures
@kernels
def test_kernels_approach_the_recursions_as_inverse_root_width(
    width, seeds, shared, sphere, activation, depth, kernel
):
    """The kernels of a network differ from those of the recursions by O(N^-1/2).

    Statement
        ‖K_N − K_∞‖/‖K_∞‖ ~ N^-1/2 for both kernels, as the law of large numbers has it.
    Setting
        As in nngp_and_ntk_match_the_recursions, on the same networks; RMS over pairs of inputs
        and the 16 networks of a seed.
    Tolerance
        ±.15, less than a third of the way to the rival, 0, which a wrong recursion has. The next
        order is relatively L/N, a tenth at N = 64 and L = 4; the default D = .3 covers it.
    Does not show
        A wrong recursion that is off by less than a network of width 1024 is.
    """
    x, drawn = drawn_at(width, seeds, shared, sphere, activation, depth)
    return departure(drawn, kernel, recursion(x, activation, depth)[kernel])
