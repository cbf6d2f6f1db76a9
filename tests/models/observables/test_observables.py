import math

import pytest
import torch

from widthwise.models import (
    CNN,
    activation_movement,
    combination_movement,
    contribution_movement,
    kernel_movement,
    kernel_target_alignment,
    layerwise_activation_movement,
    layerwise_gradient,
    linear,
    operator_movement,
    output_movement,
    parameter_movement,
    preactivation_movement,
    random_direction,
    relative_movement,
    stable_rank,
    tangent_kernel,
    unit_combinations,
    weight_movement,
)
from widthwise.models.networks.network import affine


@pytest.fixture
def moved(make):
    """Networks whose every parameter grew by a tenth, so that movements are known."""
    network = make(sigma_b=0.0)
    return network, network.displaced(network.parameters, 0.1)


def test_nothing_moves_without_movement(make, inputs):
    network = make()
    for observe in (output_movement, activation_movement, combination_movement, kernel_movement):
        assert observe(network, network, inputs[0]).tolist() == [0.0, 0.0, 0.0]


def test_movements_of_a_homogeneous_network(moved, inputs):
    """Bias-free ReLU: z^l grows by 1.1^l, f by 1.1^(L+1), Θ by 1.1^(2L)."""
    before, after = moved
    x = inputs[0]
    sizes = [z.square().mean((1, 2)).sqrt() for z in before.activations(x)]
    layers = layerwise_activation_movement(before, after, x)
    torch.testing.assert_close(layers, torch.stack((0.1 * sizes[0], 0.21 * sizes[1]), 1))
    pooled = activation_movement(before, after, x)
    torch.testing.assert_close(pooled, layers.square().mean(1).sqrt())
    torch.testing.assert_close(
        output_movement(before, after, x), 0.331 * before(x).square().mean(1).sqrt()
    )
    torch.testing.assert_close(
        kernel_movement(before, after, x), torch.full((3,), 1.1**4 - 1, dtype=torch.float64)
    )
    tenth = torch.full((3, 3), 0.1, dtype=torch.float64)
    torch.testing.assert_close(weight_movement(before, after), tenth)
    torch.testing.assert_close(operator_movement(before, after), tenth)
    torch.testing.assert_close(parameter_movement(before, after), 0.1 * before.parameters.norm())


def test_preactivations_of_a_linear_network_move_as_its_activations(make, inputs):
    before = make(activation=linear)
    after = before.displaced(before.parameters, 0.3)
    torch.testing.assert_close(
        preactivation_movement(before, after, inputs[0]),
        activation_movement(before, after, inputs[0]),
    )


def test_preactivation_movement_differs_where_relu_clips(moved, inputs):
    before, after = moved
    h = preactivation_movement(before, after, inputs[0])
    assert bool((h > activation_movement(before, after, inputs[0])).all())


def test_combinations_are_unit_vectors_of_their_seed(make, inputs):
    network = make()
    combinations = unit_combinations(network, 2, (4, 5, 6))
    torch.testing.assert_close(combinations.norm(dim=2), torch.ones(3, 2, dtype=torch.float64))
    assert torch.equal(unit_combinations(network[1:], 2, (5, 6)), combinations[1:])
    after = network.displaced(network.parameters, 0.1)
    change = after.activations(inputs[0])[-1] - network.activations(inputs[0])[-1]
    by_hand = [math.sqrt(float((change[s] @ combinations[s].T).square().mean())) for s in range(3)]
    ours = combination_movement(network, after, inputs[0], combinations=2, seeds=(4, 5, 6))
    torch.testing.assert_close(ours.tolist(), by_hand)
    with pytest.raises(ValueError, match="1 seeds for 3 networks"):
        unit_combinations(network, 1, (4,))
    with pytest.raises(ValueError, match="combinations must be a positive integer, not 0"):
        unit_combinations(network, 0)


def test_relative_movement_is_a_frobenius_ratio(make, inputs):
    theta = tangent_kernel(make(), inputs[0])
    noise = torch.randn(theta.shape, dtype=theta.dtype, generator=torch.Generator().manual_seed(1))
    ours = relative_movement(theta, theta + noise)
    expected = torch.linalg.matrix_norm(noise) / torch.linalg.matrix_norm(theta)
    torch.testing.assert_close(ours, expected)


def test_operator_movement_is_a_ratio_of_largest_singular_values(make):
    before = make(output_dim=3, sigma_b=0.5)
    direction = random_direction(before)
    ours = operator_movement(before, before.displaced(direction))
    for layer, (w0, u) in enumerate(zip(before.weights, direction.weights, strict=True)):
        expected = torch.linalg.matrix_norm(u, 2) / torch.linalg.matrix_norm(w0, 2)
        torch.testing.assert_close(ours[:, layer], expected)


