import math

import numpy as np
import pytest
from scipy import stats

from widthwise.harness.predictions.exponential import DecaysExponentially
from widthwise.harness.statistics.planted import Plant, faint, lognormal, tally
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.verdict import Verdict

TIMES = Ladder("time", (0, 0.5, 1, 1.5, 2, 2.5, 3), "infinity", 1)
LOOK = 1e-6


def plant(law, noise=lognormal):
    return Plant(TIMES, law, noise).draw


def test_a_true_rate_is_supported_and_another_refuted():
    draw = plant(lambda t: 5 * np.exp(-2 * t))
    assert tally(DecaysExponentially(2, 0.3), draw, 256, LOOK, 30) == {Verdict.SUPPORTED: 30}
    assert tally(DecaysExponentially(3, 0.3), draw, 256, LOOK, 30) == {Verdict.REFUTED: 30}


@pytest.mark.parametrize("shape", ["floor", "faster mode"])
@pytest.mark.parametrize("size", [-0.1, 0.1])
def test_corrections_that_are_allowed_for_give_no_wrong_verdict_at_the_edge(shape, size):
    prediction = DecaysExponentially(2, 0.2)
    most = stats.binom.isf(1e-4, 200, 0.03)
    bend = {"floor": lambda t: np.exp(2 * (t - 3)), "faster mode": lambda t: np.exp(-2 * t)}[shape]
    for edge in (1.8, 2.2):
        draw = plant(lambda t, r=edge: np.exp(-r * t) * (1 + size * bend(t)), faint)
        counts = tally(prediction, draw, 32, 0.01, 200)
        assert counts[Verdict.SUPPORTED] + counts[Verdict.REFUTED] <= most


@pytest.mark.parametrize(
    "law",
    [
        lambda t: np.exp(-2 * t) + 0.02,
        lambda t: 1 / (1 + 4 * t) ** 2,
        lambda t: np.exp(-2 * t) + np.exp(-0.5 * t),
        lambda t: np.exp(-0.7 * t**2),
    ],
    ids=["floor", "power law", "two modes", "Gaussian"],
)
@pytest.mark.parametrize("noise", [lognormal, faint])
def test_what_is_no_exponential_is_never_supported(law, noise):
    counts = tally(DecaysExponentially(2, 0.2), plant(law, noise), 256, LOOK, 30)
    assert counts[Verdict.SUPPORTED] == 0


def test_the_unit_of_time_does_not_matter():
    samples = Plant(TIMES, lambda t: np.exp(-2 * t), lognormal).draw(np.random.default_rng(0), 64)
    slow = Ladder("time", tuple(100 * t for t in TIMES.rungs), "infinity", 100)
    plain = DecaysExponentially(2, 0.3).judge(samples, LOOK)
    scaled = DecaysExponentially(0.02, 0.003).judge(type(samples)(slow, samples.values), LOOK)
    assert scaled.verdict is plain.verdict
    assert scaled.interval == pytest.approx([end / 100 for end in plain.interval])


def test_planned_seeds_suffice():
    prediction = DecaysExponentially(2, 0.3)
    needed = prediction.needed_seeds(TIMES, 0.31, LOOK)
    assert needed is not None
    draw = plant(lambda t: np.exp(-2 * t))
    assert tally(prediction, draw, needed, LOOK, 50) == {Verdict.SUPPORTED: 50}
    off = prediction.detectable(TIMES, needed, 0.31, LOOK)
    faster = plant(lambda t: np.exp(-(2 + off) * t))
    assert tally(prediction, faster, needed, LOOK, 50) == {Verdict.REFUTED: 50}
    assert "band too narrow for these times" in str(
        DecaysExponentially(2, 0.001).foresee(TIMES, 256, None, LOOK)
    )


def test_times_must_be_four_and_increase():
    for rungs in ((0, 1, 2), (0, 2, 1, 3)):
        with pytest.raises(ValueError, match="at least 4 increasing values of time"):
            DecaysExponentially(1, 0.1).require(Ladder("time", rungs, "infinity", 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0.1), "rate must be positive, got 0"),
        ((1, -0.1), "tolerance must be positive, got -0.1"),
        ((math.inf, 0.1), "rate must be positive, got inf"),
        ((1, 0.1, 1.0), "at least 0 and below 1, got 1.0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=f"DecaysExponentially: .*{message}"):
        DecaysExponentially(*arguments)
