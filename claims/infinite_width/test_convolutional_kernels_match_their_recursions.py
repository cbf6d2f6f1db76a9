"""Convolutional networks have limits of their own."""

import pytest

from widthwise.harness import Bounded, Control, Limit, Source, WidthList, Widths, claim
from widthwise.models import erf, relu
from widthwise.models.kernels.infinite_channels import infinite_channel_kernels
from widthwise.models.kernels.nngp_kernel import nngp_kernel
from widthwise.models.kernels.tangent_kernel import tangent_kernel
from widthwise.models.networks.randomness import split_seeds

from .initialisation import departure, moments, ratio

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the replies that the limits hold for all architectures",
)
REFERENCES = ("Novak et al. 2019, section 2.2", "Arora et al. 2019, section 4")
SEEDS_OF = "convolutional kernels at initialisation"
IMAGES, NETWORKS = 4, 8

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
        input_dim=x.shape[1],
        activation=activation,
        readout=readout,
        sigma_b=0.3,
        dtype=x.dtype,
    )


def convolutional(width, seeds, cnn, x, activation, readout):
    """Mean and mean square, entry by entry, of both kernels over some networks per seed."""
    drawn = networks(cnn, width, split_seeds(seeds, NETWORKS), x, activation, readout)
    return moments(nngp_kernel(drawn, x), tangent_kernel(drawn, x), len(seeds))


def recursion(cnn, x, activation, readout):
    """Both kernels in the limit of infinitely many channels."""
    architecture = networks(cnn, 1, (0,), x, activation, readout).architecture
    return infinite_channel_kernels(architecture, x)._asdict()


OTHER = {"flatten": "average", "average": "flatten"}


def against(width, seeds, shared, cnn, digits, activation, readout, limit_readout):
    """What is drawn with one readout, and the recursion of a network with some readout."""
    x = digits.x_train[:IMAGES]
    drawn = shared(
        convolutional,
        width=width,
        seeds=seeds,
        cnn=cnn,
        x=x,
        activation=activation,
        readout=readout,
    )
    return drawn, recursion(cnn, x, activation, limit_readout)


def ratio_to_the_other_readout(width, seeds, shared, cnn, digits, activation, readout, kernel):
    """The same networks against the recursion of the other readout."""
    drawn, limit = against(width, seeds, shared, cnn, digits, activation, readout, OTHER[readout])
    return ratio(drawn[kernel], limit[kernel])


def departure_from_the_other_readout(
    width, seeds, shared, cnn, digits, activation, readout, kernel
):
    """The same networks against the recursion of the other readout."""
    drawn, limit = against(width, seeds, shared, cnn, digits, activation, readout, OTHER[readout])
    return width**0.5 * departure(drawn, kernel, limit[kernel])


@claim(
    provenance="instrument",
    source=HERE,
    references=REFERENCES,
    prediction=Limit(1, tolerance=0.1),
    control=Control("The recursion of the other readout.", measure=ratio_to_the_other_readout),
    over=Widths(32, 512),
    seeds_of=SEEDS_OF,
)
@architectures
@kernels
def test_convolutional_kernels_match_their_recursions(
    width, seeds, shared, cnn, digits, activation, readout, kernel
):
    """The kernels of convolutional networks with many channels follow a recursion over positions.

    Statement
        The limits are not those of dense networks only: the NNGP and the tangent kernel of a
        convolutional network tend to kernels that a recursion over pairs of positions computes.
    Setting
        Two layers of 3×3 filters on images of 8×8 digits, with biases, then a dense readout of
        all positions or of their mean; 4 images, 8 networks per seed. tr(K_N K_∞)/‖K_∞‖² tends
        to 1.
    Tolerance
        ±.1 at the largest number of channels, where the bias of the mean is a few hundredths at
        most. The two readouts differ by more than twice that.
    Does not show
        Pooling between layers, strides, or images of another size.
    """
    drawn, limit = against(width, seeds, shared, cnn, digits, activation, readout, readout)
    return ratio(drawn[kernel], limit[kernel])


@claim(
    provenance="implied",
    source=HERE,
    references=REFERENCES,
    prediction=Bounded(0.25, 2.5),
    control=Control(
        "The recursion of the other readout.", measure=departure_from_the_other_readout
    ),
    over=WidthList((32, 64, 128)),
    seeds_of=SEEDS_OF,
)
@architectures
@kernels
def test_convolutional_kernels_become_deterministic(
    width, seeds, shared, cnn, digits, activation, readout, kernel
):
    """The kernels of convolutional networks depend on the random weights by O(N^-1/2).

    Statement
        The distance of both kernels from their deterministic limit, relative to its size, falls
        as N^-1/2 in the number N of channels.
    Setting
        As in convolutional_kernels_match_their_recursions, on the same networks; RMS over pairs
        of images and the 8 networks of a seed.
    Tolerance
        √N times the distance lies between ¼ and 2.5 at every width. A distance that does not fall,
        as that to a wrong recursion, would double it over the ladder; that of the other readout
        has 3 to 18.
    Does not show
        The same of kernels in training.
    """
    drawn, limit = against(width, seeds, shared, cnn, digits, activation, readout, readout)
    return width**0.5 * departure(drawn, kernel, limit[kernel])
