"""Empirical tangent kernels and linearised training: 3 hidden layers, inputs of dimension 64."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch.func import functional_call, jacrev, vmap

from widthwise.models import (
    LinearisedNetwork,
    gradient_descent_in_function_space,
    kernel_rate,
    tangent_kernel,
)

from .conftest import LINES, Rival, cpu_seconds

pytestmark = pytest.mark.benchmark(timer=time.process_time)

STRUCTURED = {(512, 1): 2.2, (2048, 1): 2.8, (512, 10): 1.3}
JACOBIAN = 70
LINEARISED = {256: 190, 1024: 750}
MEGABYTES = 200


def jacobian(module, x):
    """Every gradient in full, then their inner products."""
    parameters = {name: tensor.detach() for name, tensor in module.named_parameters()}

    def output(own, point):
        return functional_call(module, own, (point,))

    rows = vmap(jacrev(output), (None, 0))(parameters, x)
    return sum(
        torch.einsum("nkp,mlp->nkml", row.flatten(2), row.flatten(2)) for row in rows.values()
    )


@pytest.mark.parametrize(("width", "outputs"), STRUCTURED)
def test_tangent_kernel(race, problem, neural_tangents, width, outputs):
    network, _, data = problem(width, 1, 100, 64, 3, outputs)
    race(
        f"tangent kernel, width {width}, {outputs} outputs",
        lambda: tangent_kernel(network, data.x_train),
        *neural_tangents(f"empirical-{width}-{outputs}", STRUCTURED[width, outputs]),
        rounds=15,
        in_a_row=3,
    )


@pytest.mark.parametrize(("width", "outputs"), STRUCTURED)
def test_jacobian(race, problem, width, outputs):
    """Apart from the other rival: gigabytes of Jacobian leave whoever follows no cache."""
    network, (module,), data = problem(width, 1, 100, 64, 3, outputs)
    x = data.x_train
    ours, theirs = tangent_kernel(network, x)[0], jacobian(module, x)
    torch.testing.assert_close(
        ours.view_as(theirs), theirs, rtol=1e-4, atol=1e-4 * float(theirs.abs().max())
    )
    race(
        f"tangent kernel, width {width}, {outputs} outputs",
        lambda: tangent_kernel(network, x),
        Rival("torch.func jacrev", cpu_seconds(lambda: jacobian(module, x)), JACOBIAN),
        rounds=max(2, 5000 // (width * outputs)),  # wide Jacobians take seconds
        in_a_row=2,
    )


@pytest.mark.parametrize(("width", "outputs"), STRUCTURED)
def test_memory(request, width, outputs):
    """What a kernel needs beyond the network, in a process of its own."""
    script = Path(__file__).with_name("kernel_memory.py")
    command = [sys.executable, script, str(width), str(outputs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    megabytes = json.loads(done.stdout)
    request.config.stash[LINES].append(
        (
            f"tangent kernel, width {width}, {outputs} outputs",
            "extra memory",
            f"{megabytes:.0f} MB",
            "",
            "",
            f"at most {MEGABYTES} MB",
        )
    )
    assert megabytes <= MEGABYTES


@pytest.mark.parametrize("width", LINEARISED)
def test_linearised_training(race, problem, neural_tangents, width):
    """The outputs at every one of 500 steps, from the network on."""
    network, _, data = problem(width, 1, 64, 64, 3)
    rate = kernel_rate(network, data.x_train)

    def course(steps):
        theta, start = tangent_kernel(network, data.x_train), network(data.x_train)
        return gradient_descent_in_function_space(
            theta, theta, data.y_train, start, start, rate=rate, steps=range(steps + 1)
        )

    stepwise = LinearisedNetwork(network).train(
        data.x_train, data.y_train, steps=50, rate=rate, tolerance=0
    )
    losses = (course(50) - data.y_train).square().sum(2) / 2
    torch.testing.assert_close(losses, stepwise.losses, rtol=1e-2, atol=1e-6)
    race(
        f"500 steps of linearised training, width {width}",
        lambda: course(500),
        *neural_tangents(f"linearised-{width}", LINEARISED[width]),
        rounds=2,
    )
