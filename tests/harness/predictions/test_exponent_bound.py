from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from widthwise.harness.predictions.exponent_bound import AtLeast, AtMost
from widthwise.harness.predictions.power_law import PowerLaw
from widthwise.harness.statistics.planted import FAMILIES, Plant, lognormal, power_law, tally
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import ALPHA, LOOKS, Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", tuple(64 * 2 ** np.arange(7)), "infinity", 64)
SHORT = Ladder("width", (64, 128, 256, 512, 1024), "infinity", 64)
LOOK = ALPHA / LOOKS
ONE_SIDED = pytest.mark.parametrize(
    ("bound", "side"), [(AtMost(-0.5), 1), (AtLeast(-0.5), -1)], ids=["AtMost", "AtLeast"]
)


def test_bounds_use_one_side_of_the_same_interval():
    samples = Plant(WIDTHS, power_law(-1), lognormal).draw(np.random.default_rng(0), 256)
    interval = PowerLaw(-1).judge(samples, LOOK).interval
    for bound, verdict in [
        (AtMost(-0.5), Verdict.SUPPORTED),
        (AtMost(-1.5), Verdict.REFUTED),
        (AtMost(-1.15), Verdict.INCONCLUSIVE),
        (AtLeast(-1.5), Verdict.SUPPORTED),
        (AtLeast(-0.5), Verdict.REFUTED),
        (AtLeast(-0.85), Verdict.INCONCLUSIVE),
    ]:
        judgement = bound.judge(samples, LOOK)
        assert judgement.interval == interval
        assert judgement.verdict is verdict, bound
    assert AtMost(-0.5).judge(samples, LOOK).tipping_support == 0
    assert AtLeast(-0.5).judge(samples, LOOK).tipping_refute == pytest.approx(-0.5 - interval[1])


@pytest.mark.parametrize("bend", [-0.75, 0.75])
@pytest.mark.parametrize("limit", ["infinity", "zero"])
def test_a_bound_pays_only_for_curvature_that_could_hide_its_violation(bend, limit):
    """Curvature too large to be put up with, too small or too noisy to be a misfit."""
    to_zero = limit == "zero"
    ladder = Ladder("delta", tuple(2.0 ** -np.arange(7)), "zero", 1) if to_zero else WIDTHS
    steps = np.array(ladder.rungs) / ladder.reference
    remote = (steps if to_zero else 1 / steps) ** 0.5
    noise = np.random.default_rng(0).standard_normal((7, 64))
    noise = 0.6 * (noise - noise.mean(axis=1, keepdims=True))
    samples = Samples(
        ladder, steps[:, None] ** -1.0 * np.exp(bend * remote[:, None]) * (1 + 0.3 * noise)
    )
    either = PowerLaw(-1, tolerance=1).judge(samples, LOOK)
    # Raised far from the limit: falling with the width it hides a slower decay, and a
    # faster one towards zero.
    hidden, safe = (AtMost(0), AtLeast(-3)) if (bend > 0) != to_zero else (AtLeast(-3), AtMost(0))
    assert hidden.judge(samples, LOOK).bias == either.bias > safe.judge(samples, LOOK).bias + 0.03
    tight = replace(hidden, exponent=-1.165 if isinstance(hidden, AtMost) else -0.835)
    judgement = tight.judge(samples, LOOK)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "curvature may be" in judgement.reason


@ONE_SIDED
@pytest.mark.parametrize("noise", FAMILIES)
def test_wrong_verdicts_at_the_edge_of_a_bound_stay_within_three_alpha(bound, side, noise):
    tight = replace(bound, correction=0.0)
    edge = Plant(WIDTHS, power_law(-0.5 + 0.15 * side), FAMILIES[noise])
    counts = tally(tight, edge.draw, 16, 0.01, 600)
    most = stats.binom.isf(1e-4, 600, 0.03)
    assert counts[Verdict.SUPPORTED] <= most
    assert counts[Verdict.REFUTED] <= most


@ONE_SIDED
@pytest.mark.parametrize("size", [-0.3, 0.3])
def test_corrections_that_are_allowed_for_do_not_carry_data_across_a_bound(bound, side, size):
    edge = Plant(WIDTHS, power_law(-0.5 + 0.15 * side, size), lognormal)
    counts = tally(bound, edge.draw, 256, 0.01, 150)
    assert counts[Verdict.SUPPORTED] + counts[Verdict.REFUTED] <= stats.binom.isf(1e-4, 150, 0.03)


@ONE_SIDED
def test_planned_seeds_settle_a_bound(bound, side):
    needed = bound.needed_seeds(WIDTHS, 0.31, LOOK)
    assert needed is not None
    kept = Plant(WIDTHS, power_law(-0.5), lognormal)
    assert tally(bound, kept.draw, needed, LOOK, 50) == {Verdict.SUPPORTED: 50}
    error = side * bound.detectable(WIDTHS, needed, 0.31, LOOK)
    broken = Plant(WIDTHS, power_law(-0.5 + error), lognormal)
    assert tally(bound, broken.draw, needed, LOOK, 50) == {Verdict.REFUTED: 50}


def test_a_bound_is_not_given_up_for_a_wide_interval():
    """An exponent far inside the bound is supported however wide its interval."""
    assert AtMost(-0.5, 0.01).foresee(SHORT, 64, 0.1, LOOK) is None
    assert PowerLaw(-0.5, 0.01).foresee(SHORT, 64, 0.1, LOOK) is not None


@ONE_SIDED
def test_a_bound_is_given_up_where_a_quarter_to_spare_is_not_enough(bound, side):
    assert "needs more seeds" in str(bound.foresee(SHORT, 16, 0.3, LOOK))
    plan = PowerLaw(-0.5, bound.tolerance + 0.25)
    for seeds, noise in ((16, 0.3), (32, 0.3), (64, 0.3), (64, 0.1)):
        assert bound.foresee(SHORT, seeds, noise, LOOK) == plan.foresee(SHORT, seeds, noise, LOOK)
