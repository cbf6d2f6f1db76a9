"""What wide networks do in the standard parametrization, at rates below and above 2/λ_max."""

import pytest

from widthwise.harness import (
    Bounded,
    Control,
    PowerLaw,
    Proportion,
    Source,
    WidthList,
    Widths,
    claim,
)
from widthwise.models import (
    Exponents,
    Parametrization,
    erf,
    fit,
    kernel_rate,
    layerwise_activation_movement,
    mup,
    ntk,
    relu,
    rms,
    standard,
    train,
)

from .runs import DIGITS_ERF, asked_to_change, networks, on

CAVEAT = Source(
    "NTK/GP models of neural nets can't learn features",
    'what the post\'s caveat, "the scaling used to take the limit is actually different", '
    "contrasts the feature-learning limit with",
)

PHASES = "Lewkowycz et al. 2020, section 2 (proved for linear networks of one hidden layer)"
LIMITS = "Yang & Hu 2021, section 5 (a fixed number of steps before the width grows)"

CUSTOMARY = Parametrization(
    "standard at a fixed rate", Exponents(0, 0), Exponents(0, 1 / 2), Exponents(0, 1 / 2)
)
"""Standard parametrization as it is trained in practice: at a rate that ignores the width."""

REGIMES = "networks in the standard parametrization"


def last_units(width, seeds, mlp, data, activation, depth, parametrization, rate, momentum):
    """How far the last hidden units move, relative to their size, at `rate`/λ_max, until it fits.

    Returns:
        One number per network [S], over the training inputs.
    """
    drawn = data(seeds)
    network = networks(width, seeds, mlp, drawn, activation, depth, parametrization)
    x, y = asked_to_change(network, drawn)
    after = fit(network, x, y, rate=rate * kernel_rate(network, x), momentum=momentum)
    moved = layerwise_activation_movement(network, after, x)[:, -1]
    return {"units": moved / rms(network.activations(x)[-1])}


def seen(shared, width, seeds, mlp, data, activation, depth, parametrization, rate, momentum=0.0):
    """What `last_units` finds, from runs that the claims share."""
    run = shared(
        last_units,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        activation=activation,
        depth=depth,
        parametrization=parametrization,
        rate=rate,
        momentum=momentum,
    )
    return run["units"]


