"""Dependence of units given outputs: against reweighted samples."""

from __future__ import annotations

import pytest
import torch

from widthwise.models import Architecture, erf, mup, relu
from widthwise.models.observables.unit_dependence import dependence_given_outputs

NETWORKS = 1_000_000


def architecture(**changed):
    settings = {"depth": 1, "activation": erf}
    return Architecture(changed.pop("width", 4), 2, **{**settings, **changed})


@pytest.mark.parametrize("y", [0.3, 1.5])
@pytest.mark.parametrize("activation", [erf, relu], ids=["erf", "relu"])
def test_it_is_the_covariance_of_reweighted_units(activation, y):
    """Within 5 standard errors of the samples', which are below a fifth of the covariance."""
    a, noise = architecture(activation=activation), 0.3
    x = torch.tensor([[1.0, 1.0]], dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    h = a.gain * torch.randn(NETWORKS, a.width, generator=generator, dtype=torch.float64)
    size = a.activation.value(h).square()
    variance = a.gain**2 * size.mean(1) + noise
    weight = (-(y**2) / variance / 2).exp() / variance.sqrt()
    weight /= weight.mean()
    off = size - (weight[:, None] * size).mean()
    # The mean over pairs of units of the product of what they are off by.
    pairs = (off.sum(1).square() - off.square().sum(1)) / (a.width * (a.width - 1))
    weighed = weight * pairs / size.var()
    error = float(weighed.std()) / NETWORKS**0.5
    estimate = dependence_given_outputs(
        a, x, torch.tensor([y], dtype=torch.float64), range(32), noise=noise, draws=2048
    )
    assert error < 0.2 * abs(float(weighed.mean()))
    error = (error**2 + float(estimate.var()) / 32) ** 0.5
    assert float(estimate.mean()) == pytest.approx(float(weighed.mean()), abs=5 * error)


def test_an_estimate_depends_on_its_own_seed_only():
    x, y = torch.eye(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64)
    settings = {"noise": 0.1, "draws": 64}
    both = dependence_given_outputs(architecture(), x, y, (5, 6), **settings)
    alone = dependence_given_outputs(architecture(), x, y, (6,), **settings)
    torch.testing.assert_close(both[1:], alone)


def test_bad_input_is_named():
    x, y = torch.eye(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64)
    settings = {"noise": 0.1, "draws": 64}
    for changed in ({"depth": 2}, {"sigma_b": 0.1}, {"parametrization": mup}, {"width": 2}):
        with pytest.raises(ValueError, match="one hidden layer of 3 units or more"):
            dependence_given_outputs(architecture(**changed), x, y, (1,), **settings)
    with pytest.raises(ValueError, match=r"got y of shape \[1\] for 2 inputs"):
        dependence_given_outputs(architecture(), x, y[:1], (1,), **settings)
    with pytest.raises(ValueError, match="noise 0"):
        dependence_given_outputs(architecture(), x, y, (1,), noise=0, draws=64)
