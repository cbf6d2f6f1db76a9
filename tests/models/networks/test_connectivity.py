"""What a layer reads, against torch's own patches, and its products with their adjoints."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from widthwise.models import Convolution, Dense

SHAPES = st.tuples(*[st.integers(1, 4)] * 3)
SIDES = st.sampled_from([1, 3, 5])
READOUTS = st.sampled_from(["flatten", "average"])


def normal(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@settings(deadline=None)
@given(image=SHAPES, side=SIDES, n=st.integers(1, 3))
def test_patches_are_those_that_torch_cuts_out(image, side, n):
    x = normal(2, n, image[0] * image[1] * image[2])
    ours = Convolution(image, side).connections(2)[0].read(x)
    unfold = torch.nn.functional.unfold
    theirs = unfold(x.unflatten(2, image).flatten(0, 1), side, padding=side // 2)
    theirs = theirs.unflatten(1, (image[0], side**2)).permute(0, 3, 2, 1)  # [S·n, P, q², channels]
    assert torch.equal(ours, theirs.reshape(ours.shape))


connected = given(
    connectivity=st.builds(Convolution, SHAPES, SIDES, READOUTS) | st.just(Dense()),
    layer=st.integers(0, 2),
    n=st.integers(1, 3),
)


def drawn(connectivity, layer, n):
    """A connection of depth 2, units below it, and weights into 5 units."""
    dim = 4 if connectivity == Dense() else connectivity.image[0] * connectivity.positions
    z = normal(2, n, dim) if layer == 0 else normal(2, n * connectivity.positions, 3)
    connection = connectivity.connections(2)[layer]
    return connection, z, normal(2, connection.read(z).shape[2], 5)


@settings(deadline=None)
@connected
def test_products_are_those_of_what_is_read(connectivity, layer, n):
    connection, z, weights = drawn(connectivity, layer, n)
    product = connection.multiply(z, weights, 0.7)
    torch.testing.assert_close(product, 0.7 * connection.read(z) @ weights)


@settings(deadline=None)
@connected
def test_backward_products_are_adjoint(connectivity, layer, n):
    """⟨signal, R(z)w⟩ = ⟨Rᵀ(signal wᵀ), z⟩ = ⟨R(z)ᵀ signal, w⟩."""
    connection, z, weights = drawn(connectivity, layer, n)
    product = connection.multiply(z, weights, 0.7)
    signal = normal(*product.shape)
    expected = (signal * product).sum()
    below = connection.multiply_back(signal, weights, 0.7)
    torch.testing.assert_close((below * z).sum(), expected)
    gradient = torch.ones_like(weights)
    connection.add_gradient_(gradient, z, signal, 0.7)
    torch.testing.assert_close(((gradient - 1) * weights).sum(), expected)


@settings(deadline=None)
@connected
def test_signals_of_several_outputs_go_back_as_each_by_itself(connectivity, layer, n):
    connection, z, weights = drawn(connectivity, layer, n)
    rows = connection.multiply(z, weights, 1.0).shape[1] // n
    signals = normal(2, n, 3, rows, 5)
    together = connection.multiply_back(signals.flatten(1, 3), weights, 0.7).unflatten(
        1, (n, 3, -1)
    )
    for output in range(3):
        alone = connection.multiply_back(signals[:, :, output].flatten(1, 2), weights, 0.7)
        torch.testing.assert_close(together[:, :, output].flatten(1, 2), alone)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"filter_size": 2}, "filter_size must be odd and positive, not 2"),
        ({"filter_size": -1}, "filter_size must be odd and positive, not -1"),
        ({"readout": "maximum"}, "readout must be 'flatten' or 'average', not 'maximum'"),
        ({"image": (1, 0, 3)}, r"all positive, not \(1, 0, 3\)"),
        ({"image": (8, 8)}, r"image must be \(channels, height, width\), .* not \(8, 8\)"),
    ],
)
def test_bad_convolutions_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        Convolution(**({"image": (1, 3, 3)} | settings))
