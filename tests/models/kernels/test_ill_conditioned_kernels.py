"""What rounding hides of a kernel stands still or is refused; it is never divided by."""

from __future__ import annotations

import pytest
import torch

from widthwise.models import (
    MLP,
    Architecture,
    as_matrix,
    gradient_descent_in_function_space,
    kernel_regression,
    one_shot,
    relu,
    tangent_kernel,
)
from widthwise.models.kernels.gaussian_process import log_marginal_likelihood, posterior
from widthwise.models.kernels.infinite_width import InfiniteWidthKernels, infinite_width_kernels
from widthwise.models.kernels.kernel_dynamics import (
    gradient_descent,
    gradient_flow,
    ridge,
    trained_ensemble,
    trained_outputs,
)
from widthwise.models.kernels.positive_definite import cholesky, spectrum

# The eigenvalue of the mode that alternates is −1.7, as that of Θ on the line once was.
INDEFINITE = torch.tensor([[5000.0, 5001.7], [5001.7, 5000.0]])


def line(n: int, end: float, dtype: torch.dtype) -> tuple[torch.Tensor, InfiniteWidthKernels]:
    x = torch.linspace(-end, end, n, dtype=torch.float64)[:, None].to(dtype)
    architecture = Architecture(1, 1, activation=relu, sigma_w=1.5, sigma_b=0.05)
    return x, infinite_width_kernels(architecture, x)


@pytest.mark.parametrize("time", [1.0, 1e6, 1e12])
def test_an_ensemble_trained_for_ever_in_float32_stays_where_float64_has_it(time):
    """The mean used to be 2e6, the variance −2.7e9."""
    laws = []
    for dtype in (torch.float64, torch.float32):
        x, kernels = line(20, 31.4, dtype)
        laws.append(trained_ensemble(kernels, torch.sin(x[:15, 0] / 3), gradient_flow([time])))
    exact, single = laws
    assert float((single.mean - exact.mean).abs().max()) < 0.02 * float(exact.mean.abs().max())
    variances = [law.covariance[0].diagonal() for law in laws]
    rounding = 20 * 2**-23 * float(kernels.nngp.max())
    assert float((variances[1] - variances[0]).abs().max()) < rounding
    assert all(float(variance.min()) >= 0 for variance in variances)


