"""Gaussian process regression: against scikit-learn and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from widthwise.models import Architecture
from widthwise.models.kernels.gaussian_process import log_marginal_likelihood, posterior
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.kernels.positive_definite import cholesky


@pytest.fixture
def regression():
    """Eight training inputs, three test inputs, an RBF kernel on all, targets."""
    generator = np.random.default_rng(1)
    x = generator.standard_normal((11, 3))
    y = generator.standard_normal(8)
    return x, torch.from_numpy(RBF(1.3)(x)), torch.from_numpy(y)


@pytest.mark.parametrize("noise", [1e-8, 0.3])
def test_posterior_and_likelihood_equal_scikit_learn(regression, noise):
    x, kernel, y = regression
    theirs = GaussianProcessRegressor(RBF(1.3), alpha=noise, optimizer=None).fit(x[:8], y.numpy())
    mean, covariance = theirs.predict(x[8:], return_cov=True)
    ours = posterior(kernel, y, noise)
    np.testing.assert_allclose(ours.mean, mean, rtol=0, atol=1e-10)
    np.testing.assert_allclose(ours.covariance, covariance, rtol=0, atol=1e-10)
    likelihood = log_marginal_likelihood(kernel[:8, :8], y, noise)
    assert float(likelihood) == pytest.approx(theirs.log_marginal_likelihood(), rel=1e-10)


def test_likelihood_is_the_normal_density(regression):
    _, kernel, y = regression
    expected = stats.multivariate_normal(cov=kernel[:8, :8].numpy()).logpdf(y.numpy())
    assert float(log_marginal_likelihood(kernel[:8, :8], y)) == pytest.approx(expected, rel=1e-9)


def test_chain_rule(regression):
    """log p(all) = log p(training targets) + log p(test targets | training targets)."""
    _, kernel, y = regression
    test = torch.tensor([0.3, -1.0, 0.2], dtype=torch.float64)
    law = posterior(kernel, y, 0.0)
    conditional = log_marginal_likelihood(law.covariance, test - law.mean)
    joint = log_marginal_likelihood(kernel, torch.cat((y, test)))
    parts = log_marginal_likelihood(kernel[:8, :8], y) + conditional
    torch.testing.assert_close(joint, parts, rtol=1e-9, atol=0)


def test_kernels_and_targets_have_leading_dimensions(regression):
    _, kernel, y = regression
    kernels, targets = torch.stack((kernel, 2 * kernel)), torch.stack((y, -y))
    together = posterior(kernels, targets, 0.1)
    likelihoods = log_marginal_likelihood(kernels[:, :8, :8], targets, 0.1)
    for index in range(2):
        alone = posterior(kernels[index], targets[index], 0.1)
        torch.testing.assert_close(together.mean[index], alone.mean)
        torch.testing.assert_close(together.covariance[index], alone.covariance)
        likelihood = log_marginal_likelihood(kernels[index, :8, :8], targets[index], 0.1)
        torch.testing.assert_close(likelihoods[index], likelihood)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_coinciding_inputs_are_named(dtype):
    x = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x[5], x[3] = x[1], x[0]
    kernel = infinite_width_kernels(Architecture(1, 4), x.to(dtype)).nngp
    y = torch.ones(6, dtype=dtype)
    with pytest.raises(ValueError, match="inputs 0 and 3, 1 and 5 coincide"):
        log_marginal_likelihood(kernel, y)
    assert bool(torch.isfinite(log_marginal_likelihood(kernel, y, 0.1)))


def test_a_kernel_of_low_rank_is_named():
    x = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with pytest.raises(ValueError, match="rank 4 on 6 inputs, of which no two coincide"):
        cholesky(x @ x.T)
    with pytest.raises(ValueError, match="eigenvalue -1: it is not a covariance"):
        cholesky(torch.diag(torch.tensor([1.0, -1.0])))


def test_bad_input_is_named(regression):
    _, kernel, y = regression
    with pytest.raises(ValueError, match=r"noise must be a finite variance, at least 0, not -1"):
        posterior(kernel, y, -1.0)
    with pytest.raises(ValueError, match=r"y \[12\] has more targets"):
        posterior(kernel, torch.zeros(12))
    with pytest.raises(ValueError, match=r"y must be \[..., 11\], not \[8\]"):
        log_marginal_likelihood(kernel, y)
    with pytest.raises(ValueError, match="y contains numbers that are not finite"):
        posterior(kernel, y / 0)
    with pytest.raises(ValueError, match="kernel contains numbers that are not finite"):
        posterior(kernel * float("nan"), y)
    with pytest.raises(ValueError, match=r"a kernel must be \[..., n, n\], not \[3, 11\]"):
        cholesky(kernel[:3])