def test_the_stable_rank_is_1_for_rank_one_and_n_for_a_rotation():
    one = torch.outer(torch.arange(1.0, 5), torch.arange(1.0, 4))
    rotation, _ = torch.linalg.qr(torch.randn(80, 80, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(
        stable_rank([one[None], rotation[None]]), torch.tensor([[1.0, 80.0]])
    )


def test_the_stable_rank_is_that_of_the_singular_values(make):
    weights = make(output_dim=3, sigma_b=0.5).weights
    for layer, w in enumerate(weights):
        values = torch.linalg.svdvals(w)
        expected = values.square().sum(1) / values[:, 0].square()
        torch.testing.assert_close(stable_rank(weights)[:, layer], expected)


def test_contributions_are_counted_one_by_one(make, inputs):
    before = make(output_dim=2)
    after = before.displaced(random_direction(before))
    z0, z = (network.activations(inputs[0])[-1] for network in (before, after))
    w0, w = before.weights[-1], after.weights[-1]
    scale = before.architecture.weight_scales[-1].multiplier
    squares = [
        [
            (scale * (w[s, i, k] * z[s, x, i] - w0[s, i, k] * z0[s, x, i])) ** 2
            for x in range(7)
            for i in range(12)
            for k in range(2)
        ]
        for s in range(3)
    ]
    expected = torch.tensor(squares, dtype=torch.float64).mean(1).sqrt()
    torch.testing.assert_close(contribution_movement(before, after, inputs[0]), expected)


def test_contributions_are_refused_where_a_unit_has_many_positions():
    network = CNN.initialise(4, (1,), input_dim=9)
    with pytest.raises(ValueError, match="these networks have 9: give multilayer perceptrons"):
        contribution_movement(network, network, torch.ones(2, 9))


def test_gradients_with_respect_to_units_are_those_of_autograd(make, inputs, activation):
    network = make(activation=activation, output_dim=2, sigma_b=0.3)
    ours = layerwise_gradient(network, inputs[0])
    for layer in (1, 2):
        h = network.preactivations(inputs[0])[layer - 1].clone().requires_grad_()
        below = activation.value(h)
        for above in range(layer, 3):
            below = affine(network, network.parameters, above, below)
            below = activation.value(below) if above < 2 else below
        gradients = [
            torch.autograd.grad(below[..., k].sum(), h, retain_graph=True)[0] for k in range(2)
        ]
        expected = torch.stack(gradients).square().mean((0, 2, 3)).sqrt()
        torch.testing.assert_close(ours[:, layer - 1], expected)


def test_alignment_is_a_cosine_between_centred_matrices(make, inputs):
    theta = tangent_kernel(make(), inputs[0])
    y = torch.tensor([1.0, -1, 1, 1, 2, -1, 0], dtype=torch.float64)
    h = torch.eye(7, dtype=torch.float64) - 1 / 7
    expected = []
    for kernel in theta:
        k, t = h @ kernel @ h, h @ torch.outer(y, y) @ h
        expected.append((k * t).sum() / (k.norm() * t.norm()))
    torch.testing.assert_close(kernel_target_alignment(theta, y), torch.stack(expected))


def test_alignment_knows_the_ideal_kernel_at_any_scale_and_shift():
    y = torch.tensor([1.0, -1, 1, 1], dtype=torch.float64)
    kernel = (3 * torch.outer(y, y) + 7).unsqueeze(0)
    torch.testing.assert_close(kernel_target_alignment(kernel, y - 5).tolist(), [1.0])


def test_alignment_takes_targets_of_each_networks_own():
    kernel = torch.randn(2, 5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    kernel = kernel @ kernel.mT
    y = torch.tensor([[1.0, -1, 1, 1, -1], [1, 1, 1, -1, -1]], dtype=torch.float64)
    apart = [kernel_target_alignment(kernel[s : s + 1], y[s]) for s in range(2)]
    torch.testing.assert_close(kernel_target_alignment(kernel, y), torch.cat(apart))


def test_alignment_refuses_what_it_is_not_defined_for():
    kernel = torch.eye(4).unsqueeze(0)
    with pytest.raises(ValueError, match=r"kernel \[1, 4, 4\] and targets \[3\] do not fit"):
        kernel_target_alignment(kernel, torch.ones(3))
    with pytest.raises(ValueError, match="all targets are the same"):
        kernel_target_alignment(kernel, torch.ones(4))
    with pytest.raises(ValueError, match="all targets are the same"):
        kernel_target_alignment(kernel.expand(2, 4, 4), torch.tensor([[1.0, 2, 3, 4], [1] * 4]))
