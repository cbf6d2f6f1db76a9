"""How random the tangent kernel is depends on the depth over the width."""

import math

import pytest

from widthwise.harness import Bounded, Control, Limit, Source, WidthList, claim
from widthwise.models import erf, relu
from widthwise.models.kernels.finite_width import relu_kernel_variance, relu_kernel_variance_limit

from .initialisation import SEEDS_OF, deepening, inputs, spread
from .one_input import relative_variances

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the reply on scaling up, where the ratio of depth to width controls convergence to the limit",
)
HANIN_NICA = (
    "Hanin & Nica 2020, Theorem 1: bias-free ReLU networks; the second moment of Θ(x, x) lies "
    "between multiples of exp(5L/N)"
)
SELEZNOVA_KUTYNIOK = (
    "Seleznova & Kutyniok 2022, Neural Tangent Kernel Beyond the Infinite-Width Limit: ReLU "
    "networks at N → ∞ with L/N fixed, in the ordered phase, in the chaotic one and between"
)


NETWORKS = 2048
ORDERED, NARROW = 64, 64


@claim(
    provenance="made",
    source=HERE,
    references=(HANIN_NICA, SELEZNOVA_KUTYNIOK),
    prediction=Bounded(0.7, 1.15),
    control=Control("At one hidden layer, whatever the width, the variance vanishes.", layers=1),
    over=WidthList((32, 64, 128)),
)
@pytest.mark.parametrize("aspect", [1 / 16, 3 / 32, 1 / 8], ids=["1-16", "3-32", "1-8"])
def test_depth_over_width_controls_the_limit(width, seeds, aspect, layers=None):
    """Where the depth grows with the width, the tangent kernel stays random.

    Statement
        Var Θ/E[Θ]² of a ReLU network is a function of the ratio of depth to width, up to what
        falls as 1/N: it does not fall with the width where the depth grows in proportion, and it
        is the ratio that has to tend to 0 for the kernel to become deterministic.
    Setting
        No biases, depth N/16, 3N/32 and N/8, from 2 layers to 16; 1024 networks per seed. One
        input, as the law of Θ(x, x)/‖x‖² is the same for all. Measured over the limit of the
        exact variance, e^(5λ)·(1 + 2g(6λ))/3 − 1 with g(c) = 2(c − 1 + e^-c)/c² and λ = L/N: .26,
        .42 and .61.
    Tolerance
        Between .7 and 1.15 at every width: the exact variance is below its limit by 19% to 4% on
        this ladder, and noise needs a tenth to either side. A variance that grows or
        falls as N^1/2 would leave the band at an end of the ladder.
    Does not show
        The same of activations that forget their input with depth
        (ordered_networks_become_deterministic_at_any_depth).
    """
    depth = layers or round(aspect * width)
    return relative_variances(width, seeds, depth, 1024) / relu_kernel_variance_limit(aspect)


def exponential(depth, width):
    """What the growth of the second moment, taken for its value, would make of the variance."""
    return math.expm1(5 * depth / width)


@claim(
    provenance="background",
    source=HERE,
    references=(HANIN_NICA, SELEZNOVA_KUTYNIOK),
    prediction=Bounded(0.85, 1.15),
    control=Control("The exponential, exp(5L/N) − 1.", predicted=exponential),
    over=WidthList((64, 128)),
    seeds_of=SEEDS_OF,
)
@pytest.mark.parametrize("layers", [1, 2, 4], ids=["L=1", "L=2", "L=4"])
def test_kernel_variance_is_the_exact_count(width, seeds, layers, predicted=relu_kernel_variance):
    """The relative variance of a ReLU tangent kernel is an exact count of paths.

    Statement
        E[Θ²]/E[Θ]² = (L+1)^-2 Σ_lm (1+5/N)^(L−k)·[(1+5/N)^k + 2(1−1/N)^k]/3 with k = |l − m|, at
        every depth and width: derived layer by layer where it is computed. It is 3/N at one hidden
        layer and about 11L/3N in deep ones with L much below N. exp(5L/N), which a theorem has as
        bound from both sides up to constants, is not the value: the terms of two weight layers
        that lie apart share but a part of their randomness.
    Setting
        One input, no biases; 2048 networks per seed. Measured over predicted variance.
    Tolerance
        ±15% at every width; the rival, the exponential, exceeds it by 49 to 73%.
    Does not show
        The bracket for large k/N: it is (1+1/N)^k up to (k/N)², which such networks cannot tell
        apart (paths_that_meet_again_raise_the_kernel_variance can).
    """
    return relative_variances(width, seeds, layers, NETWORKS) / predicted(layers, width)


