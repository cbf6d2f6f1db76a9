import math

import pytest
import torch
from torch import nn

from widthwise.models import (
    Exponents,
    describe,
    ensemble,
    mean_field,
    mup,
    ntk,
    parameter_movement,
    standard,
    tangent_kernel,
    tangent_kernel_trace,
    taylor_terms,
    train,
)
from widthwise.models.networks.backpropagation import pull_back, push_forward
from widthwise.models.networks.network import forward

from ..architectures import (
    ATTENTIVE,
    CONVOLUTIONAL,
    NORMALISED,
    Residual,
    Transformer,
    perceptron,
    tokens,
)

DOUBLE = torch.float64


def by_hand(network, s):
    """The module of one network with its own numbers in it, and its trained tensors."""
    module = network.architecture.make(network.width).to(DOUBLE).eval()
    values = {n: t[s] if n in network.own else t for n, t in network.held.items()}
    scales = network.architecture.scales
    for name, tensor, scale in zip(network.names, network.parameters.tensors, scales, strict=True):
        values[name] = tensor[s] * scale.multiplier
    module.load_state_dict(values)
    return module, [dict(module.named_parameters())[name] for name in network.names]


def gradients(network, s, x):
    """∂f_j(x)/∂θ by `backward`, output by output, in the networks' own coordinates [n, k, P]."""
    module, tensors = by_hand(network, s)
    shape = network.architecture.input_shape
    rows = []
    for point in x:
        outputs = module(point[None] if shape is None else point.view(1, *shape))[0]
        for output in outputs:
            own = torch.autograd.grad(output, tensors, retain_graph=True)
            scaled = zip(own, network.architecture.scales, strict=True)
            rows.append(torch.cat([(g * scale.multiplier).flatten() for g, scale in scaled]))
    return torch.stack(rows).unflatten(0, (len(x), -1))


@pytest.mark.parametrize(("make", "settings", "inputs"), [NORMALISED, CONVOLUTIONAL, ATTENTIVE])
@pytest.mark.parametrize("parametrization", [mup, standard, None], ids=["mup", "standard", "own"])
def test_outputs_kernels_and_derivatives_equal_autograd_by_hand(
    make, settings, inputs, parametrization
):
    network = ensemble(
        make, 8, (3, 4), parametrization=parametrization, base_width=4, dtype=DOUBLE, **settings
    )
    x, x2 = inputs(4), inputs(3)
    rates = torch.cat(
        [
            torch.full((tensor[0].numel(),), scale.rate, dtype=DOUBLE)
            for tensor, scale in zip(
                network.parameters.tensors, network.architecture.scales, strict=True
            )
        ]
    )
    kernel, trace = tangent_kernel(network, x, x2), tangent_kernel_trace(network, x)
    passed = forward(network, network.check_inputs(x))
    signal = torch.randn(passed.outputs.shape, dtype=DOUBLE)
    direction = network.parameters.map(torch.randn_like)
    for s in range(2):
        module, _ = by_hand(network, s)
        shape = settings.get("input_shape")
        seen = x if shape is None else x.view(-1, *shape)
        torch.testing.assert_close(network(x)[s], module(seen).detach(), rtol=1e-12, atol=1e-12)
        own, other = gradients(network, s, x), gradients(network, s, x2)
        expected = torch.einsum("nkp,p,mlp->nkml", own, rates, other)
        torch.testing.assert_close(kernel[s], expected, rtol=1e-12, atol=1e-12)
        expected = torch.einsum("nkp,p,mkp->nm", own, rates, own)
        torch.testing.assert_close(trace[s], expected, rtol=1e-12, atol=1e-12)
        pulled = torch.cat([t[s].flatten() for t in pull_back(network, passed, signal).tensors])
        expected = torch.einsum("nk,nkp->p", signal[s], own)
        torch.testing.assert_close(pulled, expected, rtol=1e-12, atol=1e-12)
        along = torch.cat([t[s].flatten() for t in direction.tensors])
        pushed = push_forward(network, passed, direction)[s]
        torch.testing.assert_close(pushed, own @ along, rtol=1e-12, atol=1e-12)


