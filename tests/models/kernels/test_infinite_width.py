"""Infinite-width kernels: against an independent implementation, and against finite networks."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from importlib import resources

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from widthwise.models import (
    MLP,
    Architecture,
    erf,
    gelu,
    leaky_relu,
    linear,
    ntk,
    relu,
    sin,
    standard,
    tanh,
)
from widthwise.models.kernels.dual_activations import (
    cos_dual,
    erf_dual,
    gelu_dual,
    homogeneous,
    linear_dual,
    sin_dual,
)
from widthwise.models.kernels.hermite_expansion import hermite_expansion
from widthwise.models.kernels.infinite_width import dual_activation, infinite_width_kernels
from widthwise.models.kernels.tangent_kernel import tangent_kernel
from widthwise.models.networks.parametrization import Exponents, mean_field, mup

REFERENCE = json.loads(
    (resources.files("widthwise.claims.infinite_width") / "neural_tangents.json").read_text()
)
DUALS = {
    "relu": homogeneous(1, 0),
    "leaky_relu": homogeneous(1, 0.2),
    "abs": homogeneous(1, -1),
    "linear": linear_dual,
    "erf": erf_dual,
    "sin": sin_dual,
    "cos": cos_dual,
    "gelu": gelu_dual,
    "tanh": hermite_expansion(tanh),
}


def points(n: int, d: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator, dtype=torch.float64).to(dtype)


def label(case: dict) -> str:
    return f"{case['activation']}-{case['depth']}" + ("-standard" if "standard" in case else "")


@pytest.mark.parametrize("case", REFERENCE["architectures"], ids=label)
@pytest.mark.parametrize("other", [None, "x2"])
def test_kernels_equal_neural_tangents(case, other):
    """To 1e-10 of the largest entry, but for pairs of parallel inputs: to 1e-7.

    There neural-tangents takes the angle of a cosine that rounding leaves short of 1 and is
    itself off by 1e-8, on its diagonal too; test_parallel_inputs_are_exact is stricter.
    """
    x, x2 = (torch.tensor(REFERENCE[name], dtype=torch.float64) for name in ("x", "x2"))
    architecture = Architecture(
        1,
        x.shape[1],
        depth=case["depth"],
        sigma_w=case["sigma_w"],
        sigma_b=case["sigma_b"],
        parametrization=standard if case.get("standard") else ntk,
    )
    second = None if other is None else x2
    ours = infinite_width_kernels(architecture, x, second, dual=DUALS[case["activation"]])
    cosine = (
        torch.nn.functional.normalize(x)
        @ torch.nn.functional.normalize(x if second is None else x2).T
    )
    accuracy = torch.where(cosine > 1 - 1e-12, 1e-7, 1e-10)
    for name in ("nngp", "tangent"):
        theirs = torch.tensor(case["x_x" if other is None else "x_x2"][name], dtype=torch.float64)
        error = (getattr(ours, name) - theirs).abs()
        assert bool((error <= accuracy * theirs.abs().max()).all())


def test_parallel_inputs_are_exact():
    """For ReLU without biases K(x, ax) = 2a|x|²/d and Θ = (L+1)·K, for any a > 0."""
    x = points(5, 3)
    scales = torch.tensor([1.0, 2.5, 1e-3, 40.0, 0.3], dtype=torch.float64)
    kernels = infinite_width_kernels(Architecture(1, 3, depth=4), x, scales[:, None] * x)
    expected = 2 * scales * x.square().sum(1) / 3
    torch.testing.assert_close(kernels.nngp.diagonal(), expected, rtol=1e-14, atol=0)
    torch.testing.assert_close(kernels.tangent.diagonal(), 5 * expected, rtol=1e-14, atol=0)


def test_the_reference_covers_twelve_architectures():
    assert len({label(case) for case in REFERENCE["architectures"]}) >= 12


@pytest.mark.parametrize("parametrization", [ntk, standard, mup, mean_field], ids=lambda p: p.name)
@pytest.mark.parametrize("sigma_b", [0.0, 0.5])
@pytest.mark.parametrize("activation", [relu, erf], ids=str)
def test_finite_networks_converge_to_them(activation, parametrization, sigma_b):
    """Mean tangent kernel and products of outputs over 100 networks, at 5 standard errors.

    18 numbers in each of 16 cases: a false alarm has probability 288 · 1e-6, or so, under the
    normal law. The bias of order 1/N is within the margin, 5% of the largest entry; a term of
    the kernel that is there and should not, or the reverse, is above 15%.
    """
    x = points(3, 4)
    network = MLP.initialise(
        256,
        range(100),
        input_dim=4,
        activation=activation,
        parametrization=parametrization,
        sigma_b=sigma_b,
    )
    limit = infinite_width_kernels(network.architecture, x)
    measured = tangent_kernel(network, x.float()).double()
    outputs = network(x.float()).double()
    for samples, target in (
        (measured, limit.tangent),
        (outputs[:, :, None] * outputs[:, None, :], limit.nngp),
    ):
        error = samples.std(0) / math.sqrt(len(network))
        z = stats.norm.isf(5e-7)
        margin = 0.05 * limit.tangent.diagonal().max()
        assert bool(((samples.mean(0) - target).abs() <= z * error + margin).all())


def correlated(correlation: float, p: float, q: float) -> tuple[torch.Tensor, ...]:
    numbers = ([[correlation * math.sqrt(p * q)]], [p], [q])
    return tuple(torch.tensor(number, dtype=torch.float64) for number in numbers)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "abs", "erf", "sin", "cos", "gelu"])
def test_duals_equal_quadrature_in_the_plane(name):
    """Gauss–Legendre in polar coordinates, where the kinks of one pair are rays."""
    functions = {
        "relu": lambda t: t.clip(0),
        "leaky_relu": lambda t: np.where(t > 0, t, 0.2 * t),
        "abs": np.abs,
        "erf": lambda t: torch.erf(torch.from_numpy(t)).numpy(),
        "sin": np.sin,
        "cos": np.cos,
        "gelu": lambda t: t * stats.norm.cdf(t),
    }
    p, q, rho = 1.7, 0.6, -0.35
    function = functions[name]
    # u = √p r cos a, v = √q r cos(a − arccos ρ): kinks at four angles.
    kinks = np.sort(
        np.mod(
            [math.pi / 2, -math.pi / 2, math.acos(rho) + math.pi / 2, math.acos(rho) - math.pi / 2],
            2 * math.pi,
        )
    )
    nodes, weights = np.polynomial.legendre.leggauss(60)
    edges = np.append(kinks, kinks[0] + 2 * math.pi)
    angles = np.concatenate(
        [(b - a) / 2 * nodes + (a + b) / 2 for a, b in itertools.pairwise(edges)]
    )
    angular = np.concatenate([(b - a) / 2 * weights for a, b in itertools.pairwise(edges)])
    radii, radial = 6 * (nodes + 1), 6 * weights
    density = radii * np.exp(-(radii**2) / 2) / (2 * math.pi) * radial
    u = math.sqrt(p) * np.outer(radii, np.cos(angles))
    v = math.sqrt(q) * np.outer(radii, np.cos(angles - math.acos(rho)))
    expected = density @ (function(u) * function(v)) @ angular
    value, _ = DUALS[name](*correlated(rho, p, q))
    assert float(value) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", DUALS)
@settings(max_examples=25, deadline=None)
@given(rho=st.floats(-0.95, 0.95), p=st.floats(0.1, 6), q=st.floats(0.1, 6))
def test_the_slope_is_the_derivative_in_the_covariance(name, rho, p, q):
    """Central differences in c; E[φ′φ′] = ∂E[φφ]/∂c."""
    c, p_, q_ = correlated(rho, p, q)
    step = 1e-4 * math.sqrt(p * q)
    above, below = (DUALS[name](c + sign * step, p_, q_)[0] for sign in (1, -1))
    slope = DUALS[name](c, p_, q_)[1]
    assert float(slope) == pytest.approx(float((above - below) / (2 * step)), abs=2e-5)


@pytest.mark.parametrize("name", ["erf", "sin", "cos", "gelu", "linear"])
def test_expansion_equals_the_closed_form(name):
    activations = {
        "erf": erf,
        "linear": linear,
        "sin": sin,
        "cos": dataclasses.replace(erf, name="cos", value=torch.cos, slope=lambda t: -torch.sin(t)),
        "gelu": gelu,
    }
    factor = points(8, 3)
    c = factor @ factor.T
    p = c.diagonal()
    expanded = hermite_expansion(activations[name])(c, p, p)
    for ours, closed in zip(expanded, DUALS[name](c, p, p), strict=True):
        torch.testing.assert_close(ours, closed, rtol=0, atol=1e-11 * float(closed.abs().max()))


def test_closed_forms_are_found():
    for activation, dual in (
        (erf, erf_dual),
        (linear, linear_dual),
        (gelu, gelu_dual),
        (sin, sin_dual),
    ):
        assert dual_activation(activation) is dual
    assert dual_activation(relu).name == "homogeneous(1, 0)"
    assert dual_activation(leaky_relu(0.1)).name == "homogeneous(1, 0.1)"
    assert dual_activation(tanh).name == "tanh"


def test_a_kink_is_no_smooth_activation():
    with pytest.raises(ValueError, match=r"relu or its slope at variance .* larger tolerance"):
        infinite_width_kernels(Architecture(1, 4), points(3, 4), dual=hermite_expansion(relu))


def test_a_larger_tolerance_is_an_error_bound():
    factor = points(6, 3)
    c = factor @ factor.T
    p = c.diagonal()
    value, _ = hermite_expansion(relu, tolerance=0.05)(c, p, p)
    exact, _ = homogeneous(1, 0)(c, p, p)
    assert bool(((value - exact).abs() <= 0.05 * (p / 2)[:, None].sqrt() * (p / 2).sqrt()).all())


@pytest.mark.parametrize("activation", [relu, erf, tanh], ids=str)
def test_float32_is_exact_to_rounding_everywhere(activation):
    """The diagonal too, and inputs that x and x2 share: arccos there turns 1e-7 into 3e-4."""
    architecture = Architecture(1, 16, depth=4, activation=activation, sigma_b=0.1)
    x = points(300, 16)
    exact = infinite_width_kernels(architecture, x)
    single = infinite_width_kernels(architecture, x.float())
    crossed = infinite_width_kernels(architecture, x.float(), x.float())
    for kernel, target in zip(single, exact, strict=True):
        assert bool(((kernel - target).abs() <= 8e-6 * target.diagonal().max()).all())
    for kernel, target in zip(crossed, exact, strict=True):
        error = (kernel - target).diagonal().abs() / target.diagonal()
        assert bool((error <= 2e-4).all())


def test_relu_diagonal_is_exact():
    """With σ_w² = 2 and no bias K(x, x) = 2|x|²/d and Θ(x, x) = (L+1)·K(x, x).

    |x|² and xx' round differently, here by six units in the last place.
    """
    x = points(256, 784, dtype=torch.float32)
    x[:, :392] *= 30
    kernels = infinite_width_kernels(Architecture(1, 784, depth=3), x)
    size = 2 * x.square().sum(1) / 784
    torch.testing.assert_close(kernels.nngp.diagonal(), size, rtol=2e-6, atol=0)
    torch.testing.assert_close(kernels.tangent.diagonal(), 4 * size, rtol=2e-6, atol=0)


def test_blocks_do_not_show(monkeypatch):
    x, x2 = points(23, 5), points(9, 5, seed=1)
    architecture = Architecture(1, 5, depth=2, sigma_b=0.3)
    whole = [infinite_width_kernels(architecture, x, other) for other in (None, x2)]
    monkeypatch.setattr("widthwise.models.kernels.infinite_width._CPU_BLOCK", 4)
    parts = [infinite_width_kernels(architecture, x, other) for other in (None, x2)]
    for one, other in zip(whole, parts, strict=True):
        for kernel, part in zip(one, other, strict=True):
            torch.testing.assert_close(kernel, part, rtol=1e-13, atol=1e-14)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), activation=st.sampled_from([relu, erf, tanh]))
def test_kernels_are_invariant_to_rotations_and_positive(seed, activation):
    x = points(7, 4, seed)
    rotation, _ = torch.linalg.qr(points(4, 4, seed + 1))
    architecture = Architecture(1, 4, depth=2, activation=activation, sigma_b=0.1)
    kernels = infinite_width_kernels(architecture, x)
    for kernel, rotated in zip(
        kernels, infinite_width_kernels(architecture, x @ rotation), strict=True
    ):
        torch.testing.assert_close(kernel, rotated, rtol=0, atol=1e-12 * float(kernel.max()))
        assert torch.equal(kernel, kernel.T)
        assert float(torch.linalg.eigvalsh(kernel)[0]) > -1e-13 * float(kernel.trace())


def test_an_input_of_zeros():
    """Without biases its kernels vanish for an odd activation, and nothing divides by 0."""
    x = torch.cat((torch.zeros(1, 4, dtype=torch.float64), points(2, 4)))
    for activation in (relu, erf, tanh):
        for kernel in infinite_width_kernels(Architecture(1, 4, activation=activation), x):
            assert bool((kernel[0] == 0).all())
            assert bool(torch.isfinite(kernel).all())


def test_bad_input_is_named():
    x = points(3, 4)
    architecture = Architecture(1, 4)
    with pytest.raises(ValueError, match=r"x must be \[n, 4\], not \[3, 3\]"):
        infinite_width_kernels(architecture, x[:, :3])
    with pytest.raises(ValueError, match=r"x2 must be \[n, 4\], not \[4\]"):
        infinite_width_kernels(architecture, x, x[0])
    with pytest.raises(TypeError, match=r"float32 or float64, not torch\.int64"):
        infinite_width_kernels(architecture, x.long())
    with pytest.raises(TypeError, match="share dtype"):
        infinite_width_kernels(architecture, x, x.float())
    with pytest.raises(ValueError, match="x2 contains numbers that are not finite"):
        infinite_width_kernels(architecture, x, x * torch.nan)
    exploding = dataclasses.replace(ntk, name="odd", output=Exponents(0, 0))
    with pytest.raises(ValueError, match="odd grow like N\\^1"):
        infinite_width_kernels(dataclasses.replace(architecture, parametrization=exploding), x)
    vanishing = dataclasses.replace(ntk, name="odd", hidden=Exponents(1, 0))
    with pytest.raises(ValueError, match="hidden units of odd"):
        infinite_width_kernels(dataclasses.replace(architecture, parametrization=vanishing), x)
