"""How many ones the truth table of a random perceptron has."""

import math

import pytest
import torch

from widthwise.harness import Bounded, Control, Identity, Over, PowerLaw, Source, claim
from widthwise.models import boolean_cube
from widthwise.models.networks.randomness import generator_of

HERE = Source(
    "Random sampling comments",
    "the comment that points to theorem 4.1 on perceptrons, of 12 May, 13:50",
)
MINGARD = (
    "Mingard et al. 2019, theorem 4.1 (inputs in {0, 1}^n, no threshold, weights whose law no "
    "change of sign of a coordinate changes)",
)
GROUPS, DRAWS = 8, 2048
MOSTLY = 1 / 8
EPS = torch.finfo(torch.float64).eps


def normals(own, *shape):
    """N(0, 1) in float64."""
    return torch.randn(*shape, generator=own, dtype=torch.float64)


def gaussian(own, draws, n):
    """Independent normal weights."""
    return normals(own, draws, n)


def heavy_tailed(own, draws, n):
    """Independent weights without a mean."""
    return normals(own, draws, n) / normals(own, draws, n)


def unequal(own, draws, n):
    """Weights of a common random size, each twice the one before."""
    return normals(own, draws, n) * normals(own, draws, 1) * 2.0 ** torch.arange(n)


def shifted(own, draws, n):
    """Normal weights of mean 1/2."""
    return 0.5 + normals(own, draws, n)


def correlated(own, draws, n):
    """Normal weights with a part in common."""
    return normals(own, draws, n) + normals(own, draws, 1)


def ones(weights, low=0.0, threshold: float | torch.Tensor = 0.0):
    """How many of the 2^n inputs in {low, 1}^n each perceptron [..., n] answers by 1."""
    points = (1 - boolean_cube(weights.shape[-1], dtype=torch.float64)) / 2
    return (weights @ (low + (1 - low) * points).T > threshold).sum(-1)


LAWS = {
    "gaussian": lambda own, draws, n: ones(gaussian(own, draws, n)),
    "heavy_tailed": lambda own, draws, n: ones(heavy_tailed(own, draws, n)),
    "unequal": lambda own, draws, n: ones(unequal(own, draws, n)),
    "biased": lambda own, draws, n: ones(gaussian(own, draws, n), threshold=normals(own, draws, 1)),
    "shifted": lambda own, draws, n: ones(shifted(own, draws, n)),
    "correlated": lambda own, draws, n: ones(correlated(own, draws, n)),
    "signs_for_inputs": lambda own, draws, n: ones(gaussian(own, draws, n), low=-1.0),
}


def misfit(counted, values):
    """χ²/df of numbers [G, D] against the uniform law on 0 … values − 1, mean over groups."""
    shift = values * torch.arange(len(counted))[:, None]
    # Only what the theorem does not allow has all ones, values of them; it counts as one less.
    cells = (
        (counted.clamp_max(values - 1) + shift).flatten().bincount(minlength=len(counted) * values)
    )
    expected = counted.shape[1] / values
    squares = (cells - expected).square() / expected
    return squares.unflatten(0, (len(counted), values)).sum(1).mean() / (values - 1)


@claim(
    provenance="implied",
    source=HERE,
    references=MINGARD,
    prediction=Bounded(high=1.5),
    control=Control("Weights or inputs that the theorem does not allow.", of="rival"),
    over=Over("inputs", (3, 5, 7)),
)
@pytest.mark.parametrize(
    ("law", "rival"),
    [
        ("gaussian", "biased"),
        ("gaussian", "signs_for_inputs"),
        ("heavy_tailed", "shifted"),
        ("unequal", "correlated"),
    ],
)
def test_perceptron_prior_is_uniform_in_ones(inputs, seeds, law, rival, of="law"):
    """A random perceptron's truth table has any number of ones with the same probability.

    Statement
        f(x) = 1 if w·x > 0 on the inputs {0, 1}^n, the law of w the same if a coordinate changes
        its sign. Then P(T = t) = 2^(−n) for t = 0, …, 2^n − 1 ones, where truth tables drawn
        alike would have half of them ones.
    Setting
        n = 3, 5 and 7; weights that are normal, without a mean, or of very unequal and dependent
        sizes. The measure is χ²/df of eight groups of 2048 perceptrons per seed against the uniform
        law, which is 1 on average if the law is right.
    Tolerance
        At most 1.5. The nearest rivals are single assumptions broken: a threshold, weights with a
        mean, weights with a part in common, inputs ±1 (which have 2^(n−1) ones or one less).
    Does not show
        Which functions of so many ones are likely.
    """
    draw = LAWS[rival if of == "rival" else law]
    counted = [draw(generator_of(seed), GROUPS * DRAWS, inputs) for seed in seeds]
    return torch.stack([misfit(t.unflatten(0, (GROUPS, DRAWS)), 2**inputs) for t in counted])


