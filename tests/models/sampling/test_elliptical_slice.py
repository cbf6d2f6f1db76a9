"""Chains reach the law that they should, and a seed's chains know of no other seed."""

import math

import pytest
import torch

from widthwise.models import MLP, Architecture, erf
from widthwise.models.sampling.convergence import effective_size, potential_scale_reduction
from widthwise.models.sampling.elliptical_slice import elliptical_slice
from widthwise.models.sampling.weights import networks_of, outputs_of, prior_weights, weights_of


def sampled(log_likelihood, start, seeds, steps, burn):
    states = list(elliptical_slice(log_likelihood, start, seeds, steps))
    return torch.stack(states[burn:], 2)


def gaussian(theta, owner):
    """One observation of the first coordinate, at 1 for the first seed and −1 for the second."""
    target = torch.tensor([1.0, -1.0], dtype=theta.dtype)[owner]
    return -((theta[:, 0] - target) ** 2) / (2 * 0.25)


def test_a_gaussian_posterior_is_reached():
    start = torch.zeros(2, 64, 3, dtype=torch.float64)
    draws = sampled(gaussian, start, (5, 6), 400, 50)
    mean, deviation = 0.8, math.sqrt(0.2)
    first = draws[..., 0]
    assert first.mean((1, 2)).tolist() == pytest.approx([mean, -mean], abs=0.02)
    assert first.std().item() == pytest.approx(math.hypot(deviation, mean), rel=0.02)
    assert draws[..., 1:].std().item() == pytest.approx(1, rel=0.02)


def test_a_seed_does_what_it_does_alone():
    start = torch.zeros(2, 4, 3, dtype=torch.float64)
    both = sampled(gaussian, start, (5, 6), 20, 0)
    alone = sampled(gaussian, start[:1], (5,), 20, 0)
    assert torch.equal(both[:1], alone)


def test_a_likelihood_of_nought_or_one_conditions_the_prior():
    def positive(theta, _):
        inside = (theta > 0).all(1)
        return torch.where(inside, 0.0, -math.inf).to(theta)

    draws = sampled(positive, torch.ones(1, 200, 2, dtype=torch.float64), (1,), 200, 20)
    assert (draws > 0).all()
    assert draws.mean().item() == pytest.approx(math.sqrt(2 / math.pi), rel=0.02)


def test_starts_without_likelihood_are_refused():
    def nowhere(theta, _):
        return torch.full((len(theta),), -math.inf)

    with pytest.raises(ValueError, match="no likelihood"):
        next(elliptical_slice(nowhere, torch.zeros(1, 2, 3), (1,), 5))
    with pytest.raises(ValueError, match="one row per seed"):
        next(elliptical_slice(gaussian, torch.zeros(2, 3, 4), (1,), 5))
    with pytest.raises(ValueError, match="steps"):
        next(elliptical_slice(gaussian, torch.zeros(1, 2, 3), (1,), 0))


def test_rows_of_weights_are_the_networks():
    network = MLP.initialise(6, (1, 2), input_dim=3, depth=2, activation=erf, sigma_b=0.4)
    rows = weights_of(network)
    assert rows.shape == (2, network.architecture.parameter_count)
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(networks_of(network.architecture, rows)(x), network(x))
    torch.testing.assert_close(outputs_of(network.architecture, rows, x), network(x))


def test_the_prior_is_that_of_initial_networks():
    architecture = Architecture(16, 3, depth=1, activation=erf, sigma_b=0.4)
    weights = prior_weights(architecture, (1, 2), 4000, dtype=torch.float64)
    x = torch.eye(3, dtype=torch.float64)
    drawn = outputs_of(architecture, weights.flatten(0, 1), x)
    other = MLP.initialise(
        16, range(4000), input_dim=3, depth=1, activation=erf, sigma_b=0.4, dtype=x.dtype
    )(x)
    torch.testing.assert_close(drawn.T.cov(), other.T.cov(), atol=0.03, rtol=0.08)
    assert torch.equal(
        prior_weights(architecture, (2,), 5)[0], prior_weights(architecture, (1, 2), 5)[1]
    )


def test_weights_that_fit_no_architecture_are_refused():
    architecture = Architecture(16, 3)
    with pytest.raises(ValueError, match="weights must be"):
        networks_of(architecture, torch.zeros(2, 5))
    with pytest.raises(ValueError, match="networks must be at least 1"):
        prior_weights(architecture, (1,), 0)
    with pytest.raises(ValueError, match="seeds is empty"):
        prior_weights(architecture, (), 3)


def autoregression(rho, chains, length):
    generator = torch.Generator().manual_seed(2)
    noise = torch.randn(chains, length, generator=generator, dtype=torch.float64)
    draws = torch.empty_like(noise)
    draws[:, 0] = noise[:, 0]
    for t in range(1, length):
        draws[:, t] = rho * draws[:, t - 1] + math.sqrt(1 - rho**2) * noise[:, t]
    return draws


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_the_effective_size_of_an_autoregression_is_the_known_one(rho):
    draws = autoregression(rho, 16, 4000)
    size = effective_size(draws).item()
    assert size == pytest.approx(draws.numel() * (1 - rho) / (1 + rho), rel=0.12)


def test_chains_apart_and_chains_that_drift_are_told_by_the_scale_reduction():
    draws = autoregression(0.5, 8, 1000)
    assert potential_scale_reduction(draws).item() == pytest.approx(1, abs=0.01)
    apart = draws + torch.arange(8.0)[:, None]
    drifting = draws + torch.linspace(0, 3, 1000)
    assert potential_scale_reduction(apart) > 2
    assert potential_scale_reduction(drifting) > 1.2
    assert effective_size(apart) < 20
    with pytest.raises(ValueError, match="at least 4"):
        potential_scale_reduction(draws[:, :3])
