"""Kernels at initialisation: 3 hidden layers, inputs of dimension 64, float32."""

import time

import pytest
import torch

from widthwise.models import Architecture, erf, relu
from widthwise.models.kernels.conditioned import initial_kernels
from widthwise.models.kernels.infinite_width import infinite_width_kernels

pytestmark = pytest.mark.benchmark(timer=time.process_time)

ANALYTIC = {relu: 4.8, erf: 4.5}
INITIAL = {512: 9, 2048: 70}
SEEDS = range(16)


def points(n):
    return torch.randn(n, 64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("activation", list(ANALYTIC), ids=str)
def test_analytic_kernels(race, neural_tangents, activation):
    """NNGP and tangent kernel, 2000 inputs, with biases."""
    architecture = Architecture(1, 64, depth=3, activation=activation, sigma_b=0.1)
    x = points(2000)
    race(
        f"analytic kernels, {activation}, n = 2000",
        lambda: infinite_width_kernels(architecture, x),
        *neural_tangents(f"analytic-{activation}", ANALYTIC[activation]),
    )


@pytest.mark.parametrize("width", list(INITIAL))
def test_kernels_of_fresh_networks(race, neural_tangents, width):
    """Outputs and tangent kernel, per seed, 32 inputs."""
    architecture = Architecture(width, 64, depth=3)
    x = points(32)
    race(
        f"tangent kernel at initialisation, width {width}, per seed",
        lambda: initial_kernels(architecture, x, SEEDS),
        *neural_tangents(f"initial-{width}", INITIAL[width]),
        share=len(SEEDS),
    )