@claim(
    provenance="background",
    source=HERE,
    references=MINGARD,
    prediction=Identity(tolerance=1),
    control=Control("With a threshold.", threshold=0.5),
    over=Over("inputs", (3, 5, 7)),
)
def test_every_choice_of_signs_has_its_own_number_of_ones(inputs, seeds, threshold=0.0):
    """Of the 2^n perceptrons with weights of given sizes each number of ones has one.

    Statement
        Whatever the sizes of the weights, no two sums of which agree, the 2^n choices of their
        signs have 0, 1, …, 2^n − 1 ones, each once: turning an input round where its weight is
        negative compares all sums of sizes with the sum of the negative ones. The law of
        perceptron_prior_is_uniform_in_ones follows, by a route without chance.
    Setting
        n = 3, 5 and 7, normal sizes drawn for every seed, all choices of signs enumerated. The
        measure is the largest deviation from one choice per number, in units of rounding.
    Tolerance
        Counts are whole numbers: a deviation is none, or beyond any rounding.
    Does not show
        More than the theorem says.
    """
    signs = boolean_cube(inputs, dtype=torch.float64)
    found = []
    for seed in seeds:
        counted = ones(signs * gaussian(generator_of(seed), 1, inputs), threshold=threshold)
        found.append((counted.bincount(minlength=2**inputs) - 1).abs().max())
    return torch.stack(found).double() / EPS


def log_share_of_tables(points, most):
    """Log of the share of all truth tables with at most so many ones, or so many zeros."""
    ones_ = torch.arange(most + 1, dtype=torch.float64)
    n = torch.tensor(float(points), dtype=torch.float64)
    ways = torch.lgamma(n + 1) - torch.lgamma(ones_ + 1) - torch.lgamma(n - ones_ + 1)
    return math.log(2) + torch.logsumexp(ways, 0) - points * math.log(2)


def mostly_one_value(points):
    """At most an eighth of all answers are the rarer one."""
    return int(points * MOSTLY)


def a_deviation_off(points):
    """A standard deviation or more away from half and half, among all tables."""
    return int(points / 2 - math.sqrt(points) / 2)


@claim(
    provenance="made",
    source=HERE,
    references=MINGARD,
    prediction=PowerLaw(1, tolerance=0.15, correction=0.1),
    control=Control(
        "Functions a standard deviation off half and half: favoured, by a constant.",
        few=a_deviation_off,
    ),
    over=Over("points", (64, 256, 1024, 4096), quick=4),
)
@pytest.mark.parametrize("law", ["gaussian", "heavy_tailed"])
def test_mostly_constant_functions_are_exponentially_likelier(
    points, seeds, law, few=mostly_one_value
):
    """Random perceptrons favour functions of mostly ones or zeros, exponentially.

    Statement
        Functions with at most an eighth of ones, or of zeros, are exponentially likelier than if
        all functions were: the log of the ratio is proportional to the number 2^n of inputs, at
        any n. It is .316·2^n, the loss of entropy, up to logarithms of 2^n.
    Setting
        n = 6, 8, 10 and 12; 512 perceptrons per seed, against the exact share of such functions.
    Measure
        Logarithm of how many times likelier such functions are.
    Tolerance
        The exponent of 2^n is 1 ± .15. The rivals are "exponentially in n", a log ratio ∝ log 2^n,
        of exponent .2 here, and a constant. By Stirling's formula the next order is −2% at n = 6.
    Does not show
        Any bias among functions of as many ones, as the comment says too.
    """
    n = points.bit_length() - 1
    most = few(points)
    shares = [
        ((t <= most) | (t >= points - most)).double().mean()
        for t in (LAWS[law](generator_of(seed), 512, n) for seed in seeds)
    ]
    return torch.stack(shares).log() - log_share_of_tables(points, most)
