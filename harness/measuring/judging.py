"""Judging: looks at more and more seeds until a verdict is reached.

The looks are declared in advance and share the error rate equally. A verdict
that the declared looks cannot reach is not waited for: after each look the
measured noise tells whether the last one could settle the claim.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from ..statistics.jackknife import verdict_quantile
from ..terms.evidence import Finding
from ..terms.given import FEWEST_MET
from ..terms.ladder import Effort, Ladder
from ..terms.prediction import ALPHA, LOOKS, Prediction, Samples
from ..terms.verdict import Judgement, Verdict
from .measuring import Bench, MeasurementError, Setting
from .replicates import Replicates
from .store import Batch


@dataclass(frozen=True)
class Settled:
    """A setting after its last look.

    Attributes:
        finding: what came of it.
        samples: what it rests on.
        replicates: all that was measured, those outside the claim's event too.
        dtype: the dtype the measurement returned.
        threads: how many threads its batches were computed with, each number once.
    """

    finding: Finding
    samples: Samples
    replicates: Replicates
    dtype: str
    threads: tuple[int, ...]


def settle(
    setting: Setting, ladder: Ladder, effort: Effort, expected: Verdict, bench: Bench
) -> Settled:
    """Measure a setting, look by look, until it is settled or cannot be.

    Args:
        setting: what to measure and what to hold it against.
        ladder: where to measure it.
        effort: the looks it may take.
        expected: the verdict that was declared.
        bench: where to measure it.

    Raises:
        MeasurementError: if the measurement returns what cannot be judged.
    """
    *earlier, last = effort.looks
    for seeds in earlier:
        look = _look(setting, ladder, seeds, last, bench)
        if look.is_final:
            break
    else:
        look = _look(setting, ladder, last, last, bench)
    looks = tuple(seeds for seeds in effort.looks if seeds <= look.replicates.count)
    remarks = dict.fromkeys(remark for batch in look.batches for remark in batch.remarks)
    finding = Finding(
        expected=expected,
        judgement=dataclasses.replace(look.judgement, seeds=look.samples.seeds, looks=len(looks)),
        points=setting.prediction.summarise(look.samples),
        looks=looks,
        seconds=sum(batch.seconds for batch in look.batches),
        remarks=tuple(remarks),
        met=look.replicates.counts,
    )
    dtypes = sorted({batch.dtype for batch in look.batches})
    threads = tuple(sorted({batch.threads for batch in look.batches if batch.threads}))
    return Settled(finding, look.samples, look.replicates, ", ".join(dtypes), threads)


def is_open(setting: Setting, ladder: Ladder, seeds: int, effort: Effort, bench: Bench) -> bool:
    """Whether a setting needs another look after the one with so many seeds.

    Raises:
        MeasurementError: if the measurement returns what cannot be judged.
    """
    last = effort.looks[-1]
    return seeds < last and not _look(setting, ladder, seeds, last, bench).is_final


@dataclass(frozen=True)
class _Look:
    """What one look saw, and whether there is any use in another."""

    samples: Samples
    replicates: Replicates
    batches: list[Batch]
    judgement: Judgement
    is_final: bool


def _look(setting: Setting, ladder: Ladder, seeds: int, last: int, bench: Bench) -> _Look:
    replicates, batches = bench.replicates(setting, ladder, seeds)
    replicates.require(setting.given, setting.label)
    samples = replicates.samples
    judgement = _judged(setting.prediction, samples, setting)
    if setting.given is not None and samples.seeds < FEWEST_MET:
        return _Look(samples, replicates, batches, _too_few(judgement, replicates), False)
    hopeless = _hopeless(samples, judgement, last - seeds)
    if hopeless:
        judgement = dataclasses.replace(judgement, reason=hopeless)
    settled = judgement.verdict is not Verdict.INCONCLUSIVE
    is_final = settled or hopeless is not None
    return _Look(samples, replicates, batches, judgement, is_final)


def _too_few(judgement: Judgement, replicates: Replicates) -> Judgement:
    """No verdict: intervals are not known to keep their error rate on so few replicates."""
    kept = int(replicates.everywhere.sum())
    return dataclasses.replace(
        judgement,
        verdict=Verdict.INCONCLUSIVE,
        reason=f"needs more seeds: {kept} of {replicates.count} replicates meet the event at every "
        f"{replicates.ladder.name}, and a verdict rests on {FEWEST_MET} at least",
        tipping_support=None,
        tipping_refute=None,
    )


def _judged(prediction: Prediction, samples: Samples, setting: Setting) -> Judgement:
    try:
        if setting.given is not None:  # of a batch, only some were held against the form
            for rung, values in zip(samples.ladder.rungs, samples.values, strict=True):
                if problem := prediction.check(rung, values):
                    raise ValueError(f"of the replicates that meet the event, {problem}")
        return prediction.judge(samples, ALPHA / LOOKS)
    except ValueError as error:
        raise MeasurementError(f"claim {setting.label!r}: {error}") from None


def _hopeless(samples: Samples, judgement: Judgement, ahead: int) -> str | None:
    """Why further looks cannot settle what this one left open, or None.

    The random part of the interval shrinks with the seeds in a known way, the systematic part
    stays. If the interval of the last look would not fit into the band around even the most
    favourable estimate that this look allows, more seeds are spent in vain. The noise that this
    rests on is an estimate too, and is taken to be lower by two of its standard errors. The shorter
    side counts: what skewness adds to the other one shrinks faster. An estimate outside the band
    may still be refuted by a narrower interval, so it is never given up. Replicates `ahead` are
    taken to meet the claim's event, all of them.
    """
    last = samples.seeds + ahead
    low, high = judgement.band
    bottom, top = judgement.interval
    if judgement.verdict is not Verdict.INCONCLUSIVE or not ahead:
        return None
    if not low <= judgement.estimate <= high or not math.isfinite(top - bottom):
        return None
    half = min(top - judgement.estimate, judgement.estimate - bottom)
    projected = judgement.bias + (half - judgement.bias) * _shrinkage(samples.seeds, last)
    middle = (low + high) / 2 if math.isfinite(low + high) else (bottom if high < math.inf else top)
    favourable = min(max(middle, bottom), top)
    room = min(favourable - low, high - favourable)
    if projected <= room:
        return None
    return (
        f"needs more seeds than this effort has: at {last} the interval would still reach "
        f"{projected:.2g} to either side, and the band leaves {room:.2g}"
    )


def _shrinkage(now: int, last: int) -> float:
    """How much narrower a t interval may get from one number of seeds to another."""
    wide, narrow = (verdict_quantile(seeds, ALPHA / LOOKS) for seeds in (now, last))
    overestimated = 1 + 2 / math.sqrt(2 * (now - 1))
    return narrow / wide * math.sqrt(now / last) / overestimated
