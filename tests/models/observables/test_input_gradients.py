import pytest
import torch
from torch import nn
from torch.func import jacrev, vmap

from widthwise.models import WideMLP, ensemble, erf, input_gradients, tanh


def by_autograd(network, plain, x):
    """∂f/∂x [S, n, k, d] of networks written plainly."""
    jacobians = [
        vmap(jacrev(lambda p, own=own: plain(network, own, p.unsqueeze(0))[0]))(x)
        for own in zip(*network.parameters.tensors, strict=True)
    ]
    return torch.stack(jacobians)


@pytest.mark.parametrize("outputs", [1, 2])
def test_gradients_of_perceptrons_are_torchs_own(make, plain, inputs, activation, outputs):
    network = make(activation=activation, sigma_b=0.4, output_dim=outputs)
    ours = input_gradients(network, inputs[0])
    assert ours.shape == ((3, 7, 5) if outputs == 1 else (3, 7, 2, 5))
    torch.testing.assert_close(ours.view(3, 7, outputs, 5), by_autograd(network, plain, inputs[0]))


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("readout", ["flatten", "average"])
def test_gradients_of_convolutional_networks_are_torchs_own(
    make_cnn, plain_convolutional, images, readout, outputs
):
    network = make_cnn(activation=erf, sigma_b=0.4, readout=readout, output_dim=outputs)
    ours = input_gradients(network, images[0]).view(3, 5, outputs, 24)
    torch.testing.assert_close(ours, by_autograd(network, plain_convolutional, images[0]))


def two_layers(width):
    return nn.Sequential(nn.Linear(5, width), nn.Tanh(), nn.Linear(width, 1))


@pytest.mark.parametrize("own_inputs", [False, True])
def test_gradients_of_modules_and_of_undrawn_weights_are_finite_differences(inputs, own_inputs):
    x = inputs[0]
    if own_inputs:
        x = torch.stack((x, 2 * x, -x))
    settings = {"dtype": torch.float64}
    kinds = (
        ensemble(two_layers, 16, (1, 2, 3), **settings),
        WideMLP.initialise(16, (1, 2, 3), input_dim=5, activation=tanh, sigma_b=0.3, **settings),
    )
    for network in kinds:
        own = input_gradients(network, x)
        assert own.shape == (3, 7, 5)
        moves = 1e-5 * torch.eye(5, dtype=x.dtype)
        columns = [(network(x + move) - network(x - move)) / 2e-5 for move in moves]
        torch.testing.assert_close(own, torch.stack(columns, -1), rtol=1e-6, atol=1e-8)


def test_whole_numbers_are_refused():
    network = ensemble(
        lambda width: nn.Sequential(nn.Embedding(3, width), nn.Flatten(), nn.Linear(2 * width, 1)),
        *(8, (1,)),
    )
    with pytest.raises(TypeError, match=r"int64.*no gradient in whole numbers"):
        input_gradients(network, torch.tensor([[0, 2]]))
