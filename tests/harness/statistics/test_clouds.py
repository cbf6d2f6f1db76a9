import numpy as np
import pytest

from widthwise.harness import (
    DecaysExponentially,
    Dominates,
    Identity,
    Limit,
    PowerLaw,
    Proportion,
    SameDistribution,
)
from widthwise.harness.statistics.clouds import CLOUD, QUANTILES
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples

LADDER = Ladder("width", (64, 256, 1024, 4096), "infinity", 64)
RUNGS = np.array(LADDER.rungs)


@pytest.fixture
def draw():
    rng = np.random.default_rng(1)

    def samples(*outcome_shape, seeds=64):
        return Samples(LADDER, rng.lognormal(size=(len(RUNGS), seeds, *outcome_shape)))

    return samples


@pytest.mark.parametrize(
    "prediction", [PowerLaw(-0.5), Limit(1.0, 0.1), DecaysExponentially(1.0, 0.2), Identity()]
)
def test_a_cloud_holds_the_same_seeds_at_every_rung(prediction, draw):
    samples = draw()
    for point, values in zip(prediction.summarise(samples), samples.values, strict=True):
        (cloud,) = point.clouds
        np.testing.assert_allclose(cloud, values[:CLOUD], rtol=1e-4)


def test_few_seeds_are_all_there(draw):
    (cloud,) = PowerLaw(-0.5).summarise(draw(seeds=16))[0].clouds
    assert len(cloud) == 16


def test_pairs_are_shown_as_ratios(draw):
    samples = draw(2)
    first, second = samples.values[1, :CLOUD].T
    (ratios,) = Dominates().summarise(samples)[1].clouds
    np.testing.assert_allclose(ratios, first / second, rtol=1e-4)


def test_quantiles_know_a_law_to_one_part_in_their_number(draw):
    samples = draw(2, 50)
    laws = SameDistribution(0.2, draws=50).summarise(samples)[-1].clouds
    for law, draws in zip(laws, np.moveaxis(samples.values[-1], 1, 0), strict=True):
        below = np.searchsorted(np.sort(draws.ravel()), law, side="right") / draws.size
        np.testing.assert_allclose(below, np.linspace(0, 1, QUANTILES), atol=1 / (QUANTILES - 1))


def test_yes_and_no_make_no_cloud():
    samples = Samples(LADDER, np.ones((len(RUNGS), 16)))
    assert Proportion(at_least=0.5).summarise(samples)[0].clouds == ()


@pytest.mark.parametrize("order", [0.5, 1.0])
@pytest.mark.parametrize("size", [-0.3, 0.3])
def test_a_correction_of_the_declared_size_stays_within_the_leeway(order, size):
    law = RUNGS[:, None] ** -0.5 * np.random.default_rng(2).normal(1, 1e-3, (len(RUNGS), 16))
    judgement = PowerLaw(-0.5, correction=0.3).judge(Samples(LADDER, law), 1e-6)
    low, high = np.array(judgement.leeway).T / judgement.fit
    corrected = 1 + size * (RUNGS / 64) ** -order
    assert (low <= corrected + 1e-12).all()
    assert (corrected <= high + 1e-12).all()
    np.testing.assert_allclose(high - 1, 0.3 * (RUNGS / 64) ** -0.5)


def test_without_a_correction_there_is_no_leeway():
    law = RUNGS[:, None] ** -0.5 * np.random.default_rng(2).normal(1, 1e-3, (len(RUNGS), 16))
    assert PowerLaw(-0.5, correction=0).judge(Samples(LADDER, law), 1e-6).leeway is None


def test_the_fit_of_a_limit_approaches_it_as_declared():
    law = 2 + 0.4 * (RUNGS / 64) ** -1.0
    noise = np.random.default_rng(3).normal(0, 1e-4, (len(RUNGS), 16))
    prediction = Limit(2.0, 0.1, rate=1.0, correction=0.05)
    judgement = prediction.judge(Samples(LADDER, law[:, None] + noise), 1e-6)
    np.testing.assert_allclose(judgement.fit, law, atol=2e-3)
    low, high = np.array(judgement.leeway).T
    np.testing.assert_allclose(high - low, 2 * 0.05 * (RUNGS / 64) ** -1.5, rtol=1e-6)
    assert Limit(2.0, 0.1).judge(Samples(LADDER, law[:, None] + noise), 1e-6).fit is None
