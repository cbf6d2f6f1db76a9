import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from widthwise.harness.predictions.exponent_bound import AtLeast, AtMost
from widthwise.harness.predictions.power_law import PowerLaw
from widthwise.harness.statistics.planted import (
    FAMILIES,
    NO_POWER_LAWS,
    Plant,
    faint,
    lognormal,
    power_law,
    tally,
)
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import ALPHA, LOOKS, Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", tuple(64 * 2 ** np.arange(7)), "infinity", 64)
SHORT = Ladder("width", (64, 128, 256, 512, 1024), "infinity", 64)
LOOK = ALPHA / LOOKS


def most(repetitions, rate):
    """More errors than this happen by chance once in 10⁴ where the rate is as stated."""
    return stats.binom.isf(1e-4, repetitions, rate)


# Rates near 10⁻⁶ cannot be counted in a test; the same code is held to a larger α.


@pytest.mark.parametrize("noise", FAMILIES)
@pytest.mark.parametrize("exponent", [-1.5, 0.5])
def test_wrong_verdicts_at_the_edge_of_the_band_stay_within_three_alpha(noise, exponent):
    edge = Plant(WIDTHS, power_law(exponent), FAMILIES[noise])
    band_around = PowerLaw(-0.5, tolerance=1.0, correction=0.0)
    band_beside = PowerLaw(exponent - math.copysign(1, exponent), tolerance=1.0, correction=0.0)
    assert exponent in band_around.band
    counts = tally(band_around, edge.draw, 16, 0.01, 600)
    assert counts[Verdict.REFUTED] <= most(600, 0.03)
    counts = tally(band_beside, edge.draw, 16, 0.01, 600)
    assert counts[Verdict.SUPPORTED] <= most(600, 0.03)


@pytest.mark.parametrize("order", [0.5, 1.0])
@pytest.mark.parametrize("size", [-0.3, 0.3])
def test_corrections_that_are_allowed_for_give_no_wrong_verdict_at_the_edge(size, order):
    for exponent in (-0.65, -0.35):
        edge = Plant(WIDTHS, power_law(exponent, size, order), lognormal)
        counts = tally(PowerLaw(-0.5), edge.draw, 256, 0.01, 150)
        # The edge belongs to the band and to its outside: neither verdict may be frequent.
        assert counts[Verdict.SUPPORTED] + counts[Verdict.REFUTED] <= most(150, 0.03)


def test_without_its_bias_term_a_correction_is_always_misjudged():
    plant = Plant(WIDTHS, power_law(-0.5, 2.0), faint)
    naive = PowerLaw(-0.5, tolerance=0.03, correction=0.0)
    assert Verdict.SUPPORTED not in tally(naive, plant.draw, 16, LOOK, 20)


@pytest.mark.parametrize("noise", ["lognormal", "shrinking", "paired"])
def test_a_true_law_is_supported_at_the_last_look(noise):
    plant = Plant(WIDTHS, power_law(-0.5, 0.1), FAMILIES[noise])
    assert tally(PowerLaw(-0.5), plant.draw, 256, LOOK, 40) == {Verdict.SUPPORTED: 40}


@pytest.mark.parametrize("exponent", [0.0, -1.0])
def test_an_exponent_off_by_a_half_is_refuted_in_the_first_look(exponent):
    plant = Plant(WIDTHS, power_law(exponent, 0.1), lognormal)
    counts = tally(PowerLaw(-0.5), plant.draw, 16, LOOK, 200)
    assert counts[Verdict.REFUTED] >= 190
    assert counts[Verdict.SUPPORTED] == 0


@pytest.mark.parametrize(
    ("noise", "seeds"),
    [("lognormal", 16), ("shrinking", 32), ("paired", 32), ("outliers", 64), ("chi_squared", 256)],
)
def test_an_exponent_off_by_a_half_is_refuted_as_soon_as_the_noise_allows(noise, seeds):
    for exponent in (0.0, -1.0):
        plant = Plant(WIDTHS, power_law(exponent, 0.1), FAMILIES[noise])
        counts = tally(PowerLaw(-0.5), plant.draw, seeds, LOOK, 100)
        assert counts[Verdict.REFUTED] >= 90


def test_no_valid_look_at_16_seeds_could_refute_an_exponent_off_by_a_half_under_chi_squared():
    """The sample mean of χ²₁ is sufficient: nothing tells more than the power of this test."""
    logs = np.log(WIDTHS.rungs)
    error = math.sqrt(2 / 16 / ((logs - logs.mean()) ** 2).sum())
    assert error == pytest.approx(0.096, abs=0.001)
    assert stats.norm.cdf(0.35 / error - stats.norm.isf(LOOK / 2)) < 0.11


