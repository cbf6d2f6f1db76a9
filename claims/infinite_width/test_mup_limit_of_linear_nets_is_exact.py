"""The feature-learning limit of linear networks, computed exactly."""

import pytest
import torch

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import (
    Architecture,
    UnfinishedTrainingError,
    gradient_descent_in_function_space,
    linear,
    mup,
    train,
)
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.kernels.mup_limit import limit_moments, train_moments
from widthwise.models.networks.randomness import split_seeds

STEPS, NETWORKS, SHARE, COMPONENTS = 50, 8, 0.01, 8


def linear_task(data, seeds, points=32):
    """Leading principal components of the inputs, and what the best linear map makes of labels.

    Inputs and targets [S, n, 8], [S, n] and test inputs [S, m, 8], all of size 1: a linear network
    can fit that and nothing else.
    """
    task = data(seeds)
    x, across = task.x_train[:, :points].double(), task.x_test[:, :points].double()
    y = task.y_train[:, :points, None].double()
    modes, _, directions = torch.linalg.svd(x, full_matrices=False)
    modes, directions = modes[..., :COMPONENTS], directions[:, :COMPONENTS].mT
    size = (x @ directions).square().mean((1, 2), keepdim=True).sqrt()
    fitted = (modes @ (modes.mT @ y))[..., 0]
    fitted = fitted / fitted.square().mean(1, keepdim=True).sqrt()
    kept = task.x_train.dtype
    return (x @ directions / size).to(kept), fitted.to(kept), (across @ directions / size).to(kept)


def rates(x):
    """Half of what the initial kernel would bear: it grows in training."""
    return x.shape[-1] / (4 * torch.linalg.eigvalsh(x.double() @ x.double().mT)[:, -1])


def feature_learning_limit(x, y, across, rate):
    """What maximal updates do at infinite width: outputs at every step [T, m]."""
    architecture = Architecture(1, x.shape[1], depth=1, activation=linear, parametrization=mup)
    start = limit_moments(architecture, dtype=x.dtype, device=x.device)
    return train_moments(start, x, y, steps=STEPS, rate=rate, observe=across).observed


def kernel_limit(x, y, across, rate):
    """What the limit would be if the tangent kernel of the same start stood still."""
    architecture = Architecture(1, x.shape[1], depth=1, activation=linear)
    return gradient_descent_in_function_space(
        infinite_width_kernels(architecture, x).tangent,
        infinite_width_kernels(architecture, across, x).tangent,
        y,
        rate=rate,
        steps=range(STEPS + 1),
    )


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the post, on the paper that derives a feature-learning limit",
    ),
    references=("Yang & Hu 2021, section 7.1: linear networks with one hidden layer; no rate",),
    prediction=PowerLaw(-1 / 2),
    control=Control("The kernel limit of the same networks is another one.", limit=kernel_limit),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)
def test_mup_limit_of_linear_nets_is_exact(width, seeds, mlp, data, limit=feature_learning_limit):
    """Maximal updates have a limit of infinite width, and linear networks show it exactly.

    Statement
        The outputs of linear networks with one hidden layer in μP, from the start of training to
        its end, tend to those of a dynamical system of d + k dimensions that is solved exactly;
        they differ by O(N^-1/2).
    Setting
        32 points on a sphere or the 8 leading principal components of 32 images of digits, drawn
        for every seed; the target is what a linear map can make of their labels. 50 steps of
        full-batch gradient descent leave less than 1% of the residual in every network, which is
        asserted. The distance is the largest in time of the RMS over the test points and
        8 networks per seed.
    Tolerance
        ±.15, less than a third of the way to the rival, 0, which a wrong limit has. A finite
        network follows the same system from a start that is off by N^-1/2; what is quadratic in
        that is relatively N^-1/2, and small at N = 64: the default D = .3 covers it.
    Does not show
        The limit of nonlinear networks, which is not known in closed form.
    """
    x, y, across = linear_task(data, seeds)
    rate = rates(x)
    run = train(
        mlp(
            width,
            split_seeds(seeds, NETWORKS),
            input_dim=x.shape[-1],
            depth=1,
            activation=linear,
            parametrization=mup,
        ),
        x.repeat_interleave(NETWORKS, 0),
        y.repeat_interleave(NETWORKS, 0),
        steps=STEPS,
        rate=rate.repeat_interleave(NETWORKS, 0).to(x.dtype),
        tolerance=0,
        observe=across.repeat_interleave(NETWORKS, 0),
    )
    left = (run.losses[:, -1] / run.losses[:, 0]).sqrt().max()
    if not left < SHARE:
        raise UnfinishedTrainingError(f"{float(left):.1%} of a network's residual is left")
    limits = torch.stack(
        [limit(*task, float(eta)) for *task, eta in zip(x, y, across, rate, strict=True)]
    )
    squares = (run.observed.unflatten(0, (-1, NETWORKS)) - limits[:, None]).square()
    return squares.mean((1, 3)).sqrt().amax(1)
