"""Lengths in deep narrow ReLU networks are log-normal (Hanin & Nica 2020)."""

import math

import torch

from widthwise.harness import Control, Limit, SameDistribution, Source, WidthList, claim
from widthwise.models.networks.randomness import normal_

PAPER = (
    "Hanin & Nica 2020, Products of many large random matrices and gradients in deep neural "
    "networks"
)
THEOREM = (
    f"{PAPER}, Theorem 1 and Corollary 3: (n₀/n_L)·|M u|² is e^(N(−β/2, β)) up to Σ 1/n², with "
    "β = 5·Σ 1/n over the layers of a ReLU network with Gaussian weights"
)
NETWORKS = 256
UNEVEN = (1, 4, 1, 4, 1, 4, 1, 4)
"""By how much narrower than the widest layer each one is."""


def log_lengths(seeds, widths, networks=NETWORKS):
    """Logarithm of (n₀/n_L)|z^L|² of ReLU networks with layers of these widths [S, networks].

    Given the layer below, preactivations are independent normal numbers times its length, so that
    the law is exact at every width.
    """
    length = torch.zeros(len(seeds), networks)
    for index, width in enumerate(widths):
        normals = torch.empty(len(seeds), networks, width)
        normal_([normals], seeds, purpose=index)
        length += (2 / width * normals.clamp_min_(0).square_().sum(2)).log()
    return length


def sum_of_inverses(widths):
    """Σ 1/n."""
    return sum(1 / width for width in widths)


def depth_over_mean_width(widths):
    """L²/Σ n, what a network of as many units in even layers has."""
    return len(widths) ** 2 / sum(widths)


@claim(
    provenance="background",
    source=Source(PAPER, "Theorem 1 and Corollary 3, the constant β"),
    references=(THEOREM,),
    prediction=Limit(1, tolerance=0.12),
    control=Control("Depth over mean width.", spreads_as=depth_over_mean_width),
    over=WidthList((128, 256, 512)),
)
def test_log_lengths_spread_by_the_sum_of_inverse_widths(width, seeds, spreads_as=sum_of_inverses):
    """How much lengths differ between deep ReLU networks is five times Σ 1/n, narrow layers first.

    Statement
        The logarithm of (n₀/n_L)·|z^L|² has variance 5·Σ 1/n over the layers' widths n, up to what
        is of order Σ 1/n²: the narrow ones count, whatever the wide ones are.
    Setting
        Eight layers without biases, of N and N/4 units by turns; 256 networks per seed.
    Measure
        Variance of log |z^L|² over five times Σ 1/n.
    Tolerance
        ±.12 at N = 512; the rival, depth over mean width, is smaller by a factor of 1.56. One layer
        has the variance 5/n + O(1/n²), and the narrow ones have 128 units there: .03 or so.
    Does not show
        The same of gradients, which have the law of lengths by the paper's Proposition 2.
    """
    widths = [width // part for part in UNEVEN]
    return log_lengths(seeds, widths).var(1) / (5 * spreads_as(widths))


@claim(
    provenance="background",
    source=Source(PAPER, "Theorem 1, the normal law with mean −β/2 and variance β"),
    references=(THEOREM,),
    prediction=SameDistribution(margin=0.09, draws=NETWORKS),
    control=Control("A law of mean 0, as if lengths were kept in the logarithm.", drift=0),
    over=WidthList((40, 80, 160)),
)
def test_lengths_are_log_normal_at_depth_in_proportion_to_width(width, seeds, drift=-0.5):
    """Where the depth grows with the width, lengths are log-normal, and typical ones too short.

    Statement
        log (n₀/n_L)·|z^L|² tends to a normal law of mean −β/2 and variance β = 5L/N: mean lengths
        are kept, and typical ones shrink.
    Setting
        L = N/5 layers of N units, so that β = 1; 256 networks per seed, against as many draws of
        the normal law.
    Measure
        Kolmogorov's distance of log |z^L|² from the normal law.
    Tolerance
        At most .09: the rival, the same law about 0, is at .197, and each layer's third cumulant
        leaves a skewness of order N^-1 and less.
    Does not show
        What happens at depths that do not grow with the width, where lengths do not spread.
    """
    layers = width // 5
    beta = 5 * layers / width
    found = log_lengths(seeds, [width] * layers)
    normals = torch.empty_like(found)
    normal_([normals], seeds, purpose=layers)
    return torch.stack((found, beta * drift + math.sqrt(beta) * normals), 1)
