"""All that pretraining changes in the kernel regime is the start."""

from widthwise.harness import AtMost, Control, PowerLaw, Source, Widths, claim
from widthwise.models import (
    erf,
    gradient_descent_in_function_space,
    kernel_rate,
    mup,
    ntk,
    relu,
    rms,
    tangent_kernel,
    train,
)

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the post on transfer; the reply that restates it",
)

STEPS = 30


def misprediction(mlp, width, seeds, data, activation, parametrization):
    """RMS, on the points of task A, of what a shifted start fails to predict after task B."""
    initial = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        activation=activation,
        parametrization=parametrization,
    )
    x_a, x_b, y_b = data.x_train, data.x_test, data.y_test
    after_a = trained(initial, x_a, data.y_train, kernel_rate(initial, x_a) / 2)
    rate = kernel_rate(initial, x_b) / 2
    after_b = trained(after_a, x_b, y_b, rate)
    predicted = gradient_descent_in_function_space(
        tangent_kernel(initial, x_b),
        tangent_kernel(initial, x_a, x_b),
        y_b,
        after_a(x_b),
        after_a(x_a),
        rate=rate,
        steps=[STEPS],
    )[:, 0]
    return rms(after_b(x_a) - predicted)


def trained(network, x, y, rate):
    """The networks after a fixed number of steps."""
    return train(network, x, y, steps=STEPS, tolerance=0, rate=rate).final


@claim(
    provenance="made",
    source=HERE,
    references=("Jacot et al. 2018, section 5", "Lee et al. 2019, Theorem 2.1"),
    prediction=AtMost(-1 / 2, correction=0.5),
    control=Control("In μP task A changes the kernel that learns task B.", parametrization=mup),
    over=Widths(64, 4096),
)
def test_kernel_transfer_is_a_shifted_start(width, seeds, mlp, sphere, parametrization=ntk):
    """Transfer in the kernel regime is kernel regression from a shifted start.

    Statement
        A wide network trained on task A and then on task B computes
        f_A + Θ(x,X_B) Θ(X_B,X_B)^-1 (Y_B − f_A(X_B)), with Θ the kernel before either task: A
        has moved the start and nothing else. The error of that formula is O(N^-1/2).
    Setting
        Two hidden layers of erf; A and B have 16 points each on the same sphere, with independent
        labels, and get 30 steps each. The formula is taken in its form for so many steps, with
        1 − (1 − ηΘ)^30 beside the inverse, so that slow modes which neither side has fitted do
        not count as an error. RMS on the points of A, which training on B leaves free.
    Tolerance
        An exponent of at most −.35: the rival, pretraining that shapes the kernel, has 0. D is .5
        and not .3: at N = 64 training moves the kernel of an erf network by half
        (of ReLU by a tenth), and corrections of that size have to be expected.
    Does not show
        That the shifted start is of no use; it can speed up fitting, and it helps where B
        resembles A.
    """
    return misprediction(mlp, width, seeds, sphere, erf, parametrization)


@claim(
    provenance="implied",
    source=HERE,
    references=("Jacot et al. 2018, section 5", "Lee et al. 2019, Theorem 2.1"),
    prediction=AtMost(-1 / 2, correction=0.5),
    control=Control("In μP task A changes the kernel that learns task B.", parametrization=mup),
    over=Widths(64, 4096),
    noise=0.4,
)
def test_relu_transfer_is_a_shifted_start(width, seeds, mlp, sphere, parametrization=ntk):
    """Transfer of a ReLU network in the kernel regime is regression from a shifted start.

    Statement
        As kernel_transfer_is_a_shifted_start, for ReLU, whose units switch at the data.
    Setting
        As in kernel_transfer_is_a_shifted_start.
    Tolerance
        An exponent of at most −.35, with D as there. One seed differs from another by .4, so
        that this takes more seeds and wider networks than the quick effort has.
    Does not show
        That ReLU networks do as well as smooth ones.
    """
    return misprediction(mlp, width, seeds, sphere, relu, parametrization)


@claim(
    provenance="background",
    source=HERE,
    references=("Dyer & Gur-Ari 2020, section 3",),
    prediction=PowerLaw(-1),
    control=Control("In μP task A changes the kernel that learns task B.", parametrization=mup),
    over=Widths(64, 4096),
    noise=0.3,
)
def test_smooth_transfer_is_a_shifted_start_up_to_inverse_width(
    width, seeds, mlp, sphere, parametrization=ntk
):
    """With a smooth activation, transfer is a shifted start up to O(1/N).

    Statement
        The error of the formula in kernel_transfer_is_a_shifted_start is of the order 1/N,
        because that is how the tangent kernel of a smooth network moves.
    Setting
        As in kernel_transfer_is_a_shifted_start, with erf.
    Tolerance
        ±.15, less than a third of the way to the rival, the bound −1/2. The next order is
        relatively N^-1/2 with a coefficient below .3 at N = 64.
    Does not show
        The same of ReLU.
    """
    return misprediction(mlp, width, seeds, sphere, erf, parametrization)
