"""Claims about an event: who meets it counts, who does not is kept and shown."""

import dataclasses

import numpy as np
import pytest

from widthwise.harness import ClaimError, Given
from widthwise.harness.measuring.judging import settle
from widthwise.harness.measuring.measuring import MeasurementError
from widthwise.harness.measuring.raw_samples import RawSamples, from_json, to_json
from widthwise.harness.measuring.replicates import Replicates
from widthwise.harness.predictions.correlates import Correlates
from widthwise.harness.predictions.power_law import PowerLaw
from widthwise.harness.statistics.planted import tally
from widthwise.harness.terms.ladder import EFFORTS, Ladder, Widths
from widthwise.harness.terms.verdict import Verdict

from .bench import noisy, setting_of

TRAINS = Given("it trains", at_least=0.5)
LADDER = Ladder("width", (64, 128, 256, 512), "infinity", 64)


def given(measure, event=TRAINS, prediction=None, **arguments):
    return dataclasses.replace(setting_of(measure, prediction, **arguments), given=event)


def some_die(width, seeds, dying=11):
    """A seed in eleven dies at each width, not the same ones, and has no number there."""
    met = np.array([(seed + width) % dying != 0 for seed in seeds])
    return np.where(met, noisy(width, seeds), -np.inf), met


def test_values_outside_the_event_are_kept_as_they_are_and_not_judged(bench):
    batch = bench.batch(given(some_die), 64, 1)
    values, met = batch.values, batch.met
    assert 0 < met.sum() < 16
    assert np.isneginf(values[~met]).all()
    assert np.isfinite(values[met]).all()
    again = bench.batch(given(some_die), 64, 1)  # from the store
    np.testing.assert_array_equal(again.values, values)
    np.testing.assert_array_equal(again.met, met)


def test_a_seed_that_fails_at_one_rung_is_left_out_at_every_rung(bench):
    event = Given("it trains", 0.2)
    found = settle(given(some_die, event), LADDER, EFFORTS["quick"], Verdict.SUPPORTED, bench)
    replicates = found.replicates
    met = np.stack([some_die(w, seeds_of(bench, replicates.count))[1] for w in LADDER.rungs])
    kept = met.all(axis=0)
    assert found.samples.values.shape == (4, kept.sum())
    np.testing.assert_array_equal(found.samples.values, replicates.values[:, kept])
    assert found.finding.met == tuple(met.sum(axis=1))
    assert found.finding.judgement.seeds == kept.sum() < replicates.count
    assert found.finding.looks[-1] == replicates.count
    assert found.finding.points[0].seeds == kept.sum()


def seeds_of(bench, count):
    return [seed for index in range(count // 16) for seed in bench._seeds(given(some_die), index)]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_seed_that_meets_the_event_has_to_give_a_number(bench, value):
    def measure(width, seeds):
        values, met = np.full(16, 1.0), np.arange(16) > 2
        values[[0, 9]] = value
        return values, met

    with pytest.raises(MeasurementError) as raised:
        bench.batch(given(measure), 64, 1)
    assert str(raised.value) == (
        "claim 'units_freeze[sphere]' at width=64: 1 of 13 seeds that meet the event gave no "
        f"finite number (replicate 25: {value}); every one must give one"
    )


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (np.ones(16), "given that it trains, and the measurement does not say which seeds"),
        ((np.ones(16), np.ones(16), 1), "does not say which seeds meet that"),
        ((np.ones(16), np.ones(16)), r"'it trains' came as shape \(16,\) of float64"),
        ((np.ones(16), np.ones((16, 1), bool)), r"came as shape \(16, 1\) of bool"),
        ((np.ones(16), np.ones(4, bool)), "says of 4 seeds whether they meet the event"),
        ((np.ones(4), np.ones(16, bool)), r"returned shape \(4,\) for 16 seeds"),
    ],
)
def test_a_measurement_says_who_meets_the_event(bench, returned, said):
    with pytest.raises(MeasurementError, match=said):
        bench.batch(given(lambda width, seeds: returned), 64, 0)
    assert not list(bench.store.path.rglob("*.batch"))


