"""Kernels of convolutional networks: against neural-tangents and finite networks."""

from __future__ import annotations

import json
from importlib import resources

import pytest
import torch

from widthwise.models import (
    Architecture,
    Convolution,
    erf,
    mean_field,
    mup,
    ntk,
    relu,
    standard,
    tanh,
)
from widthwise.models.kernels.infinite_channels import infinite_channel_kernels
from widthwise.models.kernels.infinite_width import infinite_width_kernels

REFERENCE = json.loads(
    (resources.files("widthwise.claims.infinite_width") / "neural_tangents.json").read_text()
)
ACTIVATIONS = {"relu": relu, "erf": erf}


def label(case: dict) -> str:
    return f"{case['activation']}-{case['depth']}-{case['readout']}"


def images(n: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Of two channels, four rows and three columns, listed as the inputs of a network are."""
    generator = torch.Generator().manual_seed(n)
    return torch.randn(n, 24, generator=generator, dtype=torch.float64).to(dtype)


def convolutional(readout="flatten", *, image=(2, 4, 3), filter_size=3, **settings):
    convolution = Convolution(image, filter_size, readout)
    dim = image[0] * convolution.positions
    return Architecture(1, dim, connectivity=convolution, **settings)


@pytest.mark.parametrize("case", REFERENCE["convolutional"], ids=label)
@pytest.mark.parametrize("other", [None, "images2"])
def test_kernels_equal_neural_tangents(case, other):
    """To 1e-10 of the largest entry; of an image with itself to 1e-7, as for dense networks."""
    x = torch.tensor(REFERENCE["images"], dtype=torch.float64)
    x2 = None if other is None else torch.tensor(REFERENCE[other], dtype=torch.float64)
    image = tuple(x.shape[1:])
    x, x2 = (None if points is None else points.flatten(1) for points in (x, x2))
    architecture = convolutional(
        case["readout"],
        image=image,
        depth=case["depth"],
        activation=ACTIVATIONS[case["activation"]],
        sigma_w=case["sigma_w"],
        sigma_b=case["sigma_b"],
    )
    ours = infinite_channel_kernels(architecture, x, x2)
    second = x if x2 is None else x2
    same = (x[:, None] == second).all(-1)
    accuracy = torch.where(same, 1e-7, 1e-10)
    for name in ("nngp", "tangent"):
        theirs = torch.tensor(case["x_x" if other is None else "x_x2"][name], dtype=torch.float64)
        error = (getattr(ours, name) - theirs).abs()
        assert bool((error <= accuracy * theirs.abs().max()).all())


@pytest.mark.parametrize("readout", ["flatten", "average"])
@pytest.mark.parametrize("activation", [relu, erf, tanh], ids=str)
def test_one_pixel_makes_a_dense_network(readout, activation):
    """A filter of one pixel on images of one pixel is a fully connected layer."""
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    settings = {"depth": 2, "activation": activation, "sigma_b": 0.3}
    dense = infinite_width_kernels(Architecture(1, 3, **settings), x)
    one_pixel = convolutional(readout, image=(3, 1, 1), filter_size=1, **settings)
    for ours, theirs in zip(infinite_channel_kernels(one_pixel, x), dense, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("readout", ["flatten", "average"])
def test_finite_networks_converge_to_them(readout):
    """Products of outputs of 2000 random networks with 64 channels, at 5 standard errors.

    Their mean is the NNGP kernel for any number of channels with one convolutional layer.
    """
    x = images(3)
    architecture = convolutional(readout, depth=1, sigma_w=1.3, sigma_b=0.5)
    generator = torch.Generator().manual_seed(7)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    products = []
    for _ in range(2000):
        h = torch.nn.functional.conv2d(x.view(-1, 2, 4, 3), normal(64, 2, 3, 3), padding=1) * (
            1.3 / 18**0.5
        )
        z = torch.relu(h + 0.5 * normal(64, 1, 1))
        z = z.flatten(1) if readout == "flatten" else z.mean((2, 3))
        f = 1.3 / z.shape[1] ** 0.5 * (z @ normal(z.shape[1])) + 0.5 * normal(1)
        products.append(f[:, None] * f[None, :])
    samples = torch.stack(products)
    error = samples.std(0) / len(samples) ** 0.5
    limit = infinite_channel_kernels(architecture, x).nngp
    assert bool(((samples.mean(0) - limit).abs() <= 5 * error).all())


@pytest.mark.parametrize("readout", ["flatten", "average"])
def test_blocks_do_not_show(monkeypatch, readout):
    x, x2 = images(5), images(4)
    architecture = convolutional(readout, sigma_b=0.1)
    whole = [infinite_channel_kernels(architecture, x, other) for other in (None, x2)]
    monkeypatch.setattr("widthwise.models.kernels.infinite_channels._BLOCK_BYTES", 8 * 12 * 12 * 4)
    parts = [infinite_channel_kernels(architecture, x, other) for other in (None, x2)]
    for one, other in zip(whole, parts, strict=True):
        for kernel, part in zip(one, other, strict=True):
            torch.testing.assert_close(kernel, part, rtol=1e-12, atol=0)


@pytest.mark.parametrize("readout", ["flatten", "average"])
def test_float32_is_exact_to_rounding(readout):
    """Also of an image with itself, where the cosine is 1."""
    architecture = convolutional(readout, depth=3)
    exact = infinite_channel_kernels(architecture, images(6))
    single = infinite_channel_kernels(architecture, images(6, torch.float32))
    for kernel, target in zip(single, exact, strict=True):
        assert float((kernel - target).abs().max() / target.max()) < 2e-5


def test_averaging_ignores_reflections():
    """All filters are symmetric in law: mirroring both images changes nothing."""
    x = images(4)
    architecture = convolutional("average")
    for kernel, mirrored in zip(
        infinite_channel_kernels(architecture, x),
        infinite_channel_kernels(architecture, x.view(-1, 2, 4, 3).flip(3).flatten(1)),
        strict=True,
    ):
        torch.testing.assert_close(kernel, mirrored)


@pytest.mark.parametrize("readout", ["flatten", "average"])
@pytest.mark.parametrize("parametrization", [standard, mup, mean_field], ids=lambda p: p.name)
def test_parametrizations_keep_the_terms_that_they_keep_in_dense_networks(readout, parametrization):
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    settings = {"activation": erf, "sigma_b": 0.3, "parametrization": parametrization}
    one_pixel = convolutional(readout, image=(3, 1, 1), filter_size=1, **settings)
    dense = infinite_width_kernels(Architecture(1, 3, **settings), x)
    for ours, theirs in zip(infinite_channel_kernels(one_pixel, x), dense, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)
    kernels = [
        infinite_channel_kernels(convolutional(readout, parametrization=p), images(3))
        for p in (ntk, parametrization)
    ]
    assert any(not torch.allclose(*pair) for pair in zip(*kernels, strict=True))


def test_bad_input_is_named():
    architecture = convolutional()
    with pytest.raises(ValueError, match=r"x must be \[n, 24\], not \[4, 3\]"):
        infinite_channel_kernels(architecture, torch.zeros(4, 3))
    with pytest.raises(TypeError, match="share dtype"):
        infinite_channel_kernels(architecture, images(2), images(2, torch.float32))
    with pytest.raises(TypeError, match=r"not torch\.int64"):
        infinite_channel_kernels(architecture, images(2).long())
    with pytest.raises(ValueError, match="x contains numbers that are not finite"):
        infinite_channel_kernels(architecture, images(2) / 0)
    with pytest.raises(ValueError, match="take infinite_width_kernels"):
        infinite_channel_kernels(Architecture(1, 24), images(2))
    with pytest.raises(ValueError, match="take infinite_channel_kernels"):
        infinite_width_kernels(architecture, images(2))
