"""Convolutional networks have limits of their own."""

import pytest
import torch

from widthwise.harness import Control, Limit, PowerLaw, Source, WidthList, claim
from widthwise.models import digits, drawn, erf, relu
from widthwise.models.data.images import at_half_resolution
from widthwise.models.kernels.infinite_channels import infinite_channel_kernels
from widthwise.models.kernels.nngp_kernel import nngp_kernel
from widthwise.models.kernels.tangent_kernel import tangent_kernel
from widthwise.models.networks.randomness import split_seeds

from .initialisation import departure, distance_of_means, moments

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the replies that the limits hold for all architectures",
)
REFERENCES = (
    "Novak et al. 2019, section 2.2",
    "Arora et al. 2019, section 4",
    "Yang 2020, Tensor Programs II: convergence for any architecture; no rate",
)
SEEDS_OF = "convolutional kernels at initialisation"
IMAGES, NETWORKS = 4, 64
CHANNELS = WidthList((8, 16, 32, 64))


def ten(*, seed):
    """One image of every digit, in random order, at 4×4 pixels."""
    return at_half_resolution(digits(range(10), n_train=10, n_test=10, seed=seed))


architectures = pytest.mark.parametrize(
    ("activation", "readout"),
    [
        pytest.param(relu, "flatten", id="relu-flatten"),
        pytest.param(erf, "average", id="erf-average"),
    ],
)
kernels = pytest.mark.parametrize("kernel", ["nngp", "tangent"])


def networks(cnn, width, seeds, x, activation, readout):
    """Two convolutional layers and a dense readout, with biases."""
    return cnn(
        width,
        seeds,
        input_dim=x.shape[-1],
        activation=activation,
        readout=readout,
        sigma_b=0.3,
        dtype=x.dtype,
    )


def convolutional(width, seeds, cnn, x, activation, readout):
    """Moments, entry by entry, of both kernels over NETWORKS per seed, on its x [S, n, d]."""
    drawn_networks = networks(cnn, width, split_seeds(seeds, NETWORKS), x, activation, readout)
    x = x.repeat_interleave(NETWORKS, 0)
    return moments(nngp_kernel(drawn_networks, x), tangent_kernel(drawn_networks, x), len(seeds))


def recursion(cnn, x, activation, readout):
    """Both kernels in the limit of infinitely many channels, on the images of every seed."""
    architecture = networks(cnn, 1, (0,), x, activation, readout).architecture
    limits = [infinite_channel_kernels(architecture, points) for points in x]
    return {name: torch.stack([getattr(k, name) for k in limits]) for name in limits[0]._fields}


OTHER = {"flatten": "average", "average": "flatten"}


def the_same(readout):
    """The readout that the networks have."""
    return readout


def against(width, seeds, shared, cnn, device, activation, readout, of):
    """What is drawn with one readout, and the recursion of a network with some readout."""
    x = drawn(ten, seeds, dtype=torch.float64, device=device).x_train[:, :IMAGES]
    kernels_drawn = shared(
        convolutional,
        width=width,
        seeds=seeds,
        cnn=cnn,
        x=x,
        activation=activation,
        readout=readout,
    )
    limit = recursion(cnn, x, activation, of(readout))
    return {name: torch.as_tensor(k, device=device) for name, k in kernels_drawn.items()}, limit


@claim(
    provenance="instrument",
    source=HERE,
    references=REFERENCES,
    prediction=Limit(0, tolerance=0.0025),
    control=Control("The recursion of the other readout.", of=OTHER.get),
    over=CHANNELS,
    seeds_of=SEEDS_OF,
)
@architectures
@kernels
def test_convolutional_kernels_match_their_recursions(
    width, seeds, shared, cnn, device, activation, readout, kernel, of=the_same
):
    """The kernels of convolutional networks with many channels follow a recursion over positions.

    Statement
        The limits are not those of dense networks only: the expected NNGP and tangent kernels of a
        convolutional network tend, in every entry, to kernels that a recursion over pairs of
        positions computes.
    Setting
        Two layers of 3×3 filters with biases, then a dense readout of all positions or of their
        mean; every seed draws 4 images of 4×4 pixels, of different digits, and 64 networks.
        ‖E K_N − K_∞‖²/‖K_∞‖² is estimated without bias by two halves of the networks.
    Measure
        Squared distance of the mean kernel from its limit, ‖E K_N − K_∞‖²/‖K_∞‖².
    Tolerance
        ±.0025 at the largest number of channels, a distance of 5%. The two readouts are many times
        that apart, as the mean of all positions takes out most of the variance.
    Does not show
        Pooling between layers, strides, colour, or images of another size.
    """
    drawn_kernels, limit = against(width, seeds, shared, cnn, device, activation, readout, of)
    return distance_of_means(drawn_kernels, kernel, limit[kernel])


@claim(
    provenance="implied",
    source=HERE,
    references=REFERENCES,
    prediction=PowerLaw(-1 / 2, correction=0.02),
    control=Control("The distance to the recursion of the other readout.", of=OTHER.get),
    over=CHANNELS,
    seeds_of=SEEDS_OF,
)
@architectures
@kernels
def test_convolutional_kernels_become_deterministic(
    width, seeds, shared, cnn, device, activation, readout, kernel, of=the_same
):
    """The kernels of convolutional networks depend on the random weights by O(N^-1/2).

    Statement
        The distance of both kernels from their deterministic limit, relative to its size, falls
        as N^-1/2 in the number N of channels.
    Setting
        As in convolutional_kernels_match_their_recursions, on the same networks; RMS over pairs
        of images and the networks of a seed.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and −1. The next order is relatively
        L/N, in the square; of it a tenth was seen at 16 channels, .05 in the RMS, which is .0125
        at 64. D = .02 is half as much again.
    Does not show
        The same of kernels in training. No paper has the rate: it is measured.
    """
    drawn_kernels, limit = against(width, seeds, shared, cnn, device, activation, readout, of)
    return departure(drawn_kernels, kernel, limit[kernel])
