"""The learning coefficient where it is exact: of powers, and of linear networks by their truth."""

import math

import pytest

from widthwise.harness import Control, Limit, Over, Source, claim
from widthwise.models.sampling.learning_coefficient import annealed
from widthwise.models.sampling.linear_networks import LinearNetworks, reduced_rank_coefficient

from .volumes import of_powers, prior, truths

COMMENT = Source(
    "Comments on theories of deep learning",
    "the comment on singular learning theory, on the effective parameter count",
)
WATANABE = "Watanabe 2009, chapter 6: Z(n) ~ n^−λ (log n)^(m−1)"
LATE = Over("samples", (256, 512, 1024))
LATEST = Over("samples", (2**14, 2**16, 2**18))
PARTICLES, MOVES = 512, 8


def doublings(last):
    """Values of n, each twice the one before."""
    return [2.0**k for k in range(1, round(math.log2(last)) + 1)]


def by_slices(powers, seeds):
    """n⟨K⟩ of powers at every n, by its number."""
    samples = doublings(LATE.rungs[-1])
    loss, parameters = of_powers(powers, seeds)
    run = annealed(loss, prior(seeds, PARTICLES, parameters), seeds, samples, MOVES)
    return {f"{n:g}": energy for n, energy in zip(samples, run.mean.T, strict=True)}


def by_gibbs(shape, rank, seeds):
    """n⟨K⟩ of linear networks at every n, by its number."""
    samples = doublings(LATEST.rungs[-1])
    rows, columns, hidden = shape
    networks = LinearNetworks(truths(seeds, rows, columns, rank), hidden)
    start = prior(seeds, PARTICLES // 4, networks.parameters)
    run = annealed(
        networks.loss, start, seeds, samples, MOVES, walk=networks.walk, number=networks.energy
    )
    return {f"{n:g}": energy for n, energy in zip(samples, run.mean.T, strict=True)}


def sum_of_fractions(powers):
    """Σ 1/p_i."""
    return sum(1 / power for power in powers)


def without_the_last(powers):
    """The same with one parameter less."""
    return sum_of_fractions(powers[:-1])


@claim(
    provenance="instrument",
    source=COMMENT,
    references=(WATANABE,),
    prediction=Limit(0, tolerance=0.08),
    control=Control("One parameter less.", exact=without_the_last),
    over=LATE,
)
@pytest.mark.parametrize("powers", [(2, 2, 2), (2, 4)], ids=["2,2,2", "2,4"])
def test_learning_coefficients_of_powers_are_found(
    samples, seeds, powers, shared, exact=sum_of_fractions
):
    """The estimator of the learning coefficient is right where it is a sum of fractions.

    Statement
        For a loss K that is a sum of powers p of single parameters, n⟨K⟩ under e^(−nK) is the sum
        of all 1/p, whatever their factors.
    Setting
        A Gaussian prior, factors c_i between ½ and 2 drawn for every seed; 512 particles per
        seed that follow the density from the prior to n = 1024, 8 moves at each doubling.
    Measure
        n⟨K⟩ less Σ 1/p_i.
    Tolerance
        ±.08, less than a third of the ¼ or ½ that a parameter more or less makes. What the
        prior takes away is of the order n^−1/2 for p = 4: .02.
    Does not show
        That it is right where valleys cross, which linear networks and products test.
    """
    seen = shared(by_slices, powers=powers, seeds=seeds)
    return seen[f"{samples:g}"] - exact(powers)


def of_this_rank(rows, columns, hidden, rank):
    """λ and m of the truth's own rank."""
    return reduced_rank_coefficient(rows, columns, hidden, rank)


def of_another_rank(rows, columns, hidden, rank):
    """λ and m of a truth of one rank less, or one where there is none less."""
    return reduced_rank_coefficient(rows, columns, hidden, rank - 1 if rank else 1)


@claim(
    provenance="made",
    source=COMMENT,
    references=("Aoyagi & Watanabe 2005, main theorem: reduced-rank regression", WATANABE),
    prediction=Limit(0, tolerance=0.16),
    control=Control("The coefficient of another rank.", exact=of_another_rank),
    over=LATEST,
)
@pytest.mark.parametrize(
    ("shape", "rank"),
    [
        pytest.param((3, 3, 3), 0, id="3x3x3-rank=0"),
        pytest.param((3, 3, 3), 1, id="3x3x3-rank=1"),
        pytest.param((3, 3, 3), 2, id="3x3x3-rank=2"),
        pytest.param((4, 3, 2), 1, id="4x3x2-rank=1"),
    ],
)
def test_effective_dimension_depends_on_the_truth(
    samples, seeds, shape, rank, shared, exact=of_this_rank
):
    """The effective number of parameters of one and the same model depends on the truth.

    Statement
        For a linear network with a hidden layer, Y = BAX, half the effective number of
        parameters is 3.5, 4 and 4.5 where the true map has rank 0, 1 and 2, with three inputs,
        outputs and hidden units and 18 parameters; and 4 for rank 1 with 3 inputs, 2 hidden units
        and 4 outputs: as the theorem on reduced-rank regression says.
    Setting
        White inputs, so that the loss is half the squared distance of BA from the true W, which
        is drawn for every seed, with singular values between 1 and 2; 128 particles per seed that
        follow e^(−nK) from the Gaussian prior to n = 2^18, by Gibbs sampling of one layer given
        the other, n⟨K⟩ averaged over one by formula.
    Measure
        n⟨K⟩ + (m − 1)/log n less the exact λ, m being the multiplicity.
    Tolerance
        ±.16, less than a third of the ½ between neighbouring ranks; half of all parameters, 9
        and 7, and of those of a regular linear model, 4.5 and 6, are no rivals of the first two
        and the last. The next order of the logarithm is below .05 at n = 2^18.
    Does not show
        That it depends on the sample: it is a property of the true distribution. That networks
        which are not linear have a coefficient that anybody can compute.
    """
    seen = shared(by_gibbs, shape=shape, rank=rank, seeds=seeds)
    rows, columns, hidden = shape
    coefficient = exact(rows, columns, hidden, rank)
    multiplicity = of_this_rank(rows, columns, hidden, rank).multiplicity
    return seen[f"{samples:g}"] + (multiplicity - 1) / math.log(samples) - coefficient.value
