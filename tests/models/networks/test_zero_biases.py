import pytest
import torch
from torch import nn

from widthwise.models import biases_from_zero, ensemble, sphere, tangent_kernel, tanh, train

DATA = sphere(6, 4, 5, seed=1).to(dtype=torch.float64)


def test_they_start_as_networks_without_biases(make, inputs):
    network = biases_from_zero(make(sigma_b=0.4))
    without = make(sigma_b=0.0)
    assert torch.equal(network(inputs[0]), without(inputs[0]))


def test_their_biases_are_trained_as_autograd_trains_them(make, plain, jacobian_kernel, inputs):
    network = biases_from_zero(make(sigma_b=0.4, activation=tanh))
    x, y = DATA.x_train, DATA.y_train
    final = train(network, x, y, steps=3, rate=0.1, tolerance=0).final
    for s in range(len(network)):
        own = [t[s].clone().requires_grad_() for t in network.parameters.tensors]
        for _ in range(3):
            loss = (plain(network, own, x)[:, 0] - y).square().sum() / 2
            gradients = torch.autograd.grad(loss, own)
            own = [
                (tensor - 0.1 * gradient).detach().requires_grad_()
                for tensor, gradient in zip(own, gradients, strict=True)
            ]
        for ours, theirs in zip(final.parameters.tensors, own, strict=True):
            torch.testing.assert_close(ours[s], theirs.detach())
    assert all(bool(bias.any()) for bias in final.biases)
    kernel = jacobian_kernel(network, plain, inputs[0], inputs[1])
    torch.testing.assert_close(tangent_kernel(network, *inputs), kernel[:, :, 0, :, 0])


def test_networks_without_biases_are_refused(make):
    networks = (make(), ensemble(lambda width: nn.Linear(5, width), 8, (1,), parametrization=None))
    for network in networks:
        with pytest.raises(ValueError, match="no biases that could start at 0: give sigma_b > 0"):
            biases_from_zero(network)
