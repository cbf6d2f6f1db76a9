"""Gradient flow in function space is a linear equation with a known solution."""

import itertools

import pytest
import torch

from widthwise.harness import AtMost, Control, PowerLaw, Source, Widths, claim
from widthwise.models import (
    UnfinishedTrainingError,
    erf,
    kernel_rate,
    mup,
    ntk,
    tangent_kernel,
    train_flow,
)

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the appendix on gradient flow; its solution for the residuals",
)
LEFT = 0.01
"""The share of the residual at which a flow is done."""
STAGES = ((0.4, 10), (0.8, 10))
"""Runge–Kutta steps in units of 1/λ_max, and how many of them, until fast modes are gone."""
PART = (1.8, 8)
"""Steps from then on, and after how many to look at λ_max and the rest; above 2.8 is unstable."""


def modes(network, x, f0, y):
    """Eigenvalues [S, n] and eigenvectors of Θ(X, X), and the residual in its modes [S, n]."""
    values, vectors = torch.linalg.eigh(tangent_kernel(network, x).double())
    return values, vectors, ((f0 - y).double().unsqueeze(1) @ vectors).squeeze(1)


def time_to_fit(values, residual):
    """When e^(−Θt) leaves the share LEFT of the residual [S], by bisection."""
    early, late = torch.zeros_like(values[:, 0]), 20 / values[:, 0]
    for _ in range(60):
        middle = (early + late) / 2
        decayed = residual * torch.exp(-values * middle[:, None])
        above = decayed.norm(dim=1) > LEFT * residual.norm(dim=1)
        early, late = early.where(~above, middle), late.where(above, middle)
    return late


def flow(network, x, y, longest):
    """Times [S, T] and outputs [S, T, n] of the gradient flow: STAGES, then PART after PART.

    Ends once every network has LEFT, or all have gone on for longer than `longest`.
    """
    start = network(x)
    times, outputs = [torch.zeros_like(longest)[:, None]], [start.unsqueeze(1)]
    enough = LEFT * (start - y).norm(dim=1)
    for step, count in itertools.chain(STAGES, itertools.repeat(PART)):
        length = count * step * kernel_rate(network, x)
        run = train_flow(network, x, y, time=length, steps=count)
        passed = torch.arange(1, count + 1, device=length.device) / count
        times.append(times[-1][:, -1:] + length.to(longest.dtype)[:, None] * passed)
        outputs.append(run.outputs[:, 1:])
        network = run.final
        done = (run.outputs[:, -1] - y).norm(dim=1) <= enough
        if bool((done | (times[-1][:, -1] > longest)).all()):
            break
    return torch.cat(times, 1), torch.cat(outputs, 1)


def departure(width, seeds, mlp, data, parametrization):
    """The largest distance in time, RMS over the points, of f_t(X) from the exponential [S]."""
    drawn = data(seeds)
    x = drawn.x_train
    network = mlp(
        width,
        seeds,
        input_dim=drawn.input_dim,
        depth=1,
        activation=erf,
        sigma_w=2.0,
        parametrization=parametrization,
    )
    y = network(x) + drawn.y_train
    blocks = network.blocks(x.shape[1])  # each takes the time that it needs
    return torch.cat([departs(network[block], x[block], y[block]) for block in blocks])


def departs(network, x, y):
    """The departure of networks that train side by side."""
    f0 = network(x)
    values, vectors, residual = modes(network, x, f0, y)
    times, outputs = flow(network, x, y, 1.5 * time_to_fit(values, residual))
    predicted = residual.unsqueeze(1) * torch.exp(-values.unsqueeze(1) * times.unsqueeze(2))
    error = outputs - y.unsqueeze(1) - predicted @ vectors.mT
    left = (outputs - y.unsqueeze(1)).norm(dim=2) / (f0 - y).norm(dim=1)[:, None]
    done = left <= LEFT
    if not bool(done.any(1).all()):
        raise UnfinishedTrainingError(f"{LEFT:.0%} of the residual and more is left")
    during = done.cumsum(1) <= 1
    return error.square().mean(2).sqrt().where(during, 0.0).amax(1)


@claim(
    provenance="made",
    source=HERE,
    references=(
        "Jacot et al. 2018, Theorem 2 (φ twice differentiable, φ″ bounded; layers to infinity one "
        "after the other; no rate)",
        "Lee et al. 2019, Theorem 2.1 (φ′ Lipschitz; N^-1/2)",
    ),
    prediction=AtMost(-1 / 2, correction=0.4),
    control=Control("In μP the kernel changes on the way.", parametrization=mup),
    over=Widths(512, 4096),
)
@pytest.mark.parametrize("data", ["random_labels"], indirect=True)
def test_residuals_decay_as_the_matrix_exponential(width, seeds, mlp, data, parametrization=ntk):
    """The residuals of a wide network under gradient flow decay as e^(−Θt).

    Statement
        f_t(X) − Y = e^(−Θt) (f_0(X) − Y) with the kernel Θ before training, up to O(N^-1/2), at
        all times until 1% of the residual is left.
    Setting
        One hidden layer of erf with σ_w = 2 (at σ_w = 1 its slowest modes take three times as
        long); inputs, labels and weights are drawn for every seed, 32 points in 8 dimensions with
        labels ±1 at random, of which a linear map leaves .71 of the variance. The flow is
        followed by a Runge–Kutta method whose own error is some thousandths of the distance, for
        at most half as long again as e^(−Θt) needs to leave 1%, and looked at until the network
        itself has 1% left, in the control too. The distance is the RMS over the points, the
        largest in time.
    Tolerance
        An exponent of at most −.35: the rival, a kernel that changes, has 0. It is on the way
        there: in μP the departure falls as N^-.36 from N = 64 to 256, where the plateau is
        hidden by fluctuations of f_0, and at 256 one network of 64 leaves ten times farther than
        the others, so that the ladder starts at 512. D is .4 and not .3, because the next order is
        relatively n/N, with n = N/2 at N = 64.
    Does not show
        The same of large steps, which leave the flow at any width
        (gradient_descent_departs_from_gradient_flow), or of ReLU; in steps deeper networks and
        ReLU follow their linearisation too (network_follows_its_linearisation).
    """
    return departure(width, seeds, mlp, data, parametrization)


@claim(
    provenance="background",
    source=HERE,
    references=(
        "Huang & Yau 2020, Theorem 2.2 (smooth activations, gradient flow)",
        "Dyer & Gur-Ari 2020, section 3 (a conjecture)",
    ),
    prediction=PowerLaw(-1, correction=0.4),
    control=Control("In μP the kernel changes on the way.", parametrization=mup),
    over=Widths(128, 4096),
    noise=0.3,
)
@pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)
def test_smooth_residuals_leave_the_exponential_by_inverse_width(
    width, seeds, mlp, data, parametrization=ntk
):
    """With a smooth activation the residuals leave e^(−Θt) by O(1/N).

    Statement
        The error of residuals_decay_as_the_matrix_exponential is of the order 1/N for a smooth
        activation, because that is how the tangent kernel moves.
    Setting
        As there; also on 64 images of 16 pixels labelled by parity, of which a linear map leaves
        .35 of the variance. One seed differs from another by .3, so that this takes more seeds
        and wider networks than the quick effort has.
    Measure
        The largest distance in time of f_t from the exponential, RMS over points.
    Tolerance
        ±.15, less than a third of the way to the rival, the bound −1/2; D as there.
    Does not show
        The same of ReLU.
    """
    return departure(width, seeds, mlp, data, parametrization)
