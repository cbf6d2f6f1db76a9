import pytest
import torch
from torch.func import jacrev

from widthwise.models import mup, standard, taylor_terms
from widthwise.models.networks.backpropagation import descend_, pull_back
from widthwise.models.networks.network import forward


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "settings", [{}, {"sigma_b": 0.3, "output_dim": 3, "parametrization": mup}]
)
def test_gradient_equals_autograd(make, plain, inputs, activation, depth, settings):
    network = make(depth=depth, activation=activation, **settings)
    x = inputs[0]
    passed = forward(network, network.check_inputs(x))
    torch.manual_seed(0)
    cotangent = torch.randn_like(passed.outputs)
    gradient = pull_back(network, passed, cotangent)
    for s in range(len(network)):
        own = [t[s].clone().requires_grad_() for t in network.parameters.tensors]
        (plain(network, own, x) * cotangent[s]).sum().backward()
        for ours, theirs in zip(gradient.tensors, own, strict=True):
            torch.testing.assert_close(ours[s], theirs.grad, rtol=1e-12, atol=1e-13)


def test_descent_moves_every_tensor_at_its_own_rate(make, inputs):
    network = make(parametrization=standard, sigma_b=0.5, depth=3)
    passed = forward(network, network.check_inputs(inputs[0]))
    signal = passed.outputs.clone()
    gradient = pull_back(network, passed, signal)
    before = network.parameters.map(torch.clone)
    descend_(network, passed, signal, network.parameters)
    scales = network.architecture.scales
    moved = network.parameters.minus(before)
    for step, slope, scale in zip(moved.tensors, gradient.tensors, scales, strict=True):
        torch.testing.assert_close(step, -scale.rate * slope, rtol=1e-10, atol=1e-14)
    assert {scale.rate for scale in scales} == {1 / 12}


@pytest.mark.parametrize("settings", [{}, {"sigma_b": 0.3, "output_dim": 2}])
@pytest.mark.parametrize("depth", [1, 3])
def test_taylor_terms_equal_nested_jacobians(make, plain, inputs, activation, depth, settings):
    network = make(depth=depth, activation=activation, **settings)
    other = make(seeds=(7, 8, 9), depth=depth, activation=activation, **settings)
    value, first, second = taylor_terms(network, inputs[0], other.parameters)
    for s in range(len(network)):
        here = [t[s] for t in network.parameters.tensors]
        along = [t[s] for t in other.parameters.tensors]

        def f(delta, here=here, along=along):
            moved = [t + delta * u for t, u in zip(here, along, strict=True)]
            return network.drop_single_output(plain(network, moved, inputs[0]))

        zero = torch.zeros((), dtype=torch.float64)
        slope, curvature = jacrev(f)(zero), jacrev(jacrev(f))(zero)
        torch.testing.assert_close(value[s], f(zero), rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(first[s], slope, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(second[s], curvature, rtol=1e-11, atol=1e-11)
