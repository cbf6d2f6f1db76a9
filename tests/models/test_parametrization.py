import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from widthwise.models import Architecture, Exponents, mean_field, mup, ntk, standard


def test_presets_are_the_fields():
    """Yang & Hu 2021, table 1, and Jacot et al. 2018."""
    assert [(e.a, e.b, e.c) for e in ntk.layers(3)] == [(0, 0, 0)] + [(0.5, 0, 0)] * 3
    assert [(e.a, e.b) for e in standard.layers(2)] == [(0, 0), (0, 0.5), (0, 0.5)]
    assert [(e.a, e.b) for e in mup.layers(2)] == [(-0.5, 0.5), (0, 0.5), (0.5, 0.5)]
    assert [(e.a, e.b, e.c) for e in mean_field.layers(1)] == [(0, 0, -1), (1, 0, -1)]


@given(theta=st.floats(-2, 2))
def test_shifting_keeps_the_initial_size_and_the_size_of_a_step(theta):
    for parametrization in (ntk, standard, mup, mean_field):
        for own, other in zip(
            parametrization.layers(2), parametrization.shifted(theta).layers(2), strict=True
        ):
            assert math.isclose(own.a + own.b, other.a + other.b, abs_tol=1e-12)
            assert math.isclose(2 * own.a + own.c, 2 * other.a + other.c, abs_tol=1e-12)


def test_scales_of_a_ntk_network():
    architecture = Architecture(100, 4, depth=2, sigma_b=0.5)
    multipliers = [scale.multiplier for scale in architecture.weight_scales]
    root = math.sqrt(2)
    assert multipliers == pytest.approx([root / 2, root / 10, root / 10])
    assert [scale.multiplier for scale in architecture.bias_scales] == [0.5] * 3
    assert {(s.deviation, s.rate) for s in architecture.scales} == {(1.0, 1.0)}


def test_exponents_must_be_finite():
    with pytest.raises(ValueError, match="exponent b must be a finite number, not nan"):
        Exponents(0, math.nan)
