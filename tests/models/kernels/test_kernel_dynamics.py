"""Training in function space: against explicit steps, matrix exponentials and propagated noise."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from widthwise.models import Architecture, erf
from widthwise.models.kernels.gaussian_process import posterior
from widthwise.models.kernels.infinite_width import InfiniteWidthKernels, infinite_width_kernels
from widthwise.models.kernels.kernel_dynamics import (
    gradient_descent,
    gradient_flow,
    ridge,
    trained_ensemble,
    trained_outputs,
)

TRAIN, TEST = 6, 3


@pytest.fixture
def problem():
    """Kernels of an infinitely wide network, targets, outputs at initialisation."""
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(TRAIN + TEST, 4, generator=generator, dtype=torch.float64)
    kernels = infinite_width_kernels(Architecture(1, 4, activation=erf, sigma_b=0.2), x)
    y = torch.randn(TRAIN, generator=generator, dtype=torch.float64)
    f0 = torch.randn(TRAIN + TEST, generator=generator, dtype=torch.float64)
    return kernels, y, f0


def test_gradient_descent_equals_explicit_steps(problem):
    (_, theta), y, f0 = problem
    rate = 1.9 / float(torch.linalg.eigvalsh(theta[:TRAIN, :TRAIN])[-1])
    steps = [0, 1, 2, 7, 40]
    f, expected = f0, []
    for step in range(41):
        if step in steps:
            expected.append(f)
        f = f - rate * theta[:, :TRAIN] @ (f[:TRAIN] - y)
    outputs = trained_outputs(theta, y, f0, gradient_descent(rate, steps))
    torch.testing.assert_close(outputs, torch.stack(expected), rtol=0, atol=1e-12)


def test_gradient_flow_equals_the_matrix_exponential(problem):
    """df/dt = −Θ(·, X)(f(X) − Y), as one linear system in (f, 1)."""
    (_, theta), y, f0 = problem
    size = TRAIN + TEST
    generator = torch.zeros(size + 1, size + 1, dtype=torch.float64)
    generator[:size, :TRAIN] = -theta[:, :TRAIN]
    generator[:size, size] = theta[:, :TRAIN] @ y
    times = [0.0, 0.5, 3.0, 20.0]
    start = torch.cat((f0, torch.ones(1, dtype=torch.float64)))
    expected = torch.stack([(torch.linalg.matrix_exp(generator * t) @ start)[:size] for t in times])
    outputs = trained_outputs(theta, y, f0, gradient_flow(times))
    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-11)


@settings(max_examples=30, deadline=None)
@given(time=st.floats(0.01, 1e4), count=st.sampled_from([10**5, 10**7]))
def test_descent_in_small_steps_is_the_flow(time, count):
    """|(1 − a)^t − exp(−at)| ≤ a/e for 0 < a < 1, hence ≤ λ·time/count."""
    values = torch.tensor([1e-12, 1e-6, 0.02, 1.0], dtype=torch.float64)
    flow = gradient_flow([time])(values)
    descent = gradient_descent(time / count, [count])(values)
    bound = time * values * time / count + 1e-9 * time
    assert bool(((flow - descent).abs() <= bound).all())


def test_a_null_mode_does_not_move():
    theta = torch.ones(2, 2, dtype=torch.float64)
    f0 = torch.tensor([1.0, -1.0], dtype=torch.float64)
    for learned in (gradient_flow([1e6]), gradient_descent(0.5, [1000])):
        outputs = trained_outputs(theta, torch.zeros(2, dtype=torch.float64), f0, learned)
        torch.testing.assert_close(outputs[0], f0)


@pytest.mark.parametrize(
    "learned",
    [gradient_flow([0.0, 1.0, 10.0]), gradient_descent(0.1, [0, 5, 1000]), ridge(0.1), ridge(0)],
    ids=["flow", "descent", "ridge", "convergence"],
)
def test_the_ensemble_is_what_single_networks_are_drawn_from(problem, learned):
    """Training is affine in f_0: push f_0 = 0 and the columns of a root of K through it."""
    kernels, y, _ = problem
    nngp, theta = kernels
    law = trained_ensemble(kernels, y, learned)
    zero = torch.zeros(TRAIN + TEST, dtype=torch.float64)
    torch.testing.assert_close(law.mean, trained_outputs(theta, y, zero, learned))
    root = torch.linalg.cholesky(nngp)
    columns = trained_outputs(theta, 0 * y, root.T, learned)
    covariance = torch.einsum("jta,jtb->tab", columns, columns)
    torch.testing.assert_close(law.covariance, covariance, rtol=0, atol=1e-9)


def test_training_the_last_layer_samples_the_posterior(problem):
    """Θ = K: the ensemble at the end of training is the Gaussian process posterior."""
    (nngp, _), y, _ = problem
    law = trained_ensemble(InfiniteWidthKernels(nngp, nngp), y, ridge(0))
    expected = posterior(nngp, y)
    torch.testing.assert_close(law.mean[0, TRAIN:], expected.mean)
    torch.testing.assert_close(law.covariance[0, TRAIN:, TRAIN:], expected.covariance)


def test_training_the_network_does_not(problem):
    """It fits Y exactly; elsewhere its variance exceeds the posterior's, the least there is."""
    kernels, y, _ = problem
    law = trained_ensemble(kernels, y, ridge(0))
    torch.testing.assert_close(law.mean[0, :TRAIN], y)
    assert float(law.covariance[0, :TRAIN].abs().max()) < 1e-9
    expected = posterior(kernels.tangent, y)
    torch.testing.assert_close(law.mean[0, TRAIN:], expected.mean)
    difference = law.covariance[0, TRAIN:, TRAIN:] - posterior(kernels.nngp, y).covariance
    assert float(difference.diagonal().min()) > 1e-4