@pytest.mark.parametrize("noise", [lognormal, FAMILIES["outliers"], faint])
@pytest.mark.parametrize("law", NO_POWER_LAWS)
def test_what_is_no_power_law_is_never_supported(law, noise):
    plant = Plant(WIDTHS, NO_POWER_LAWS[law], noise)
    for seeds in (16, 256):
        assert tally(PowerLaw(-0.5), plant.draw, seeds, LOOK, 30)[Verdict.SUPPORTED] == 0


def test_a_kink_is_called_a_misfit():
    plant = Plant(WIDTHS, NO_POWER_LAWS["kink to fast"], lognormal)
    judgement = PowerLaw(-0.5).judge(plant.draw(np.random.default_rng(0), 256), LOOK)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reason.startswith("model misfit: curvature")
    assert judgement.tipping_support is None


def test_a_zigzag_is_called_a_misfit():
    """What no correction explains is caught by the left-over contrasts, not by curvature."""
    zigzag = Plant(WIDTHS, lambda n: n**-0.5 * (1 + 0.2 * (-1) ** np.log2(n)), lognormal)
    judgement = PowerLaw(-0.5).judge(zigzag.draw(np.random.default_rng(0), 256), LOOK)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "no correction explains" in judgement.reason


def test_without_noise_a_zigzag_of_a_few_percent_is_a_misfit():
    zigzag = Plant(WIDTHS, lambda n: n**-0.5 * (1 + 0.1 * (-1) ** np.log2(n)), faint)
    judgement = PowerLaw(-0.5).judge(zigzag.draw(np.random.default_rng(0), 16), LOOK)
    assert "no correction explains" in judgement.reason


def test_support_waits_until_curvature_is_known_to_be_small():
    """Short ladders see the slope long before they see the bend."""
    plant = Plant(SHORT, power_law(-0.5), lognormal)
    judgement = PowerLaw(-0.5, 0.3).judge(plant.draw(np.random.default_rng(0), 32), LOOK)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.interval[0] > -0.8
    assert judgement.interval[1] < -0.2
    assert "curvature may be" in judgement.reason


def test_or_until_the_band_holds_what_curvature_could_do():
    plant = Plant(SHORT, power_law(-0.5), lognormal)
    samples = plant.draw(np.random.default_rng(0), 32)
    wide, waiting = (PowerLaw(-0.5, tolerance).judge(samples, LOOK) for tolerance in (0.6, 0.3))
    assert wide.verdict is Verdict.SUPPORTED
    assert wide.bias > waiting.bias + 0.2
    assert wide.tipping_support is not None
    assert 0.5 < wide.tipping_support < 0.6


@pytest.mark.parametrize("noise", [0.03, 0.1, 0.3])
@pytest.mark.parametrize("correction", [-0.5, 0.5, 1.0])
def test_what_curvature_is_charged_keeps_the_support_of_wrong_laws_rare(correction, noise):
    """Truths at the edge of a band, bent by up to three times D, which nobody promises to judge.

    Without any charge, only curvature below the cap could support them; with it, hardly more.
    """
    supported, charged = 0, 0
    rng = np.random.default_rng(0)
    for exponent in (-0.65, -0.35):
        mean = power_law(exponent, correction)(np.array(SHORT.rungs))
        for seeds in (16, 64):
            for _ in range(20):
                bent = mean[:, None] * np.exp(noise * rng.standard_normal((len(mean), seeds)))
                judgement = PowerLaw(-0.5).judge(Samples(SHORT, bent), LOOK)
                supported += judgement.verdict is Verdict.SUPPORTED
                charged += judgement.verdict is Verdict.SUPPORTED and judgement.bias > 0.12
    assert charged <= supported / 10 + 1


@pytest.mark.parametrize("statistic", ["rms", "variance"])
def test_signed_measurements_scale_by_their_spread(statistic):
    rng = np.random.default_rng(0)
    rungs = np.array(WIDTHS.rungs)
    samples = Samples(WIDTHS, rungs[:, None] ** -0.5 * rng.standard_normal((7, 4096)))
    exponent = {"rms": -0.5, "variance": -1.0}[statistic]
    judgement = PowerLaw(exponent, statistic=statistic).judge(samples, LOOK)
    assert judgement.verdict is Verdict.SUPPORTED


