"""What finite width does to the tangent kernel of a ReLU network at initialisation, exactly.

Θ(x, x) is a sum of L + 1 terms, one for each weight layer l: the squared activations below it
times the squared signals that come back to it. In a bias-free ReLU network every row of a weight
matrix enters a product of two terms an even number of times, so that which units are active is as
good as drawn by fair coins, and the expectation can be taken layer by layer. A hidden layer that
both terms pass forward, or both pass backward, multiplies it by 1 + 5/N. Where one is on its way
up and the other on its way down, the activations z and the form M that the signals see below give

    E|z|² tr M ← (1 + 1/N) E|z|² tr M + (4/N) E zᵀMz,
    E zᵀMz    ← (2/N) E|z|² tr M + (1 + 3/N) E zᵀMz,

whose eigenvalues are 1 + 5/N and 1 − 1/N. Between l and m there are |l − m| such layers, hence

    E[Θ²]/E[Θ]² = (L+1)^-2 Σ_lm (1+5/N)^(L−|l−m|)·[(1+5/N)^|l−m| + 2(1−1/N)^|l−m|]/3.

At N = 1 it can be checked by hand: a term is a product of squared weights, of which two different
terms share L − 1 and have one each of their own, so that every pair has 3^(L−1)·4^L·2^-L = 6^L/3.
A factor 1 + 1/N for every layer between, which leaves E zᵀMz out, has that for neighbours only.
"""

from __future__ import annotations

import math


def relu_kernel_variance(depth: int, width: int) -> float:
    """Var Θ(x, x)/E[Θ(x, x)]² of ReLU networks without biases, at any depth and width.

    The growth is that of Hanin & Nica 2020 ("Finite depth and width corrections to the neural
    tangent kernel", theorem 1), who bound it from both sides; the exact value is derived above.

    Args:
        depth: Number of hidden layers L.
        width: Units per hidden layer N.

    Raises:
        ValueError: A depth or a width below 1.
    """
    for name, value in (("depth", depth), ("width", width)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, not {value!r}")
    same, mixed = 1 + 5 / width, 1 - 1 / width
    pairs = 0.0
    for between in range(depth + 1):
        both = same**depth / 3 + 2 * same ** (depth - between) * mixed**between / 3
        pairs += (1 if between == 0 else 2) * (depth + 1 - between) * both
    return pairs / (depth + 1) ** 2 - 1


def relu_kernel_variance_limit(aspect: float) -> float:
    """The same for N → ∞ at fixed λ = L/N: e^(5λ)·(1 + 2g(6λ))/3 − 1.

    g(c) = 2(c − 1 + e^-c)/c² is the mean of e^(−c|s−t|) over s and t in [0, 1].

    Args:
        aspect: λ, the depth over the width.

    Raises:
        ValueError: An aspect that is not positive.
    """
    if not aspect > 0:
        raise ValueError(f"aspect must be positive, not {aspect!r}")
    c = 6 * aspect
    mean = 2 * (c + math.expm1(-c)) / c**2
    return math.exp(5 * aspect) * (1 + 2 * mean) / 3 - 1
