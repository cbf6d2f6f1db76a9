import math

import pytest
import torch

from widthwise.models import erf, gelu, leaky_relu, linear, quadratic, relu, sin, tanh

EVERY = (erf, gelu, leaky_relu(0.1), linear, quadratic, relu, sin, tanh)


@pytest.mark.parametrize("activation", EVERY, ids=repr)
def test_slope_and_curvature_are_the_derivatives(activation):
    h = torch.linspace(-3, 3, 40, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(activation.value(h).sum(), h, create_graph=True)
    torch.testing.assert_close(activation.slope(h.detach()), slope.detach())
    if slope.requires_grad:
        (curvature,) = torch.autograd.grad(slope.sum(), h)
        torch.testing.assert_close(activation.curvature(h.detach()), curvature)
    else:
        assert not activation.curvature(h.detach()).any()


@pytest.mark.parametrize("activation", EVERY, ids=repr)
def test_derivatives_keep_dtype_and_make_new_tensors(activation):
    h = torch.ones(3)
    for function in (activation.slope, activation.curvature):
        out = function(h)
        assert out.dtype == torch.float32
        out.mul_(5)
        assert h.tolist() == [1, 1, 1]


@pytest.mark.parametrize("activation", EVERY, ids=repr)
def test_values_and_slopes_write_into_a_tensor(activation):
    h = torch.linspace(-3, 3, 40)
    for function in (activation.value, activation.slope):
        out = torch.full_like(h, torch.nan)
        assert function(h, out=out) is out
        torch.testing.assert_close(out, function(h), rtol=0, atol=0)
    assert h[0] == -3


@pytest.mark.parametrize("activation", [relu, leaky_relu(0.3), linear], ids=repr)
def test_the_gain_keeps_the_size_of_the_preactivations(activation):
    """gain²·E[φ(√2·z)²] = 2 at the size √2 for homogeneous ones; exact for any size."""
    z = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    size = torch.trapezoid(density * activation.value(z).square(), z)
    assert math.isclose(activation.gain**2 * float(size), 1, rel_tol=1e-6)


@pytest.mark.parametrize("leak", [-0.1, 1.0, math.nan])
def test_a_leak_that_is_none(leak):
    with pytest.raises(ValueError, match=r"leak must be in \[0, 1\)"):
        leaky_relu(leak)