def test_a_law_in_a_vanishing_parameter():
    ladder = Ladder("delta", (0.4, 0.2, 0.1, 0.05, 0.025), "zero", 0.4)
    samples = Plant(ladder, lambda delta: delta**2 * (1 + 0.1 * delta), faint).draw(
        np.random.default_rng(0), 16
    )
    judgement = PowerLaw(2, correction=0.1).judge(samples, LOOK)
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.fit is not None
    np.testing.assert_allclose(judgement.fit, np.array(ladder.rungs) ** 2, rtol=0.05)


def test_tipping_tolerances_are_where_the_verdict_tips():
    samples = Plant(WIDTHS, power_law(-0.5), lognormal).draw(np.random.default_rng(0), 256)
    tip = PowerLaw(-0.5).judge(samples, LOOK).tipping_support
    assert tip is not None
    assert PowerLaw(-0.5, tip * 1.001).judge(samples, LOOK).verdict is Verdict.SUPPORTED
    assert PowerLaw(-0.5, tip * 0.999).judge(samples, LOOK).verdict is Verdict.INCONCLUSIVE
    tip = PowerLaw(0).judge(samples, LOOK).tipping_refute
    assert tip is not None
    assert PowerLaw(0, tip * 0.999).judge(samples, LOOK).verdict is Verdict.REFUTED
    assert PowerLaw(0, tip * 1.001).judge(samples, LOOK).verdict is Verdict.INCONCLUSIVE


@settings(max_examples=40, deadline=None)
@given(
    scale=st.floats(1e-60, 1e60),
    unit=st.sampled_from([0.125, 3.0, 1000.0]),
    order=st.permutations(range(16)),
    entropy=st.integers(0, 2**32 - 1),
)
def test_verdicts_know_no_units_and_no_order_of_seeds(scale, unit, order, entropy):
    samples = Plant(WIDTHS, power_law(-0.6), lognormal).draw(np.random.default_rng(entropy), 16)
    ladder = Ladder("width", tuple(unit * n for n in WIDTHS.rungs), "infinity", unit * 64)
    plain = PowerLaw(-0.5).judge(samples, 0.01)
    moved = PowerLaw(-0.5).judge(Samples(ladder, scale * samples.values[:, order]), 0.01)
    assert moved.verdict is plain.verdict
    assert moved.interval == pytest.approx(plain.interval, rel=1e-6)


@pytest.mark.parametrize("noise", [0.15, 0.2, 0.3])
def test_planned_seeds_suffice_and_much_fewer_do_not(noise):
    law = PowerLaw(-0.5)
    needed = law.needed_seeds(WIDTHS, noise, LOOK)
    assert needed is not None

    def gamma(rng, rungs, seeds):
        return rng.gamma(noise**-2, noise**2, (len(rungs), seeds))

    plant = Plant(WIDTHS, power_law(-0.5), gamma)
    assert tally(law, plant.draw, needed, LOOK, 50)[Verdict.SUPPORTED] == 50
    assert law.foresee(WIDTHS, needed, noise, LOOK) is None
    assert law.foresee(WIDTHS, needed // 4, noise, LOOK) is not None


def test_the_detectable_error_is_detected():
    law = PowerLaw(-0.5)
    error = law.detectable(WIDTHS, 64, 0.3, LOOK)
    plant = Plant(WIDTHS, power_law(-0.5 + error), lognormal)
    assert tally(law, plant.draw, 64, LOOK, 50) == {Verdict.REFUTED: 50}


def test_noise_is_what_was_planted():
    samples = Plant(WIDTHS, power_law(-0.5), lognormal).draw(np.random.default_rng(0), 4096)
    assert PowerLaw(-0.5).noise(samples) == pytest.approx(math.sqrt(math.expm1(0.09)), rel=0.03)


def test_foreseen_width_is_the_width_that_is_measured():
    samples = Plant(WIDTHS, power_law(-0.5), lognormal).draw(np.random.default_rng(0), 64)
    reason = PowerLaw(-0.5, 0.1).foresee(WIDTHS, 64, PowerLaw(-0.5).noise(samples), LOOK)
    measured = PowerLaw(-0.5).judge(samples, LOOK)
    half_width = measured.interval[1] - measured.estimate
    assert reason is not None
    foreseen = float(reason.split("±")[1].split()[0])
    assert foreseen == pytest.approx(half_width, rel=0.15)


def test_a_band_below_the_bias_is_foreseen_without_any_noise():
    reason = PowerLaw(-0.5, 0.03).foresee(SHORT, 10**6, None, LOOK)
    assert reason is not None
    assert reason.startswith("band too narrow for these widths: corrections up to D=0.3 alone")
    assert "64…1024" in reason


def test_summaries_show_the_statistic_and_its_interval():
    samples = Plant(WIDTHS, power_law(-0.5), lognormal).draw(np.random.default_rng(0), 64)
    points = PowerLaw(-0.5).summarise(samples)
    assert [p.rung for p in points] == list(WIDTHS.rungs)
    for point, values in zip(points, samples.values, strict=True):
        assert point.estimate == pytest.approx(values.mean())
        assert point.interval[0] < point.estimate < point.interval[1]
        assert point.extremes == (values.min(), values.max())


@pytest.mark.parametrize("prediction", [PowerLaw, AtMost, AtLeast])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"exponent": math.nan}, "exponent must be a finite number, got nan"),
        ({"exponent": 0, "tolerance": 0}, "tolerance must be positive, got 0"),
        ({"exponent": 0, "tolerance": math.inf}, "tolerance must be positive, got inf"),
        ({"exponent": 0, "correction": -0.1}, "at least 0 and below 1, got -0.1"),
        ({"exponent": 0, "correction": 1.0}, "at least 0 and below 1, got 1.0"),
        ({"exponent": 0, "correction": math.nan}, "at least 0 and below 1, got nan"),
        ({"exponent": 0, "statistic": "median"}, "statistic must be one of mean, rms, variance"),
    ],
)
def test_bad_numbers_are_named(prediction, arguments, message):
    with pytest.raises(ValueError, match=f"{prediction.__name__}: .*{message}"):
        prediction(**arguments)


