"""Kernels at every scale and angle, in both precisions: against fifty digits."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path

import pytest
import torch

from widthwise.models import Architecture, Convolution, erf, gelu, linear, relu, sin, tanh
from widthwise.models.kernels.infinite_channels import infinite_channel_kernels
from widthwise.models.kernels.infinite_width import infinite_width_kernels

PATH = Path(__file__).parents[3] / "benchmarks" / "kernel_accuracy.py"
ACTIVATIONS = [linear, relu, erf, gelu, sin, tanh]
CLOSED = ["linear", "relu", "leaky_relu(0.2)", "erf", "gelu", "sin"]


@pytest.fixture(scope="module")
def accuracy():
    """The script that writes the table of errors."""
    sys.path.insert(0, str(PATH.parent))
    spec = importlib.util.spec_from_file_location("widthwise_kernel_accuracy", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]
    sys.path.remove(str(PATH.parent))


@pytest.mark.parametrize("scale", [1e-6, 1e-2, 1.0, 1e2, 1e4, 1e6])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("name", CLOSED)
def test_kernels_in_float32_are_those_of_fifty_digits(accuracy, name, depth, scale):
    """Generic, equal, near, opposite and parallel pairs, to ten units in the last place."""
    assert max(accuracy.errors(name, depth, scale, torch.float32)) < 10 * 2**-23


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("name", CLOSED)
def test_kernels_in_float64_are_those_of_fifty_digits(accuracy, name, depth, scale):
    """To rounding; of sines and steps, to that of the inputs, which they multiply by the scale.

    GELU's second layer knows the angle of near pairs from E[φφ] only, to √eps at worst.
    """
    allowed = 5e-15
    if name in ("sin", "erf"):
        allowed *= max(1, scale / 100)
    if name == "gelu" and depth > 1:
        allowed = max(allowed, 3e-15 * scale)
    assert max(accuracy.errors(name, depth, scale, torch.float64)) < allowed


def test_large_inputs_with_a_small_spread():
    x = torch.full((1, 784), 255.0) + torch.linspace(0, 1, 784) * 25.5
    theta = infinite_width_kernels(Architecture(1, 784, depth=1, activation=gelu), x).tangent
    assert float(theta) == pytest.approx(287020.1814, rel=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_kernel_exceeds_what_the_inputs_have_with_themselves(activation, dtype):
    """|K_ij|² ≤ K_ii·K_jj, and the same for Θ; E[sin²] and E[erf²] are at most 1."""
    line = torch.tensor([-1.0, -1 - 1e-6, -0.3, 1e-4, 1.0, 1.0, 1 + 1e-6, 2.0], dtype=torch.float64)
    for scale in (1e-6, 1.0) if activation is tanh else (1e-6, 1.0, 3e3, 1e4, 1e6):
        x = (scale * line[:, None]).to(dtype)
        architecture = Architecture(1, 1, depth=2, activation=activation, sigma_w=1.0)
        for other in (None, x.clone()):
            kernels = infinite_width_kernels(architecture, x, other)
            for kernel in kernels:
                own = kernel.diagonal()
                bound = (own.double()[:, None] * own.double()).sqrt()
                assert bool((own >= 0).all())
                assert bool(
                    (kernel.double().abs() <= bound * (1 + 4 * torch.finfo(dtype).eps)).all()
                )
            if activation in (erf, sin):
                assert float(kernels.nngp.abs().max()) <= 1


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_equal_inputs_have_equal_kernels(activation):
    """In one set and across two."""
    x = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    doubled = torch.cat((x, x))
    architecture = Architecture(1, 5, depth=3, activation=activation, sigma_b=0.1)
    for kernel, across in zip(
        infinite_width_kernels(architecture, doubled),
        infinite_width_kernels(architecture, x, x.clone()),
        strict=True,
    ):
        own = kernel.diagonal()[:4]
        for copies in (kernel[:4, 4:].diagonal(), across.diagonal()):
            torch.testing.assert_close(copies, own, rtol=2e-6, atol=0)


def test_kinks_do_not_spoil_nearly_parallel_inputs():
    """On a line all inputs are nearly parallel once the bias is small: Θ was off by 6e-4."""
    x = torch.linspace(-31.4, 31.4, 20, dtype=torch.float64)[:, None].float()
    architecture = Architecture(1, 1, sigma_w=1.5, sigma_b=0.05)
    for single, double in zip(
        infinite_width_kernels(architecture, x),
        infinite_width_kernels(architecture, x.double()),
        strict=True,
    ):
        size = double.diagonal().sqrt()
        assert float(((single - double).abs() / (size[:, None] * size)).max()) < 5e-7


def test_a_network_that_drives_inputs_apart_keeps_its_digits():
    """Deep and chaotic, it multiplies what rounding does to the first covariance by Θ/K."""
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(1, 8, generator=generator) + 1e-3 * torch.randn(30, 8, generator=generator)
    architecture = Architecture(1, 8, depth=8, activation=erf, sigma_w=5.0)
    for single, double in zip(
        infinite_width_kernels(architecture, x),
        infinite_width_kernels(architecture, x.double()),
        strict=True,
    ):
        size = double.diagonal().sqrt()
        assert float(((single - double).abs() / (size[:, None] * size)).max()) < 1e-6


@pytest.mark.parametrize("readout", ["flatten", "average"])
@pytest.mark.parametrize("activation", [relu, erf, gelu, sin], ids=str)
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e3, 1e6])
def test_convolutional_kernels_in_float32_are_those_in_float64(readout, activation, scale):
    """Flat images too, whose positions are alike, and images that hardly differ."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(3, 16, generator=generator)
    x = torch.cat((x, torch.full((1, 16), 1.0), x + 1e-6, -x)) * scale
    convolution = Convolution((1, 4, 4), 3, readout)
    architecture = Architecture(1, 16, activation=activation, connectivity=convolution)
    for single, double in zip(
        infinite_channel_kernels(architecture, x),
        infinite_channel_kernels(architecture, x.double()),
        strict=True,
    ):
        size = double.diagonal().sqrt()
        assert float(((single - double).abs() / (size[:, None] * size)).max()) < 2e-7