class Encoder(nn.Module):
    """Attention as torch itself has it, which takes another way where nothing is differentiated."""

    def __init__(self, width):
        super().__init__()
        self.embed = nn.Embedding(7, width)
        self.layer = nn.TransformerEncoderLayer(width, 2, 2 * width, dropout=0.0, batch_first=True)
        self.readout = nn.Linear(width, 1)

    def forward(self, tokens):
        return self.readout(self.layer(self.embed(tokens)).mean(1))


def test_attention_of_torch_itself_is_an_architecture_too():
    network = ensemble(Encoder, 8, (3, 4), dtype=DOUBLE)
    x = tokens(4)
    kernel = tangent_kernel(network, x)
    for s in range(2):
        module, _ = by_hand(network, s)
        torch.testing.assert_close(network(x)[s], module(x)[:, 0].detach())
        own = gradients(network, s, x)[:, 0]
        torch.testing.assert_close(kernel[s], own @ own.T)
    assert "layer.self_attn" in network.features(x)
    assert torch.backends.mha.get_fastpath_enabled()


@pytest.mark.parametrize(("make", "settings", "inputs"), [NORMALISED, CONVOLUTIONAL, ATTENTIVE])
def test_taylor_terms_are_those_of_finite_differences(make, settings, inputs):
    network = ensemble(make, 8, (3, 4), dtype=DOUBLE, **settings)
    direction, x = network.parameters.map(torch.randn_like), inputs(3)
    value, first, second = taylor_terms(network, x, direction)
    step = 1e-4
    ahead, behind = (network.displaced(direction, sign * step)(x) for sign in (1, -1))
    torch.testing.assert_close(value, network(x))
    torch.testing.assert_close(first, (ahead - behind) / (2 * step), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(second, (ahead - 2 * value + behind) / step**2, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("parametrization", [mup, None])
@pytest.mark.parametrize(("make", "settings", "inputs"), [CONVOLUTIONAL, ATTENTIVE])
def test_a_network_depends_on_its_own_seed_only(make, settings, inputs, parametrization):
    def draw(*seeds):
        return ensemble(make, 8, seeds, parametrization=parametrization, **settings)

    together, alone = draw(5, 6, 7), draw(7)
    for ours, theirs in zip(together.parameters.tensors, alone.parameters.tensors, strict=True):
        assert torch.equal(ours[2:], theirs)
    weights = together.parameters.tensors[0]
    assert not torch.equal(weights[0], weights[1])
    x = inputs(3) if inputs(3).dtype == torch.int64 else inputs(3).float()
    torch.testing.assert_close(together[2:](x), alone(x))


@pytest.mark.parametrize("parametrization", [mup, None])
def test_drawing_leaves_the_global_generator_alone(parametrization):
    before = torch.random.get_rng_state()
    ensemble(Residual, 8, (1, 2), parametrization=parametrization, input_shape=(2, 4, 3))
    describe(Residual)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("parametrization", [mup, ntk, standard, mean_field])
def test_at_the_base_width_tensors_have_the_size_the_module_gives_them(parametrization):
    network = ensemble(Transformer, 64, range(8), parametrization=parametrization)
    own = ensemble(Transformer, 64, range(8), parametrization=None)
    for name, ours, theirs in zip(
        network.names, network.parameters.tensors, own.parameters.tensors, strict=True
    ):
        assert ours.std().item() == pytest.approx(theirs.std().item(), rel=0.1), name
        if theirs.std() == 0:
            assert torch.equal(ours, theirs)


@pytest.mark.parametrize("parametrization", [mup, ntk, standard, mean_field])
def test_sizes_multipliers_and_rates_follow_the_exponents(parametrization):
    narrow, wide = (
        ensemble(Transformer, width, range(8), parametrization=parametrization, base_width=16)
        for width in (16, 256)
    )
    exponents = {
        "embed.weight": parametrization.input,
        "norm.weight": parametrization.input,
        "position": parametrization.input,
        "blocks.1.write.weight": parametrization.hidden,
        "readout.weight": parametrization.output,
    }
    for name, own in exponents.items():
        assert isinstance(own, Exponents)
        at = narrow.names.index(name)
        for power, pick in ((own.a, "multiplier"), (own.c, "rate")):
            values = [getattr(network.architecture.scales[at], pick) for network in (narrow, wide)]
            assert values == pytest.approx([1, 16**-power])
        sizes = [n.parameters.tensors[at].square().mean().sqrt().item() for n in (narrow, wide)]
        assert math.log(sizes[1] / sizes[0], 16) == pytest.approx(-own.b, abs=0.05)


@pytest.mark.parametrize("theta", [0.5, -0.3])
def test_shifting_a_parametrization_changes_coordinates_only(theta):
    x, y = tokens(6), torch.randn(6, 7, dtype=DOUBLE)
    runs = [
        train(
            ensemble(Transformer, 16, (1, 2), parametrization=p, base_width=8, dtype=DOUBLE),
            x,
            y,
            steps=6,
            rate=0.02,
            observe=tokens(3),
        )
        for p in (mup, mup.shifted(theta))
    ]
    torch.testing.assert_close(runs[0].observed, runs[1].observed, rtol=1e-9, atol=1e-9)
    assert not torch.allclose(runs[0].observed[:, 0], runs[0].observed[:, -1], atol=1e-3)


def test_a_tensor_that_is_not_drawn_keeps_its_form_and_its_size_scales():
    class Waves(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.table = nn.Parameter(torch.sin(torch.arange(4 * width).view(4, width)))
            self.readout = nn.Linear(width, 1)

        def forward(self, x):
            return self.readout(x.mean(1, keepdim=True) * self.table.sum(0))

    network = ensemble(Waves, 32, (1, 2), base_width=8)
    table, scale = network.parameters.tensors[0], network.architecture.scales[0]
    form = torch.sin(torch.arange(128.0).view(4, 32))
    effective = table * scale.multiplier
    base = torch.sin(torch.arange(32.0)).square().mean().sqrt()
    torch.testing.assert_close(effective[0], form * (base / form.square().mean().sqrt()))
    assert torch.equal(effective[0], effective[1])


def test_frozen_tensors_scale_and_stay():
    def make(width):
        module = perceptron(width)
        module[2].weight.requires_grad_(False)
        return module

    network = ensemble(make, 16, (1, 2), parametrization=ntk, base_width=4)
    assert "2.weight" not in network.names
    own = 0.5 / 3**0.5  # of Linear(4, 4): uniform between ±1/2
    assert network.held["2.weight"].std().item() == pytest.approx(own / 2, rel=0.1)
    after = train(network, torch.randn(5, 5), torch.randn(5), steps=3).final
    assert after.held["2.weight"] is network.held["2.weight"]
    assert parameter_movement(network, after).min() > 0


def test_buffers_that_are_drawn_are_each_networks_own_and_others_are_shared():
    network = ensemble(Residual, 8, (1, 2), input_shape=(2, 4, 3))
    assert network.own == {"norm.running_mean", "norm.running_var"}
    means = network.held["norm.running_mean"]
    assert means.shape == (2, 8)
    assert not torch.equal(means[0], means[1])
    assert network.held["norm.num_batches_tracked"].shape == ()


def test_features_go_by_the_names_of_modules():
    network = ensemble(Transformer, 8, (1, 2, 3), dtype=DOUBLE)
    x = tokens(4)
    found = network.features(x)
    assert list(found)[:3] == ["embed", "blocks.0.before", "blocks.0.read"]
    assert found["blocks.1.up"].shape == (3, 4, 6, 16)
    assert found["readout"].shape == (3, 4, 6, 7)
    torch.testing.assert_close(found["readout"][:, :, -1], network(x))
    assert not network.template._forward_hooks
    module, _ = by_hand(network, 1)
    torch.testing.assert_close(found["embed"][1], module.embed(x).detach())


def test_a_module_that_is_called_twice_has_two_features():
    class Twice(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.first, self.last = nn.Linear(3, width), nn.Linear(width, 1)
            self.middle, self.act = nn.Linear(width, width), nn.Tanh()

        def forward(self, x):
            return self.last(self.act(self.middle(self.act(self.first(x)))))

    network = ensemble(Twice, 8, (1,))
    assert list(network.features(torch.randn(2, 3))) == [
        "first",
        "act",
        "middle",
        "act (2)",
        "last",
    ]


def test_features_of_hand_written_networks_are_their_layers(make, make_cnn, inputs, images):
    network = make(depth=2)
    found = network.features(inputs[0])
    assert list(found) == ["layer1", "layer2"]
    assert torch.equal(found["layer2"], network.activations(inputs[0])[1])
    found = make_cnn(depth=1).features(images[0])
    assert found["layer1"].shape == (3, 5, 12, 6)


def test_inputs_of_each_networks_own(inputs):
    network = ensemble(perceptron, 8, (1, 2), dtype=DOUBLE)
    own = torch.stack([inputs[0], inputs[0].flip(0)])
    torch.testing.assert_close(network(own)[1], network(inputs[0])[1].flip(0))
    kernel = tangent_kernel(network, own)
    torch.testing.assert_close(kernel[0], tangent_kernel(network, inputs[0])[0])


def test_images_may_be_given_as_the_module_sees_them():
    network = ensemble(Residual, 8, (1, 2), input_shape=(2, 4, 3))
    x = torch.randn(5, 2, 4, 3)
    assert torch.equal(network(x), network(x.flatten(1)))


def test_outputs_of_any_shape_are_k_numbers_for_each_input():
    def make(width):
        return nn.Sequential(nn.Linear(5, width), nn.Linear(width, 6), nn.Unflatten(1, (2, 3)))

    network = ensemble(make, 8, (1, 2))
    x = torch.randn(4, 5)
    assert torch.equal(network(x).view(2, 4, 2, 3), network.features(x)["2"])


class Draws(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.only = nn.Linear(5, width)

    def forward(self, x):
        return self.only(x + torch.randn_like(x))


class Pools(Draws):
    def forward(self, x):
        return self.only(x).mean(0)


class Pairs(Draws):
    def forward(self, x):
        return self.only(x), x


@pytest.mark.parametrize(
    ("make", "x", "error", "message"),
    [
        (Draws, torch.zeros(3, 5), ValueError, "Draws draws random numbers when it is called"),
        (Pools, torch.zeros(3, 5), ValueError, r"Pools gives \[8\] for 3"),
        (Pairs, torch.zeros(3, 5), ValueError, "Pairs gives a tuple for 3"),
        (perceptron, torch.zeros(3, 5, 2), ValueError, r"inputs must be \[n, d\] or \[1, n, d\]"),
        (perceptron, torch.zeros(3, 5, dtype=DOUBLE), TypeError, "the network is torch.float32"),
        (perceptron, torch.full((3, 5), torch.nan), ValueError, "not finite"),
    ],
)
def test_calls_that_cannot_be_measured_are_refused_by_name(make, x, error, message):
    network = ensemble(make, 8, (1,))
    with pytest.raises(error, match=message):
        network(x)


def test_what_an_ensemble_is_made_from_is_checked():
    with pytest.raises(ValueError, match="width must be a positive integer, not 0"):
        ensemble(perceptron, 0, (1,))
    with pytest.raises(ValueError, match="seed 1 is given twice"):
        ensemble(perceptron, 8, (1, 1))
    with pytest.raises(TypeError, match="dtype must be a floating-point type"):
        ensemble(perceptron, 8, (1,), dtype=torch.int64)
    with pytest.raises(ValueError, match=r"'0.scale' at 2.0 is no parameter at a positive rate"):
        ensemble(perceptron, 8, (1,), rates={"0.scale": 2.0})
    with pytest.raises(ValueError, match="puts 'weight' on meta: make modules on the CPU"):
        ensemble(lambda w: nn.Linear(3, w, device="meta"), 8, (1,))
    with pytest.raises(TypeError, match=r"ask features\(x\), by module name"):
        ensemble(perceptron, 8, (1,)).activations(torch.zeros(2, 5))


def test_a_module_that_draws_from_elsewhere_is_refused():
    count = iter(range(100))

    def make(width):
        module = perceptron(width)
        with torch.no_grad():
            module[0].weight.add_(next(count))
        return module

    with pytest.raises(ValueError, match=r"'0.weight' otherwise than from torch's generator"):
        ensemble(make, 8, (1,))


def test_the_module_itself_stays_as_it_was_made():
    network = ensemble(perceptron, 8, (1, 2))
    before = {name: tensor.clone() for name, tensor in network.template.state_dict().items()}
    train(network, torch.randn(5, 5), torch.randn(5), steps=3)
    for name, tensor in network.template.state_dict().items():
        assert torch.equal(tensor, before[name])