def test_a_mode_within_rounding_is_not_amplified_by_time():
    """Its eigenvalue may be of either sign; Θ(x, X) has rounding along it, times t of the past."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(6, 3, generator=generator)
    theta, y = features @ features.T, torch.randn(5, generator=generator)
    for learned in (gradient_flow([1e8]), gradient_descent(0.01, [10**10]), ridge(0.01)):
        outputs = trained_outputs(theta, y, torch.zeros(6), learned)
        law = trained_ensemble(InfiniteWidthKernels(theta, theta), y, learned)
        assert float(outputs.abs().max()) < 100
        assert float(law.covariance.abs().max()) < 100
    path = gradient_descent_in_function_space(
        theta[:5, :5], theta[5:, :5], y, rate=0.01, steps=[10**10]
    )
    assert float(path.abs().max()) < 100


@pytest.mark.parametrize(
    "use",
    [
        lambda k, y: kernel_regression(k, k, y),
        lambda k, y: gradient_descent_in_function_space(k, k, y, rate=1e-5, steps=[1]),
        lambda k, y: trained_outputs(k, y, y, gradient_flow([1.0])),
        lambda k, y: trained_ensemble(InfiniteWidthKernels(k.abs(), k), y, gradient_flow([1.0])),
        lambda k, y: trained_ensemble(
            InfiniteWidthKernels(k, 1e4 * torch.eye(2)), y, gradient_flow([1.0])
        ),
        lambda k, y: log_marginal_likelihood(k, y),
        lambda k, y: posterior(k, y),
        lambda k, y: posterior(k, y[:1]),
        lambda k, y: spectrum(k),
        lambda k, y: cholesky(k),
    ],
)
def test_what_is_indefinite_beyond_rounding_is_refused_everywhere(use):
    with pytest.raises(ValueError, match=r"not a covariance.*; in float64 more of it can be told"):
        use(INDEFINITE, torch.ones(2))


def test_an_accurate_kernel_on_a_line_can_be_inverted_in_float32():
    """100 inputs: it had the eigenvalue −5.81 and was said to be no covariance."""
    predictions = []
    for dtype in (torch.float64, torch.float32):
        x, kernels = line(100, 31.415926, dtype)
        learned, new = slice(0, None, 2), slice(1, None, 2)
        theta = kernels.tangent
        y = torch.sin(x[learned, 0] / 5)
        predictions.append(kernel_regression(theta[learned, learned], theta[new, learned], y))
    assert float((predictions[1] - predictions[0]).abs().max()) < 5e-3


def test_rounding_is_told_from_indefiniteness():
    """1000 inputs on the line: float32 does not resolve them, and says what does."""
    x, kernels = line(1000, 31.415926, torch.float32)
    with pytest.raises(ValueError, match=r"rank \d+ on 1000 inputs, .* within rounding.*float64"):
        kernel_regression(kernels.tangent, kernels.tangent, x[:, 0])
    x, kernels = line(1000, 31.415926, torch.float64)
    fitted = kernel_regression(kernels.tangent, kernels.tangent, x[:, 0])
    torch.testing.assert_close(fitted, x[:, 0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_posterior_at_its_own_training_inputs_has_no_negative_variance(dtype):
    x = torch.randn(12, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    x = torch.cat((x, x, x + 1e-4)).to(dtype)
    kernel = infinite_width_kernels(Architecture(1, 3, sigma_b=0.1), x).nngp
    covariance = posterior(kernel, torch.ones(12, dtype=dtype)).covariance
    variance = covariance.diagonal()
    assert float(variance.min()) >= 0
    bound = variance.sqrt()[:, None] * variance.sqrt()
    assert bool((covariance.abs() <= bound * (1 + 4 * torch.finfo(dtype).eps)).all())


@pytest.mark.parametrize("output_dim", [1, 2, 3])
def test_coinciding_inputs_are_named_whatever_the_number_of_outputs(output_dim):
    network = MLP.initialise(20, [3], input_dim=1, output_dim=output_dim, sigma_b=0.3)
    x = torch.tensor([[0.0], [1.0], [1.0]])
    y = torch.zeros(3) if output_dim == 1 else torch.zeros(3, output_dim)
    theta = as_matrix(tangent_kernel(network, x))
    with pytest.raises(ValueError, match=r"inputs 1 and 2 coincide$"):
        kernel_regression(theta, theta, y.flatten(), outputs=output_dim)
    with pytest.raises(ValueError, match=r"inputs 1 and 2 coincide$"):
        one_shot(network, x, y)


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf])
def test_numbers_that_are_not_finite_are_refused_by_name(wrong):
    theta, good = torch.eye(2), torch.ones(2)
    bad = torch.tensor([1.0, wrong])
    message = f"contains numbers that are not finite, first {wrong} at \\[1\\]"
    for name, call in (
        ("y", lambda: kernel_regression(theta, theta, bad)),
        ("f0_train", lambda: kernel_regression(theta, theta, good, bad)),
        ("f0_test", lambda: kernel_regression(theta, theta, good, good, bad)),
        ("y", lambda: trained_outputs(theta, bad, good, ridge(0))),
        ("f0", lambda: trained_outputs(theta, good, bad, ridge(0))),
    ):
        with pytest.raises(ValueError, match=f"^{name} {message}"):
            call()
    bad_theta = wrong * torch.ones(2, 2)
    for call in (
        lambda: kernel_regression(bad_theta, theta, good),
        lambda: kernel_regression(theta, bad_theta, good),
        lambda: gradient_descent_in_function_space(bad_theta, theta, good, rate=1, steps=[1]),
        lambda: trained_outputs(bad_theta, good, good, ridge(0)),
        lambda: trained_ensemble(InfiniteWidthKernels(bad_theta, theta), good, ridge(0)),
        lambda: trained_ensemble(InfiniteWidthKernels(theta, bad_theta), good, ridge(0)),
    ):
        with pytest.raises(ValueError, match="contains numbers that are not finite"):
            call()
    with pytest.raises(ValueError, match="rate must be a positive number"):
        gradient_descent_in_function_space(theta, theta, good, rate=wrong, steps=[1])


def test_nothing_is_learned_from_no_inputs():
    none, empty = torch.empty(0, 0), torch.empty(0)
    for call in (
        lambda: kernel_regression(none, none, empty),
        lambda: gradient_descent_in_function_space(none, none, empty, rate=1, steps=[1]),
        lambda: posterior(torch.eye(2), empty),
        lambda: log_marginal_likelihood(none, empty),
        lambda: cholesky(none),
        lambda: spectrum(none),
    ):
        with pytest.raises(ValueError, match="nothing to learn from"):
            call()
    with pytest.raises(ValueError, match="must be"):
        trained_outputs(none, empty, empty, ridge(0))
    eye, y = torch.eye(2), torch.ones(2)
    assert kernel_regression(eye, torch.empty(0, 2), y).shape == (0,)
    assert posterior(eye, y).covariance.shape == (0, 0)


def test_kernels_that_require_grad_are_refused():
    theta, y = torch.eye(2, requires_grad=True), torch.ones(2)
    for call in (
        lambda: kernel_regression(theta, theta, y),
        lambda: kernel_regression(theta.detach(), theta, y),
        lambda: trained_outputs(theta, y, y, ridge(0)),
        lambda: posterior(theta, y),
        lambda: gradient_descent_in_function_space(theta, theta, y, rate=1, steps=[1]),
    ):
        with pytest.raises(ValueError, match=r"requires grad, .* pass its \.detach\(\)"):
            call()
