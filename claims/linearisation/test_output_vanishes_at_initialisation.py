"""The output of a wide network before training."""

from dataclasses import replace

import pytest
import torch

from widthwise.harness import Control, Limit, PowerLaw, Source, Verdict, Widths, claim
from widthwise.models import (
    antisymmetric,
    erf,
    leaky_relu,
    mup,
    ntk,
    relu,
    rms,
    sin,
    standard,
    taylor_terms,
)
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.networks.randomness import split_seeds

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the comments, on whether f_lin is ∇f·θ alone, without the initial output",
)
OUTPUTS, NETWORKS = 256, 8
RIVALS = {erf: sin, relu: leaky_relu(0.1)}
"""Of every activation another that is hard to tell from it."""


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
        "Units in pairs of opposite output weights make both vanish at every width.",
        start=antisymmetric,
    ),
    over=Widths(64, 2048),
)
@pytest.mark.parametrize("parametrization", [ntk, standard], ids=["ntk", "standard"])
@pytest.mark.parametrize("term", ["f_0", "along_weights"])
@pytest.mark.parametrize("data", ["odd_digits"], indirect=True)
def test_output_vanishes_at_initialisation(
    width, seeds, mlp, data, term, parametrization, start=as_drawn
):
    """The output of a wide network at initialisation is 0, and so is ∇f·θ_0.

    Statement
        f(x, θ_0) = 0 and ∇f(x, θ_0)·θ_0 = 0 in the limit of infinite width, for the usual laws
        of the initial weights, as averages of variables that are symmetric about 0; so that
        f_lin is ∇f·θ.
    Correction
        The averages have expectation 0 over the networks, but the sum of N terms is scaled by
        N^-1/2, not by 1/N, in the parametrizations that are in use, NTK and standard: the output
        of each network is of order 1 at every width, with the covariance that
        output_at_initialisation_is_the_nngp gives, and ∇f·θ_0 is not smaller
        (homogeneous_nets_satisfy_euler). In μP the statement is right
        (output_at_initialisation_vanishes_in_mup).
    Setting
        Two hidden layers of erf on 64 images, which are drawn for every seed like the weights;
        RMS over the images.
    Tolerance
        .1: the RMS of f_0 tends to the root of the NNGP kernel's diagonal, .4 and more.
    Does not show
        That training needs these terms: they can be removed by drawing units in pairs, as in the
        control, at the price of half the units.
    """
    drawn = data(seeds)
    network = mlp(
        width, seeds, input_dim=drawn.input_dim, activation=erf, parametrization=parametrization
    )
    network = start(network)
    outputs, along_weights, _ = taylor_terms(network, drawn.x_train, network.parameters)
    return rms({"f_0": outputs, "along_weights": along_weights}[term])