def without_meeting_again(depth, width):
    """The count that gives every layer between two weight layers the factor 1 + 1/N."""
    same, between = 1 + 5 / width, 1 + 1 / width
    layers = range(depth + 1)
    pairs = [same ** (depth - abs(m - n)) * between ** abs(m - n) for m in layers for n in layers]
    return sum(pairs) / (depth + 1) ** 2 - 1


@claim(
    provenance="background",
    source=HERE,
    references=(SELEZNOVA_KUTYNIOK,),
    prediction=Limit(1, tolerance=0.03),
    control=Control(
        "The count whose layers between two weight layers bring 1 + 1/N each.",
        predicted=without_meeting_again,
    ),
    over=WidthList((8,)),
)
def test_paths_that_meet_again_raise_the_kernel_variance(
    width, seeds, predicted=relu_kernel_variance
):
    """Paths that part and meet again raise the variance of a ReLU tangent kernel.

    Statement
        Between weight layers l and m, the kernel's two terms see the same activations, one on
        their way up and one on the way down. Taking them for independent given their sizes gives
        (1+1/N)^k with k = |l − m|; the right factor is [(1+5/N)^k + 2(1−1/N)^k]/3, as in
        kernel_variance_is_the_exact_count. To first order in k/N the two agree.
    Setting
        One input, no biases, four hidden layers of 8 units: L/N = ½, where the two counts are
        3.526 and 3.240. 131,072 networks per seed. Measured over predicted variance.
    Tolerance
        ±3%, a third of the way to the other count. Both claim to be exact at every width.
    Does not show
        Which count is in print: the text of the papers was not at hand. At one unit per layer
        every pair of different weight layers has 6^L/3, by hand, which the right factor gives for
        all k and the other only at k = 1.
    """
    return relative_variances(width, seeds, 4, 131072) / predicted(4, width)


@claim(
    provenance="background",
    source=HERE,
    references=(SELEZNOVA_KUTYNIOK, "Poole et al. 2016", "Schoenholz et al. 2017"),
    prediction=Limit(1, tolerance=0.215),
    control=Control("ReLU never forgets, and its kernel stays random.", activation=relu),
    over=WidthList((128, 512)),
    seeds_of=SEEDS_OF,
)
def test_ordered_networks_become_deterministic_at_any_depth(
    width, seeds, shared, random_labels, activation=erf
):
    """Networks in the ordered phase have a deterministic kernel at any ratio of depth to width.

    Statement
        With erf, a gain of 1 and large biases, all inputs are drawn together, and what a layer
        adds at random is forgotten some layers on. The spread of the tangent kernel then falls as
        N^-1/2 even where the depth grows with the width: the ratio controls critical networks
        only.
    Setting
        One hidden layer for every 16 units, biases of variance 4; every seed draws 2 inputs and
        64 networks. Measured is √(N/64) times the relative spread of the kernel from network to
        network at N over that at 64 units, in 256 other networks on the same inputs: 1 where the
        law holds.
    Tolerance
        ±.215 at eight times the width: a third of the way to the nearer of the rivals, a spread
        that falls as 1/N, .35; one that does not fall, as that of ReLU, has 2.8. What comes down a
        layer is multiplied by .3, so that at 64 units, after 4 layers, the kernel is that of any
        depth to within 1%; its variance is a series in 1/N whose next term is a few over N.
    Does not show
        That such depth is of use: inputs become indistinguishable. The paper on the ordered phase
        is about ReLU with small weights; that erf with biases belongs there is measured.
    """
    x = inputs(random_labels, seeds, 2)

    def spread_at(width, networks):
        settings = {"x": x, "activation": activation, "sigma_b": 2.0, "networks": networks}
        drawn = shared(deepening, width=width, seeds=seeds, **settings)
        return spread(drawn, "tangent", networks)

    narrow = spread_at(NARROW, 4 * ORDERED)
    return (width / NARROW) ** 0.5 * spread_at(width, ORDERED) / narrow
