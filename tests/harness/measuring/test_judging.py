"""Looks at more and more seeds, as declared, until the verdict is reached or out of reach."""

import dataclasses
import itertools
import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from widthwise.harness.measuring import measuring
from widthwise.harness.measuring.environment import threads
from widthwise.harness.measuring.judging import settle
from widthwise.harness.measuring.measuring import Bench, MeasurementError, Setting
from widthwise.harness.measuring.store import Store
from widthwise.harness.statistics.jackknife import verdict_quantile
from widthwise.harness.terms.ladder import EFFORTS, Ladder
from widthwise.harness.terms.prediction import ALPHA, LOOKS
from widthwise.harness.terms.verdict import Judgement, Verdict

LADDER = Ladder("width", (64, 128), "infinity", 64)
JUDGED = []


class Deaf:
    """Watches nothing."""

    def started(self, *_):
        pass

    def finished(self, *_):
        pass


@dataclass(frozen=True)
class Scripted:
    """A prediction that says at each look what it was told to say."""

    verdicts: dict
    half_width: float = 1.1
    bias: float = 0.0
    estimate: float = 0.0
    band: tuple = (-1.0, 1.0)
    log_axes: ClassVar[bool] = False
    outcome_shape: ClassVar[tuple] = ()

    def check(self, rung, values):
        return None

    def summarise(self, samples):
        return (samples.seeds,)

    def judge(self, samples, alpha):
        assert alpha == ALPHA / LOOKS
        JUDGED.append(samples)
        verdict = self.verdicts.get(samples.seeds, Verdict.INCONCLUSIVE)
        return Judgement(
            verdict=verdict,
            reason="said so",
            quantity="x",
            estimate=self.estimate,
            interval=(self.estimate - self.half_width, self.estimate + self.half_width),
            bias=self.bias,
            band=self.band,
            tipping_support=None,
            tipping_refute=None,
            seeds=samples.seeds,
        )


def measure(width, seeds):
    return np.array([float(seed % 1000) for seed in seeds])


@pytest.fixture(autouse=True)
def judged():
    JUDGED.clear()
    return JUDGED


@pytest.fixture
def settled(tmp_path):
    bench = Bench(Store.at(tmp_path), "cpu", 0, Deaf())

    def settled(prediction, effort="standard", expected=Verdict.SUPPORTED, measure=measure):
        setting = Setting("freeze", "freeze", measure, {}, "width", prediction)
        return settle(setting, LADDER, EFFORTS[effort], expected, bench)

    return settled


@pytest.mark.parametrize("verdict", [Verdict.SUPPORTED, Verdict.REFUTED])
@pytest.mark.parametrize("at", [16, 32, 64, 128, 256])
def test_it_stops_at_the_first_look_that_settles(settled, judged, verdict, at):
    found = settled(Scripted({256: Verdict.REFUTED} | {at: verdict}))
    finding = found.finding
    looks = tuple(look for look in (16, 32, 64, 128, 256) if look <= at)
    assert finding.judgement.verdict is verdict
    assert (finding.judgement.seeds, finding.judgement.looks, finding.looks) == (
        at,
        len(looks),
        looks,
    )
    assert [samples.seeds for samples in judged] == list(looks)
    assert finding.points == (at,)
    assert found.dtype == "float64"
    assert found.threads == (threads(),)
    assert found.samples is judged[-1]


def test_the_threads_of_all_batches_are_told(settled, monkeypatch):
    """Another run may have measured some of them, and left them in the store."""
    settled(Scripted({16: Verdict.SUPPORTED}))
    monkeypatch.setattr(measuring, "threads", lambda: 7)
    assert settled(Scripted({})).threads == tuple(sorted({threads(), 7}))


def test_later_looks_extend_earlier_ones(settled, judged):
    settled(Scripted({}))
    for earlier, later in itertools.pairwise(judged):
        np.testing.assert_array_equal(later.values[:, : earlier.seeds], earlier.values)


@pytest.mark.parametrize(("effort", "last"), [("quick", 64), ("standard", 256), ("full", 256)])
def test_the_last_look_is_the_efforts_last(settled, effort, last):
    finding = settled(Scripted({}), effort).finding
    assert finding.judgement.verdict is Verdict.INCONCLUSIVE
    assert finding.judgement.seeds == last
    assert finding.judgement.reason == "said so"


