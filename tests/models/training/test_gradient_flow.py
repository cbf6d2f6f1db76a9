import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from widthwise.models import mup, ntk, relu, tanh, train, train_flow


def slow_flow(network, plain, x, y, time, rate):
    """Where the flow of L + (η/4)|∇L|² takes one network, by autograd and an adaptive solver."""
    tensors = [tensor[0] for tensor in network.parameters.tensors]
    rates = [scale.rate for scale in network.architecture.scales]
    sizes = [tensor.numel() for tensor in tensors]

    def velocity(_, flat):
        parts = torch.split(torch.from_numpy(flat), sizes)
        point = [p.view_as(t).requires_grad_() for p, t in zip(parts, tensors, strict=True)]
        loss = (plain(network, point, x)[:, 0] - y).square().sum() / 2
        slopes = torch.autograd.grad(loss, point, create_graph=True)
        penalty = sum(r * g.square().sum() for r, g in zip(rates, slopes, strict=True))
        gradient = torch.autograd.grad(loss + rate / 4 * penalty, point)
        return -np.concatenate(
            [r * g.numpy().ravel() for r, g in zip(rates, gradient, strict=True)]
        )

    start = np.concatenate([tensor.numpy().ravel() for tensor in tensors])
    return solve_ivp(velocity, (0, time), start, "DOP853", rtol=1e-9, atol=1e-11).y[:, -1]


@pytest.mark.parametrize("parametrization", [ntk, mup], ids=["ntk", "mup"])
@pytest.mark.parametrize("rate", [0, 0.3], ids=["plain", "modified"])
def test_it_ends_where_an_adaptive_solver_ends(make, inputs, plain, parametrization, rate):
    x, y = inputs[0], torch.linspace(-1, 1, 7, dtype=torch.float64)
    network = make(
        width=6, seeds=(2,), activation=tanh, sigma_b=0.3, parametrization=parametrization
    )
    flow = train_flow(network, x, y, time=0.2, steps=40, rate=rate)
    ours = np.concatenate([t[0].numpy().ravel() for t in flow.final.parameters.tensors])
    np.testing.assert_allclose(ours, slow_flow(network, plain, x, y, 0.2, rate), atol=1e-8)


def test_it_shows_the_outputs_at_every_time(make, inputs):
    network, x = make(), inputs[0]
    y = torch.ones(7, dtype=torch.float64)
    flow = train_flow(network, x, y, time=0.4, steps=8)
    assert flow.outputs.shape == (3, 9, 7)
    torch.testing.assert_close(flow.outputs[:, 0], network(x))
    torch.testing.assert_close(flow.outputs[:, -1], flow.final(x))
    half = train_flow(network, x, y, time=0.2, steps=4)
    torch.testing.assert_close(flow.outputs[:, 4], half.final(x))


def test_it_leaves_the_networks_as_they_were(make, inputs):
    network = make()
    weights = [w.clone() for w in network.weights]
    train_flow(network, inputs[0], torch.ones(7, dtype=torch.float64), time=1, steps=4)
    assert all(map(torch.equal, network.weights, weights))


def test_every_network_has_its_own_time(make, inputs):
    network, y = make(), torch.ones(7, dtype=torch.float64)
    times = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)
    together = train_flow(network, inputs[0], y, time=times, steps=6).final(inputs[0])
    alone = train_flow(network[1:2], inputs[0], y, time=0.2, steps=6).final(inputs[0])
    torch.testing.assert_close(together[1:2], alone)


def test_small_steps_of_gradient_descent_follow_it(make, inputs):
    network, x = make(activation=relu), inputs[0]
    y = torch.ones(7, dtype=torch.float64)
    flow = train_flow(network, x, y, time=0.02, steps=20)
    descent = train(network, x, y, steps=1000, rate=2e-5, tolerance=0)
    torch.testing.assert_close(flow.final(x), descent.final(x), atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ({"time": 0}, "time must be positive and finite, not 0"),
        ({"time": float("nan")}, "time must be positive and finite, not nan"),
        ({"steps": 0}, "steps must be at least 1, not 0"),
    ],
)
def test_what_cannot_be_followed_is_refused(make, inputs, setting, complaint):
    y = torch.ones(7, dtype=torch.float64)
    with pytest.raises(ValueError, match=complaint):
        train_flow(make(), inputs[0], y, **({"time": 1, "steps": 2} | setting))