def test_kernels_have_leading_dimensions(problem):
    (nngp, theta), y, f0 = problem
    both = InfiniteWidthKernels(torch.stack((nngp, 2 * nngp)), torch.stack((theta, 3 * theta)))
    learned = gradient_flow([0.3, 2.0])
    law = trained_ensemble(both, y, learned)
    outputs = trained_outputs(both.tangent, y, f0, learned)
    alone = trained_ensemble(InfiniteWidthKernels(2 * nngp, 3 * theta), y, learned)
    torch.testing.assert_close(law.mean[1], alone.mean)
    torch.testing.assert_close(law.covariance[1], alone.covariance)
    torch.testing.assert_close(outputs[1], trained_outputs(3 * theta, y, f0, learned))


def test_bad_input_is_named(problem):
    kernels, y, f0 = problem
    largest = float(torch.linalg.eigvalsh(kernels.tangent[:TRAIN, :TRAIN])[-1])
    limit = f"{2 / largest:.6g}"
    with pytest.raises(ValueError, match=f"above the limit of stability 2/λ_max = {limit}"):
        trained_ensemble(kernels, y, gradient_descent(2.1 / largest, [3]))
    with pytest.raises(ValueError, match="times must be finite"):
        gradient_flow([1.0, float("inf")])
    with pytest.raises(ValueError, match="steps must be whole numbers"):
        gradient_descent(0.1, [0.5])
    with pytest.raises(ValueError, match="rate must be a positive number"):
        gradient_descent(0.0, [1])
    with pytest.raises(ValueError, match="noise must be a finite variance"):
        ridge(-1)
    with pytest.raises(ValueError, match="training never ends"):
        trained_outputs(torch.ones(3, 3), torch.ones(2), torch.ones(3), ridge(0))
    with pytest.raises(ValueError, match=r"f0 must be \[..., 9\], not \[6\]"):
        trained_outputs(kernels.tangent, y, f0[:TRAIN], ridge(0))
    with pytest.raises(ValueError, match=r"theta \[9, 9\] must be"):
        trained_outputs(kernels.tangent, torch.ones(12), f0, ridge(0))