@claim(
    provenance="background",
    source=HERE,
    references=("Yang & Hu 2021, section 5 (tanh, σ-gelu)",),
    prediction=PowerLaw(-1 / 2),
    control=Control("In the NTK parametrization it keeps its size.", parametrization=ntk),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("data", ["odd_digits"], indirect=True)
def test_output_at_initialisation_vanishes_in_mup(width, seeds, mlp, data, parametrization=mup):
    """In μP the output at initialisation vanishes as N^-1/2.

    Statement
        Where the output averages over the units, with a factor 1/N, f(x, θ_0) → 0 as N^-1/2: the
        reading under which output_vanishes_at_initialisation is true, in a parametrization that
        has no tangent-kernel limit.
    Setting
        As there, with 64 outputs, over which the RMS is taken too.
    Measure
        Size of the output at initialisation, RMS over inputs and outputs.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and −1. The next order is relatively
        1/N and below .3 at N = 64, since only the variance of the hidden units depends on N.
    Does not show
        The same of ∇f·θ_0 in the metric of μP's learning rates.
    """
    drawn = data(seeds)
    network = mlp(
        width,
        seeds,
        input_dim=drawn.input_dim,
        output_dim=64,
        activation=erf,
        parametrization=parametrization,
    )
    return rms(network(drawn.x_train))


def kernels(architecture, x, activation):
    """The NNGP kernels [S, n, n] of an architecture with some activation on x [S, n, d]."""
    known = replace(architecture, activation=activation, sigma_w=architecture.gain)
    return torch.stack([infinite_width_kernels(known, own).nngp for own in x])


def distance(outputs, kernel):
    """‖K^-1/2 Cov K^-1/2 − 1‖²/n of outputs [S, networks, n, vectors], without bias [S].

    Cov is over networks; the mean over networks of vvᵀ − 1 has a square that is too large by
    what the square of each has, which is left out.
    """
    half = torch.linalg.cholesky(kernel).unsqueeze(1)
    white = torch.linalg.solve_triangular(half, outputs, upper=False)
    excess = white @ white.mT / outputs.shape[-1] - torch.eye(len(half[0, 0])).to(half)
    networks, n = excess.shape[1:3]
    pairs = excess.sum(1).square().sum((1, 2)) - excess.square().sum((1, 2, 3))
    return pairs / (networks * (networks - 1) * n)


def from_the_nngp(outputs, architecture, x):
    """How far the covariance of the outputs is from the NNGP kernel."""
    return distance(outputs, kernels(architecture, x, architecture.activation))


def from_the_nearest_rival(outputs, architecture, x):
    """The smaller of its distances from K without covariances and of a similar activation."""
    own = kernels(architecture, x, architecture.activation)
    white_noise = torch.diag_embed(own.diagonal(dim1=1, dim2=2))
    rival = kernels(architecture, x, RIVALS[architecture.activation])
    return torch.minimum(distance(outputs, white_noise), distance(outputs, rival))


@claim(
    provenance="background",
    source=HERE,
    references=(
        "Lee et al. 2018, equation (5) (layers to infinity one after the other)",
        "Matthews et al. 2018 (all layers together)",
    ),
    prediction=Limit(0, tolerance=0.004),
    control=Control(
        "Neither a similar activation has this covariance, nor outputs that do not covary.",
        measured=from_the_nearest_rival,
    ),
    over=Widths(32, 1024),
)
@pytest.mark.parametrize(
    ("data", "activation", "depth"),
    [
        pytest.param("random_labels", erf, 1, id="sphere-erf-depth_1"),
        pytest.param("random_labels", relu, 2, id="sphere-relu-depth_2"),
        pytest.param("odd_digits", erf, 2, id="digits-erf-depth_2"),
    ],
    indirect=["data"],
)
def test_output_at_initialisation_is_the_nngp(
    width, seeds, mlp, data, activation, depth, measured=from_the_nngp
):
    """The covariance of a wide network's output at initialisation is the NNGP kernel.

    Statement
        Over networks, f(X, θ_0) has a covariance that tends to K, the kernel of the NNGP
        recursion, in each of n directions: ‖K^-1/2 Cov K^-1/2 − 1‖²/n → 0. It is the mean
        square by which the variances of the n whitened directions differ from 1 and their
        covariances from 0.
    Setting
        n = 32 inputs in 8 dimensions or 64 images of 16 pixels, drawn for every seed. A seed
        stands for 8 networks of 256 outputs, whose output weights are independent. With W the
        whitened second moment of a network's outputs, E tr (W − 1)(W' − 1) of two networks is
        the square of what is claimed, without bias; the mean is over all pairs of two. float64,
        because K^-1/2 weighs the smallest eigenvalues most.
    Measure
        ‖K^-1/2 Cov K^-1/2 − 1‖²/n, without bias.
    Tolerance
        .004, a fifth of what the nearest rival has: the same networks miss the kernel of sine,
        where erf is used, by .08 at depth 1 and .02 at depth 2, that of leaky ReLU with slope .1
        by .02, and diag K by 3 … 18. (The mean of fᵀK^-1f/n, a trace, cannot tell K from
        diag K.) At finite width E Cov − K is O(1/N), whose square is below 10⁻³ from N = 64 on.
    Does not show
        That the law is normal; only its covariance.
    """
    drawn = data(seeds)
    x = drawn.x_train.double()
    network = mlp(
        width,
        split_seeds(seeds, NETWORKS),
        input_dim=drawn.input_dim,
        output_dim=OUTPUTS,
        activation=activation,
        depth=depth,
        dtype=x.dtype,
    )
    outputs = network(x.repeat_interleave(NETWORKS, 0))
    return measured(outputs.unflatten(0, (len(seeds), NETWORKS)), network.architecture, x)
