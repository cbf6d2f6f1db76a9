"""The exact μP limit: against trained networks, which it equals but for its start."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from widthwise.models import MLP, Architecture, linear, mup, ntk, relu, train
from widthwise.models.kernels.mup_limit import limit_moments, train_moments, unit_moments
from widthwise.models.networks.parametrization import mean_field

STEPS, RATE = 30, 0.05


@pytest.fixture(params=[1, 2], ids=["one output", "two outputs"])
def data(request):
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    y = torch.randn(6, request.param, generator=generator, dtype=torch.float64)
    other = torch.randn(3, 4, generator=generator, dtype=torch.float64)
    return x, y[:, 0] if request.param == 1 else y, other


def networks(width, y, parametrization=mup, seeds=range(4)):
    return MLP.initialise(
        width,
        seeds,
        input_dim=4,
        output_dim=1 if y.ndim == 1 else y.shape[1],
        depth=1,
        activation=linear,
        parametrization=parametrization,
        sigma_w=1.3,
        dtype=torch.float64,
    )


@pytest.mark.parametrize(
    "parametrization", [mup, mean_field, mup.shifted(0.3)], ids=lambda p: p.name
)
def test_finite_networks_follow_their_moments_exactly(data, parametrization):
    x, y, other = data
    network = networks(7, y, parametrization)
    run = train(network, x, y, steps=STEPS, rate=RATE, tolerance=0, observe=other)
    ours = train_moments(unit_moments(network), x, y, steps=STEPS, rate=RATE, observe=other)
    torch.testing.assert_close(ours.observed, run.observed, rtol=0, atol=1e-12)
    torch.testing.assert_close(ours.losses, run.losses, rtol=1e-11, atol=1e-12)
    moments = unit_moments(run.final)
    torch.testing.assert_close(ours.final.matrix, moments.matrix, rtol=0, atol=1e-12)


def test_features_are_those_of_the_hidden_layer(data):
    x, y, _ = data
    network = networks(7, y)
    scale = network.architecture.weight_scales[0].multiplier
    hidden = scale * x @ network.weights[0]
    torch.testing.assert_close(unit_moments(network).features(x), hidden @ hidden.mT / 7)


def test_wide_networks_converge_to_the_limit_like_the_root_of_the_width(data):
    """Slope −½ of the rms deviation, 64 seeds at three widths.

    The relative error of an rms over 64 seeds is below .1 here, so that of the slope over a
    factor of 16 in width is about .1·√2/log 16 = .05; the tolerance is four of those. The
    rivals are 0, for a wrong limit, and −1.
    """
    x, y, other = data
    limit = train_moments(
        limit_moments(networks(1, y).architecture), x, y, steps=STEPS, rate=RATE, observe=other
    )
    assert float(limit.losses[-1]) < 0.5 * float(limit.losses[0])
    widths, deviations = [64, 256, 1024], []
    for width in widths:
        network = networks(width, y, seeds=range(64))
        run = train_moments(unit_moments(network), x, y, steps=STEPS, rate=RATE, observe=other)
        deviations.append(float((run.observed - limit.observed).square().mean().sqrt()))
    slope = np.polyfit(np.log(widths), np.log(deviations), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.2)
    assert deviations[-1] < 0.2 * float(limit.observed.square().mean().sqrt())


def test_features_move_in_the_limit(data):
    """What sets it apart from the kernel regime, in which the features stand still."""
    x, y, _ = data
    run = train_moments(limit_moments(networks(1, y).architecture), x, y, steps=STEPS, rate=RATE)
    before, after = run.initial.features(x), run.final.features(x)
    assert float((after - before).norm() / before.norm()) > 0.05
    assert run.initial(x).abs().max() == 0


def test_bad_input_is_named(data):
    x, y, _ = data
    architecture = networks(1, y).architecture
    moments = limit_moments(architecture)
    settings = {"steps": 5, "rate": 0.1}
    with pytest.raises(ValueError, match="not for depth 2, relu, sigma_b 0"):
        limit_moments(Architecture(1, 4, depth=2, activation=relu, parametrization=mup))
    with pytest.raises(ValueError, match="which NTK does not train"):
        limit_moments(Architecture(1, 4, depth=1, activation=linear, parametrization=ntk))
    with pytest.raises(ValueError, match=r"x must be \[n, 4\], not \[6, 3\]"):
        train_moments(moments, x[:, :3], y, **settings)
    with pytest.raises(TypeError, match="share dtype"):
        train_moments(moments, x.float(), y, **settings)
    with pytest.raises(ValueError, match=r"y must be \[6"):
        train_moments(moments, x, y[:3], **settings)
    with pytest.raises(ValueError, match="steps and rate must be positive, not 5 and 0"):
        train_moments(moments, x, y, steps=5, rate=0)
    with pytest.raises(FloatingPointError, match="diverged at step"):
        train_moments(moments, x, y, steps=200, rate=100.0)
