"""The posterior over signs, against drawing and throwing away."""

import pytest
import torch

from widthwise.models.kernels.positive_definite import cholesky
from widthwise.models.sampling.orthants import log_orthant, orthant_draws
from widthwise.models.sampling.sign_posterior import (
    inverse_temperature,
    sign_posterior,
    signs_of,
)

ROOT = torch.randn(5, 5, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
KERNEL = ROOT @ ROOT.T + 0.3 * torch.eye(5, dtype=torch.float64)
LABELS = torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64)


@pytest.fixture(scope="module")
def kept():
    """Signs elsewhere of draws from the prior that have the right ones where they are given."""
    generator = torch.Generator().manual_seed(1)
    f = torch.randn(100_000, 5, generator=generator, dtype=torch.float64) @ cholesky(KERNEL).T
    signs = signs_of(f)
    return signs[(signs[:, :3] == LABELS).all(1), 3:]


@pytest.fixture(scope="module")
def posterior():
    return sign_posterior(KERNEL, LABELS, 4096)


FUNCTIONS = torch.tensor([[a, b] for a in (-1.0, 1) for b in (-1.0, 1)], dtype=torch.float64)


def test_functions_are_as_likely_as_among_networks_that_fit(posterior, kept):
    shares = torch.stack([(kept == f).all(1).double().mean() for f in FUNCTIONS])
    found = posterior.log_probability(FUNCTIONS).exp()
    torch.testing.assert_close(found, shares, atol=0.015, rtol=0)
    assert found.sum().item() == pytest.approx(1, abs=0.01)


def test_single_bits_and_samples_are_too(posterior, kept):
    bits = posterior.log_bits().exp()
    torch.testing.assert_close(bits[1], (kept > 0).double().mean(0), atol=0.01, rtol=0)
    torch.testing.assert_close(bits.sum(0), torch.ones_like(bits[0]))
    drawn = posterior.sample(20_000, torch.Generator().manual_seed(2))
    together = (drawn.prod(1) > 0).double().mean() - (kept.prod(1) > 0).double().mean()
    assert abs(together) < 0.02


def test_draws_have_the_signs_and_the_mean_weight_of_the_orthant():
    drawn = orthant_draws(KERNEL[:3, :3], LABELS, 512)
    assert (signs_of(drawn.values) == LABELS).all()
    mean = drawn.log_weights.exp().mean().log()
    torch.testing.assert_close(mean, log_orthant(KERNEL[:3, :3], LABELS, 512))


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_the_temperature_of_a_law_that_has_one_is_found(beta):
    p = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    cold = p**beta / (p**beta).sum()
    seen, drawn = (
        p.log()[torch.multinomial(law, 40_000, True, generator=generator)] for law in (cold, p)
    )
    assert inverse_temperature(seen, drawn) == pytest.approx(beta, abs=0.05)


def test_temperatures_beyond_all_measure_end_somewhere():
    drawn = torch.tensor([-1.0, -2, -3], dtype=torch.float64)
    assert inverse_temperature(torch.tensor([-0.5]), drawn) == 8
    assert inverse_temperature(torch.tensor([-9.0]), drawn) == 1 / 8


def test_no_draw_is_refused():
    with pytest.raises(ValueError, match="draws"):
        sign_posterior(KERNEL, LABELS, 0)
