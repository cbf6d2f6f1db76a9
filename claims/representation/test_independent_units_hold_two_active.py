"""How many units of a layer can be active at once, if units are independent."""

import math

import pytest
import torch

from widthwise.harness import Bounded, Control, Source, Verdict, WidthList, claim
from widthwise.models import relu

OBJECTION = Source(
    "Comments on theories of deep learning",
    'the comment on permutation-invariance, on "at most two neurons are activated on any input '
    'from some set"',
)
BINOMIAL = "Feller 1968, chapter VI: the binomial law and its Poisson limit"
LAYERS, INPUTS = 256, 16
JUST_TWO, RARELY = 2.0, 0.1
"""How many units are active on average."""


def active(width, seeds, mlp, data, on_average, favoured):
    """Number of active units, layer by layer and input by input [S, inputs, layers].

    A layer is N units of one first layer, which are independent and identically distributed.
    A unit is active above a threshold in units of the input's size, the same for all units, or
    with favoured ones such that two of them always are and the others never.
    """
    drawn = data(seeds)
    x = drawn.x_train[:, :INPUTS]
    network = mlp(width * LAYERS, seeds, input_dim=drawn.input_dim, depth=1, activation=relu)
    h = network.preactivations(x)[0]
    size = network.architecture.gain * x.norm(dim=2, keepdim=True) / drawn.input_dim**0.5
    above = math.sqrt(2) * torch.erfinv(torch.tensor(1 - 2 * on_average / width)).item()
    threshold = torch.full((width,), above, device=h.device)
    if favoured:
        threshold = torch.where(torch.arange(width, device=h.device) < 2, -math.inf, math.inf)
    return ((h / size).unflatten(2, (LAYERS, width)) > threshold).sum(3)


def most_with_just_two(width):
    """The largest probability of two successes of N, C(N, 2)(2/N)²(1 − 2/N)^(N−2)."""
    return math.comb(width, 2) * (2 / width) ** 2 * (1 - 2 / width) ** (width - 2)


def shares_of_layers(count):
    """Share of layers and inputs with just two units active [S]."""
    return (count == 2).double().mean((1, 2))


def shares_of_sets(count):
    """Share of layers with at most two units active on every input of the set [S]."""
    return (count <= 2).all(1).double().mean(1)


@claim(
    provenance="made",
    source=OBJECTION,
    references=(BINOMIAL,),
    prediction=Bounded(high=0.9),
    expect=Verdict.REFUTED,
    control=Control("Of just two it is right.", of=shares_of_layers, on_average=JUST_TWO),
    over=WidthList((16, 64, 256)),
)
@pytest.mark.parametrize("data", ["odd_digits", "random_labels"], indirect=True)
def test_independent_units_cannot_hold_at_most_two_active(
    width, seeds, mlp, data, of=shares_of_sets, on_average=RARELY
):
    """A layer with at most two active units on any of some inputs cannot have independent ones.

    Statement
        Read to the letter: if units are independent and identically distributed, the probability
        that at most two are active on each input of a set stays away from 1, below .9.
    Correction
        With a probability λ/N of being active, λ small, all but λ³/6 of layers have at most two
        active on an input, at any width: independence does not forbid sparse layers. What it
        forbids is that just two are active (independent_units_cannot_hold_just_two_active).
    Setting
        The first layer of a network at initialisation, cut into 256 layers of N units; 16 images
        of digits, or points on a sphere, drawn for every seed. A unit is active above a threshold
        in units of the input's size, chosen so that one tenth of a unit is active on average.
    Measure
        Share of layers with at most two units active on every one of 16 inputs.
    Tolerance
        Whatever stays below .9 counts for the statement; theory says that 16 inputs leave at least
        1 − 16·λ³/6 = .997.
    Does not show
        That such a layer is of use: on nine inputs of ten nothing in it is active.
    """
    return of(active(width, seeds, mlp, data, on_average, favoured=False))


@claim(
    provenance="made",
    source=OBJECTION,
    references=(BINOMIAL,),
    prediction=Bounded(low=0.95, high=1.05),
    control=Control("Independent units of which two have another law.", favoured=True),
    over=WidthList((16, 64, 256)),
)
@pytest.mark.parametrize("data", ["odd_digits", "random_labels"], indirect=True)
def test_independent_units_cannot_hold_just_two_active(width, seeds, mlp, data, favoured=False):
    """Of N units that are draws from one law, just two are active in at most .29 of cases.

    Statement
        Read with charity, as of layers in which every input has its two units: independent and
        identically distributed units have just two active with a probability of at most
        C(N, 2)(2/N)²(1 − 2/N)^(N−2), reached where each is active with probability 2/N. It is
        .289 for N = 16, and falls to 2e^−2 = .271 from above.
    Setting
        As in independent_units_cannot_hold_at_most_two_active, with two units active on average.
    Measure
        Share of layers and inputs with just two units active, over the bound.
    Tolerance
        1 ± .05; the limit 2e^−2 in the place of the bound is off by .07 at N = 16. The rival,
        units that are independent but not of one law, comes to 1/.289 = 3.5 and more: it is
        both words, independent and identical, that forbid two active units.
    Does not show
        That training keeps units independent. Given what they were trained on, it may.
    """
    count = active(width, seeds, mlp, data, JUST_TWO, favoured)
    return shares_of_layers(count) / most_with_just_two(width)
