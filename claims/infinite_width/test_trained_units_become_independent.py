"""What the units of a trained network owe to each other."""

import pytest

from widthwise.harness import AtMost, Control, PowerLaw, Source, Widths, claim
from widthwise.models import erf, fit, kernel_rate, mup, ntk

HERE = Source(
    "Comments on theories of deep learning",
    "the reply that is not sure whether independence holds in the tensor programs framework, and "
    "answers: probably",
)
SEEDS_OF = "networks that share half of their units"
STRANGERS, POINTS = 2**62, 32

data_sets = pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)


def owed(width, seeds, mlp, data, parametrization, common=0.0):
    """How far trained units move when all other units of their network are drawn anew [S].

    RMS over half of the units and the training points, relative to the units' own size. Two
    networks per seed share the data and the initial weights of that half. `common` is the share
    of the variance of a unit's incoming weights that all units of a network have in common.
    """
    task, kept = data(seeds), width // 2
    x, y = task.x_train[:, :POINTS], task.y_train[:, :POINTS]

    def drawn(of):
        return mlp(
            width,
            of,
            input_dim=x.shape[-1],
            depth=1,
            activation=erf,
            sigma_w=2.0,
            parametrization=parametrization,
        )

    first, second = drawn(seeds), drawn(tuple(seed ^ STRANGERS for seed in seeds))
    for kept_weights, weights, axis in zip(first.weights, second.weights, (2, 1), strict=True):
        weights.narrow(axis, 0, kept).copy_(kept_weights.narrow(axis, 0, kept))
    if common:
        for network, of in ((first, 1), (second, 2)):
            shared = drawn(tuple(seed ^ (STRANGERS >> of) for seed in seeds)).weights[0][..., :1]
            weights = network.weights[0]
            weights.mul_((1 - common) ** 0.5).add_(shared, alpha=common**0.5)
    before = first.preactivations(x)[0][..., :kept]
    after = [
        fit(
            network,
            x,
            network(x) + y,
            rate=1.5 * kernel_rate(network, x) / (1 if parametrization is ntk else 2),
            momentum=0.5,
        ).preactivations(x)[0][..., :kept]
        for network in (first, second)
    ]
    size = before.square().mean((1, 2))
    return {"owed": ((after[0] - after[1]).square().mean((1, 2)) / size).sqrt()}


@claim(
    provenance="made",
    source=HERE,
    references=(
        "Sznitman 1991, Topics in propagation of chaos",
        "Mei et al. 2018: one hidden layer in mean field, bounded smooth activations, stochastic "
        "gradient descent on fresh data",
        "Yang & Hu 2021: the limit in μP; no rate",
    ),
    prediction=AtMost(-1 / 3, tolerance=1 / 12),
    control=Control(
        "Units whose incoming weights have half of their variance in common.", common=0.5
    ),
    over=Widths(64, 16384, factor=4),
    seeds_of=SEEDS_OF,
)
@data_sets
def test_feature_learning_units_become_independent(width, seeds, shared, mlp, data, common=0.0):
    """Units that learn features become independent of each other as the width grows.

    Statement
        In μP, a trained unit of one hidden layer is in the limit a function of its own initial
        weights and of the data: when all others are drawn anew, it changes by what vanishes with
        the width at least as N^-1/3. As the initial weights are independent, so are trained units
        in the limit, although their law is no longer the initial one.
    Setting
        erf with σ_w = 2, whose units are far from linear; random labels on a sphere and images of
        digits, odd against even, 32 points drawn for every seed. Two networks share the data and
        half of their units; both are trained, with a momentum of ½, until 1% of the residual is
        left. RMS difference of the shared units over their initial size.
    Tolerance
        An exponent of at most −1/4; the rival, units that stay dependent, has 0. Units see each
        other through means over all units, which fluctuate by N^-1/2: that is the rate of the
        limit, and one of N^-1/3 is what the ladder can tell from 0 without knowing how the limit is
        approached (−.43 and −.46 are measured over these widths). What is quadratic in the
        fluctuation is relatively N^-1/2, and D = .3 allows it to be 30% at N = 64.
    Does not show
        The rate N^-1/2. Several hidden layers, whose units are dependent by O(1/N) from the start;
        features that need units to cooperate, which is what the replies doubt a product of laws
        can hold.
    """
    settings = {"mlp": mlp, "data": data, "parametrization": mup, "common": common}
    return shared(owed, width=width, seeds=seeds, **settings)["owed"]


@claim(
    provenance="implied",
    source=HERE,
    references=(
        "Jacot et al. 2018, Theorem 2: twice differentiable activations, gradient flow; no rate",
    ),
    prediction=PowerLaw(-1, tolerance=1 / 6),
    control=Control("In μP units owe each other far more.", parametrization=mup),
    over=Widths(64, 16384, factor=4),
    seeds_of=SEEDS_OF,
)
@data_sets
def test_lazy_units_owe_each_other_inverse_width(
    width, seeds, shared, mlp, data, parametrization=ntk
):
    """Units of a lazy network depend on each other by O(1/N) once it is trained.

    Statement
        In the NTK parametrization, asked to change its output by the labels, a network moves its
        units by O(N^-1/2), through signals that all units share; these differ by O(N^-1/2) when
        the other units are drawn anew, so that a unit owes the others O(1/N).
    Setting
        As in feature_learning_units_become_independent, on networks with the same seeds.
    Measure
        How far trained units move when all others are drawn anew, relative to their size, RMS.
    Tolerance
        ±1/6, a third of the way to the rival −1/2. The next order is relatively N^-1/2,
        the kernel's own fluctuation; the default D = .3 covers it.
    Does not show
        Networks asked for the labels themselves: the initial output, of order one, is a sum over
        all units that each then has to answer to, and it ties them by N^-1/2 as in μP.
    """
    settings = {"mlp": mlp, "data": data, "parametrization": parametrization}
    return shared(owed, width=width, seeds=seeds, **settings)["owed"]
