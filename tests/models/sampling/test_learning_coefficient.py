"""The estimator against quadrature, formulas and another way to move."""

import math

import numpy as np
import pytest
import torch
from scipy.special import k0e

from widthwise.models.sampling.learning_coefficient import annealed
from widthwise.models.sampling.linear_networks import LinearNetworks, reduced_rank_coefficient

SAMPLES = [2.0**k for k in range(1, 8)]


def prior(seeds, particles, parameters):
    rows = [
        torch.randn(particles, parameters, generator=torch.Generator().manual_seed(s))
        for s in seeds
    ]
    return torch.stack(rows).double()


def quartic(points, _):
    return points[:, 0] ** 4


def crossing(points, _):
    return points.prod(1).square() / 2


def test_a_quartic_is_as_quadrature_has_it():
    run = annealed(quartic, prior((1, 2), 1024, 1), (1, 2), SAMPLES, 4)
    w = np.linspace(-6, 6, 20001)
    for n, mean, volume in zip(SAMPLES, run.mean.mean(0), run.log_volume.mean(0), strict=True):
        density = np.exp(-n * w**4 - w**2 / 2) / math.sqrt(2 * math.pi)
        z = np.trapezoid(density, w)
        assert mean.item() == pytest.approx(np.trapezoid(n * w**4 * density, w) / z, abs=0.02)
        assert volume.item() == pytest.approx(math.log(z), abs=0.1)


def test_two_valleys_that_cross_have_the_volume_of_a_bessel_function():
    run = annealed(crossing, prior((3, 4), 1024, 2), (3, 4), SAMPLES, 4)
    for n, volume in zip(SAMPLES, run.log_volume.mean(0), strict=True):
        exact = math.log(k0e(1 / (4 * n)) / math.sqrt(2 * math.pi * n))
        assert volume.item() == pytest.approx(exact, abs=0.15)


def test_a_seed_does_what_it_does_alone():
    both = annealed(crossing, prior((3, 4), 16, 2), (3, 4), SAMPLES[:3], 2)
    alone = annealed(crossing, prior((3,), 16, 2), (3,), SAMPLES[:3], 2)
    assert torch.equal(both.particles[:1], alone.particles)
    assert torch.equal(both.mean[:1], alone.mean)


def test_linear_networks_move_alike_by_gibbs_and_by_slices():
    truth = torch.diag(torch.tensor([1.5, 0.0])).double().expand(2, 2, 2)
    networks = LinearNetworks(truth, 2)
    start = prior((5, 6), 256, networks.parameters)
    gibbs = annealed(
        networks.loss, start, (5, 6), SAMPLES, 6, walk=networks.walk, number=networks.energy
    )
    slices = annealed(networks.loss, start, (5, 6), SAMPLES, 10)
    torch.testing.assert_close(gibbs.mean.mean(0), slices.mean.mean(0), atol=0.15, rtol=0)
    torch.testing.assert_close(
        gibbs.log_volume.mean(0), slices.log_volume.mean(0), atol=0.3, rtol=0
    )


@pytest.mark.parametrize(("rows", "columns", "hidden"), [(3, 3, 3), (4, 3, 2), (5, 2, 4)])
def test_coefficients_are_symmetric_and_regular_where_the_rank_is_full(rows, columns, hidden):
    full = min(rows, columns, hidden)
    manifold = full * (rows + columns - full)
    assert reduced_rank_coefficient(rows, columns, hidden, full) == (manifold / 2, 1)
    for rank in range(full + 1):
        other = reduced_rank_coefficient(columns, rows, hidden, rank)
        assert reduced_rank_coefficient(rows, columns, hidden, rank) == other


def test_a_product_of_two_numbers_has_one_half_twice():
    assert reduced_rank_coefficient(1, 1, 1, 0) == (0.5, 2)


def test_what_makes_no_sense_is_refused():
    start = prior((1,), 4, 1)
    for samples, moves in (([], 1), ([2.0, 1.0], 1), ([0.0], 1), ([1.0], 0)):
        with pytest.raises(ValueError, match="must"):
            annealed(quartic, start, (1,), samples, moves)
    with pytest.raises(ValueError, match="rank"):
        reduced_rank_coefficient(3, 3, 2, 3)
