"""Fine-tuning follows the linearisation about the pretrained weights."""

import pytest
import torch

from widthwise.harness import AtMost, Control, PowerLaw, Source, Vanishing, Widths, claim
from widthwise.models import (
    erf,
    kernel_rate,
    kernel_regression,
    mup,
    ntk,
    relu,
    rms,
    tangent_kernel,
    train,
)

HERE = Source("ntk-gp-cannot-learn-features", "the last question and answer, on fine-tuning")


def deviation(mlp, width, seeds, data, activation, parametrization, distance, about_pretrained):
    """What the linearisation misses of fine-tuning, relative to what fine-tuning does.

    The new task asks the pretrained network to change by `distance` times random signs on new
    points; the measure is the RMS on the points of the old task.
    """
    double = data.to(dtype=torch.float64)
    x_old, x_new, signs = double.x_train, double.x_test, double.y_test
    initial = mlp(
        width,
        seeds,
        input_dim=double.input_dim,
        activation=activation,
        parametrization=parametrization,
        dtype=torch.float64,
    )
    pretrained = fitted(initial, x_old, double.y_train, 1e-3)
    y_new = pretrained(x_new) + distance * signs
    tuned = fitted(pretrained, x_new, y_new, 1e-6 * distance)
    expanded = pretrained if about_pretrained else initial
    predicted = kernel_regression(
        tangent_kernel(expanded, x_new),
        tangent_kernel(expanded, x_old, x_new),
        y_new,
        pretrained(x_new),
        pretrained(x_old),
    )
    return rms(tuned(x_old) - predicted) / rms(predicted - pretrained(x_old))


def fitted(network, x, y, tolerance):
    """The networks trained until the RMS residual is down to the tolerance."""
    rate = kernel_rate(network, x) / 2
    return train(network, x, y, steps=5000, tolerance=tolerance, rate=rate).final


@claim(
    source=HERE,
    references=("Lee et al. 2019, Theorem 2.1", "Maddox et al. 2021, section 3"),
    prediction=AtMost(-1 / 2),
    control=Control("In μP fine-tuning leaves the tangent space.", parametrization=mup),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("activation", [erf, relu], ids=["erf", "relu"])
def test_fine_tuning_lives_in_tangent_space(
    width, seeds, mlp, sphere, activation, parametrization=ntk
):
    """Full fine-tuning of a wide network stays near its linearisation.

    Statement
        A pretrained network, fine-tuned on a new task at distance O(1), ends where its
        linearisation about the pretrained weights ends, up to a relative error O(N^-1/2).
    Setting
        float64, two hidden layers, 16 points for each task; the new task asks for a change of
        ±1 on new points, and the error is measured on the old points.
    Tolerance
        An exponent of at most −.35: the rival, features that change, has 0.
    Does not show
        That fine-tuning of practical networks is linear: in μP only the closeness of the tasks
        makes it so (the claim beside this one).
    """
    return deviation(mlp, width, seeds, sphere, activation, parametrization, 1.0, True)


@claim(
    source=HERE,
    references=("Maddox et al. 2021, section 3",),
    prediction=PowerLaw(1),
    control=Control(
        "The linearisation about the initial weights misses a fixed share.",
        about_pretrained=False,
    ),
    over=Vanishing("distance", 0.4, 0.025),
)
@pytest.mark.parametrize("parametrization", [ntk, mup], ids=["ntk", "mup"])
def test_fine_tuning_deviates_in_proportion_to_task_distance(
    distance, seeds, mlp, sphere, parametrization, about_pretrained=True
):
    """What the linearisation misses of fine-tuning is proportional to the task's distance.

    Statement
        The relative deviation of fine-tuning from the linearisation about the pretrained weights
        is proportional to the distance of the new task, with and without feature learning:
        fine-tuning to a near task is movement in the tangent space at any width.
    Setting
        float64, erf, width 128, two hidden layers; the new task asks for a change of ±distance.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and 2. The next order is relatively
        the distance itself, below .3 at .4.
    Does not show
        How near a task has to be in practice.
    """
    return deviation(mlp, 128, seeds, sphere, erf, parametrization, distance, about_pretrained)
