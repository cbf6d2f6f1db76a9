"""Are hidden units independent draws: at initialisation, and once the outputs are known?"""

import torch

from widthwise.harness import Bounded, Control, PowerLaw, Source, WidthList, claim
from widthwise.models import Architecture, erf, linear, relu
from widthwise.models.networks.randomness import split_seeds
from widthwise.models.observables.unit_dependence import dependence_given_outputs

HERE = Source(
    "Comments on theories of deep learning",
    "the replies on the independence part of the assumption that neurons are iid",
)
NETWORKS, NETWORKS_OF_TWO_LAYERS = 48, 96


def untied(preactivations):
    """Units as they are."""
    return preactivations


def tied(preactivations):
    """Units that share half of the variance of their incoming weights with the first unit."""
    return (preactivations + preactivations[..., :1]) / 2**0.5


def covariance(mlp, width, seeds, data, depth, tie, activation=relu, count=NETWORKS):
    """Cov(h_i^2, h_j^2) in the last hidden layer over Var h_i^2 in the limit [S].

    Mean over pairs and inputs; the mean of h_i^2 is the known one.
    """
    x = data(seeds).x_train[:, :16].repeat_interleave(count, 0)
    networks = split_seeds(seeds, count)
    network = mlp(width, networks, input_dim=x.shape[-1], depth=depth, activation=activation)
    # Inputs at radius √d keep E h² at the square of the gain through all layers of ReLU.
    squares = tie(network.preactivations(x)[-1]).square() - activation.gain**2
    pairs = squares.sum(2).square() - squares.square().sum(2)
    variance = 2 * activation.gain**4
    by_network = pairs.mean(1) / (width * (width - 1) * variance)
    return by_network.unflatten(0, (len(seeds), count)).mean(1)


@claim(
    provenance="instrument",
    source=HERE,
    references=("Neal 1996, chapter 2",),
    prediction=Bounded(-0.01, 0.01),
    control=Control("Weights that are tied to those of one unit.", tie=tied),
    over=WidthList((64, 256)),
)
def test_units_are_iid_at_initialisation(width, seeds, mlp, random_labels, tie=untied):
    """First-layer units of a random network are independent draws from one law.

    Statement
        At initialisation the units of the first layer are independent and identically
        distributed. Their weights are drawn so: what is tested is the drawing, and the statistic
        that the claim on deeper layers uses.
    Setting
        One hidden layer of ReLU; every seed draws 16 inputs and 48 networks; the covariance of
        h_i^2 and h_j^2, over their variance, for all pairs of units.
    Measure
        Covariance of the squares of two units, over their variance.
    Tolerance
        ±.01; tied units have a correlation of a quarter.
    Does not show
        Deeper layers, whose units share what lies below
        (deep_units_are_iid_up_to_inverse_width); trained networks
        (feature_learning_units_become_independent).
    """
    return covariance(mlp, width, seeds, random_labels, 1, tie)


@claim(
    provenance="background",
    source=HERE,
    references=("Lee et al. 2018, section 2.3: independence in the limit, layer after layer",),
    prediction=Bounded(2.1, 2.9),
    control=Control("Linear units, whose kernel varies by 2/N.", activation=linear),
    over=WidthList((16, 64, 256)),
)
def test_deep_units_are_iid_up_to_inverse_width(width, seeds, mlp, random_labels, activation=relu):
    """Units of deeper layers depend on each other by O(1/N), through the layers they share.

    Statement
        Given the layer below, units of the second layer are independent; what varies in common
        is the kernel of that layer, by 5/N of its square in ReLU networks. So the covariance of
        h_i^2 and h_j^2 is 5/2N of the variance that each has in the limit, at every width, and
        their correlation is (5/2N)/(1 + 7.5/N): only in the limit are the units independent.
    Setting
        Two hidden layers of ReLU; every seed draws 16 inputs and 96 networks; N times the
        covariance over the limiting variance, for all pairs of units.
    Measure
        N times the covariance of the squares of two units, over the limiting variance.
    Tolerance
        5/2 ± .4 at every width, as the law is exact. Linear units, the nearest rival, have 1. The
        correlation in place of the covariance would have 1.70 at N = 16; pairs of a unit with
        itself, counted by mistake, would make it 7/2 and more.
    Does not show
        That the dependence does no harm: over N² pairs it is what makes the kernel random.
    """
    found = covariance(
        mlp, width, seeds, random_labels, 2, untied, activation, NETWORKS_OF_TWO_LAYERS
    )
    return width * found


def order_one(width):  # noqa: ARG001
    """The size of an output in the NNGP limit."""
    return 2.0


def order_root_width(width):
    """The size of an output that makes the units' law change."""
    return 0.2 * width**0.5


@claim(
    provenance="background",
    source=HERE,
    references=("Neal 1996, chapter 2", "Lee et al. 2018, section 2.4"),
    prediction=PowerLaw(-2, tolerance=0.3, statistic="rms"),
    control=Control(
        "An output of .2√N, which changes the law of a unit.", outputs=order_root_width
    ),
    over=WidthList((32, 64, 128, 256)),
)
def test_knowing_outputs_ties_units_by_inverse_square_width(
    width, seeds, sphere, outputs=order_one
):
    """Knowing what a wide network outputs ties its hidden units together by O(1/N²) only.

    Statement
        Conditioned on an output of order one, as in the NNGP posterior, two hidden units have a
        correlation of order N^-2: the likelihood sees units through their mean square, whose
        share in it is 1/N for each of the two.
    Setting
        One hidden layer of erf, one input, the output 2 with noise of variance .1; the
        correlation of φ(h_i)^2, which is negative: units share out a given size. Second
        differences of the likelihood make its error the same at every width.
    Measure
        Size of the correlation of the squares of two units, given the output.
    Tolerance
        ±.3, less than a third of the way to the rival −1, which an output of order √N has. The
        next order is a few over N, 5% at N = 64; the default D = .3 covers it.
    Does not show
        What the replies ask: whether the units of trained networks stay independent
        (lazy_units_owe_each_other_inverse_width and feature_learning_units_become_independent
        look at those). This is about the posterior, drawn by conditioning and not by training, at
        one input. Nor the dependence of output weights, which the sum ties by 1/N.
    """
    architecture = Architecture(width, sphere.input_dim, depth=1, activation=erf)
    x = sphere.x_train[:1].double()  # by rotation invariance any other would do
    y = torch.full_like(x[:, 0], outputs(width))
    return dependence_given_outputs(architecture, x, y, seeds, noise=0.1, draws=8192)
