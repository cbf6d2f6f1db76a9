"""Any module: training against a vmapped loop, its tangent kernel against stacked Jacobians, and
the price of generality against hand-written perceptrons.
"""

import time

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad, jacrev, stack_module_state, vmap

from widthwise.models import MLP, ensemble, tangent_kernel, train

from .conftest import Rival, cpu_seconds

pytestmark = pytest.mark.benchmark(timer=time.process_time)


class Mixer(nn.Module):
    """Two blocks of plain attention and a perceptron, on 6 tokens of 7."""

    def __init__(self, width):
        super().__init__()
        self.embed = nn.Embedding(7, width)
        self.read = nn.ModuleList(nn.Linear(width, 3 * width) for _ in range(2))
        self.up = nn.ModuleList(nn.Linear(width, 4 * width) for _ in range(2))
        self.down = nn.ModuleList(nn.Linear(4 * width, width) for _ in range(2))
        self.norm, self.readout = nn.LayerNorm(width), nn.Linear(width, 1, bias=False)

    def forward(self, tokens):
        x = self.embed(tokens)
        for read, up, down in zip(self.read, self.up, self.down, strict=True):
            q, k, v = read(self.norm(x)).chunk(3, -1)
            x = x + (q @ k.mT * (8 / q.shape[-1])).softmax(-1) @ v
            x = x + down(torch.relu(up(self.norm(x))))
        return self.readout(self.norm(x))[:, -1]


def perceptron(width):
    return nn.Sequential(
        nn.Linear(16, width, bias=False),
        nn.ReLU(),
        nn.Linear(width, width, bias=False),
        nn.ReLU(),
        nn.Linear(width, 1, bias=False),
    )


def test_training_any_module(race):
    tokens, y = torch.randint(0, 7, (32, 6)), torch.randn(32)
    network = ensemble(Mixer, 64, range(8))
    modules = [Mixer(64) for _ in range(8)]
    start = {name: t.detach() for name, t in stack_module_state(modules)[0].items()}

    def loss(own):
        return (functional_call(modules[0], own, (tokens,))[:, 0] - y).square().sum() / 2

    def loop():
        own = start
        for _ in range(10):
            gradient = vmap(grad(loss))(own)
            own = {name: t - 1e-6 * gradient[name] for name, t in own.items()}

    race(
        "training of a transformer, 8 networks",
        lambda: train(network, tokens, y, steps=10, rate=1e-6, tolerance=0),
        Rival("vmapped loop", cpu_seconds(loop), 1 / 1.5),
    )


def test_tangent_kernel_of_any_module(race):
    tokens = torch.randint(0, 7, (64, 6))
    network = ensemble(Mixer, 128, (0,), parametrization=None)
    own = {n: t[0] for n, t in zip(network.names, network.parameters.tensors, strict=True)}

    def stacked():
        rows = jacrev(lambda t: functional_call(network.template, t, (tokens,))[:, 0])(own)
        return sum(row.flatten(1) @ row.flatten(1).T for row in rows.values())

    torch.testing.assert_close(tangent_kernel(network, tokens)[0], stacked(), rtol=1e-3, atol=1e-2)
    race(
        "tangent kernel of a transformer, width 128, 64 inputs",
        lambda: tangent_kernel(network, tokens),
        Rival("torch.func jacrev", cpu_seconds(stacked), 5),
    )


@pytest.mark.parametrize("width", [64, 256])
def test_price_of_generality(race, width):
    x, y = torch.randn(16, 16), torch.randn(16)
    by_hand = MLP.initialise(width, range(16), input_dim=16)
    module = ensemble(perceptron, width, range(16))

    def trained(network):
        return train(network, x, y, steps=40, rate=1e-4, tolerance=0)

    race(
        f"training as a module, width {width}",
        lambda: trained(module),
        Rival("hand-written", cpu_seconds(lambda: trained(by_hand))),
    )
