"""Empirical tangent kernels: 3 hidden layers, 100 inputs of dimension 64."""

import time

import pytest
import torch
from torch.func import functional_call, jacrev, vmap

from widthwise.models import LinearisedNetwork, kernel_rate, tangent_kernel

pytestmark = pytest.mark.benchmark(timer=time.process_time)


def widthwise(network, _module, x):
    return tangent_kernel(network, x)[0]


def jacobian(network, module, x):
    parameters = {name: tensor.detach() for name, tensor in module.named_parameters()}

    def output(own, point):
        return functional_call(module, own, (point,))

    rows = vmap(jacrev(output), (None, 0))(parameters, x)
    kernel = sum(
        torch.einsum("nkp,mlp->nkml", row.flatten(2), row.flatten(2)) for row in rows.values()
    )
    return kernel[:, 0, :, 0] if network.architecture.output_dim == 1 else kernel


CASES = [
    (contender, width, outputs)
    for width, outputs in [(512, 1), (2048, 1), (512, 10)]
    for contender in (widthwise, jacobian)
]


@pytest.mark.parametrize(("contender", "width", "outputs"), CASES)
def test_tangent_kernel(race, problem, contender, width, outputs):
    network, modules, data = problem(width, 1, 100, 64, 3, outputs)
    arguments = (network, modules[0], data.x_train)
    kernel = contender(*arguments)
    torch.testing.assert_close(
        kernel, widthwise(*arguments), rtol=1e-4, atol=1e-4 * float(kernel.abs().max())
    )
    race(f"tangent kernel, width {width}, {outputs} outputs", lambda: contender(*arguments))


def own_linearisation(network, _module, data, rate):
    return (
        LinearisedNetwork(network)
        .train(data.x_train, data.y_train, steps=20, rate=rate, tolerance=0)
        .losses[0, -1]
    )


def torch_linearisation(_network, module, data, rate):
    """torch.func.linearize and its transpose, the derivative taken once."""
    parameters = {name: tensor.detach() for name, tensor in module.named_parameters()}

    def outputs(own):
        return functional_call(module, own, (data.x_train,))[:, 0]

    start, pull = torch.func.vjp(outputs, parameters)
    moved = {name: torch.zeros_like(tensor) for name, tensor in parameters.items()}
    residual = start - data.y_train
    for _ in range(20):
        (gradient,) = pull(residual)
        for name, tensor in moved.items():
            tensor.sub_(gradient[name] * rate)
        change = torch.func.jvp(outputs, (parameters,), (moved,))[1]
        residual = start + change - data.y_train
    return residual.square().sum() / 2


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")
@pytest.mark.parametrize("width", [256, 1024])
@pytest.mark.parametrize("contender", [own_linearisation, torch_linearisation])
def test_linearised_training(race, problem, contender, width):
    network, modules, data = problem(width, 1, 64, 64, 3)
    rate = kernel_rate(network, data.x_train)
    arguments = (network, modules[0], data, rate)
    torch.testing.assert_close(
        contender(*arguments), own_linearisation(*arguments), rtol=1e-2, atol=1e-6
    )
    race(f"20 steps in parameter space, width {width}", lambda: contender(*arguments))