@claim(
    provenance="background",
    source=CAVEAT,
    references=(LIMITS,),
    prediction=PowerLaw(-1 / 2, correction=0.2),
    control=Control("In μP units move by O(1) at such a rate.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=REGIMES,
)
@on(
    pytest.param("random_labels", erf, 2, id="labels-erf-depth2"),
    DIGITS_ERF,
)
def test_standard_parametrization_is_lazy_at_small_rates(
    width, seeds, shared, mlp, data, activation, depth, parametrization=standard, rate=1.0
):
    """In the standard parametrization, at 1/λ_max, units stand still.

    Statement
        Weights drawn with variance 1/fan-in and trained at 1/λ_max, which is O(1/N)
        (largest_stable_rate_falls_as_inverse_width): the units of the last of several hidden
        layers move by O(N^-1/2) of their size until the network fits.
    Setting
        Two hidden layers of erf, 32 points in 8 dimensions with random labels or 64 images,
        drawn anew for every seed; with a momentum of ½, until at most 1% of the residual is left.
        RMS over units and training inputs.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. D as in activations_freeze.
    Does not show
        Layers below: the first has as few inputs as ever, and at a rate of O(1/N) its units move
        by O(N^-3/2). With one hidden layer nothing else does.
    """
    return seen(shared, width, seeds, mlp, data, activation, depth, parametrization, rate, 0.5)


@claim(
    provenance="background",
    source=CAVEAT,
    references=(PHASES,),
    prediction=Bounded(low=1 / 3, high=2 / 3),
    control=Control("At 1/λ_max they stand still.", rate=1.0),
    over=Widths(64, 2048),
    seeds_of=REGIMES,
)
@on(
    pytest.param("random_labels", relu, 2, id="labels-relu-depth2"),
    pytest.param("hidden_direction", relu, 2, id="direction-relu-depth2"),
)
def test_standard_parametrization_leaps_above_the_stable_rate(
    width, seeds, shared, mlp, data, activation, depth, parametrization=standard, rate=3.0
):
    """In the standard parametrization, at 3/λ_max, training converges and units move by O(1).

    Statement
        Above 2/λ_max the linearised problem diverges and the network does not: it leaps to where
        the rate is stable, and fits. The units of the last hidden layer have moved by half of their
        size at every width. Such networks are neither lazy nor unstable.
    Setting
        As in standard_parametrization_is_lazy_at_small_rates, with ReLU and without momentum,
        random labels or a target of one hidden direction; all networks fit to 1%.
    Measure
        Movement of the last hidden layer, relative to its size.
    Tolerance
        Between a third and two thirds of their size, at each width. The rival, a movement of
        N^-1/2, would fall by 2.8 from the first width to the last at quick effort, and bounds a
        factor of 2 apart do not hold that; it is .16 and less.
    Does not show
        A contradiction to what is proved of wide networks after a number of steps that does not
        grow with the width: the leap begins after a time of log N.
    """
    return seen(shared, width, seeds, mlp, data, activation, depth, parametrization, rate)


@claim(
    provenance="background",
    source=CAVEAT,
    references=(PHASES,),
    prediction=Proportion(at_least=0.75),
    control=Control("At 3/λ_max they fit instead.", rate=3.0),
    over=WidthList((64, 512)),
)
@on(
    pytest.param("random_labels", erf, 2, id="labels-erf-depth2"),
    pytest.param("hidden_direction", erf, 2, id="direction-erf-depth2"),
)
def test_standard_parametrization_diverges_at_large_rates(
    width, seeds, mlp, data, activation, depth, rate=8.0
):
    """In the standard parametrization, at 8/λ_max, networks diverge.

    Statement
        Above some 4/λ_max there is no leap to where the rate is stable: training diverges. As
        λ_max is O(N), a rate that narrow networks learn at makes those eight times as wide
        diverge.
    Setting
        Two hidden layers of erf, data drawn anew for every seed, 100 steps. The verdict is
        of the last width.
    Measure
        Networks whose training diverges.
    Tolerance
        At least 3 of 4 networks. All of them should; 64 seeds, as many as the quick effort has,
        can show four fifths.
    Does not show
        The rate at which it begins: at 4.5/λ_max 13 of 16 networks diverged; with one hidden
        layer, which reads inputs by weights that hardly move and cannot leap, half of them at
        3/λ_max. Nor ReLU, where steps that are too large may switch all units off instead: the
        network is stuck then.
    """
    drawn = data(seeds)
    network = networks(width, seeds, mlp, drawn, activation, depth, standard)
    x, y = asked_to_change(network, drawn)
    return train(network, x, y, steps=100, rate=rate * kernel_rate(network, x)).diverged


@claim(
    provenance="background",
    source=CAVEAT,
    references=(LIMITS,),
    prediction=PowerLaw(-1, correction=0.2),
    control=Control(
        "In the NTK parametrization it does not depend on the width.", parametrization=ntk
    ),
    over=Widths(64, 4096),
)
@on(
    pytest.param("odd_digits", erf, 2, id="digits-erf-depth2"),
    pytest.param("odd_digits", relu, 1, id="digits-relu-depth1"),
)
def test_largest_stable_rate_falls_as_inverse_width(
    width, seeds, mlp, data, activation, depth, parametrization=CUSTOMARY
):
    """In the standard parametrization the rate 2/λ_max is O(1/N).

    Statement
        Gradient descent on the linearised problem is stable up to the rate 2/λ_max(Θ); without
        multipliers Θ is O(N), so that this rate times N is constant.
    Setting
        One or two hidden layers at initialisation, 64 images drawn anew for every seed.
    Measure
        The largest stable learning rate, 2/λ_max(Θ).
    Tolerance
        ±.15, less than a third of the way to the rival, 0. The input weights' share of Θ is O(1),
        relatively 1/N. Random parts of Θ, relatively N^-1/2, raise λ_max where eigenvalues lie
        close together, as those of erf do on points of the sphere: images have one that stands
        apart. D = .2 is Θ's random part at N = 64.
    Does not show
        That the network itself diverges just above it (it leaps:
        standard_parametrization_leaps_above_the_stable_rate); further up it does.
    """
    drawn = data(seeds)
    network = networks(width, seeds, mlp, drawn, activation, depth, parametrization)
    return 2 * kernel_rate(network, drawn.x_train)
