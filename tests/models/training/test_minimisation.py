import pytest
import torch
from torch import nn

from widthwise.models import MLP, ensemble, erf, minimise, ntk, tanh, train
from widthwise.models.networks.network import forward

from ..architectures import Transformer, normalised, tokens, vectors

DOUBLE = torch.float64


def by_torch(network, s, x, y, optimiser, loss, steps):
    """The losses of one network's module, trained by torch itself."""
    module = network.architecture.make(network.width).to(DOUBLE).eval()
    module.load_state_dict(
        {n: t[s] for n, t in zip(network.names, network.parameters.tensors, strict=True)}
    )
    stepper, losses = optimiser(module), []
    for _ in range(steps):
        stepper.zero_grad()
        value = loss(module(x), y)
        losses.append(value.item())
        value.backward()
        stepper.step()
    return torch.tensor([*losses, loss(module(x), y).item()], dtype=DOUBLE)


@pytest.mark.parametrize("kind", [torch.optim.AdamW, torch.optim.NAdam])
def test_losses_are_those_of_torch_itself(kind):
    network = ensemble(Transformer, 8, (1, 2), parametrization=None, dtype=DOUBLE)
    x = tokens(5)
    y = x[:, 0]

    def optimiser(module):
        return kind(module.parameters(), lr=0.01)

    found = minimise(network, x, y, optimiser=optimiser, steps=3)
    assert found.losses.shape == (2, 4)
    for s in range(2):
        expected = by_torch(network, s, x, y, optimiser, nn.functional.cross_entropy, 3)
        torch.testing.assert_close(found.losses[s], expected)


def test_gradient_descent_is_that_of_train_up_to_the_mean():
    network = MLP.initialise(16, (1, 2), input_dim=5, activation=tanh, dtype=DOUBLE)
    x = vectors(6)
    y = x[:, 0].sin()
    # The loss here is the mean over inputs, there the sum.
    plain = train(network, x, y, steps=4, rate=0.02, tolerance=0)
    found = minimise(network, x, y, rate=0.02 * len(x), steps=4)
    torch.testing.assert_close(found.final(x), plain.final(x))
    torch.testing.assert_close(found.losses * len(x), plain.losses)
    assert not found.diverged.any()


def test_classes_are_learned_by_hand_written_networks_too():
    network = MLP.initialise(
        64, (1, 2, 3), input_dim=5, output_dim=3, activation=erf, parametrization=ntk
    )
    x = vectors(12).float()
    y = torch.arange(12) % 3
    found = minimise(network, x, y, rate=2.0, steps=200)
    assert (found.losses[:, -1] < 0.2 * found.losses[:, 0]).all()
    assert (forward(found.final, found.final.check_inputs(x)).outputs.argmax(2) == y).all()
    # What went in is left alone.
    torch.testing.assert_close(
        network(x),
        MLP.initialise(
            64, (1, 2, 3), input_dim=5, output_dim=3, activation=erf, parametrization=ntk
        )(x),
    )


def test_divergence_is_told_network_by_network():
    network = ensemble(normalised, 8, (1, 2), parametrization=None)
    x = vectors(6).float()
    found = minimise(network, x, x[:, :2], rate=1e20, steps=4)
    assert found.diverged.all()


def test_a_loss_of_ones_own():
    network = MLP.initialise(16, (1,), input_dim=5, activation=tanh, dtype=DOUBLE)
    x = vectors(6)
    y = x[:, 0]

    def absolute(outputs, y):
        return (outputs[:, 0] - y).abs().sum()

    found = minimise(network, x, y, rate=0.001, steps=50, loss=absolute)
    assert found.losses[0, 0].item() == pytest.approx((network(x) - y).abs().sum().item())
    assert found.losses[0, -1] < found.losses[0, 0]


@pytest.mark.parametrize(
    ("settings", "match"),
    [({"steps": 0}, "steps must be at least 1"), ({"rate": 0.0}, "rate must be positive")],
)
def test_settings_that_train_nothing_are_refused(settings, match):
    network = MLP.initialise(16, (1,), input_dim=5)
    x = vectors(6).float()
    with pytest.raises(ValueError, match=match):
        minimise(network, x, x[:, 0], **{"steps": 1} | settings)
