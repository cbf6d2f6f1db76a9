import pytest
import torch

from widthwise.models import MLP, antisymmetric, erf, tangent_kernel, train


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_output_is_zero(make, inputs, activation, depth):
    network = antisymmetric(make(depth=depth, activation=activation, sigma_b=0.5, output_dim=2))
    outputs = network(inputs[0])
    assert float(outputs.abs().max()) < 1e-13
    assert float(network.preactivations(inputs[0])[-1].abs().max()) > 0.1


def test_weights_keep_their_law():
    network = antisymmetric(MLP.initialise(100, range(20), input_dim=6, depth=3))
    for weights in network.weights:
        assert abs(float(weights.var()) - 1) < 10 * (2 / weights.numel()) ** 0.5
        assert abs(float(weights.mean())) < 10 / weights.numel() ** 0.5


def test_the_tangent_kernel_has_the_same_mean(inputs):
    """Means over 40 seeds agree within five standard errors."""
    network = MLP.initialise(
        64, range(40), input_dim=5, depth=2, activation=erf, dtype=torch.float64
    )
    plain, doubled = (
        tangent_kernel(network, inputs[1]),
        tangent_kernel(antisymmetric(network), inputs[1]),
    )
    error = ((plain.var(0) + doubled.var(0)) / 40).sqrt()
    assert bool(((plain.mean(0) - doubled.mean(0)).abs() < 5 * error).all())


def test_training_breaks_the_pairs(make, inputs):
    network = antisymmetric(make(width=30))
    y = torch.ones(7, dtype=torch.float64)
    run = train(network, inputs[0], y, steps=300)
    assert bool((run.losses[:, -1] < 0.05 * run.losses[:, 0]).all())


def test_odd_widths_have_no_twins(make):
    with pytest.raises(ValueError, match="even width, not 7"):
        antisymmetric(make(width=7))
