"""Training an ensemble: 32 networks of 2 hidden layers on 64 inputs of dimension 16."""

import time

import pytest
import torch
from torch.func import functional_call, grad, stack_module_state, vmap

from widthwise.models import kernel_rate, train

pytestmark = pytest.mark.benchmark(timer=time.process_time)
STEPS = {64: 50, 256: 20, 1024: 10}


def widthwise(network, _modules, data, rate, steps):
    run = train(network, data.x_train, data.y_train, steps=steps, rate=rate, tolerance=0)
    return run.final.weights[0]


def loop_over_modules(_network, modules, data, rate, steps):
    for module, own in zip(modules, rate.tolist(), strict=True):
        parameters = list(module.parameters())
        for _ in range(steps):
            loss = (module(data.x_train)[:, 0] - data.y_train).square().sum() / 2
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                torch._foreach_add_(parameters, gradients, alpha=-own)
    return torch.stack([module[0].weight for module in modules])


def vmap_over_modules(_network, modules, data, rate, steps):
    parameters, _ = stack_module_state(modules)
    parameters = {name: tensor.detach() for name, tensor in parameters.items()}

    def loss(own):
        outputs = functional_call(modules[0], own, (data.x_train,))
        return (outputs[:, 0] - data.y_train).square().sum() / 2

    gradient = vmap(grad(loss))
    for _ in range(steps):
        gradients = gradient(parameters)
        for name, tensor in parameters.items():
            tensor.sub_(gradients[name] * rate[:, None, None])
    return parameters["0.weight"]


@pytest.mark.parametrize("width", STEPS)
@pytest.mark.parametrize("contender", [widthwise, loop_over_modules, vmap_over_modules])
def test_ensemble_training(race, problem, contender, width):
    network, modules, data = problem(width, 32, 64, 16, 2)
    rate = 0.5 * kernel_rate(network, data.x_train)
    arguments = (network, modules, data, rate, STEPS[width])
    # A ReLU unit may cross its kink a step earlier or later, so compare the whole.
    difference = (contender(*arguments) - widthwise(*arguments)).detach()
    assert float(difference.norm() / network.weights[0].norm()) < 1e-3
    race(f"training 32 networks of width {width}", lambda: contender(*arguments))
