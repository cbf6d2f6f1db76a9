import pytest
import torch

from widthwise.models import CNN, erf, mup, output_gradients, relu, snapshot, tangent_kernel


def assert_same(network, x):
    """That a snapshot shows what the networks do when each thing is asked for by itself."""
    seen = snapshot(network, x)
    torch.testing.assert_close(seen.outputs, network(x))
    torch.testing.assert_close(seen.activations, network.activations(x))
    torch.testing.assert_close(seen.gradients, output_gradients(network, x))
    torch.testing.assert_close(seen.kernel, tangent_kernel(network, x))


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("settings", [{}, {"sigma_b": 0.4, "parametrization": mup}])
@pytest.mark.parametrize("output_dim", [1, 2])
@pytest.mark.parametrize("activation", [erf, relu])
def test_shows_what_is_there(make, inputs, activation, depth, settings, output_dim):
    network = make(depth=depth, activation=activation, output_dim=output_dim, **settings)
    assert_same(network, inputs[0])


@pytest.mark.parametrize("output_dim", [1, 2])
def test_of_convolutional_networks(output_dim):
    network = CNN.initialise(6, [1, 2, 3], input_dim=16, output_dim=output_dim, sigma_b=0.3)
    assert_same(network, torch.randn(5, 16, generator=torch.Generator().manual_seed(1)))


def test_of_every_block_of_networks(monkeypatch, make, inputs):
    """Networks are looked at in as many parts as the cache asks for."""
    from widthwise.models.networks import network

    monkeypatch.setattr(network, "_BLOCK_BYTES", 1)
    assert len(make().blocks(7)) == 3
    assert_same(make(), inputs[0])
