"""How many units of a layer detect a given feature, before training and after."""

import math

import torch

from widthwise.harness import AtMost, Bounded, Control, Over, Source, WidthList, Widths, claim
from widthwise.models import mup, ntk
from widthwise.models.networks.randomness import generator_of
from widthwise.models.observables.directions import share_of_directions

from .internals import DIMENSION, SEEDS, directions, hidden_quadratic, maximising, networks, told

POST = Source(
    "NTK/GP models of neural nets can't learn features",
    'the post, on a "car detector" that would have to be there at initialisation',
)
REPLY = Source(
    "NTK/GP models of neural nets can't learn features",
    "the reply on the density of car detectors at initialisation and after training, and on "
    "slight tweaks that can't happen in the NTK regime",
)
UNITS = 32768
SIMILAR = 0.6
"""A detector's cosine with its feature, at least: of the directions in the plane, two fifths."""


def of_independent_coordinates(cosine, dimension):
    """The same as if √d·cos were a standard normal."""
    return math.erfc(cosine * (dimension / 2) ** 0.5)


def cosines(weights, direction):
    """|cos| of every unit's maximising input, of unit length [S, d, N], with directions [S, d]."""
    return torch.bmm(direction.to(weights)[:, None], weights)[:, 0].abs()


def density(similar, cosine):
    """The share of the units that are at least so similar [S]."""
    return (similar > cosine).double().mean(1)


@claim(
    provenance="made",
    source=POST,
    references=("the law of a coordinate of a uniform direction: cos² ~ Beta(½, (d−1)/2), exact",),
    prediction=Bounded(low=0.8, high=1.25),
    control=Control(
        "The tail as if coordinates were independent.", expected=of_independent_coordinates
    ),
    over=Over("dimension", (8, 16, 24)),
)
def test_feature_detectors_are_rare_at_initialisation(
    dimension, seeds, mlp, expected=share_of_directions
):
    """Units that detect a given feature are there at initialisation, in a share that d takes away.

    Statement
        The share of a layer's random units whose maximising input is within 53° of a given
        direction is the tail of Beta(½, (d−1)/2): .088 in 8 dimensions, .011 in 16, .0015 in 24,
        falling like (1 − .6²)^(d/2). A layer with one of them has exponentially many units.
    Setting
        32768 units of a first layer per seed, the direction drawn with them.
    Measure
        Share of units with |cos| > .6, over what the law says.
    Tolerance
        Between .8 and 1.25; the tail of independent Gaussian coordinates, the nearest simple
        formula, is 2.2 times as large in 24 dimensions.
    Does not show
        Features of more complexity than one direction: of a conjunction of k independent ones the
        share is that to the power k. Whether there is a subnetwork instead of a unit.
    """
    layer = mlp(UNITS, seeds, input_dim=dimension, depth=1)
    drawn = torch.stack([torch.randn(dimension, generator=generator_of(s)) for s in seeds])
    feature = drawn / drawn.norm(dim=1, keepdim=True)
    return density(cosines(maximising(layer), feature), SIMILAR) / expected(SIMILAR, dimension)


def learned(seeds):
    """The direction that the labels are a function of."""
    return directions(seeds)


def another(seeds):
    """A direction at right angles to it, on which no label depends."""
    found = learned(seeds)
    drawn = torch.stack([torch.randn(found.shape[1], generator=generator_of(s)) for s in seeds])
    across = drawn - (drawn * found).sum(1, keepdim=True) * found
    return across / across.norm(dim=1, keepdim=True)


def similar(width, seeds, mlp, parametrization, feature):
    """|cos| of the units' maximising inputs with a feature, before and after training [S, N]."""
    pair = networks(width, seeds, mlp, hidden_quadratic, parametrization, told)[:2]
    return tuple(cosines(maximising(network), feature(seeds)) for network in pair)


CLOSE = 0.725
"""A detector's cosine with its feature, where one in a thousand random units in R^16 has it."""

RARE = share_of_directions(CLOSE, DIMENSION)


@claim(
    provenance="made",
    source=REPLY,
    references=("Yang & Hu 2021, Theorem 3.8 (features are learned in μP; how many, is measured)",),
    prediction=Bounded(low=30),
    control=Control("Detectors of a direction on which no label depends.", feature=another),
    over=WidthList((128, 512)),
    seeds_of=SEEDS,
)
def test_feature_learning_multiplies_detectors(width, seeds, mlp, feature=learned):
    """Where features are learned, training makes a rare feature's detectors thirty times as many.

    Statement
        Of the units that are as similar to the hidden direction of the task as one in a thousand
        random units, there are at least thirty times as many after training in μP, at 128 as at
        512 units.
    Setting
        One hidden layer of ReLU in μP, trained to 1% on 96 points in R^16 and ((u·x)² − 1)/√2,
        drawn for every seed. Similar: |cos| between the unit's maximising input and u above .725.
    Measure
        Share of units that are detectors, times a thousand.
    Tolerance
        At least 30. In the control, detectors of a direction across, it is a few at most.
    Does not show
        Detectors of more than a direction.
    """
    _, after = similar(width, seeds, mlp, mup, feature)
    return density(after, CLOSE) / RARE


@claim(
    provenance="made",
    source=REPLY,
    references=("Jacot et al. 2018, Theorem 2 (smooth φ, gradient flow, no rate)",),
    prediction=AtMost(-1 / 2, statistic="rms"),
    control=Control("In μP units turn by as much at any width.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=SEEDS,
)
def test_lazy_training_turns_no_units_to_the_feature(width, seeds, mlp, parametrization=ntk):
    """In the kernel regime, training turns units no nearer to what the labels depend on.

    Statement
        The mean over units of cos² with the hidden direction, 1/d at initialisation, grows by
        O(N^-1/2) of that or less when a network learns its task in the NTK parametrization:
        slight tweaks, with which random units might become detectors, vanish with the width.
    Setting
        As in feature_learning_multiplies_detectors, in the NTK parametrization.
    Measure
        d times the growth of the mean cos² between units' maximising inputs and the direction.
    Tolerance
        An exponent of at most −.35; theory has −1, as tweaks of O(N^-1/2) go either way. The rival,
        units that turn at any width, has 0. The next order is the movement of units, .2 at N = 64:
        D = .3.
    Does not show
        That narrow lazy networks make no detectors: of units as similar as one in a hundred at
        random there are three times as many after training at N = 128, and 1.2 times at 1024. The
        count itself is too loud for a verdict with 64 seeds.
    """
    before, after = similar(width, seeds, mlp, parametrization, learned)
    return DIMENSION * (after.square().mean(1) - before.square().mean(1))
