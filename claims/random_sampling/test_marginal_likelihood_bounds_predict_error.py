"""How well the prior's probability of the training labels predicts errors on other inputs."""

import pytest
import torch
from scipy.stats import spearmanr

from widthwise.harness import Bounded, Control, Over, Source, claim

from .bounds import (
    as_they_are,
    exponents,
    odd,
    over_architectures,
    shuffled,
    slabs,
    threes_and_eights,
)

PREDICTORS = Source(
    "Random sampling comments",
    "the comment of 11 May, 19:06, on bounds that know the architecture only and are excellent "
    "predictors, its paper arXiv:2012.04115",
)
REFERENCES = (
    "Valle-Pérez & Louis 2020 (Generalization bounds for deep learning, its desiderata 1 to 3 "
    "and 5)",
    "McAllester 1999, Langford & Seeger 2001 (the PAC-Bayes bound without training error)",
)
FEWEST, DRAWS = 32, 2
BLIND = "The bound of the same labels in any order."
SEEDS_OF = "bounds from the marginal likelihood"
LADDER = Over("points", (128, 256), quick=1)


def rank_correlation(a, b):
    """Spearman's, row by row [S]."""
    return torch.tensor([spearmanr(*rows)[0] for rows in zip(a, b, strict=True)])


@claim(
    provenance="made",
    source=PREDICTORS,
    references=REFERENCES,
    prediction=Bounded(low=0.7),
    control=Control(BLIND, labels=shuffled),
    over=LADDER,
    seeds_of=SEEDS_OF,
)
@pytest.mark.parametrize("task", [odd, slabs])
def test_marginal_likelihood_bounds_rank_architectures(
    points, seeds, shared, task, labels=as_they_are
):
    """A bound that knows the architecture and the training labels says which generalises better.

    Statement
        The PAC-Bayes bound from the prior's probability P(S) of the training labels ranks
        architectures as their errors on other inputs do, when they are trained by random sampling.
    Setting
        Nine wide networks: ReLU with one, two, four and eight hidden layers, erf with one and two
        at σ_w = 1.5 and one, two and four at σ_w = 3; σ_b = .5. Odd and even digits at 8×8
        pixels, or points in R^8 by how far they are along a hidden direction; 128 of them, drawn
        for every seed (quick). P(S) and errors by expectation propagation with the NNGP kernel.
        The measure is Spearman's correlation over architectures.
    Tolerance
        At least .7, where 0 is no relation; the rival, what the architecture says by itself of
        labels in any order, goes the other way.
    Does not show
        The same of networks that gradient descent trains, whose error depends on the size of
        outputs at the start too, nor of the majority of many networks: it ranks them by
        little more than chance. Digits at 4×4 pixels, where errors are within a factor of 1.3,
        are ranked at .35.
    """
    run = shared(over_architectures, points=points, seeds=seeds, task=task, labels=labels)
    return rank_correlation(run["bounds"], run["errors"])


@claim(
    provenance="made",
    source=PREDICTORS,
    references=REFERENCES,
    prediction=Bounded(high=0.5),
    control=Control(BLIND, labels=shuffled),
    over=LADDER,
    seeds_of=SEEDS_OF,
)
@pytest.mark.parametrize("task", [odd, threes_and_eights])
def test_marginal_likelihood_bounds_are_not_vacuous(
    points, seeds, shared, task, labels=as_they_are
):
    """The bound from the prior's probability of the labels says more than guessing would.

    Statement
        Of every architecture tried, 1 − exp(−(ln 1/P(S) + ln(2n/δ))/(n − 1)) is below ½ on images:
        more is certain than that networks err less than a coin.
    Setting
        As in marginal_likelihood_bounds_rank_architectures, with threes and eights for a hidden
        direction; δ = .05. The measure is the largest
        bound of the nine. The form and its constants follow from the theorem with divergence
        ln 1/P(S) and no error in training; those of the paper could not be looked up. Seeger's
        ln((n + 1)/δ)/n would make it smaller by .01.
    Tolerance
        Below ½; labels in any order, which no bound may promise anything of, have .65.
    Does not show
        That it is tight: it is two to four times the error. That it holds is a theorem.
    """
    run = shared(over_architectures, points=points, seeds=seeds, task=task, labels=labels)
    return torch.as_tensor(run["bounds"]).amax(1)


@claim(
    provenance="made",
    source=PREDICTORS,
    references=REFERENCES,
    prediction=Bounded(low=-1 / 3, high=1 / 3),
    control=Control(BLIND, labels=shuffled),
    over=LADDER,
    seeds_of=SEEDS_OF,
)
@pytest.mark.parametrize("task", [odd, threes_and_eights])
def test_marginal_likelihood_bounds_follow_learning_curves(
    points, seeds, shared, task, labels=as_they_are
):
    """A bound from the prior falls with the number of data as the error of random sampling does.

    Statement
        Where errors fall as n^−α, the bound falls as n^−α too: it predicts the exponent of the
        learning curve, since ln 1/P(S) adds up what each label costs given those before it.
    Setting
        Two hidden layers of ReLU, as in marginal_likelihood_bounds_rank_architectures; from 32 to
        128 images (quick), two draws of them per seed. The measure is the part of the error's
        exponent that the bound's exponent misses.
    Tolerance
        ±⅓, a third of the way to the rival 1, a bound that does not fall, as it has for labels in
        any order. The theorem's term ln(2n/δ)/n, a third of the bound at 32 points, makes the
        bound's exponent steeper by .04, of .3 (odd and even) and .6 (threes and eights).
    Does not show
        The exponent of the majority of many networks, whose errors fall faster, as n^−.8 for
        threes and eights, nor that of every target: for a hidden direction, learned by one layer
        of ReLU, the bound falls slower by .2.
    """
    run = shared(
        exponents,
        points=points,
        seeds=seeds,
        task=task,
        labels=labels,
        fewest=FEWEST,
        draws=DRAWS,
    )
    return torch.as_tensor(1 - run["bound"] / run["error"])