def test_too_few_widths_are_refused():
    with pytest.raises(ValueError, match="PowerLaw needs at least 3 values of width"):
        PowerLaw(0).require(Ladder("width", (64, 128), "infinity", 64))


def test_widths_where_a_correction_swallows_the_law_are_refused():
    with pytest.raises(ValueError, match=r"reach 120% at 16"):
        PowerLaw(0).require(Ladder("width", (16, 64, 256), "infinity", 64))


def test_values_without_a_logarithm_are_named_with_their_seeds():
    message = PowerLaw(0).check(128, np.array([1.0, -0.25, 2.0, 0.0]))
    assert message is not None
    assert message.startswith("2 of 4 values at 128 are not positive (seed 1: −0.25, seed 3: 0)")
    assert PowerLaw(0, statistic="rms").check(128, np.array([1.0, -0.25, 2.0])) is None
    assert "zero" in str(PowerLaw(0, statistic="rms").check(128, np.array([0.0, 0.0, 2.0])))
    assert "equal" in str(PowerLaw(0, statistic="variance").check(128, np.array([2.0, 2.0, 2.0])))
    assert "3 seeds" in str(PowerLaw(0, statistic="variance").check(128, np.array([1.0, 2.0])))


def test_a_measurement_that_ignores_its_seeds_is_refused():
    with pytest.raises(ValueError, match="all 16 seeds gave the same number at every width"):
        PowerLaw(-0.5).judge(Samples(WIDTHS, np.ones((7, 16))), LOOK)


def test_judging_negative_values_raises():
    values = np.ones((7, 4))
    values[2, 1] = -3
    with pytest.raises(ValueError, match=r"1 of 4 values at 256 are not positive \(seed 1: −3\)"):
        PowerLaw(-0.5).judge(Samples(WIDTHS, values), LOOK)


def test_a_description_names_exponent_and_band():
    assert PowerLaw(-0.5).describe() == "exponent −0.5 ± 0.15"
    assert AtMost(-0.5).describe() == "exponent at most −0.5 (+0.15)"
    assert AtLeast(2, 0.1).describe() == "exponent at least 2 (−0.1)"


def test_a_control_that_bends_is_refuted_by_being_far_away():
    # A plateau with a bend of its own, held against N^-¾: no law fits, and none could be there.
    plateau = Plant(SHORT, power_law(-0.1, 0.8, 1), faint)
    told = PowerLaw(-0.75, tolerance=1 / 12, correction=0.15)
    assert tally(told, plateau.draw, 64, LOOK, 5) == {Verdict.REFUTED: 5}
    near = Plant(SHORT, power_law(-0.5, 0.8, 1), faint)
    assert tally(told, near.draw, 64, LOOK, 5) == {Verdict.INCONCLUSIVE: 5}


def test_a_bend_within_reach_of_the_band_refutes_nothing():
    inside = Plant(SHORT, power_law(-0.5, 0.9, 1), faint)
    told = PowerLaw(-0.5, tolerance=0.05, correction=0.1)
    judgement = told.judge(inside.draw(np.random.default_rng(0), 16), LOOK)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reason.startswith("model misfit")
