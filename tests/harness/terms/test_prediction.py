"""What every form of prediction owes the harness."""

import math

import numpy as np
import pytest

from widthwise.harness.predictions.bounded import Bounded
from widthwise.harness.predictions.correlates import Correlates
from widthwise.harness.predictions.dominates import Dominates
from widthwise.harness.predictions.exponent_bound import AtLeast, AtMost
from widthwise.harness.predictions.exponential import DecaysExponentially
from widthwise.harness.predictions.identity import Identity
from widthwise.harness.predictions.limit import Limit
from widthwise.harness.predictions.monotone import Monotone
from widthwise.harness.predictions.power_law import PowerLaw
from widthwise.harness.predictions.proportion import Proportion
from widthwise.harness.predictions.same_distribution import SameDistribution
from widthwise.harness.statistics.planted import lognormal
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", (64, 128, 256, 512, 1024, 2048, 4096), "infinity", 64)
TIMES = Ladder("time", (0, 1, 2, 3, 4), "infinity", 1)
RUNGS = np.array(WIDTHS.rungs)
LOOK = 1e-6


def around(law):
    return law(RUNGS)[:, None] * lognormal(np.random.default_rng(0), RUNGS, 256)


RNG = np.random.default_rng(0)
SHARED = RNG.standard_normal((7, 256))
TRUE = [
    (PowerLaw(-0.5), WIDTHS, around(lambda n: n**-0.5)),
    (AtMost(-0.5), WIDTHS, around(lambda n: n**-1.0)),
    (AtLeast(-0.5), WIDTHS, around(lambda n: n**0.0)),
    (Limit(1, 0.15), WIDTHS, around(lambda n: n**0.0)),
    (Identity(), WIDTHS, RNG.random((7, 256))),
    (Bounded(0.5, 1.5), WIDTHS, around(lambda n: n**0.0)),
    (Monotone("falling"), WIDTHS, around(lambda n: 1 / n)),
    (Proportion(at_least=0.8), WIDTHS, (RNG.random((7, 256)) < 0.99).astype(float)),
    (
        Dominates(),
        WIDTHS,
        np.exp(np.stack([SHARED + 0.5, SHARED], -1) + 0.1 * RNG.random((7, 256, 2))),
    ),
    (
        Correlates(at_least=0.5),
        WIDTHS,
        np.stack([SHARED, SHARED], -1) + 0.3 * RNG.standard_normal((7, 256, 2)),
    ),
    (SameDistribution(0.1, draws=64), WIDTHS, RNG.standard_normal((7, 256, 2, 64))),
    (
        DecaysExponentially(0.7, 0.1),
        TIMES,
        np.exp(-0.7 * np.arange(5.0))[:, None] * (1 + 0.1 * RNG.standard_normal((5, 256))),
    ),
]
FORMS = [type(prediction).__name__ for prediction, _, _ in TRUE]


@pytest.fixture(params=TRUE, ids=FORMS)
def case(request):
    prediction, ladder, values = request.param
    return prediction, Samples(ladder, values)


def test_a_true_claim_is_supported(case):
    prediction, samples = case
    judgement = prediction.judge(samples, LOOK)
    assert judgement.verdict is Verdict.SUPPORTED, judgement.reason
    assert judgement.band == prediction.band
    assert judgement.seeds == samples.seeds
    low, high = judgement.interval
    assert prediction.band[0] <= low <= judgement.estimate <= high <= prediction.band[1]
    assert judgement.tipping_support is not None
    assert judgement.tipping_refute is None


def test_nothing_speaks_against_a_settled_claim_beforehand(case):
    prediction, samples = case
    prediction.require(samples.ladder)
    noise = prediction.noise(samples)
    assert prediction.foresee(samples.ladder, samples.seeds, noise, LOOK) is None
    assert prediction.foresee(samples.ladder, samples.seeds, None, LOOK) is None
    for rung, values in zip(samples.ladder.rungs, samples.values, strict=True):
        assert prediction.check(rung, values) is None


def test_the_order_of_seeds_does_not_matter(case):
    prediction, samples = case
    order = np.random.default_rng(1).permutation(samples.seeds)
    plain = prediction.judge(samples, LOOK)
    mixed = prediction.judge(Samples(samples.ladder, samples.values[:, order]), LOOK)
    assert mixed.verdict is plain.verdict
    assert mixed.interval == pytest.approx(plain.interval, rel=1e-9, abs=1e-9)


def test_a_smaller_error_rate_widens_the_interval(case):
    prediction, samples = case
    tight = prediction.judge(samples, 0.05).interval
    wide = prediction.judge(samples, 1e-6).interval
    if isinstance(prediction, Identity):
        assert wide == tight
    else:
        assert wide[1] - wide[0] > tight[1] - tight[0]


def test_every_rung_has_its_point(case):
    prediction, samples = case
    points = prediction.summarise(samples)
    assert [point.rung for point in points] == list(samples.ladder.rungs)
    for point in points:
        assert point.interval[0] <= point.estimate <= point.interval[1]
        assert point.extremes[0] <= point.extremes[1]
        assert point.seeds == samples.seeds


def test_numbers_of_another_shape_are_refused(case):
    prediction, samples = case
    shape = (*samples.values.shape, 5)
    with pytest.raises(ValueError, match=r"each seed must measure numbers of shape"):
        prediction.judge(Samples(samples.ladder, np.ones(shape)), LOOK)


def test_a_description_is_one_short_line(case):
    assert 5 < len(case[0].describe()) < 60


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones((6, 16)), r"shape \[7 rungs, seeds, ...\], got \(6, 16\)"),
        (np.ones(7), r"shape \[7 rungs, seeds, ...\], got \(7,\)"),
        (np.ones((7, 1)), "at least 2 seeds, got 1"),
        (np.full((7, 16), math.nan), "must be finite"),
    ],
)
def test_samples_that_cannot_be_judged_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Samples(WIDTHS, values)
