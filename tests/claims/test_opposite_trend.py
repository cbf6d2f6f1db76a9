"""No claim would support a quantity that stands still or runs the other way, on its own ladder.

The relative noise of a seed is between .005 and .5 in the catalogue; all levels are tried, since
bands that are void let a quiet drift pass and loud ones hide behind "inconclusive".
"""

import numpy as np
import pytest

from widthwise.harness import (
    AtLeast,
    AtMost,
    Bounded,
    DecaysExponentially,
    Limit,
    Monotone,
    PowerLaw,
)
from widthwise.harness.predictions.opposite_trend import opposite_trends, wrongly_supported
from widthwise.harness.terms.ladder import EFFORTS
from widthwise.harness.terms.prediction import ALPHA, LOOKS

from .catalogue import CLAIMS


def relative(deviation):
    def noise(rng, rungs, seeds):
        normals = rng.standard_normal((len(rungs), seeds))
        return np.exp(deviation * normals - deviation**2 / 2)

    return noise


@pytest.mark.parametrize("name", CLAIMS)
def test_the_opposite_trend_is_not_supported(name):
    prediction = CLAIMS[name].prediction
    found = {
        (effort.name, deviation, trend)
        for effort in EFFORTS.values()
        for deviation in (0.005, 0.1, 0.5)
        for trend in wrongly_supported(
            prediction,
            CLAIMS[name].over.at(effort),
            relative(deviation),
            effort.looks[-1],
            ALPHA / LOOKS,
        )
    }
    assert not found


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_about_a_trend_has_an_opposite(name):
    """Identities, counts, laws and one-sided bounds say how large, not where it goes."""
    claimed = CLAIMS[name]
    prediction = claimed.prediction
    opposites = opposite_trends(prediction, claimed.over.at(EFFORTS["standard"]))
    match prediction:
        case PowerLaw():
            assert len(opposites) == 2
        case AtMost() | AtLeast() | Monotone() | DecaysExponentially():
            assert opposites
        case Bounded():
            assert bool(opposites) is (0 < prediction.low < prediction.high < np.inf)
        case Limit():
            assert bool(opposites) is (prediction.value > 0)
        case _:
            assert not opposites
