"""Convolutional ensembles on 32 images of 8×8: training and tangent kernels."""

import time

import pytest
import torch
from torch import nn
from torch.func import functional_call, jacrev

from widthwise.models import CNN, digits, kernel_rate, tangent_kernel, train

from .conftest import Rival, cpu_seconds

pytestmark = pytest.mark.benchmark(timer=time.process_time)
SEEDS = {16: 16, 64: 16, 256: 2}
STEPS = 10


class ScaledConvolution(nn.Module):
    """A convolution as anyone would write it: trainable filters and a fixed multiplier."""

    def __init__(self, weight, multiplier):
        super().__init__()
        filters = weight.unflatten(0, (3, 3, -1)).permute(3, 2, 0, 1)
        self.weight = nn.Parameter(filters.contiguous())
        self.multiplier = multiplier

    def forward(self, x):
        return nn.functional.conv2d(x, self.weight, padding=1) * self.multiplier


class ScaledReadout(nn.Module):
    """Flattens and reads, positions before channels."""

    def __init__(self, weight, multiplier):
        super().__init__()
        self.weight = nn.Parameter(weight.clone())
        self.multiplier = multiplier

    def forward(self, z):
        return (z.movedim(1, -1).flatten(1) @ self.weight)[:, 0] * self.multiplier


def as_modules(network):
    scales = [scale.multiplier for scale in network.architecture.weight_scales]
    return [
        nn.Sequential(
            nn.Unflatten(1, (1, 8, 8)),
            ScaledConvolution(network.weights[0][s], scales[0]),
            nn.ReLU(),
            ScaledConvolution(network.weights[1][s], scales[1]),
            nn.ReLU(),
            ScaledReadout(network.weights[2][s], scales[2]),
        )
        for s in range(len(network))
    ]


@pytest.fixture
def convolutional(request):
    network = CNN.initialise(request.param, range(SEEDS[request.param]), input_dim=64)
    data = digits(n_train=32, n_test=1)
    return network, as_modules(network), data, kernel_rate(network, data.x_train) / 2


every_width = pytest.mark.parametrize("convolutional", SEEDS, indirect=True, ids=str)


def trained(network, _modules, data, rate):
    run = train(network, data.x_train, data.y_train, steps=STEPS, rate=rate, tolerance=0)
    return run.final.weights[2][:, :, 0]


def loop_over_modules(_network, modules, data, rate):
    for module, own in zip(modules, rate.tolist(), strict=True):
        parameters = list(module.parameters())
        for _ in range(STEPS):
            loss = (module(data.x_train) - data.y_train).square().sum() / 2
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                torch._foreach_add_(parameters, gradients, alpha=-own)
    return torch.stack([module[-1].weight[:, 0] for module in modules]).detach()


@every_width
def test_training_convolutional_networks(race, convolutional):
    network = convolutional[0]
    difference = loop_over_modules(*convolutional) - trained(*convolutional)
    assert float(difference.norm() / network.weights[2].norm()) < 1e-3
    race(
        f"training {len(network)} networks of {network.width} channels",
        lambda: trained(*convolutional),
        Rival("loop over nn.Modules", cpu_seconds(lambda: loop_over_modules(*convolutional))),
    )


def summed_over_layers(network, _modules, data, _rate):
    return tangent_kernel(network[:1], data.x_train)[0]


def by_jacobian(_network, modules, data, _rate):
    parameters = {name: value.detach() for name, value in modules[0].named_parameters()}
    jacobians = jacrev(lambda own: functional_call(modules[0], own, (data.x_train,)))(parameters)
    return sum(j.flatten(1) @ j.flatten(1).T for j in jacobians.values())


@every_width
def test_tangent_kernel_of_a_convolutional_network(race, convolutional):
    kernel, expected = summed_over_layers(*convolutional), by_jacobian(*convolutional)
    assert float((kernel - expected).norm() / expected.norm()) < 1e-4
    race(
        f"tangent kernel, {convolutional[0].width} channels",
        lambda: summed_over_layers(*convolutional),
        Rival("torch.func jacrev", cpu_seconds(lambda: by_jacobian(*convolutional))),
    )
