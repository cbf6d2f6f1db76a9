import importlib

import pytest
import torch

from widthwise.models import MLP, as_matrix, kernel_rate, mup, ntk, standard, tangent_kernel, tanh


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"sigma_b": 0.4},
        {"output_dim": 3, "sigma_b": 0.4, "parametrization": mup},
        {"output_dim": 2, "parametrization": standard},
    ],
)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_equals_the_jacobian(
    make, plain, jacobian_kernel, inputs, activation, depth, settings, dtype, tolerance
):
    network = make(depth=depth, activation=activation, dtype=dtype, **settings)
    x, x2 = (points.to(dtype) for points in inputs)
    expected = jacobian_kernel(network, plain, x, x2)
    if network.architecture.output_dim == 1:
        expected = expected[:, :, 0, :, 0]
    ours = tangent_kernel(network, x, x2)
    torch.testing.assert_close(
        ours, expected, rtol=tolerance, atol=tolerance * expected.abs().max()
    )


def test_is_the_change_of_the_outputs_under_a_small_step(make, inputs):
    """Θ(f − Y) is what gradient descent takes off the outputs, in every parametrization."""
    from widthwise.models import train

    y = torch.ones(7, dtype=torch.float64)
    for parametrization in (ntk, standard, mup):
        network = make(width=30, parametrization=parametrization, activation=tanh)
        run = train(network, inputs[0], y, steps=1, rate=1e-7)
        residual = (network(inputs[0]) - y).unsqueeze(-1)
        expected = -1e-7 * (tangent_kernel(network, inputs[0]) @ residual).squeeze(-1)
        moved = run.final(inputs[0]) - network(inputs[0])
        torch.testing.assert_close(moved, expected, rtol=1e-5, atol=1e-14)


def test_symmetric_and_positive(make, inputs):
    theta = as_matrix(tangent_kernel(make(output_dim=2), inputs[0]))
    torch.testing.assert_close(theta, theta.mT)
    values = torch.linalg.eigvalsh(theta)
    assert bool((values > -1e-12).all())
    torch.testing.assert_close(kernel_rate(make(output_dim=2), inputs[0]), 1 / values[:, -1])


@pytest.mark.parametrize("rows", [1, 4, 1000])
@pytest.mark.parametrize("output_dim", [1, 2])
def test_of_equal_sides_half_is_enough(monkeypatch, make, inputs, activation, output_dim, rows):
    """Whatever the size of the tiles above the diagonal."""
    x = inputs[0]
    network = make(activation=activation, output_dim=output_dim, sigma_b=0.4)
    whole = tangent_kernel(network, x, x.clone())
    # The package's `tangent_kernel` is the function; this is the module.
    module = importlib.import_module("widthwise.models.kernels.tangent_kernel")
    monkeypatch.setattr(module, "_TILE_ROWS", rows)
    torch.testing.assert_close(tangent_kernel(network, x), whole, rtol=1e-12, atol=1e-12)


def test_inputs_of_each_networks_own(make, inputs):
    network = make()
    own = torch.stack([inputs[0] * factor for factor in (1.0, 2.0, 3.0)])
    together = tangent_kernel(network, own)
    for s in range(3):
        torch.testing.assert_close(together[s], tangent_kernel(network[s : s + 1], own[s])[0])


def test_many_blocks_equal_one(inputs):
    """Width 700 in float64 is worked on network by network."""
    network = MLP.initialise(700, range(3), input_dim=5, dtype=torch.float64)
    assert len(network.blocks(5)) == 3
    together = tangent_kernel(network, *inputs)
    for s in range(3):
        torch.testing.assert_close(together[s], tangent_kernel(network[s : s + 1], *inputs)[0])
