"""What a layer reads, against torch's own patches, and its adjoint."""

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
    ours = Convolution(image, side).read(x, 0, 2)
    unfold = torch.nn.functional.unfold
    theirs = unfold(x.unflatten(2, image).flatten(0, 1), side, padding=side // 2)
    theirs = theirs.unflatten(1, (image[0], side**2)).permute(0, 3, 2, 1)  # [S·n, P, q², channels]
    assert torch.equal(ours, theirs.reshape(ours.shape))


@settings(deadline=None)
@given(
    image=SHAPES,
    side=SIDES,
    readout=READOUTS,
    layer=st.integers(1, 2),
    n=st.integers(1, 3),
    outputs=st.integers(1, 3),
)
def test_unread_is_the_adjoint_of_read(image, side, readout, layer, n, outputs):
    """⟨signal, read(z)⟩ = ⟨unread(signal), z⟩, for the signal of every output by itself."""
    convolution = Convolution(image, side, readout)
    z = normal(2, n * convolution.positions, 5)
    seen = convolution.read(z, layer, 2)
    signals = normal(2, seen.shape[1], outputs, seen.shape[2])
    back = convolution.unread(signals.flatten(1, 2), layer, 2, n).view(2, len(z[0]), outputs, 5)
    above = torch.einsum("srkf,srf->sk", signals, seen)
    below = torch.einsum("srkf,srf->sk", back, z)
    torch.testing.assert_close(above, below, rtol=1e-11, atol=1e-11)


def test_a_dense_layer_reads_what_is_there():
    z = normal(2, 3, 4)
    assert Dense().read(z, 1, 2) is z
    assert Dense().unread(z, 1, 2, 3) is z
    assert Dense().fans(7, 2) == (7, 1, 1)


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
