import pytest
import torch

from widthwise.models import (
    LinearisedNetwork,
    as_matrix,
    erf,
    gradient_descent_in_function_space,
    kernel_rate,
    kernel_regression,
    mup,
    one_shot,
    random_direction,
    sphere,
    standard,
    tangent_kernel,
    taylor_terms,
)

DATA = sphere(6, 4, 12, seed=1).to(dtype=torch.float64)
PARAMETRIZATIONS = [{}, {"parametrization": mup, "sigma_b": 0.3}, {"parametrization": standard}]


def regression(network, y=DATA.y_train):
    theta = tangent_kernel(network, DATA.x_train)
    cross = tangent_kernel(network, DATA.x_test, DATA.x_train)
    return kernel_regression(theta, cross, y, network(DATA.x_train), network(DATA.x_test))


@pytest.mark.parametrize("settings", PARAMETRIZATIONS)
def test_training_converges_to_kernel_regression(make, activation, settings):
    network = make(width=30, input_dim=12, activation=activation, **settings)
    linearised = LinearisedNetwork(network)
    run = linearised.train(DATA.x_train, DATA.y_train, steps=4000, tolerance=1e-10)
    assert bool(run.converged.all())
    torch.testing.assert_close(
        linearised(DATA.x_test, run.displacement), regression(network), rtol=1e-8, atol=1e-8
    )
    jump = one_shot(network, DATA.x_train, DATA.y_train)
    shift = jump.parameters.minus(network.parameters)
    for ours, theirs in zip(run.displacement.tensors, shift.tensors, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("settings", PARAMETRIZATIONS)
def test_steps_equal_the_eigendecomposition(make, settings):
    network = make(width=20, input_dim=12, activation=erf, **settings)
    linearised = LinearisedNetwork(network)
    rate = 1.5 * kernel_rate(network, DATA.x_train)
    run = linearised.train(DATA.x_train, DATA.y_train, steps=9, rate=rate)
    expected = gradient_descent_in_function_space(
        tangent_kernel(network, DATA.x_train),
        tangent_kernel(network, DATA.x, DATA.x_train),
        DATA.y_train,
        network(DATA.x_train),
        network(DATA.x),
        rate=rate,
        steps=range(10),
    )
    torch.testing.assert_close(linearised(DATA.x, run.displacement), expected[:, 9])
    losses = (expected[..., :6] - DATA.y_train).square().sum(-1) / 2
    torch.testing.assert_close(run.losses, losses)


def test_rates_above_the_limit_of_stability_are_refused_and_the_limit_is_said(make):
    linearised = LinearisedNetwork(make(width=20, input_dim=12, activation=erf))
    limits = 2 * kernel_rate(linearised.network, DATA.x_train)
    rates = limits * torch.tensor([0.99, 0.99, 1.01], dtype=torch.float64)
    with pytest.raises(ValueError, match="above the limit of stability 2/λ_max = ") as refusal:
        linearised.train(DATA.x_train, DATA.y_train, steps=3, rate=rates)
    assert f"{float(limits.min()):.6g}" in str(refusal.value)
    below = linearised.train(DATA.x_train, DATA.y_train, steps=50, rate=limits * 0.99)
    assert bool((below.losses[:, -1] < below.losses[:, 0]).all())
    with pytest.raises(ValueError, match="rate must be positive"):
        linearised.train(DATA.x_train, DATA.y_train, steps=3, rate=0.0)


def test_one_shot_of_several_outputs_fits_the_linearisation(make):
    network = make(width=20, input_dim=12, output_dim=2, sigma_b=0.2)
    y = torch.stack((DATA.y_train, DATA.x_train[:, 0]), 1)
    shift = one_shot(network, DATA.x_train, y).parameters.minus(network.parameters)
    fitted = LinearisedNetwork(network)(DATA.x_train, shift)
    torch.testing.assert_close(fitted, y.expand_as(fitted), rtol=1e-9, atol=1e-9)
    theta = as_matrix(tangent_kernel(network, DATA.x_train))
    residual = (y - network(DATA.x_train)).flatten(1).unsqueeze(-1)
    size = (residual.mT @ torch.linalg.solve(theta, residual)).flatten()
    torch.testing.assert_close(shift.norm().square(), size)


def test_gradient_and_outputs_are_adjoint(make):
    network = make(input_dim=12, activation=erf, output_dim=3, sigma_b=0.2)
    linearised = LinearisedNetwork(network)
    direction = random_direction(network)
    cotangent = torch.ones(6, 3, dtype=torch.float64)
    slope = linearised(DATA.x_train, direction) - network(DATA.x_train)
    gradient = linearised.gradient(DATA.x_train, cotangent)
    torch.testing.assert_close(gradient.dot(direction), (slope * cotangent).sum((1, 2)))


def test_random_directions_have_unit_length_in_the_metric_of_training(make):
    for settings in PARAMETRIZATIONS:
        network = make(**settings)
        direction = random_direction(network)
        rates = [scale.rate for scale in network.architecture.scales]
        length = direction.dot(direction.times([1 / rate for rate in rates]))
        torch.testing.assert_close(length, torch.ones(3, dtype=torch.float64))


def test_random_directions_belong_to_their_seed(make):
    network = make(input_dim=12)
    whole = random_direction(network, (5, 6, 7))
    part = random_direction(network[1:], (6, 7))
    torch.testing.assert_close(whole.weights[1][1:], part.weights[1])
    own = random_direction(network)
    for direction, weight in zip(own.weights, network.weights, strict=True):
        cosine = torch.cosine_similarity(direction.flatten(), weight.flatten(), 0)
        assert abs(float(cosine)) < 5 / weight.numel() ** 0.5
    with pytest.raises(ValueError, match="2 seeds for 3 networks"):
        random_direction(network, (1, 2))


def test_remainder_beyond_the_second_order_is_cubic(make):
    network = make(input_dim=12, activation=erf)
    direction = random_direction(network)
    value, first, second = taylor_terms(network, DATA.x_test, direction)
    remainders = []
    for delta in (0.02, 0.01):
        taylor = value + delta * first + delta**2 / 2 * second
        moved = network.displaced(direction, delta)(DATA.x_test)
        remainders.append((moved - taylor).square().mean().sqrt())
    assert abs(float(torch.log2(remainders[0] / remainders[1])) - 3) < 0.05
