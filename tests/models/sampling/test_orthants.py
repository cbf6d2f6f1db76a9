"""Probabilities of orthants, each by two routes."""

import math

import pytest
import torch
from scipy.stats import multivariate_normal

from widthwise.models import Architecture, boolean_cube, infinite_width_kernels, relu
from widthwise.models.sampling.orthants import (
    log_orthant,
    log_orthant_by_propagation,
    orthant_of_three,
    predict_signs,
)


@pytest.fixture
def kernel():
    architecture = Architecture(1, 3, depth=2, activation=relu, sigma_b=0.5)
    return infinite_width_kernels(architecture, boolean_cube(3, dtype=torch.float64)).nngp


SIGNS = torch.tensor([[1.0] * 8, [1.0] * 4 + [-1.0] * 4], dtype=torch.float64)


def test_sampling_agrees_with_scipy(kernel):
    found = log_orthant(kernel.expand(2, 8, 8), SIGNS, draws=4096)
    for log_probability, signs in zip(found, SIGNS, strict=True):
        flipped = (kernel * signs[:, None] * signs).numpy()
        known = multivariate_normal.cdf([0.0] * 8, cov=flipped, maxpts=10**6)
        assert log_probability.item() == pytest.approx(math.log(known), abs=0.03)


def test_all_functions_together_have_the_probability_one():
    kernel = torch.eye(4, dtype=torch.float64) + 0.7
    functions = boolean_cube(4, dtype=torch.float64)
    total = log_orthant(kernel.expand(16, 4, 4), functions).exp().sum()
    assert total.item() == pytest.approx(1, abs=1e-3)


def test_propagation_agrees_with_sampling(kernel):
    found = log_orthant_by_propagation(kernel.expand(2, 8, 8), SIGNS)
    known = log_orthant(kernel.expand(2, 8, 8), SIGNS, draws=4096)
    assert (found - known).abs().max() < 0.02 * known.abs().max()


def test_three_values_have_a_closed_form_that_both_agree_with():
    root = torch.tensor([[1.0, 0, 0], [0.5, 1, 0], [-0.3, 0.8, 0.5]], dtype=torch.float64)
    kernel, signs = (root @ root.T).expand(8, 3, 3), boolean_cube(3, dtype=torch.float64)
    exact = orthant_of_three(kernel, signs)
    assert exact.sum().item() == pytest.approx(1)
    torch.testing.assert_close(log_orthant(kernel, signs, 4096), exact.log(), atol=5e-3, rtol=0)
    torch.testing.assert_close(
        log_orthant_by_propagation(kernel, signs), exact.log(), atol=0.05, rtol=0
    )


def test_predicted_signs_are_ratios_of_orthants(kernel):
    found = predict_signs(kernel, SIGNS[:, :6])
    known = log_orthant(kernel[:6, :6].expand(2, 6, 6), SIGNS[:, :6], draws=4096)
    torch.testing.assert_close(found.log_evidence, known, atol=0.03, rtol=0)
    for j in range(2):
        chosen = [*range(6), 6 + j]
        one = kernel[chosen][:, chosen].expand(2, 7, 7)
        signs = torch.cat((SIGNS[:, :6], torch.ones(2, 1, dtype=torch.float64)), 1)
        share = (log_orthant(one, signs, draws=4096) - known).exp()
        torch.testing.assert_close(found.plus[:, j], share, atol=0.03, rtol=0)


def test_what_has_no_orthant_is_refused():
    with pytest.raises(ValueError, match="draws"):
        log_orthant(torch.eye(2), torch.ones(2), draws=0)
    with pytest.raises(ValueError, match="three values"):
        orthant_of_three(torch.eye(2), torch.ones(2))
    with pytest.raises(ValueError, match="singular"):
        log_orthant_by_propagation(torch.ones(2, 2), torch.ones(2))
