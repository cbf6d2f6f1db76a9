import pytest
import torch
from torch import nn

from widthwise.models import MLP, coordinates, ensemble, mup, mup_adam, own_updates, tanh
from widthwise.models.training.minimisation import cross_entropy, half_squared_error

from ..architectures import Transformer, normalised, tokens, vectors

DOUBLE = torch.float64


def plainly(network, s, x, y, optimiser, loss, steps, name):
    """One network's module, trained by torch itself; the rms of one feature's size and moves."""
    module = network.architecture.make(network.width).to(DOUBLE).eval()
    module.load_state_dict(
        {n: t[s] for n, t in zip(network.names, network.parameters.tensors, strict=True)}
    )
    stepper, seen = optimiser(module), []
    inside = dict(module.named_modules())[name]
    inside.register_forward_hook(lambda _, __, given: seen.append(given.detach()))
    for step in range(steps + 1):
        stepper.zero_grad()
        value = loss(module(x), y)
        if step < steps:
            value.backward()
            stepper.step()
    rms = [moved.square().mean().sqrt() for moved in (seen[0], *(z - seen[0] for z in seen[1:]))]
    return torch.stack(rms)


def uneven(kind):
    """Groups of unlike rates, by a `torch.optim` class."""

    def make(module):
        first, *rest = module.parameters()
        return kind([{"params": [first], "lr": 0.02}, {"params": rest}], lr=0.05)

    return make


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.AdamW, torch.optim.RMSprop])
def test_networks_side_by_side_are_trained_as_torch_trains_each(kind):
    network = ensemble(normalised, 8, (1, 2), parametrization=None, dtype=DOUBLE)
    x = vectors(6)
    y = torch.stack([x[:, 0], x[:, 1].sin()], 1)
    found = coordinates(network, x, y, optimiser=uneven(kind), steps=3)
    assert list(found.sizes) == ["0", "1", "2", "3", "4", "5", "outputs"]
    for s in range(2):
        for name in ("1", "5"):
            expected = plainly(network, s, x, y, uneven(kind), half_squared_error, 3, name)
            ours = torch.cat([found.sizes[name][s : s + 1], found.movements[name][s]])
            torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(found.sizes["5"], found.sizes["outputs"])


def test_classes_are_learned_by_cross_entropy():
    network = ensemble(Transformer, 8, (1, 2), parametrization=None, dtype=DOUBLE)
    x = tokens(5)
    y = x[:, 0]

    def adam(module):
        return torch.optim.Adam(module.parameters(), lr=0.01)

    found = coordinates(network, x, y, optimiser="adam", rate=0.01, steps=2)
    loss = nn.functional.cross_entropy
    expected = plainly(network, 1, x, y, adam, loss, 2, "blocks.1")
    ours = torch.cat([found.sizes["blocks.1"][1:], found.movements["blocks.1"][1]])
    torch.testing.assert_close(ours, expected)


def test_classes_may_be_several_for_each_input():
    outputs, y = torch.randn(4, 6), torch.tensor([[0, 1], [2, 2], [1, 0], [0, 0]])
    expected = nn.functional.cross_entropy(outputs.view(8, 3), y.view(8))
    torch.testing.assert_close(cross_entropy(outputs, y), expected)


def test_rates_are_those_of_the_parametrization():
    slow, fast = (
        coordinates(
            ensemble(normalised, 16, (1,), parametrization=mup_adam, base_width=base, dtype=DOUBLE),
            vectors(6),
            vectors(6)[:, :2],
            optimiser="adam",
            rate=0.01,
            steps=1,
        )
        for base in (16, 4)
    )
    ratio = fast.movements["0"] / slow.movements["0"]
    assert ratio.item() == pytest.approx(1, abs=0.1)  # r^½ of the multiplier, r^-½ of the rate


def test_hand_written_networks_have_coordinates_too():
    network = MLP.initialise(
        16, (1, 2), input_dim=5, activation=tanh, parametrization=mup, dtype=DOUBLE
    )
    x = vectors(6)
    found = coordinates(network, x, x[:, 0], rate=0.1, steps=2)
    assert list(found.movements) == ["layer1", "layer2", "outputs"]
    assert found.movements["layer2"].shape == (2, 2)
    assert (found.movements["layer2"] > 0).all()


def test_own_updates_move_one_tensor_at_a_time():
    network = ensemble(normalised, 8, (1, 2), parametrization=None, dtype=DOUBLE)
    x = vectors(6)
    y = x[:, :2]
    moved = own_updates(network, x, y, rate=0.05)
    assert list(moved) == list(network.names)
    together = coordinates(network, x, y, rate=0.05, steps=1).movements
    # Weights and biases of the first layer are all that moves it; the readout reads what moves.
    assert (moved["0.weight"] + moved["0.bias"] >= together["0"][:, 0]).all()
    passed = network.features(x)
    residual = (network(x) - y) / len(x)
    step = -0.05 * torch.einsum("snk,snd->skd", residual, passed["4"])
    expected = torch.einsum("skd,snd->snk", step, passed["4"]).square().mean((1, 2)).sqrt()
    torch.testing.assert_close(moved["5.weight"], expected)


def test_logits_of_attention_are_features():
    network = ensemble(Transformer, 8, (1, 2), parametrization=None, dtype=DOUBLE)
    x = tokens(4)
    found = network.features(x)
    assert found["blocks.0 logits"].shape == (2, 4, 2, 6, 6)
    read = found["blocks.0.read"].view(2, 4, 6, 3, 2, 4)
    query, key = (read[:, :, :, part].transpose(2, 3) for part in (0, 1))
    torch.testing.assert_close(found["blocks.0 logits"], query @ key.mT * 4**0.5 / 4)


def test_masked_logits_count_as_nothing():
    class Masked(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.read = nn.Linear(5, width)

        def forward(self, x):
            z = self.read(x)
            return z.masked_fill(z < 0, -torch.inf).softmax(-1)

    network = ensemble(Masked, 8, (1, 2), dtype=DOUBLE)
    found = network.features(vectors(3))
    torch.testing.assert_close(found["logits"], found["read"].clamp(min=0))
