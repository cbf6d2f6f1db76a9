"""Gradient flow in function space is a linear equation with a known solution."""

import pytest
import torch

from widthwise.harness import AtMost, Control, PowerLaw, Source, Widths, claim
from widthwise.models import as_matrix, erf, mup, ntk, relu, rms, tangent_kernel, train_flow
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.kernels.kernel_dynamics import gradient_flow, trained_outputs
from widthwise.models.networks.randomness import split_seeds

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the appendix on gradient flow; its solution for the residuals",
)
STEPS, NETWORKS = 20, 4


def departure(width, seeds, mlp, data, activation, parametrization):
    """The largest distance in time, RMS over the outputs, of f_t(X) from the exponential."""
    x = data.x_train
    network = mlp(
        width,
        seeds,
        input_dim=data.input_dim,
        output_dim=data.y_train[0].numel(),
        depth=1,
        activation=activation,
        parametrization=parametrization,
    )
    f0 = network(x)
    y = f0 + data.y_train
    fastest = torch.linalg.eigvalsh(infinite_width_kernels(network.architecture, x).tangent)[-1]
    time = float(3 / fastest)
    flow = train_flow(network, x, y, time=time, steps=STEPS)
    predicted = trained_outputs(
        as_matrix(tangent_kernel(network, x)),
        y.flatten(1),
        f0.flatten(1),
        gradient_flow([time * step / STEPS for step in range(STEPS + 1)]),
    )
    return (flow.outputs.flatten(2) - predicted).square().mean(2).sqrt().amax(1)


@claim(
    provenance="made",
    source=HERE,
    references=("Jacot et al. 2018, Theorem 2", "Lee et al. 2019, Theorem 2.1"),
    prediction=AtMost(-1 / 2),
    control=Control("In μP the kernel changes on the way.", parametrization=mup),
    over=Widths(64, 16384, factor=4),
)
@pytest.mark.parametrize("activation", [erf, relu], ids=["erf", "relu"])
@pytest.mark.parametrize("data", ["sphere"], indirect=True)
def test_residuals_decay_as_the_matrix_exponential(
    width, seeds, mlp, data, activation, parametrization=ntk
):
    """The residuals of a wide network under gradient flow decay as e^(−Θt).

    Statement
        f_t(X) − Y = e^(−Θt) (f_0(X) − Y) with the kernel Θ before training, up to O(N^-1/2) at
        all times; where Θ is positive definite, the network gets to zero loss.
    Setting
        One hidden layer, 16 points; the flow is followed for three times as long as the fastest
        mode takes, by a Runge–Kutta method, whose own error is some 10⁻⁶ of the labels. The
        distance is the RMS over the points, the largest in time, and RMS over 4 networks per
        seed: single networks of ReLU differ by half.
    Tolerance
        An exponent of at most −.35: the rival, a kernel that changes, has 0. One layer's kernel
        moves by a few per cent at N = 64, for which the default D = .3 is ample.
    Does not show
        The same of large steps, which leave the flow at any width
        (gradient_descent_departs_from_gradient_flow); deeper networks follow their linearisation
        too, in steps (network_follows_its_linearisation).
    """
    several = split_seeds(seeds, NETWORKS)
    each = departure(width, several, mlp, data, activation, parametrization)
    return rms(each.unflatten(0, (len(seeds), NETWORKS)))


@claim(
    provenance="background",
    source=HERE,
    references=("Huang & Yau 2020, Theorem 2.2", "Dyer & Gur-Ari 2020, section 3"),
    prediction=PowerLaw(-1),
    control=Control("In μP the kernel changes on the way.", parametrization=mup),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("data", ["ten_digits"], indirect=True)
def test_smooth_residuals_leave_the_exponential_by_inverse_width(
    width, seeds, mlp, data, parametrization=ntk
):
    """With a smooth activation the residuals leave e^(−Θt) by O(1/N).

    Statement
        The error of residuals_decay_as_the_matrix_exponential is of the order 1/N for a smooth
        activation, because that is how the tangent kernel moves.
    Setting
        As there, with erf and ten outputs on 50 images of all ten digits: seeds differ less than
        with one output.
    Tolerance
        ±.15, less than a third of the way to the rival, the bound −1/2; the default D = .3 is ample
        for a kernel that moves by a few per cent at N = 64.
    Does not show
        The same of ReLU.
    """
    return departure(width, seeds, mlp, data, erf, parametrization)
