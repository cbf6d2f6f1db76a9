"""What wide networks do in the parametrization that is used in practice."""

import pytest

from widthwise.harness import (
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
    kernel_rate,
    mup,
    ntk,
    relu,
    standard,
    train,
)

from .runs import (
    DIGITS_ERF,
    RUNS,
    SPHERE_RELU,
    moved,
    on,
)

CAVEAT = Source(
    "NTK/GP models of neural nets can't learn features",
    "the post, on Tensor Programs: the limit's scaling is not the one used in practice",
)

CUSTOMARY = Parametrization(
    "standard at a fixed rate", Exponents(0, 0), Exponents(0, 1 / 2), Exponents(0, 1 / 2)
)
"""Standard parametrization as it is trained in practice: at a rate that ignores the width."""


@claim(
    provenance="background",
    source=CAVEAT,
    references=("Yang & Hu 2021, section 5",),
    prediction=PowerLaw(-1 / 2),
    control=Control("In μP units move by O(1) at a rate that is stable, too.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@on(DIGITS_ERF, SPHERE_RELU)
def test_standard_parametrization_is_lazy_or_unstable(
    width, seeds, shared, mlp, data, activation, depth, parametrization=standard
):
    """In the standard parametrization, a rate that is stable at every width makes training lazy.

    Statement
        Weights drawn with variance 1/fan-in and trained at a rate O(1/N): hidden units move by
        O(N^-1/2). At any larger rate wide networks are unstable
        (largest_stable_rate_falls_as_inverse_width, fixed_rate_diverges_past_a_width).
    Setting
        Two and three hidden layers, trained as in activations_freeze, at half of 1/λ_max, which
        is O(1/N) here. RMS over units, layers and all 32 inputs.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. D as in activations_freeze.
    Does not show
        That all layers move alike: the input layer has as few inputs as ever, and at a rate of
        O(1/N) it moves the first units by O(N^-3/2). With one hidden layer nothing else does.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth, parametrization)["units"]


@claim(
    provenance="background",
    source=CAVEAT,
    references=("Yang & Hu 2021, section 5",),
    prediction=PowerLaw(-1),
    control=Control(
        "In the NTK parametrization it does not depend on the width.", parametrization=ntk
    ),
    over=Widths(64, 4096),
)
@on(
    pytest.param("sphere", relu, 1, id="sphere-relu-depth1"),
    pytest.param("digits", erf, 2, id="digits-erf-depth2"),
    pytest.param("digits", erf, 3, id="digits-erf-depth3"),
)
def test_largest_stable_rate_falls_as_inverse_width(
    width, seeds, mlp, data, activation, depth, parametrization=CUSTOMARY
):
    """In the standard parametrization the largest stable rate is O(1/N).

    Statement
        Gradient descent on the linearised problem is stable up to the rate 2/λ_max(Θ); without
        multipliers Θ is O(N), so that this rate times N is constant.
    Setting
        One to three hidden layers at initialisation, 16 points.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. The input weights' share of Θ is O(1),
        relatively 1/N. Random parts of Θ, relatively N^-1/2, raise λ_max where eigenvalues lie
        close together: for erf on the sphere that takes .04 off the exponent at these widths,
        which is why erf is measured on digits. Deep ReLU networks differ too much from seed to
        seed for the quick effort; one hidden layer does not.
    Does not show
        That the network itself diverges just above it (large_learning_rates_escape_the_lazy_regime
        is about what happens there); further up it does (fixed_rate_diverges_past_a_width).
    """
    network = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        depth=depth,
        activation=activation,
        parametrization=parametrization,
    )
    return 2 * kernel_rate(network, data.x_train)


@claim(
    provenance="background",
    source=CAVEAT,
    references=("Yang & Hu 2021, section 5",),
    prediction=Proportion(at_least=0.75),
    control=Control(
        "At the rate .4/N, the same at width 64, no network diverges.",
        parametrization=standard,
        rate=0.4,
    ),
    over=WidthList((64, 1024)),
)
@pytest.mark.parametrize("depth", [1, 2, 3], ids="depth{}".format)
def test_fixed_rate_diverges_past_a_width(
    width, seeds, mlp, sphere, depth, parametrization=CUSTOMARY, rate=0.4 / 64
):
    """At a rate that suits narrow networks, wide ones diverge in the standard parametrization.

    Statement
        A rate at which networks of width 64 learn makes networks of width 1024 diverge.
    Setting
        erf, one to three hidden layers, 16 points, 100 steps at the rate .4/64, which is .6 to
        1.1 times 1/λ_max at width 64 and 9 to 15 times at 1024.
    Tolerance
        At least 3 of 4 networks at the last width. All of them should; 64 seeds, as many as the
        quick effort has, can show four fifths.
    Does not show
        The width at which it begins. Between one and a few times the largest stable rate there
        are networks that leap to where they are stable. Nor ReLU, where a step that is too large
        may switch all units off instead: the network is stuck then, and does not diverge.
    """
    network = mlp(
        width,
        seeds,
        input_dim=sphere.input_dim,
        depth=depth,
        activation=erf,
        parametrization=parametrization,
    )
    x, y = sphere.x_train, network(sphere.x_train) + sphere.y_train
    return train(network, x, y, steps=100, tolerance=0.1, rate=rate).diverged
