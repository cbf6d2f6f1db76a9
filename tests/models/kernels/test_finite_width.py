"""The exact variance of the tangent kernel against networks drawn weight by weight."""

from __future__ import annotations

import pytest
import torch

from widthwise.models import MLP, Architecture, Parameters, relu, tangent_kernel
from widthwise.models.kernels.finite_width import relu_kernel_variance, relu_kernel_variance_limit

NETWORKS = 1_000_000


@pytest.mark.parametrize(("depth", "width"), [(1, 4), (2, 3), (3, 4)])
def test_the_variance_is_that_of_networks(depth, width):
    """Within 4 standard errors, which are at most 2% of the variance each.

    Taking the powers of 1 + 1/N for the layers between, and so leaving out what the form M does
    along z, misses by 5% at (2, 3) and by 9% at (3, 4).
    """
    architecture = Architecture(width, 1, depth=depth, activation=relu)
    parameters = Parameters.empty(
        architecture.fans, NETWORKS, False, dtype=torch.float32, device="cpu"
    )
    generator = torch.Generator().manual_seed(depth)
    for tensor in parameters.tensors:
        tensor.normal_(generator=generator)
    network = MLP(architecture, parameters, tuple(range(NETWORKS)))
    theta = tangent_kernel(network, torch.ones(1, 1)).flatten().double()
    squares = (theta / (2 * (depth + 1)) - 1).square()
    error = float(squares.std()) / NETWORKS**0.5
    predicted = relu_kernel_variance(depth, width)
    assert error < 0.02 * predicted
    assert float(squares.mean()) == pytest.approx(predicted, abs=4 * error)


def test_one_hidden_layer_is_three_over_width():
    assert relu_kernel_variance(1, 64) == pytest.approx(3 / 64, rel=1e-12)


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_one_unit_per_layer_can_be_counted_by_hand(depth):
    """A pair of equal terms has 6^L, every pair of different ones 6^L/3, whatever lies between."""
    pairs = (depth + 1) * 6**depth + (depth + 1) * depth * 6**depth / 3
    counted = relu_kernel_variance(depth, 1) + 1
    assert counted == pytest.approx(pairs / (depth + 1) ** 2, rel=1e-12)


@pytest.mark.parametrize("aspect", [1 / 16, 1 / 4, 1.0])
def test_deep_networks_approach_the_limit_like_inverse_depth(aspect):
    limit = relu_kernel_variance_limit(aspect)
    depths = [64, 128, 256]
    errors = [relu_kernel_variance(depth, round(depth / aspect)) / limit - 1 for depth in depths]
    assert abs(errors[-1]) < 0.1
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.15)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.15)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="depth must be at least 1, not 0"):
        relu_kernel_variance(0, 4)
    with pytest.raises(ValueError, match="width must be at least 1, not 0"):
        relu_kernel_variance(1, 0)
    with pytest.raises(ValueError, match="aspect must be positive, not 0"):
        relu_kernel_variance_limit(0)
