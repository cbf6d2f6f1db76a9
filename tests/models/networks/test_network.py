import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from widthwise.models import MLP, erf, mean_field, mup, ntk, relu, standard, train
from widthwise.models.networks.network import forward
from widthwise.models.networks.randomness import normal_


@pytest.mark.parametrize(
    "settings", [{}, {"sigma_b": 0.7, "output_dim": 3, "parametrization": mup}]
)
def test_outputs_equal_the_plain_network(make, plain, inputs, activation, settings):
    network = make(depth=3, activation=activation, **settings)
    outputs = network(inputs[0])
    assert outputs.shape == ((3, 7, 3) if settings else (3, 7))
    for s in range(3):
        expected = plain(network, [t[s] for t in network.parameters.tensors], inputs[0])
        torch.testing.assert_close(outputs[s].view(7, -1), expected, rtol=1e-12, atol=1e-12)


def test_activations_are_phi_of_preactivations(make, inputs):
    network = make(depth=3, activation=erf)
    pairs = zip(network.preactivations(inputs[0]), network.activations(inputs[0]), strict=True)
    for h, z in pairs:
        assert h.shape == (3, 7, 12)
        torch.testing.assert_close(z, torch.erf(h))


@settings(deadline=None)
@given(
    seeds=st.lists(st.integers(0, 2**63 - 1), min_size=2, max_size=6, unique=True),
    cut=st.integers(1, 5),
    order=st.randoms(use_true_random=False),
)
def test_a_network_depends_on_its_own_seed_only(seeds, cut, order):
    def initialise(some):
        return MLP.initialise(9, some, input_dim=3, sigma_b=0.1)

    whole = initialise(seeds)
    shuffled = list(seeds)
    order.shuffle(shuffled)
    parts = [part for part in (shuffled[:cut], shuffled[cut:]) if part]
    for part in parts:
        network = initialise(part)
        for row, seed in enumerate(part):
            for ours, theirs in zip(
                network.parameters.tensors, whole.parameters.tensors, strict=True
            ):
                assert torch.equal(ours[row], theirs[seeds.index(seed)])


@settings(deadline=None)
@given(low=st.integers(0, 2**31), high=st.integers(1, 2**31 - 1))
def test_seeds_that_share_their_low_bits_draw_different_networks(low, high):
    """torch's CPU generator reads 32 bits of its seed; a seed here has 63."""
    network = MLP.initialise(4, (low, low + (high << 32)), input_dim=3)
    for tensor in network.parameters.tensors:
        assert not torch.equal(tensor[0], tensor[1])


def test_tensors_of_a_network_are_uncorrelated():
    tensors = [torch.empty(1, 20_000) for _ in range(3)]
    normal_(tensors, (5,))
    other = [torch.empty(1, 20_000) for _ in range(3)]
    normal_(other, (5,), purpose=1)
    values = torch.cat(tensors + other)
    assert bool((torch.corrcoef(values) - torch.eye(6)).abs().max() < 5 / 20_000**0.5)
    assert bool((values.mean(1).abs() < 5 / 20_000**0.5).all())
    assert bool(((values.var(1) - 1).abs() < 5 * (2 / 20_000) ** 0.5).all())


@pytest.mark.parametrize("parametrization", [ntk, standard, mup, mean_field], ids=lambda p: p.name)
def test_preactivations_keep_their_size_at_initialisation(parametrization):
    """Var h^l = 2 at every layer for ReLU on |x| = √d; the output has 2·N^-2(a+b)+1."""
    width = 300
    network = MLP.initialise(
        width, range(40), input_dim=8, depth=3, parametrization=parametrization
    )
    x = torch.full((1, 8), 1.0)
    for h in network.preactivations(x):
        size = h.square().mean((1, 2))
        assert abs(float(size.mean()) - 2) < 5 * float(size.std()) / 40**0.5
    output = network(x).square().flatten()
    expected = 2 * width ** (1 - 2 * (parametrization.output.a + parametrization.output.b))
    assert abs(float(output.mean()) - expected) < 5 * float(output.std()) / 40**0.5


def test_biases_add_their_variance():
    network = MLP.initialise(400, range(30), input_dim=4, activation=erf, sigma_b=0.5)
    first = network.preactivations(torch.zeros(1, 4))[0].square().mean((1, 2))
    assert abs(float(first.mean()) - 0.25) < 5 * float(first.std()) / 30**0.5


