"""Training an ensemble: 32 networks of 2 hidden layers on 64 inputs of dimension 16."""

import time

import pytest
import torch
from torch.func import functional_call, grad, stack_module_state, vmap

from widthwise.models import kernel_rate, train

from .conftest import LINES, Rival, cpu_seconds
from .training_task import DEPTH, DIM, POINTS, SEEDS, STEPS

pytestmark = pytest.mark.benchmark(timer=time.process_time)

LOOP = {64: 8, 256: 2.7, 1024: 1.35}
JAX = {64: 1.4, 256: 1.5, 1024: 1.5}


def widthwise(network, data, rate, steps):
    run = train(network, data.x_train, data.y_train, steps=steps, rate=rate, tolerance=0)
    return run.final.weights[0]


def loop_over_modules(modules, data, rate, steps):
    for module, own in zip(modules, rate.tolist(), strict=True):
        parameters = list(module.parameters())
        for _ in range(steps):
            loss = (module(data.x_train)[:, 0] - data.y_train).square().sum() / 2
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                torch._foreach_add_(parameters, gradients, alpha=-own)
    return torch.stack([module[0].weight for module in modules])


def vmap_over_modules(modules, data, rate, steps):
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


def products_alone(network, data, steps):
    """The large matrix products of training and nothing else: the floor, for this library."""
    parameters = network.parameters.map(torch.clone)
    for block in network.blocks(POINTS):
        weights = parameters[block].weights[:-1]
        size = len(weights[0])
        z = [data.x_train.expand(size, POINTS, DIM)]
        z += [torch.zeros(size, POINTS, network.width) for _ in range(DEPTH)]
        signals = [torch.zeros_like(units) for units in z[1:]]
        for _ in range(steps):
            for layer, weight in enumerate(weights):
                torch.bmm(z[layer], weight, out=z[layer + 1])
            for layer in range(DEPTH - 1, -1, -1):
                if layer:
                    torch.bmm(signals[layer], weights[layer].mT, out=signals[layer - 1])
                weights[layer].baddbmm_(z[layer].mT, signals[layer], alpha=-1e-9)


def product_of_squares(size=2048):
    torch.mm(torch.ones(size, size), torch.ones(size, size))


@pytest.mark.parametrize("width", STEPS)
def test_ensemble_training(race, problem, jax, width):
    network, modules, data = problem(width, SEEDS, POINTS, DIM, DEPTH)
    rate, steps = 0.5 * kernel_rate(network, data.x_train), STEPS[width]
    # A ReLU unit may cross its kink a step earlier or later, so compare the whole.
    ours = widthwise(network, data, rate, 10)
    for contender in (vmap_over_modules, loop_over_modules):
        difference = (contender(modules, data, rate, 10) - ours).detach()
        assert float(difference.norm() / ours.norm()) < 1e-3

    def rival(name, contender, *arguments, at_least=None):
        return Rival(name, cpu_seconds(lambda: contender(*arguments, steps)), at_least)

    race(
        f"training 32 networks, width {width}",
        lambda: widthwise(network, data, rate, steps),
        rival("loop over nn.Modules", loop_over_modules, modules, data, rate, at_least=LOOP[width]),
        rival("torch.func.vmap", vmap_over_modules, modules, data, rate),
        *jax(f"training-{width}", JAX[width]),
        rival("its matrix products alone", products_alone, network, data),
        rounds=3 if width == 1024 else 5,
    )


def test_share_of_the_peak(race, problem, request):
    """Of the rate at which the library multiplies square matrices, at width 1024."""
    width, steps = 1024, STEPS[1024]
    network, _, data = problem(width, SEEDS, POINTS, DIM, DEPTH)
    rate = 0.5 * kernel_rate(network, data.x_train)
    peak = []
    squares = cpu_seconds(product_of_squares)
    ours = race(
        "share of the peak",
        lambda: widthwise(network, data, rate, steps),
        Rival("square product", lambda: peak.append(squares()) or peak[-1]),
        rounds=3,
    )
    operations = 2 * POINTS * SEEDS * steps * (2 * DIM * width + 3 * width**2 + 3 * width)
    share = (operations / ours) / (2 * 2048**3 / min(peak))
    request.config.stash[LINES][-1] = (
        "training 32 networks, width 1024",
        "measured peak of a square product",
        f"{operations / ours / 1e9:.0f} Gflop/s",
        f"{2 * 2048**3 / min(peak) / 1e9:.0f} Gflop/s",
        f"{share:.2f}×",
        "0.7×",
    )
