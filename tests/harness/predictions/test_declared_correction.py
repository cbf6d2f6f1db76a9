import numpy as np
import pytest
from scipy import stats

from widthwise.harness import AtLeast, AtMost, Correction, Over, PowerLaw, Vanishing
from widthwise.harness.statistics.planted import Plant, faint, lognormal, tally
from widthwise.harness.statistics.scaling import ORDERS
from widthwise.harness.terms.ladder import EFFORTS, Ladder
from widthwise.harness.terms.prediction import ALPHA, LOOKS, Samples
from widthwise.harness.terms.verdict import Verdict

WIDTHS = Ladder("width", tuple(64 * 2 ** np.arange(5)), "infinity", 64)
FREQUENCIES = Over("frequency", (2, 4, 8, 16, 32)).at(EFFORTS["standard"])
LOOK = ALPHA / LOOKS


def law(exponent, coefficient, order, first):
    return lambda rungs: (rungs / first) ** exponent * (1 + coefficient * (rungs / first) ** -order)


def most(repetitions, rate):
    """More errors than this happen by chance once in 10⁴ where the rate is as stated."""
    return stats.binom.isf(1e-4, repetitions, rate)


def judged(prediction, values, ladder=WIDTHS):
    return prediction.judge(Samples(ladder, values), LOOK)


def test_a_size_alone_means_both_orders_of_an_expansion():
    rng = np.random.default_rng(0)
    values = Plant(WIDTHS, law(-0.5, 0.2, 0.5, 64), lognormal).draw(rng, 64).values
    for form in (PowerLaw, AtMost, AtLeast):
        plain = judged(form(-0.5), values)
        assert judged(form(-0.5, correction=Correction(ORDERS, 0.3)), values) == plain


def test_a_nearly_noiseless_law_with_a_next_order_of_its_own_is_judged_as_such():
    plant = Plant(FREQUENCIES, law(-2, 0.25, 2, 2), faint)
    told = PowerLaw(-2, tolerance=0.02, correction=Correction(order=2, size=0.3))
    assert tally(told, plant.draw, 16, LOOK, 20) == {Verdict.SUPPORTED: 20}
    untold = PowerLaw(-2, tolerance=0.02)
    assert Verdict.SUPPORTED not in tally(untold, plant.draw, 16, LOOK, 20)


@pytest.mark.parametrize(("coefficient", "order"), [(-0.9, 0.5), (0.9, 1), (-0.9, 1)])
def test_a_wrong_order_is_a_misfit(coefficient, order):
    plant = Plant(FREQUENCIES, law(-2, coefficient, order, 2), faint)
    told = PowerLaw(-2, correction=Correction(order=2, size=0.1))
    judgement = told.judge(plant.draw(np.random.default_rng(0), 16), LOOK)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reason.startswith("model misfit: curvature")


@pytest.mark.parametrize("coefficient", [0.5, 0.6, 0.7])
def test_a_range_is_worth_more_than_a_size(coefficient):
    plant = Plant(WIDTHS, law(-0.5, coefficient, 1, 64), faint)
    told = PowerLaw(-0.5, tolerance=0.05, correction=Correction(1, (0.5, 0.7)))
    assert tally(told, plant.draw, 16, LOOK, 10) == {Verdict.SUPPORTED: 10}
    sized = PowerLaw(-0.5, tolerance=0.05, correction=Correction(1, 0.7))
    assert Verdict.SUPPORTED not in tally(sized, plant.draw, 16, LOOK, 10)


def test_what_is_in_the_middle_of_the_range_is_taken_out():
    rng = np.random.default_rng(1)
    values = Plant(WIDTHS, law(-0.5, 0.0, 1, 64), lognormal).draw(rng, 32).values
    known = 1 + 0.6 * (64 / np.array(WIDTHS.rungs, dtype=float)) ** 1.0
    plain = judged(PowerLaw(-0.5, correction=0.0), values)
    corrected = judged(
        PowerLaw(-0.5, correction=Correction(1, (0.6, 0.6))), values * known[:, None]
    )
    assert corrected.interval == pytest.approx(plain.interval, abs=1e-12)
    # The curve of the figure has the correction in it again.
    assert corrected.fit == pytest.approx(np.array(plain.fit) * known, rel=1e-12)


@pytest.mark.parametrize("correction", [Correction(2, 0.3), Correction(1, (0.2, 0.5))])
@pytest.mark.parametrize("end", [0, 1])
def test_allowed_corrections_give_no_wrong_verdict_at_the_edge(correction, end):
    coefficient, order = correction.range[end], correction.order
    for exponent in (-0.65, -0.35):
        edge = Plant(WIDTHS, law(exponent, coefficient, order, 64), lognormal)
        counts = tally(PowerLaw(-0.5, correction=correction), edge.draw, 256, 0.01, 150)
        assert counts[Verdict.SUPPORTED] + counts[Verdict.REFUTED] <= most(150, 0.03)


def test_a_correction_outside_its_range_is_not_supported_where_it_matters():
    # N^-.65 that looks like N^-.5: the correction would have to be of the sign that is excluded.
    edge = Plant(WIDTHS, law(-0.7, -0.55, 0.5, 64), faint)
    told = PowerLaw(-0.5, correction=Correction(0.5, (0.0, 0.3)))
    assert Verdict.SUPPORTED not in tally(told, edge.draw, 16, LOOK, 10)


def test_on_a_ladder_to_zero_orders_grow_with_the_parameter():
    ladder = Vanishing("size", 0.5, 0.05).at(EFFORTS["standard"])

    def quadratic(sizes):
        return sizes**2 * (1 + 0.3 * (sizes / 0.5) ** 2)

    told = PowerLaw(2, tolerance=0.05, correction=Correction(2, 0.4))
    assert tally(told, Plant(ladder, quadratic, faint).draw, 16, LOOK, 10) == {
        Verdict.SUPPORTED: 10
    }


@pytest.mark.parametrize("order", [1, 1.5, 2, 4])
def test_a_declared_order_is_never_worth_less_than_a_size_alone(order):
    def bias(correction):
        return PowerLaw(-0.5, correction=correction)._slope.law(WIDTHS).frontier.least_bias

    assert bias(Correction(order, 0.3)) <= bias(0.3)


@pytest.mark.parametrize(
    ("order", "size", "match"),
    [
        (0, 0.3, "orders are positive"),
        ((), 0.3, "orders are positive"),
        (float("inf"), 0.3, "orders are positive"),
        (1, 1.0, "at least 0 and below 1, got 1.0"),
        (1, -0.1, "at least 0 and below 1"),
        (1, (0.4, 0.2), "from the smaller to the larger"),
        (1, (0.4, 1.0), "between −1 and 1"),
        (1, (0.1, 0.2, 0.3), "from the smaller to the larger"),
        ((0.5, 1), (0.1, 0.2), "about one order"),
    ],
)
def test_corrections_that_say_nothing_are_refused(order, size, match):
    with pytest.raises(ValueError, match=match):
        Correction(order, size)


def test_a_ladder_on_which_nothing_is_left_of_the_law_is_refused_by_the_declared_order():
    ladder = Ladder("width", (16, 32, 64), "infinity", 64)
    PowerLaw(-1, correction=Correction(0.5, 0.4)).require(ladder)
    with pytest.raises(ValueError, match="640% at 16"):
        PowerLaw(-1, correction=Correction(2, 0.4)).require(ladder)