def test_values_may_be_masked_outside_the_event(bench):
    def measure(width, seeds):
        met = np.arange(16) % 4 > 0
        return np.ma.masked_array(np.ones(16), mask=~met), met

    assert np.isnan(bench.batch(given(measure), 64, 0).values[::4]).all()


def test_too_rare_an_event_is_an_error_that_counts_and_names(bench):
    def measure(width, seeds):
        met = np.ones(16, bool)
        met[: {64: 0, 128: 10}.get(width, 1)] = False
        return np.where(met, 1.0, np.nan), met

    with pytest.raises(MeasurementError) as raised:
        settle(given(measure), LADDER, EFFORTS["quick"], Verdict.SUPPORTED, bench)
    assert str(raised.value) == (
        "claim 'units_freeze[sphere]': 6 of 16 replicates meet 'it trains' at every width (16 at "
        "width=64, 6 at width=128, 15 at width=256, 15 at width=512), and the claim needs a share "
        "of at least 0.5 and two replicates; replicates 0–9 do not"
    )


def test_few_replicates_give_no_verdict_but_another_look(bench):
    def measure(width, seeds):
        met = np.arange(16) < 5
        return np.where(met, noisy(width, seeds), np.nan), met

    event = Given("it trains", 0.25)
    found = settle(given(measure, event), LADDER, EFFORTS["quick"], Verdict.SUPPORTED, bench)
    assert found.finding.looks == (16, 32)
    assert found.finding.judgement.seeds == 10
    only = dataclasses.replace(EFFORTS["quick"], looks=(16,))
    judgement = settle(given(measure, event), LADDER, only, Verdict.SUPPORTED, bench)
    judgement = judgement.finding.judgement
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reason == (
        "needs more seeds: 5 of 16 replicates meet the event at every width, and a verdict rests "
        "on 8 at least"
    )


def test_what_is_judged_is_held_against_the_form_even_where_a_batch_has_few(bench):
    def measure(width, seeds):
        met = np.arange(16) < 2
        return np.where(np.arange(16) == 1, -1.0, 1.0), met

    setting = given(measure, Given("it trains", 0.1))
    with pytest.raises(MeasurementError, match=r"of the replicates that meet the event, .*−1"):
        settle(setting, LADDER, EFFORTS["quick"], Verdict.SUPPORTED, bench)


def test_without_an_event_a_pair_is_no_condition(bench):
    with pytest.raises(MeasurementError, match=r"returned shape \(2, 16\) for 16 seeds"):
        bench.batch(setting_of(lambda width, seeds: (np.ones(16), np.ones(16, bool))), 64, 0)


def test_declaring_an_event_measures_anew_and_its_words_do_not(bench, calls):
    one = bench.key(setting_of(some_die), 64, 0)
    other = bench.key(given(some_die), 64, 0)
    assert one != other
    assert other == bench.key(given(some_die, Given("in other words", 0.1)), 64, 0)


def test_a_measurement_is_repeated_where_the_event_is_met(bench):
    calls = iter(range(9))

    def measure(width, seeds):
        values, met = np.ones(len(seeds)) + np.arange(len(seeds)), np.arange(len(seeds)) != 0
        return np.where(met, values + next(calls), np.nan), met

    setting = dataclasses.replace(given(measure), repeated_at=64)
    with pytest.raises(MeasurementError, match="measured again, replicate 1 gave 3 instead of 2"):
        bench.batch(setting, 64, 0)


def test_an_event_that_is_no_function_of_its_seeds_is_refused(bench):
    calls = iter(range(9))

    def measure(width, seeds):
        met = np.ones(len(seeds), bool)
        met[1] = next(calls) == 0
        return np.ones(len(seeds)), met

    setting = dataclasses.replace(given(measure), repeated_at=64)
    with pytest.raises(MeasurementError, match=r"replicate 1 does not meet the .* unlike"):
        bench.batch(setting, 64, 0)


def test_samples_are_published_with_those_outside_the_event():
    values = np.array([[1.0, -np.inf, 3.0], [4.0, 5.0, np.nan]])
    met = np.array([[True, False, True], [True, True, False]])
    samples = RawSamples("a", "", "ab", "width", (1, 2), {"claim": values}, {"claim": met})
    again = from_json(to_json(samples))
    np.testing.assert_array_equal(again.met["claim"], met)
    np.testing.assert_array_equal(again.values["claim"][met], values[met])
    assert np.isnan(again.values["claim"][~met]).all()


