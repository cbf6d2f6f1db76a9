import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.kernel_ridge import KernelRidge

from widthwise.models import (
    gradient_descent_in_function_space,
    kernel_regression,
    posterior,
)


def problem(seed, n=6, m=3, batch=(2,)):
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(*batch, n + m, n + 4, generator=generator, dtype=torch.float64)
    kernel = features @ features.mT / n
    y, f0 = torch.randn(2, *batch, n + m, generator=generator, dtype=torch.float64)
    return kernel[..., :n, :n], kernel[..., n:, :n], y[..., :n], f0[..., :n], f0[..., n:]


def test_regression_equals_numpy():
    theta, cross, y, f0, f0_test = problem(0)
    ours = kernel_regression(theta, cross, y, f0, f0_test)
    for s in range(2):
        dual = np.linalg.solve(theta[s].numpy(), (y - f0)[s].numpy())
        expected = f0_test[s].numpy() + cross[s].numpy() @ dual
        np.testing.assert_allclose(ours[s].numpy(), expected, rtol=1e-10)


def test_a_ridge_is_that_of_scikit_learn_and_the_noise_of_a_gaussian_process():
    theta, cross, y, _, _ = problem(6, batch=())
    ours = kernel_regression(theta, cross, y, ridge=0.3)
    fitted = KernelRidge(alpha=0.3, kernel="precomputed").fit(theta.numpy(), y.numpy())
    np.testing.assert_allclose(ours.numpy(), fitted.predict(cross.numpy()), rtol=1e-10)
    whole = torch.cat(
        (torch.cat((theta, cross.mT), 1), torch.cat((cross, 9 * torch.eye(3).double()), 1))
    )
    torch.testing.assert_close(ours, posterior(whole, y, noise=0.3).mean)


def test_a_ridge_pulls_towards_the_start_and_makes_a_singular_kernel_regular():
    theta, cross, y, f0, f0_test = problem(7)
    settled = kernel_regression(theta, cross, y, f0, f0_test, ridge=1e12)
    torch.testing.assert_close(settled, f0_test)
    ones = torch.ones(2, 2, dtype=torch.float64)
    y = torch.tensor([1.0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(
        kernel_regression(ones, ones[:1], y, ridge=2.0), y.sum().view(1) / (2 + 2)
    )


@pytest.mark.parametrize("ridge", [-1.0, float("nan"), float("inf")])
def test_a_ridge_that_is_no_penalty_is_refused(ridge):
    with pytest.raises(ValueError, match="ridge must be a finite number, at least 0"):
        kernel_regression(*problem(8)[:3], ridge=ridge)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), share=st.floats(0.05, 1.9))
def test_trajectory_equals_simulated_descent(seed, share):
    theta, cross, y, f0, f0_test = problem(seed)
    rate = share / torch.linalg.eigvalsh(theta)[:, -1]
    steps = [0, 1, 2, 7, 30]
    ours = gradient_descent_in_function_space(theta, cross, y, f0, f0_test, rate=rate, steps=steps)
    f, f_test = f0.clone(), f0_test.clone()
    for t in range(31):
        if t in steps:
            torch.testing.assert_close(ours[:, steps.index(t)], f_test, rtol=1e-9, atol=1e-10)
        residual = (y - f).unsqueeze(-1) * rate[:, None, None]
        f, f_test = f + (theta @ residual).squeeze(-1), f_test + (cross @ residual).squeeze(-1)


def test_trajectory_ends_at_the_regression():
    theta, cross, y, f0, f0_test = problem(3)
    rate = float(1 / torch.linalg.eigvalsh(theta).max())
    late = gradient_descent_in_function_space(
        theta, cross, y, f0, f0_test, rate=rate, steps=[10**7]
    )
    torch.testing.assert_close(late[:, 0], kernel_regression(theta, cross, y, f0, f0_test))


def test_null_modes_do_not_move():
    theta = torch.diag(torch.tensor([1.0, 0.0], dtype=torch.float64))
    y = torch.tensor([1.0, 1.0], dtype=torch.float64)
    path = gradient_descent_in_function_space(theta, theta, y, rate=0.5, steps=[0, 1, 2])
    expected = torch.tensor([[0, 0], [0.5, 0], [0.75, 0]], dtype=torch.float64)
    torch.testing.assert_close(path, expected)


def test_one_kernel_for_several_outputs():
    theta, cross, y, _, _ = problem(4, batch=())
    outputs = torch.stack((y, 2 * y, -y))
    ours = kernel_regression(theta, cross, outputs)
    single = kernel_regression(theta, cross, y)
    torch.testing.assert_close(ours, torch.stack((single, 2 * single, -single)))


def test_coinciding_inputs_are_named():
    theta, cross, y, _, _ = problem(5)
    theta[1, 4], theta[1, :, 4] = theta[1, 2].clone(), theta[1, :, 2].clone()
    theta[1, 4, 4] = theta[1, 2, 2]
    with pytest.raises(ValueError, match="inputs 2 and 4 coincide"):
        kernel_regression(theta, cross, y)


def test_low_rank_is_named():
    features = torch.randn(5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    theta = features @ features.T
    with pytest.raises(ValueError, match="rank 3 on 5 inputs, of which no two coincide"):
        kernel_regression(theta, theta, torch.ones(5, dtype=torch.float64))


def test_unstable_rate_names_the_limit():
    theta = 4 * torch.eye(3, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"rate 0\.6 is above .* = 0\.5"):
        gradient_descent_in_function_space(
            theta, theta, torch.ones(3, dtype=torch.float64), rate=0.6, steps=[1]
        )


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((3, 4), (2, 4), (4,)), "theta_train must be"),
        (((4, 4), (2, 3), (4,)), r"theta_test_train must be \[..., m, 4\], not \[2, 3\]"),
        (((4, 4), (2, 4), (3,)), r"y must be \[..., 4\], not \[3\]"),
    ],
)
def test_bad_shapes(shapes, message):
    with pytest.raises(ValueError, match=message):
        kernel_regression(*(torch.ones(shape) for shape in shapes))