def test_training_makes_a_new_network(make, inputs):
    network = make()
    before = network.parameters.map(torch.clone)
    train(network, inputs[0], torch.ones(7, dtype=torch.float64), steps=3)
    for ours, theirs in zip(network.parameters.tensors, before.tensors, strict=True):
        assert torch.equal(ours, theirs)


def test_displaced_along_a_direction(make):
    network = make(sigma_b=0.1)
    direction = network.parameters.map(torch.ones_like)
    moved = network.displaced(direction, torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64))
    shifts = moved.parameters.minus(network.parameters)
    for tensor in shifts.tensors:
        expected = torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64)
        torch.testing.assert_close(tensor.flatten(1).mean(1), expected)


def test_default_gains():
    assert MLP.initialise(2, (0,), input_dim=1, activation=relu).architecture.gain == np.sqrt(2)
    assert MLP.initialise(2, (0,), input_dim=1, activation=erf).architecture.gain == 1
    assert MLP.initialise(2, (0,), input_dim=1, sigma_w=1.5).architecture.gain == 1.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 0}, "width must be a positive integer, not 0"),
        ({"width": 2.5}, "width must be a positive integer, not 2.5"),
        ({"depth": 0}, "depth must be a positive integer, not 0"),
        ({"input_dim": -1}, "input_dim must be a positive integer, not -1"),
        ({"output_dim": 0}, "output_dim must be a positive integer, not 0"),
        ({"sigma_w": 0.0}, "sigma_w must be positive and finite, not 0.0"),
        ({"sigma_b": -1.0}, "sigma_b must be finite and not negative, not -1.0"),
        ({"seeds": ()}, "seeds is empty"),
        ({"seeds": (1, 1)}, "seed 1 is given twice"),
        ({"seeds": (-1,)}, "seed -1 is outside"),
        ({"seeds": (2**63,)}, "is outside"),
    ],
)
def test_bad_architecture_or_seeds(make, settings, message):
    with pytest.raises(ValueError, match=message):
        make(**settings)


def test_bad_dtype(make):
    with pytest.raises(TypeError, match=r"floating-point type, not torch\.int64"):
        make(dtype=torch.int64)


def test_bad_inputs(make):
    network = make()
    with pytest.raises(ValueError, match=r"inputs must be \[n, 5\] or \[3, n, 5\], not \[7, 4\]"):
        network(torch.zeros(7, 4, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"not \[2, 7, 5\]"):
        network(torch.zeros(2, 7, 5, dtype=torch.float64))
    with pytest.raises(
        TypeError, match=r"inputs are torch\.float32, the network is torch\.float64"
    ):
        network(torch.zeros(7, 5))
    with pytest.raises(TypeError, match="inputs lie on meta, the network on cpu"):
        network(torch.zeros(7, 5, dtype=torch.float64, device="meta"))


@pytest.mark.parametrize("width", [12, 40])
def test_a_pass_is_written_over(make, inputs, activation, width):
    network = make(width=width, depth=3, activation=activation, sigma_b=0.2)
    first = forward(network, network.check_inputs(inputs[0]))
    other = make(width=width, depth=3, activation=activation, sigma_b=0.2, seeds=(4, 5, 6))
    again = forward(other, other.check_inputs(inputs[0]), out=first)
    expected = forward(other, other.check_inputs(inputs[0]))
    torch.testing.assert_close(again.outputs, expected.outputs)
    for name in ("preactivations", "activations"):
        pairs = zip(getattr(again, name), getattr(expected, name), strict=True)
        for ours, fresh in pairs:
            torch.testing.assert_close(ours, fresh, rtol=0, atol=0)
    assert again.preactivations[1].data_ptr() == first.preactivations[1].data_ptr()


def test_blocks_hold_less_the_more_inputs_there_are():
    network = MLP.initialise(64, range(50), input_dim=5)
    lengths = []
    for n in (1, 100, 1000, 10**6):
        sizes = [len(network[block]) for block in network.blocks(n)]
        assert sum(sizes) == 50
        assert max(sizes) == sizes[0]
        lengths.append(len(sizes))
    assert lengths[0] == 1
    assert lengths[-1] == 50
    assert lengths == sorted(lengths)
