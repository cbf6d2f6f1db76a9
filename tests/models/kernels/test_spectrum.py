"""Eigenvalues known by symmetry, against matrices that know nothing of it."""

import math

import numpy as np
import pytest
import torch

from widthwise.models import Architecture, boolean_cube, circle, erf, relu
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.kernels.spectrum import (
    cube_eigenvalues,
    sphere_eigenvalues,
    zonal_kernels,
)

DEEP = Architecture(1, 2, depth=2, activation=relu, sigma_b=0.5)


def of_angles(architecture):
    return lambda angles: zonal_kernels(architecture, angles).tangent


def test_zonal_kernels_are_those_of_inputs_in_any_dimension():
    x = torch.randn(6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    x *= math.sqrt(5) / x.norm(dim=1, keepdim=True)
    kernels = infinite_width_kernels(Architecture(1, 5, depth=2, sigma_b=0.5), x)
    angles = torch.arccos((x @ x.T / 5).clamp(-1, 1))
    for whole, zonal in zip(kernels, zonal_kernels(DEEP, angles.flatten()), strict=True):
        torch.testing.assert_close(zonal.view(6, 6), whole, rtol=1e-7, atol=1e-7)


def test_on_the_circle_the_eigenvalues_are_those_of_the_matrix():
    n = 256
    x = circle(n, dtype=torch.float64)
    matrix = infinite_width_kernels(DEEP, x).tangent
    values = torch.linalg.eigvalsh(matrix).flip(0) / n
    found = sphere_eigenvalues(of_angles(DEEP), 2, range(4))
    torch.testing.assert_close(found[0], values[0], rtol=1e-4, atol=0)
    torch.testing.assert_close(found[1], values[1], rtol=1e-4, atol=0)


def test_harmonics_on_the_sphere_are_eigenfunctions_of_the_integral_over_random_points():
    points = torch.randn(40_000, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    points *= 2 / points.norm(dim=1, keepdim=True)
    harmonics = [torch.ones(len(points)), points[:, 0] / 2, points[:, 0] * points[:, 1] / 4]
    at = torch.tensor([[1.0, 1.0, 1.0, 1.0]], dtype=torch.float64)
    kernel = infinite_width_kernels(Architecture(1, 4, depth=2, sigma_b=0.5), at, points).tangent
    exact = sphere_eigenvalues(of_angles(DEEP), 4, (0, 1, 2))
    for harmonic, here, value in zip(harmonics, (1, 0.5, 0.25), exact, strict=True):
        sampled = float((kernel[0] * harmonic).mean()) / here
        assert sampled == pytest.approx(float(value), rel=0.05)


def test_a_polynomial_kernel_has_the_eigenvalues_of_its_degrees_only():
    found = sphere_eigenvalues(lambda angles: angles.cos() ** 2, 3, range(5))
    torch.testing.assert_close(found, torch.tensor([1 / 3, 0, 2 / 15, 0, 0]).double())


@pytest.mark.parametrize("activation", [relu, erf])
def test_on_the_cube_the_eigenvalues_are_those_of_the_matrix(activation):
    d = 6
    architecture = Architecture(1, d, depth=2, activation=activation, sigma_b=0.3)
    x = boolean_cube(d, dtype=torch.float64)
    matrix = infinite_width_kernels(architecture, x).tangent
    differing = torch.arange(d + 1, dtype=torch.float64)
    kernel = zonal_kernels(architecture, torch.arccos(1 - 2 * differing / d)).tangent
    found = cube_eigenvalues(kernel)
    times = torch.tensor([math.comb(d, k) for k in range(d + 1)])
    every = found.repeat_interleave(times).sort().values * 2**d
    np.testing.assert_allclose(every, torch.linalg.eigvalsh(matrix), rtol=1e-9, atol=1e-9)
    parity = x.prod(1)
    torch.testing.assert_close(matrix @ parity, found[d] * 2**d * parity)


@pytest.mark.parametrize("dimension", [1, 0])
def test_a_sphere_of_too_few_dimensions_is_refused(dimension):
    with pytest.raises(ValueError, match="dimension must be at least 2"):
        sphere_eigenvalues(torch.cos, dimension, (1,))


def test_degrees_must_be_named_and_not_negative():
    for degrees in ((), (2, -1)):
        with pytest.raises(ValueError, match="degrees must be at least one"):
            sphere_eigenvalues(torch.cos, 3, degrees)


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="the kernel"):
        sphere_eigenvalues(lambda angles: angles / 0, 3, (1,))
    with pytest.raises(ValueError, match="the kernel"):
        cube_eigenvalues(torch.tensor([1.0, math.nan]))
    with pytest.raises(ValueError, match="kernel must have one value"):
        cube_eigenvalues(torch.ones(1))
