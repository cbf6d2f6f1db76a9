import pytest
import torch

from widthwise.models import (
    ResidualNetwork,
    describe,
    mup,
    residual_networks,
    tangent_kernel,
    train,
    transformers,
)
from widthwise.models.modules.kinds import Transformer

DOUBLE = torch.float64


def images(n, d=16):
    return torch.randn(n, d, dtype=DOUBLE, generator=torch.Generator().manual_seed(n))


def test_a_residual_network_is_its_formula():
    network = residual_networks(8, (1, 2), input_dim=5, depth=3, dtype=DOUBLE)
    x = images(4, 5)
    stem, *branches, readout = (t[1] for t in network.parameters.tensors)
    r = network.width / 64  # multipliers of the NTK parametrization, 1 at the base width
    h = x @ stem.T
    for branch in branches:
        h = h + 3**-0.5 * r**-0.5 * torch.erf(h) @ branch.T
    expected = r**-0.5 * torch.erf(h) @ readout[0]
    torch.testing.assert_close(network(x)[1], expected)


def test_a_convolutional_one_sees_images_and_averages():
    network = residual_networks(8, (1,), input_dim=16, kind="convolutional", dtype=DOUBLE)
    x = images(3)
    found = network.features(x)
    assert found["stem"].shape == (1, 3, 8, 4, 4)
    # The mean over positions does not see where an image lies if nothing is cut off.
    inner = torch.zeros(1, 8, 8, dtype=DOUBLE)
    inner[:, 3:5, 3:5] = torch.randn(2, 2, dtype=DOUBLE)
    wide = residual_networks(8, (1,), input_dim=64, kind="convolutional", depth=1, dtype=DOUBLE)
    moved = inner.roll(1, 2)
    outputs = [wide(image.flatten(1)) for image in (inner, moved)]
    torch.testing.assert_close(*outputs)


def test_a_transformer_that_is_causal_does_not_see_what_comes_later():
    network = transformers(8, (1, 2), input_dim=5, tokens=7, causal=True, dtype=DOUBLE)
    tokens = torch.randint(0, 7, (4, 5), generator=torch.Generator().manual_seed(0))
    later = tokens.clone()
    later[:, -1] = (later[:, -1] + 1) % 7
    before, after = (network.features(x)["blocks"] for x in (tokens, later))
    torch.testing.assert_close(before[:, :, :-1], after[:, :, :-1])
    assert not torch.allclose(before[:, :, -1], after[:, :, -1])


def test_patches_that_change_places_are_told_apart_by_position_only():
    network = transformers(8, (1,), input_dim=16, dtype=DOUBLE)
    x = images(3)
    swapped = torch.cat([x[:, 4:8], x[:, :4], x[:, 8:]], 1)
    assert not torch.allclose(network(x), network(swapped))
    place = network.names.index("position")
    network.parameters.tensors[place].zero_()
    torch.testing.assert_close(network(x), network(swapped))


@pytest.mark.parametrize("make", [residual_networks, transformers])
@pytest.mark.parametrize("width", [16, 64])
def test_sizes_do_not_depend_on_the_width(make, width):
    network = make(width, range(64), input_dim=16)
    size = network.features(images(8).float())["blocks.1"].square().mean().sqrt()
    assert float(size) == pytest.approx({residual_networks: 3, transformers: 1.9}[make], rel=0.25)


@pytest.mark.parametrize("make", [residual_networks, transformers])
def test_they_are_trained_and_have_tangent_kernels(make):
    network = make(16, (1, 2), input_dim=16, parametrization=mup, dtype=DOUBLE)
    x = images(6)
    y = network(x) + x[:, 0].sign()
    kernel = tangent_kernel(network, x)
    assert (torch.linalg.eigvalsh(kernel) > 0).all()
    run = train(network, x, y, steps=30)
    assert (run.losses[:, -1] < 0.5 * run.losses[:, 0]).all()


def test_roles_are_what_they_should_be():
    said = str(describe(lambda width: Transformer(width, input_dim=16)))
    rows = {line.split()[0]: line for line in said.splitlines()[2:]}
    for tensor, role in (
        ("embed.weight", "input"),
        ("position", "input"),
        ("blocks.0.attention.read.weight", "hidden"),
        ("blocks.1.down.weight", "hidden"),
        ("readout.weight", "output"),
    ):
        assert role in rows[tensor]


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: transformers(9, (1,), input_dim=16), "width must be a multiple of heads=2"),
        (lambda: transformers(8, (1,), input_dim=15), "input_dim must be a multiple of patch=4"),
        (
            lambda: residual_networks(8, (1,), input_dim=15, kind="convolutional"),
            "input_dim must be that of a square image, not 15",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()


def test_the_module_itself_is_an_ordinary_one():
    module = ResidualNetwork(8, input_dim=5, output_dim=2)
    assert module(torch.randn(3, 5)).shape == (3, 2)
