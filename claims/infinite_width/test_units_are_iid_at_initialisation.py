"""Are hidden units independent draws: at initialisation, and once the outputs are known?"""

import torch

from widthwise.harness import Bounded, Control, PowerLaw, Source, WidthList, claim
from widthwise.models import Architecture, erf, relu
from widthwise.models.networks.randomness import split_seeds
from widthwise.models.observables.unit_dependence import dependence_given_outputs

HERE = Source(
    "Comments on theories of deep learning",
    "the replies on the independence part of the assumption that neurons are iid",
)
NETWORKS = 32


def untied(preactivations):
    """Units as they are."""
    return preactivations


def tied(preactivations):
    """Units that share half of the variance of their incoming weights with the first unit."""
    return (preactivations + preactivations[..., :1]) / 2**0.5


def dependence(mlp, width, seeds, sphere, depth, tie):
    """Correlation of h_i^2 and h_j^2 in the last hidden layer, mean over pairs and inputs [S]."""
    x = sphere.x_train
    networks = split_seeds(seeds, NETWORKS)
    network = mlp(width, networks, input_dim=sphere.input_dim, depth=depth, activation=relu)
    # Inputs on the sphere of radius √d keep E h² = σ_w² through all layers of ReLU.
    squares = tie(network.preactivations(x)[-1]).square() - relu.gain**2
    pairs = squares.sum(2).square() - squares.square().sum(2)
    variance = 2 * relu.gain**4
    by_network = pairs.mean(1) / (width * (width - 1) * variance)
    return by_network.unflatten(0, (len(seeds), NETWORKS)).mean(1)


@claim(
    provenance="implied",
    source=HERE,
    references=("Neal 1996, chapter 2",),
    prediction=Bounded(-0.01, 0.01),
    control=Control("Weights that are tied to those of one unit.", tie=tied),
    over=WidthList((64, 256)),
)
def test_units_are_iid_at_initialisation(width, seeds, mlp, sphere, tie=untied):
    """First-layer units of a random network are independent draws from one law.

    Statement
        At initialisation the units of a layer are independent and identically distributed.
    Setting
        One hidden layer, 16 inputs, 32 networks per seed; the correlation of h_i^2 and h_j^2 over
        all pairs of units.
    Tolerance
        ±.01; tied units have a correlation of a quarter.
    Does not show
        Deeper layers, whose units share what lies below
        (deep_units_are_iid_up_to_inverse_width).
    """
    return dependence(mlp, width, seeds, sphere, 1, tie)


@claim(
    provenance="background",
    source=HERE,
    references=("Lee et al. 2018, section 2.3",),
    prediction=Bounded(2, 3),
    control=Control("Weights that are tied to those of one unit.", tie=tied),
    over=WidthList((16, 64, 256)),
)
def test_deep_units_are_iid_up_to_inverse_width(width, seeds, mlp, sphere, tie=untied):
    """Units of deeper layers depend on each other by O(1/N), through the layers they share.

    Statement
        Given the layer below, units of the second layer are independent; what varies in common
        is the kernel of that layer, by 5/N of its square in ReLU networks. The correlation of h_i^2
        and h_j^2 is 5/2N: only in the limit are the units independent.
    Setting
        Two hidden layers of ReLU, 16 inputs, 32 networks per seed; N times the correlation, over
        all pairs of units.
    Tolerance
        Between 2 and 3 at every width; the law is exact. Pairs of a unit with itself, counted by
        mistake, would make it 7/2, a dependence of another order would leave the band at one of
        the widths.
    Does not show
        That the dependence does no harm: over N² pairs it is what makes the kernel random.
    """
    return width * dependence(mlp, width, seeds, sphere, 2, tie)


def order_one(width):  # noqa: ARG001
    """The size of an output in the NNGP limit."""
    return 2.0


def order_root_width(width):
    """The size of an output, in the same network, where mean field puts it."""
    return 0.2 * width**0.5


def dependence_after(width, seeds, sphere, outputs):
    """The correlation of the sizes of two units, once an output is known [S]."""
    architecture = Architecture(width, sphere.input_dim, depth=1, activation=erf)
    x = sphere.x_train[:1].double()
    y = torch.full_like(x[:, 0], outputs(width))
    return dependence_given_outputs(architecture, x, y, seeds, noise=0.1, draws=16384)


@claim(
    provenance="background",
    source=HERE,
    references=("Neal 1996, chapter 2", "Lee et al. 2018, section 2.4"),
    prediction=PowerLaw(-2, tolerance=0.3, statistic="rms"),
    control=Control("Outputs of the size of mean field.", outputs=order_root_width),
    over=WidthList((32, 64, 128, 256)),
)
def test_knowing_outputs_ties_units_by_inverse_square_width(
    width, seeds, sphere, outputs=order_one
):
    """Knowing what a wide network outputs ties its hidden units together by O(1/N²) only.

    Statement
        Conditioned on outputs of order one, as in the NNGP posterior, two hidden units have a
        correlation of order N^-2: the likelihood sees units through their mean square, whose
        share in it is 1/N for each of the two.
    Setting
        One hidden layer of erf, one input, the output 2 with noise of variance .1; the
        correlation of φ(h_i)^2, which is negative: units share out a given size. Second
        differences of the likelihood make its error the same at every width.
    Tolerance
        ±.3, less than a third of the way to the rival −1. The next order is a few over N, 5% at
        N = 64; the default D = .3 covers it.
    Does not show
        The dependence of output weights, which the sum ties by 1/N.
    """
    return dependence_after(width, seeds, sphere, outputs)


@claim(
    provenance="background",
    source=HERE,
    references=("Mei et al. 2018",),
    prediction=PowerLaw(-1, tolerance=0.3, statistic="rms"),
    control=Control("Outputs of order one.", outputs=order_one),
    over=WidthList((32, 64, 128, 256)),
)
def test_knowing_outputs_ties_mean_field_units_by_inverse_width(
    width, seeds, sphere, outputs=order_root_width
):
    """Knowing the outputs of a mean-field network ties its hidden units together by O(1/N).

    Statement
        An output that is a mean over units, known to within N^-1/2, is of order √N in the scale
        of the NNGP: units are drawn from a law that learns, and two of them have a correlation
        of order 1/N. In this limit too they become independent.
    Setting
        As in knowing_outputs_ties_units_by_inverse_square_width; the output is .2 √N.
    Tolerance
        ±.3, less than a third of the way to the rivals 0 and −2. The next order is the NNGP's,
        relatively 9/N: a seventh at N = 64, within the default D = .3.
    Does not show
        Larger outputs, for which weights drawn from the prior do not sample the posterior.
    """
    return dependence_after(width, seeds, sphere, outputs)
