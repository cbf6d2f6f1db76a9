"""The feature-learning limit of linear networks, computed exactly."""

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import Architecture, gradient_descent_in_function_space, linear, mup, train
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.kernels.mup_limit import limit_moments, train_moments
from widthwise.models.networks.randomness import split_seeds

STEPS, RATE, NETWORKS = 40, 0.05, 24


def feature_learning_limit(data):
    """What maximal updates do at infinite width: outputs at every step [T, m]."""
    architecture = Architecture(1, data.input_dim, depth=1, activation=linear, parametrization=mup)
    return train_moments(
        limit_moments(architecture, dtype=data.x.dtype, device=data.x.device),
        data.x_train,
        data.y_train,
        steps=STEPS,
        rate=RATE,
        observe=data.x_test,
    ).observed


def kernel_limit(data):
    """What the limit would be if the tangent kernel of the same start stood still."""
    architecture = Architecture(1, data.input_dim, depth=1, activation=linear)
    return gradient_descent_in_function_space(
        infinite_width_kernels(architecture, data.x_train).tangent,
        infinite_width_kernels(architecture, data.x_test, data.x_train).tangent,
        data.y_train,
        rate=RATE,
        steps=range(STEPS + 1),
    )


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the post, on the paper that derives a feature-learning limit",
    ),
    references=("Yang & Hu 2021, section 7.1",),
    prediction=PowerLaw(-1 / 2),
    control=Control("The kernel limit of the same networks is another one.", limit=kernel_limit),
    over=Widths(64, 4096),
)
def test_mup_limit_of_linear_nets_is_exact(width, seeds, mlp, sphere, limit=feature_learning_limit):
    """Maximal updates have a limit of infinite width, and linear networks show it exactly.

    Statement
        The outputs of linear networks with one hidden layer in μP, all through training, tend to
        those of a dynamical system of d + k dimensions that is solved exactly; they differ by
        O(N^-1/2).
    Setting
        16 points, 40 steps of full-batch gradient descent. The distance is the largest in time
        of the RMS over 16 test points and 24 networks per seed.
    Tolerance
        ±.15, less than a third of the way to the rival, 0, which a wrong limit has. A finite
        network follows the same system from a start that is off by N^-1/2; what is quadratic in
        that is relatively N^-1/2, and small at N = 64: the default D = .3 covers it.
    Does not show
        The limit of nonlinear networks, which is not known in closed form.
    """
    network = mlp(
        width,
        split_seeds(seeds, NETWORKS),
        input_dim=sphere.input_dim,
        depth=1,
        activation=linear,
        parametrization=mup,
    )
    run = train(
        network,
        sphere.x_train,
        sphere.y_train,
        steps=STEPS,
        rate=RATE,
        tolerance=0,
        observe=sphere.x_test,
    )
    squares = (run.observed - limit(sphere)).square().unflatten(0, (len(seeds), NETWORKS))
    return squares.mean((1, 3)).sqrt().amax(1)
