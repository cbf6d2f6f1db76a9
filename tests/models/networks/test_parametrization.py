import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from widthwise.models import (
    MLP,
    Architecture,
    Exponents,
    Parametrization,
    activation_movement,
    erf,
    mean_field,
    mup,
    ntk,
    output_movement,
    sphere,
    standard,
    standard_fixed_rate,
    train,
)


def test_presets_are_the_fields():
    """Yang & Hu 2021, table 1, and Jacot et al. 2018."""
    assert [(e.a, e.b, e.c) for e in ntk.layers(3)] == [(0, 0, 0)] + [(0.5, 0, 0)] * 3
    assert [(e.a, e.b) for e in standard.layers(2)] == [(0, 0), (0, 0.5), (0, 0.5)]
    assert [(e.a, e.b) for e in mup.layers(2)] == [(-0.5, 0.5), (0, 0.5), (0.5, 0.5)]
    assert [(e.a, e.b, e.c) for e in mean_field.layers(1)] == [(0, 0, -1), (1, 0, -1)]


def test_the_customary_rate_starts_as_standard_and_steps_a_width_further():
    data = sphere(6, 4, 5, seed=1).to(dtype=torch.float64)
    for width in (16, 64):
        start, fixed = (
            MLP.initialise(
                *(width, (1, 2)),
                input_dim=5,
                activation=erf,
                parametrization=parametrization,
                dtype=torch.float64,
            )
            for parametrization in (standard, standard_fixed_rate)
        )
        assert all(map(torch.equal, start.weights, fixed.weights))
        moved = [
            train(network, data.x_train, data.y_train, steps=1, rate=0.1, tolerance=0)
            .final.parameters.minus(network.parameters)
            .weights
            for network in (start, fixed)
        ]
        for slow, fast in zip(*moved, strict=True):
            torch.testing.assert_close(fast, width * slow, rtol=1e-7, atol=1e-12)
    for depth in (1, 2, 3):
        regime = standard_fixed_rate.regime(depth)
        assert not regime.stable
        assert regime.output == (-1 if depth == 1 else -3 / 2)


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


def abc(first, hidden, last):
    return Parametrization("some", Exponents(*first), Exponents(*hidden), Exponents(*last))


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_regimes_of_the_presets(depth):
    """Yang & Hu 2021: NTK and standard with rate 1/N are lazy, μP learns features."""
    for lazy in (ntk, standard):
        regime = lazy.regime(depth)
        # With the rate 1/N the standard input layer is too slow to be seen.
        r = 1.5 if lazy is standard and depth == 1 else 0.5
        assert (regime.r, regime.output) == (r, 0)
        assert regime.stable
        assert regime.kernel_regime
        assert not regime.feature_learning
    for active in (mup, mean_field):
        regime = active.regime(depth)
        assert (regime.r, regime.output) == (0, 0)
        assert regime.feature_learning
        assert not regime.kernel_regime


def test_regimes_at_the_edges():
    fixed_rate = abc((0, 0, 0), (0, 0.5, 0), (0, 0.5, 0))
    assert not fixed_rate.regime(2).stable
    trivial = abc((0, 0, 0), (0.5, 0, 0), (1, 0, 0))
    assert trivial.regime(2).stable
    assert not trivial.regime(2).nontrivial
    exploding = abc((0, 0, 0), (0, 0, 0), (0.5, 0, 0))
    assert not exploding.regime(2).stable
    assert exploding.regime(1).stable


@given(theta=st.floats(-2, 2), depth=st.integers(1, 4))
def test_the_regime_is_the_same_in_every_shift(theta, depth):
    for parametrization in (ntk, standard, mup):
        own, other = parametrization.regime(depth), parametrization.shifted(theta).regime(depth)
        assert math.isclose(own.r, other.r, abs_tol=1e-9)
        assert math.isclose(own.output, other.output, abs_tol=1e-9)
        assert (own.stable, own.feature_learning) == (other.stable, other.feature_learning)


@pytest.mark.parametrize(
    "parametrization",
    [
        abc((-0.25, 0.25), (0.25, 0.25), (0.5, 0.25)),
        abc((0, 0, 0.25), (0.5, 0, 0.25), (0.5, 0.25, 0.25)),
        abc((0, 0, 1), (0.5, 0, 0), (0.5, 0, 1)),
    ],
    ids=["between NTK and μP", "slow", "only the hidden layer learns"],
)
def test_networks_move_as_the_regime_predicts(parametrization):
    """One step at η = .1: exponents measured over widths 128 and 1024 within .1."""
    data, movements = sphere(8, 8, 8, seed=2), []
    for width in (128, 1024):
        network = MLP.initialise(
            width, range(8), input_dim=8, activation=erf, parametrization=parametrization
        )
        run = train(network, data.x_train, data.y_train, rate=0.1, steps=1)
        after = run.final
        movements.append(
            [
                after.activations(data.x)[-1].sub(network.activations(data.x)[-1]).norm()
                / width**0.5,
                output_movement(network, after, data.x).mean(),
                activation_movement(network, after, data.x).mean(),
            ]
        )
    slopes = torch.log(torch.tensor(movements[1]) / torch.tensor(movements[0])) / math.log(8)
    regime = parametrization.regime(2)
    assert regime.stable
    assert abs(float(slopes[0]) + regime.r) < 0.1
    assert abs(float(slopes[1]) + regime.output) < 0.1


def test_hidden_layers_may_differ():
    layers = (Exponents(0.5, 0), Exponents(0, 0.5))
    parametrization = Parametrization("mixed", ntk.input, layers, ntk.output)
    assert parametrization.layers(3)[1:3] == layers
    assert parametrization.shifted(0.5).layers(3)[2] == Exponents(0.5, 0, -1)
    with pytest.raises(ValueError, match=r"mixed has 2 layers between .* depth 2 has 1"):
        MLP.initialise(4, (1,), input_dim=2, depth=2, parametrization=parametrization)
