"""Training networks whose hidden matrices are never drawn, against the same with them drawn.

Both make their networks, train them and look at them afterwards: what a claim does at one width.
"""

import time

import pytest
import torch

from widthwise.models import (
    MLP,
    WideMLP,
    activation_movement,
    erf,
    relu,
    sphere,
    tangent_kernel,
    train,
)

from .conftest import Rival, cpu_seconds

pytestmark = pytest.mark.benchmark(timer=time.process_time)

DATA = sphere(16, 16, 16)
STEPS = 30
AT_LEAST = {(4096, erf): 4, (4096, relu): 2, (16384, erf): 20}


def measured(kind, width, activation):
    """One network made, trained and looked at."""
    network = kind.initialise(width, (1,), input_dim=16, activation=activation)
    run = train(network, DATA.x_train, DATA.y_train, steps=STEPS, rate=0.1, tolerance=0)
    tangent_kernel(run.final, DATA.x_train)
    return run, float(activation_movement(network, run.final, DATA.x_train))


@pytest.mark.parametrize(("width", "activation"), AT_LEAST, ids=str)
def test_against_drawing_the_weights(race, width, activation):
    race(
        f"one {activation.name} network of width {width}, {STEPS} steps",
        lambda: measured(WideMLP, width, activation),
        Rival(
            "MLP",
            cpu_seconds(lambda: measured(MLP, width, activation)),
            AT_LEAST[width, activation],
        ),
        rounds=3 if width == 4096 else 1,
    )


def test_against_a_loop_over_modules(race, problem):
    """Which makes no networks and looks at nothing."""
    network, (module,), _ = problem(4096, 1, 16, 16, 2)
    parameters = list(module.parameters())

    def loop():
        for _ in range(STEPS):
            loss = (module(DATA.x_train)[:, 0] - DATA.y_train).square().sum() / 2
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                torch._foreach_add_(parameters, gradients, alpha=-1e-3)

    race(
        f"one relu network of width 4096, {STEPS} steps",
        lambda: measured(WideMLP, network.width, relu),
        Rival("loop over nn.Modules", cpu_seconds(loop), 1.5),
        rounds=3,
    )
