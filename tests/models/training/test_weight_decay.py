import pytest
import torch

from widthwise.models import linear, mup, sphere, train_decayed, train_momentum

DATA = sphere(6, 4, 5, seed=1).to(dtype=torch.float64)
X, Y = DATA.x_train, DATA.y_train


def test_without_decay_it_is_momentum(make):
    network = make(parametrization=mup, sigma_b=0.2)
    ours = train_decayed(network, X, Y, rate=0.1, steps=9, decay=0.0, observe=X)
    theirs = train_momentum(network, X, Y, rate=0.1, steps=9, tolerance=0, observe=X)
    torch.testing.assert_close(ours.observed, theirs.observed)


def test_steps_are_those_of_autograd(make):
    """Two steps of heavy ball on the whole loss, differentiated by torch, in μP."""
    network = make(parametrization=mup, sigma_b=0.2)
    ours = train_decayed(network, X, Y, rate=0.05, steps=2, decay=0.7, momentum=0.5).final
    scales = network.architecture.scales
    theta = [t.clone().requires_grad_() for t in network.parameters.tensors]
    velocity = [torch.zeros_like(t) for t in theta]
    for _ in range(2):
        depth = len(network.weights)
        moved = type(network.parameters)(tuple(theta[:depth]), tuple(theta[depth:]))
        z = X.expand(len(network), -1, -1)
        for layer, (w, b) in enumerate(zip(moved.weights, moved.biases, strict=True)):
            z = scales[layer].multiplier * z @ w + scales[depth + layer].multiplier * b[:, None]
            if layer < depth - 1:
                z = network.architecture.activation.value(z)
        cost = sum((t / s.deviation).square().sum() for t, s in zip(theta, scales, strict=True))
        loss = (z[..., 0] - Y).square().sum() / 2 + 0.7 * cost / 2
        gradients = torch.autograd.grad(loss, theta)
        with torch.no_grad():
            for t, v, g, s in zip(theta, velocity, gradients, scales, strict=True):
                v.mul_(0.5).sub_(0.05 * s.rate * g)
                t.add_(v)
    for one, other in zip(ours.parameters.tensors, theta, strict=True):
        torch.testing.assert_close(one, other.detach())


def test_it_is_the_same_in_other_coordinates(make):
    options = {"rate": 0.1, "steps": 5, "decay": 0.3, "observe": X}
    runs = [
        train_decayed(make(parametrization=way, activation=linear), X, Y, **options).observed
        for way in (mup, mup.shifted(0.4))
    ]
    torch.testing.assert_close(*runs)


@pytest.mark.parametrize(
    ("wrong", "said"), [({"momentum": 1.0}, "momentum"), ({"decay": -1.0}, "decay")]
)
def test_what_is_no_decay(make, wrong, said):
    options = {"rate": 0.1, "steps": 1, "decay": 0.1} | wrong
    with pytest.raises(ValueError, match=said):
        train_decayed(make(), X, Y, **options)
