"""The recursion that a claim on residual networks has, where plain networks' kernels are known."""

import math

import pytest
import torch

from widthwise.claims.spectrum.test_residual_kernels_fall_alike import residual_kernels
from widthwise.models import Architecture, relu
from widthwise.models.kernels.spectrum import zonal_kernels

ANGLES = torch.tensor([0.0, 0.3, 1.0, 2.0, 3.0], dtype=torch.float64)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_branches_that_drown_the_identity_make_a_plain_network(depth):
    huge = 1e5
    plain = zonal_kernels(Architecture(1, 2, depth=depth, activation=relu), ANGLES)
    kernels = residual_kernels(ANGLES, depth - 1, huge)
    size = huge ** (2 * (depth - 1)) / 2  # plain networks have the gain √2 in the first layer, too
    torch.testing.assert_close(kernels["tangent"] / size, plain.tangent, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(kernels["nngp"] / size, plain.nngp, rtol=1e-6, atol=1e-9)


def test_a_network_drawn_at_random_has_the_kernels():
    generator = torch.Generator().manual_seed(0)
    width, branch, x = 1500, 0.7, torch.stack((ANGLES.cos(), ANGLES.sin()), 1).float()
    found = []
    for _ in range(6):
        first, middle = (torch.randn(d, width, generator=generator) for d in (2, width))
        last = torch.randn(width, generator=generator)
        weights = [each.requires_grad_() for each in (first, middle, last)]
        h = x @ first
        h = h + branch * math.sqrt(2 / width) * h.relu() @ middle
        outputs = math.sqrt(2 / width) * h.relu() @ last
        gradients = [torch.autograd.grad(f, weights, retain_graph=True) for f in outputs]
        found.append(
            [
                sum(float((a * b).sum()) for a, b in zip(gradients[0], g, strict=True))
                for g in gradients
            ]
        )
    expected = residual_kernels(ANGLES, 1, branch)["tangent"]
    torch.testing.assert_close(torch.tensor(found).double().mean(0), expected, rtol=0.05, atol=0.15)