@pytest.mark.parametrize("scale", [1e20, 1e-25])
def test_inputs_beyond_the_range_of_float32_are_refused(scale):
    x = torch.randn(3, 16, generator=torch.Generator().manual_seed(0)) * scale
    with pytest.raises(OverflowError, match=r"layer 1 .* x\[0\] .* take float64, or rescale"):
        infinite_width_kernels(Architecture(1, 16), x)
    for readout in ("flatten", "average"):
        convolutional = Architecture(1, 16, connectivity=Convolution((1, 4, 4), 3, readout))
        with pytest.raises(OverflowError, match=r"layer 1 .* take float64, or rescale"):
            infinite_channel_kernels(convolutional, x)
    for kernel in infinite_width_kernels(Architecture(1, 16), x.double()):
        assert bool(torch.isfinite(kernel).all())


@pytest.mark.parametrize("sigma_w", [16.0, 20.0])
def test_a_network_that_blows_its_inputs_up_is_refused_by_its_layer(sigma_w):
    """K grows by σ_w²/2 a layer."""
    x = torch.ones(2, 4)
    layer = 1 + math.ceil((128 * math.log(2) - 2 * math.log(sigma_w)) / math.log(sigma_w**2 / 2))
    with pytest.raises(OverflowError, match=rf"in layer ({layer - 1}|{layer}) .*take float64"):
        infinite_width_kernels(Architecture(1, 4, depth=40, sigma_w=sigma_w), x)
    with pytest.raises(OverflowError, match=r"float64 \(.*\): rescale the inputs"):
        infinite_width_kernels(Architecture(1, 4, depth=400, sigma_w=sigma_w), x.double())
    image = Convolution((1, 2, 2))
    convolutional = Architecture(1, 4, depth=60, sigma_w=sigma_w, connectivity=image)
    with pytest.raises(OverflowError, match="take float64"):
        infinite_channel_kernels(convolutional, x)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_no_inputs_have_empty_kernels(activation):
    architecture = Architecture(1, 4, activation=activation)
    convolutional = Architecture(1, 4, activation=activation, connectivity=Convolution((1, 2, 2)))
    x = torch.randn(3, 4)
    for kernels, settings in (
        (infinite_width_kernels, architecture),
        (infinite_channel_kernels, convolutional),
    ):
        for shape, given in (((0, 0), (x[:0],)), ((0, 3), (x[:0], x)), ((3, 0), (x, x[:0]))):
            assert all(kernel.shape == shape for kernel in kernels(settings, *given))


def test_inputs_that_require_grad_are_refused():
    x = torch.randn(3, 4, requires_grad=True)
    convolutional = Architecture(1, 4, connectivity=Convolution((1, 2, 2)))
    for kernels, settings in (
        (infinite_width_kernels, Architecture(1, 4)),
        (infinite_channel_kernels, convolutional),
    ):
        with pytest.raises(ValueError, match=r"x requires grad, .* pass its \.detach\(\)"):
            kernels(settings, x)
        with torch.no_grad():
            assert not kernels(settings, x).nngp.requires_grad
