"""One point per rung: the statistic and an interval for the eye."""

import numpy as np
import pytest
from scipy import stats

from widthwise.harness.statistics.summary import summarise
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples

ONE = Ladder("width", (64,), "infinity", 64)


def test_the_interval_of_signed_numbers_is_students():
    signed = np.random.default_rng(0).standard_normal(20)
    (point,) = summarise(Samples(ONE, signed[None]), "mean")
    expected = stats.ttest_1samp(signed, 0).confidence_interval(0.95)
    assert point.estimate == pytest.approx(signed.mean())
    assert point.interval == pytest.approx((expected.low, expected.high))
    assert point.extremes == (signed.min(), signed.max())


def test_the_interval_of_positive_numbers_fits_on_a_logarithmic_axis():
    skewed = np.random.default_rng(1).standard_normal(16) ** 4
    (point,) = summarise(Samples(ONE, skewed[None]), "mean")
    low, high = point.interval
    assert 0 < low < skewed.mean() < high
    assert low * high == pytest.approx(skewed.mean() ** 2)
