"""Kernels of convolutional networks: against neural-tangents and finite networks."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from widthwise.models import Architecture, erf, relu, tanh
from widthwise.models.infinite_channels import Convolutional, infinite_channel_kernels
from widthwise.models.infinite_width import infinite_width_kernels

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "infinite_width.json").read_text()
)
ACTIVATIONS = {"relu": relu, "erf": erf}


def label(case: dict) -> str:
    return f"{case['activation']}-{case['depth']}-{case['readout']}"


def images(n: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(n)
    return torch.randn(n, 2, 4, 3, generator=generator, dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("case", REFERENCE["convolutional"], ids=label)
@pytest.mark.parametrize("other", [None, "images2"])
def test_kernels_equal_neural_tangents(case, other):
    """To 1e-10 of the largest entry; of an image with itself to 1e-7, as for dense networks."""
    x = torch.tensor(REFERENCE["images"], dtype=torch.float64)
    x2 = None if other is None else torch.tensor(REFERENCE[other], dtype=torch.float64)
    architecture = Convolutional(
        depth=case["depth"],
        readout=case["readout"],
        activation=ACTIVATIONS[case["activation"]],
        sigma_w=case["sigma_w"],
        sigma_b=case["sigma_b"],
    )
    ours = infinite_channel_kernels(architecture, x, x2)
    second = x if x2 is None else x2
    same = (x.flatten(1)[:, None] == second.flatten(1)).all(-1)
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
    convolutional = Convolutional(filter_size=1, readout=readout, **settings)
    for ours, theirs in zip(
        infinite_channel_kernels(convolutional, x[:, :, None, None]), dense, strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("readout", ["flatten", "average"])
def test_finite_networks_converge_to_them(readout):
    """Products of outputs of 2000 random networks with 64 channels, at 5 standard errors.

    Their mean is the NNGP kernel for any number of channels with one convolutional layer.
    """
    x = images(3)
    architecture = Convolutional(depth=1, readout=readout, sigma_w=1.3, sigma_b=0.5)
    generator = torch.Generator().manual_seed(7)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    products = []
    for _ in range(2000):
        h = torch.nn.functional.conv2d(x, normal(64, 2, 3, 3), padding=1) * (1.3 / 18**0.5)
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
    architecture = Convolutional(readout=readout, sigma_b=0.1)
    whole = [infinite_channel_kernels(architecture, x, other) for other in (None, x2)]
    monkeypatch.setattr("widthwise.models.infinite_channels._BLOCK_BYTES", 8 * 12 * 12 * 4)
    parts = [infinite_channel_kernels(architecture, x, other) for other in (None, x2)]
    for one, other in zip(whole, parts, strict=True):
        for kernel, part in zip(one, other, strict=True):
            torch.testing.assert_close(kernel, part, rtol=1e-12, atol=0)


@pytest.mark.parametrize("readout", ["flatten", "average"])
def test_float32_is_exact_to_rounding(readout):
    """Also of an image with itself, where the cosine is 1."""
    architecture = Convolutional(depth=3, readout=readout)
    exact = infinite_channel_kernels(architecture, images(6))
    single = infinite_channel_kernels(architecture, images(6, torch.float32))
    for kernel, target in zip(single, exact, strict=True):
        assert float((kernel - target).abs().max() / target.max()) < 2e-5


def test_averaging_ignores_reflections():
    """All filters are symmetric in law: mirroring both images changes nothing."""
    x = images(4)
    architecture = Convolutional(readout="average")
    for kernel, mirrored in zip(
        infinite_channel_kernels(architecture, x),
        infinite_channel_kernels(architecture, x.flip(3)),
        strict=True,
    ):
        torch.testing.assert_close(kernel, mirrored)


def test_bad_input_is_named():
    architecture = Convolutional()
    with pytest.raises(ValueError, match=r"x must be .*channels, height, width.* not \[4, 3\]"):
        infinite_channel_kernels(architecture, torch.zeros(4, 3))
    with pytest.raises(ValueError, match=r"x2 must be \[n, \[2, 4, 3\]\], not \[1, 2, 3, 3\]"):
        infinite_channel_kernels(architecture, images(2), images(1)[:, :, :3])
    with pytest.raises(TypeError, match="share dtype"):
        infinite_channel_kernels(architecture, images(2), images(2, torch.float32))
    with pytest.raises(TypeError, match=r"not torch\.int64"):
        infinite_channel_kernels(architecture, images(2).long())
    with pytest.raises(ValueError, match="x contains numbers that are not finite"):
        infinite_channel_kernels(architecture, images(2) / 0)
    with pytest.raises(ValueError, match="filter_size must be odd"):
        Convolutional(filter_size=2)
    with pytest.raises(ValueError, match="readout must be"):
        dataclasses.replace(architecture, readout="maximum")
    with pytest.raises(ValueError, match="sigma_w must be positive"):
        Convolutional(sigma_w=-1.0)
    with pytest.raises(ValueError, match="depth must be"):
        Convolutional(depth=0)
