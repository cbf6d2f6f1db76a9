"""The output of a wide network before training."""

import pytest
import torch

from widthwise.harness import Control, Limit, Source, Verdict, Widths, claim
from widthwise.models import antisymmetric, erf, relu, rms
from widthwise.models.kernels.infinite_width import infinite_width_kernels

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the comments, on whether f_lin is ∇f·θ alone, without the initial output",
)

settings = pytest.mark.parametrize(
    ("data", "activation", "depth"),
    [
        pytest.param("sphere", erf, 1, id="sphere-erf-depth_1"),
        pytest.param("sphere", relu, 2, id="sphere-relu-depth_2"),
        pytest.param("digits", erf, 3, id="digits-erf-depth_3"),
    ],
    indirect=["data"],
)


def as_drawn(network):
    """The networks as they are initialised, every weight by itself."""
    return network


@claim(
    provenance="made",
    source=HERE,
    references=("Lee et al. 2018, section 2", "Chizat et al. 2019, section 2.1"),
    prediction=Limit(0, tolerance=0.1),
    expect=Verdict.REFUTED,
    control=Control(
        "Units in pairs of opposite output weights make it vanish at every width.",
        start=antisymmetric,
    ),
    over=Widths(64, 4096),
)
@settings
def test_output_vanishes_at_initialisation(
    width, seeds, mlp, data, activation, depth, start=as_drawn
):
    """The output of a wide network at initialisation is 0.

    Statement
        f(x, θ_0) → 0 in the limit of infinite width, as an average of variables that are
        distributed symmetrically about 0.
    Correction
        The output is N^-1/2 times a sum over N units, not their average: its mean over networks
        is 0, at every width, but each network's output stays of order 1, with the NNGP kernel
        for its covariance (output_at_initialisation_is_the_nngp). The term cannot be left out.
    Setting
        NTK parametrization, RMS of f(x, θ_0) over 32 inputs.
    Tolerance
        .1: the RMS tends to the root of the NNGP kernel's diagonal, .4 and more.
    Does not show
        That training needs the term: it can be removed by drawing units in pairs, as in the
        control, at the price of half the units.
    """
    network = mlp(width, seeds, input_dim=data.input_dim, activation=activation, depth=depth)
    return rms(start(network)(data.x))


@claim(
    provenance="background",
    source=HERE,
    references=("Lee et al. 2018, equation (5)",),
    prediction=Limit(1, tolerance=0.1),
    control=Control("The tangent kernel is no covariance of outputs.", kernel="tangent"),
    over=Widths(64, 4096),
)
@settings
def test_output_at_initialisation_is_the_nngp(
    width, seeds, mlp, data, activation, depth, kernel="nngp"
):
    """The covariance of a wide network's output at initialisation is the NNGP kernel.

    Statement
        f(X, θ_0) tends to a normal vector of covariance K, the kernel of the NNGP recursion, so
        that the mean of fᵀ K^-1 f/n over networks tends to 1, in all n directions at once.
    Setting
        n = 32 inputs and 64 outputs, whose weights are independent: a network draws the vector
        64 times. float64, because K^-1 weighs the smallest eigenvalues most.
    Tolerance
        .1. At finite width the mean differs from 1 by O(1/N) and by nothing for one hidden
        layer; K at a wrong gain, or a layer too few, misses by far more.
    Does not show
        That the law is normal; only its covariance.
    """
    x = data.x.double()
    network = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        output_dim=64,
        activation=activation,
        depth=depth,
        dtype=x.dtype,
    )
    covariance = infinite_width_kernels(network.architecture, x)._asdict()[kernel]
    half = torch.linalg.cholesky(covariance)
    return torch.linalg.solve_triangular(half, network(x), upper=False).square().mean((1, 2))