@pytest.mark.parametrize(
    ("half_width", "bias"), [(20.0, 0.0), (1.5, 1.2)], ids=["noise", "correction"]
)
def test_what_no_look_can_settle_stops_after_the_first_and_says_why(
    settled, judged, half_width, bias
):
    finding = settled(Scripted({256: Verdict.SUPPORTED}, half_width, bias)).finding
    assert finding.judgement.verdict is Verdict.INCONCLUSIVE
    assert re.search("at 256 the interval would still reach .* leaves 1", finding.judgement.reason)
    assert (finding.looks, len(judged)) == ((16,), 1)


@pytest.mark.parametrize("look", [16, 32, 64, 128])
def test_the_projection_is_that_of_a_t_interval_with_noise_two_standard_errors_lower(settled, look):
    def half_width_at_last(share):
        quantiles = [verdict_quantile(seeds, ALPHA / LOOKS) for seeds in (look, 256)]
        ratio = quantiles / np.sqrt([look, 256])
        return share * ratio[0] / ratio[1] * (1 + 2 / np.sqrt(2 * (look - 1)))

    @dataclasses.dataclass(frozen=True)
    class Late(Scripted):
        def judge(self, samples, alpha):
            judgement = super().judge(samples, alpha)
            if samples.seeds == look:
                return judgement
            return dataclasses.replace(judgement, interval=(-1.1, 1.1))

    just_fits = settled(Late({}, half_width_at_last(0.999))).finding
    too_wide = settled(Late({}, half_width_at_last(1.001))).finding
    assert just_fits.looks[-1] == 256
    assert too_wide.looks[-1] == look


def test_what_is_settled_is_not_hopeless(settled):
    finding = settled(Scripted({16: Verdict.SUPPORTED}, half_width=20)).finding
    assert finding.judgement.reason == "said so"


def test_an_estimate_that_may_still_move_is_not_given_up(settled):
    # Around 0.9 the last interval would not fit, around 0.3, which this look allows, it would.
    finding = settled(Scripted({64: Verdict.SUPPORTED}, half_width=1.1, estimate=0.9)).finding
    assert finding.judgement.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize("estimate", [-1.5, 1.5, float("nan")])
def test_an_estimate_outside_the_band_is_not_given_up(settled, estimate):
    finding = settled(Scripted({64: Verdict.REFUTED}, half_width=20, estimate=estimate)).finding
    assert finding.judgement.verdict is Verdict.REFUTED
    assert finding.looks == (16, 32, 64)


@pytest.mark.parametrize("band", [(-np.inf, 1.0), (-1.0, np.inf)])
def test_a_one_sided_band_asks_for_its_own_side_only(settled, band):
    finding = settled(Scripted({64: Verdict.SUPPORTED}, half_width=20, band=band)).finding
    assert finding.judgement.verdict is Verdict.SUPPORTED


def test_the_last_look_keeps_its_own_reason(settled):
    finding = settled(Scripted({}, half_width=20, estimate=1.5), "quick").finding
    assert finding.judgement.reason == "said so"


@pytest.mark.parametrize("expected", [Verdict.SUPPORTED, Verdict.REFUTED])
@pytest.mark.parametrize("found", list(Verdict))
def test_the_finding_compares_with_what_was_expected(settled, expected, found):
    finding = settled(Scripted(dict.fromkeys((16, 32, 64), found)), "quick", expected).finding
    assert finding.expected is expected
    assert finding.as_expected == (found is expected)


def test_what_happened_while_measuring_is_remarked_once(settled):
    def tight(width, seeds):
        if len(seeds) > 8:
            raise MemoryError
        return measure(width, seeds)

    finding = settled(Scripted({32: Verdict.SUPPORTED}), measure=tight).finding
    assert finding.remarks == tuple(
        f"8 seeds at a time at width={width}: more did not fit in memory" for width in (64, 128)
    )


def test_time_is_the_sum_over_all_batches(settled, tmp_path):
    finding = settled(Scripted({32: Verdict.SUPPORTED})).finding
    store = Store(tmp_path)
    kept = [store.load(entry.stem) for entry in tmp_path.rglob("*.batch")]
    assert len(kept) == 4
    assert finding.seconds == pytest.approx(sum(batch.seconds for batch in kept))


def test_samples_that_cannot_be_judged_name_the_claim(settled):
    @dataclasses.dataclass(frozen=True)
    class Choosy(Scripted):
        def judge(self, samples, alpha):
            raise ValueError("every seed gave the same number")

    with pytest.raises(MeasurementError, match="claim 'freeze': every seed gave the same number"):
        settled(Choosy({}))