@pytest.mark.parametrize(
    ("event", "at_least"), [("", 0.5), (" ", 0.5), (3, 0.5), ("a", 0), ("a", 1.1), ("a", True)]
)
def test_an_event_has_words_and_a_share(event, at_least):
    with pytest.raises(ValueError, match=r"^Given"):
        Given(event, at_least)


def test_a_claim_takes_no_other_condition():
    from widthwise.harness import Control, Source, claim

    declare = claim(
        provenance="made",
        source=Source("a", "b"),
        prediction=PowerLaw(-1 / 2),
        control=Control("c", dying=1),
        over=Widths(64, 4096),
        given="it trains",
    )

    def test_it(width, seeds, dying=5):
        """It."""

    with pytest.raises(ClaimError, match='given must be an event such as Given\\("it trains"\\)'):
        declare(test_it)


class Planted:
    """A replicate's luck moves all its numbers and decides whether it meets the event.

    The luck that is needed grows with the width, or falls. So numbers of those who meet it at one
    width alone grow or fall by a power of their own, and of those who meet it at all widths none.
    """

    def __init__(self, harder):
        rungs = np.array(LADDER.rungs, dtype=float)
        self.rungs, self.needed = rungs, harder * 0.5 * np.log2(rungs / 64) - 0.5

    def replicates(self, rng, seeds):
        luck = rng.standard_normal(seeds)
        noise = np.exp(0.3 * rng.standard_normal((4, seeds)) - 0.045)
        met = luck + 0.3 * rng.standard_normal((4, seeds)) > self.needed[:, None]
        values = self.rungs[:, None] ** -0.5 * np.exp(0.7 * luck) * noise
        return Replicates(LADDER, np.where(met, values, np.nan), met)

    def draw(self, rng, seeds):
        """So many replicates that meet it everywhere."""
        taken = self.replicates(rng, 40 * seeds)
        kept = taken.values[:, taken.everywhere][:, :seeds]
        assert kept.shape[1] == seeds
        return Replicates(LADDER, kept).samples


@pytest.mark.parametrize("harder", [-1, 1])
@pytest.mark.parametrize("seeds", [8, 32])
def test_error_rates_hold_given_the_event(harder, seeds):
    """The truth −½ is on the edge of either band."""
    for exponent in (-0.35, -0.65):
        counts = tally(
            PowerLaw(exponent, correction=0.0), Planted(harder).draw, seeds, 1e-2, 400, seeds
        )
        assert counts[Verdict.SUPPORTED] <= 3 * 1e-2 * 400
        assert counts[Verdict.REFUTED] <= 3 * 1e-2 * 400


def test_rung_by_rung_the_condition_would_bend_the_law():
    """Why a replicate is left out at every rung, and not where it fails alone."""
    taken = Planted(1).replicates(np.random.default_rng(0), 100_000)
    logs = np.log([row[met].mean() for row, met in zip(taken.values, taken.met, strict=True)])
    together = np.log(taken.samples.values.mean(axis=1))
    slope = lambda y: np.polyfit(np.log(LADDER.rungs), y, 1)[0]  # noqa: E731
    assert abs(slope(together) + 0.5) < 0.01
    assert slope(logs) > -0.3


def test_pairs_may_be_conditioned_too(bench):
    def measure(width, seeds):
        rng = np.random.default_rng(seeds[0])
        first = rng.standard_normal(len(seeds))
        met = first > -1
        pair = np.stack([first, first + 0.1 * rng.standard_normal(len(seeds))], axis=1)
        return np.where(met[:, None], pair, np.nan), met

    ladder = Ladder("width", (64,), "infinity", 64)
    setting = given(measure, Given("it is not low", 0.5), Correlates(at_least=0.5))
    found = settle(setting, ladder, EFFORTS["quick"], Verdict.SUPPORTED, bench)
    assert found.finding.judgement.verdict is Verdict.SUPPORTED
    assert found.samples.values.shape[2:] == (2,)
