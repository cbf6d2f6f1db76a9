"""Benchmarks count CPU time on one thread, and print contenders for the same work side by side.

Run `pytest benchmarks`; the ratios stand in parentheses, group by group.
"""

import pytest
import torch
from torch import nn

from widthwise.models import MLP, sphere


class ScaledLinear(nn.Module):
    """A linear layer as anyone would write it: a trainable weight and a fixed multiplier."""

    def __init__(self, weight, multiplier):
        super().__init__()
        self.weight = nn.Parameter(weight.clone())
        self.multiplier = multiplier

    def forward(self, x):
        return (x @ self.weight) * self.multiplier


def as_modules(network):
    """The same networks as a list of nn.Sequential, one for each seed."""
    modules = []
    for s in range(len(network)):
        layers = []
        for weight, scale in zip(network.weights, network.architecture.weight_scales, strict=True):
            layers += [ScaledLinear(weight[s], scale.multiplier), nn.ReLU()]
        modules.append(nn.Sequential(*layers[:-1]))
    return modules


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def race(benchmark):
    """Measures one contender: three rounds after one to warm up."""

    def measure(group, function):
        benchmark.group = group
        return benchmark.pedantic(function, rounds=3, warmup_rounds=1)

    return measure


@pytest.fixture
def problem():
    """Networks and inputs: (width, seeds, n, d, depth, outputs) to (MLP, modules, data)."""

    def make(width, seeds, n, dim, depth, output_dim=1):
        network = MLP.initialise(
            width, range(seeds), input_dim=dim, depth=depth, output_dim=output_dim
        )
        return network, as_modules(network), sphere(n, 1, dim)

    return make
