"""Judging: looks at more and more seeds until a verdict is reached.

The looks are declared in advance and share the error rate equally. A verdict
that the declared looks cannot reach is not waited for: after each look the
measured noise tells whether the last one could settle the claim.
"""

from __future__ import annotations

import dataclasses
import math

from .evidence import Finding
from .ladder import Effort, Ladder
from .measuring import Bench, MeasurementError, Setting
from .prediction import ALPHA, LOOKS, Prediction, Samples
from .verdict import Judgement, Verdict


def settle(
    setting: Setting, ladder: Ladder, effort: Effort, expected: Verdict, bench: Bench
) -> tuple[Finding, str]:
    """Measure a setting, look by look, until it is settled or cannot be.

    Args:
        setting: what to measure and what to hold it against.
        ladder: where to measure it.
        effort: the looks it may take.
        expected: the verdict that was declared.
        bench: where to measure it.

    Returns:
        The finding, and the dtype the measurement returned.

    Raises:
        MeasurementError: if the measurement returns what cannot be judged.
    """
    prediction = setting.prediction
    for seeds in effort.looks:
        samples, batches = bench.samples(setting, ladder, seeds)
        judgement = _judged(prediction, samples, setting)
        hopeless = _hopeless(prediction, samples, judgement, effort.looks[-1])
        if hopeless:
            judgement = dataclasses.replace(judgement, reason=hopeless)
        if judgement.verdict is not Verdict.INCONCLUSIVE or hopeless or seeds == effort.looks[-1]:
            break
    looks = tuple(look for look in effort.looks if look <= seeds)
    remarks = dict.fromkeys(remark for batch in batches for remark in batch.remarks)
    finding = Finding(
        expected=expected,
        judgement=dataclasses.replace(judgement, seeds=seeds, looks=len(looks)),
        points=prediction.summarise(samples),
        looks=looks,
        seconds=sum(batch.seconds for batch in batches),
        remarks=tuple(remarks),
    )
    return finding, ", ".join(sorted({batch.dtype for batch in batches}))


def _judged(prediction: Prediction, samples: Samples, setting: Setting) -> Judgement:
    try:
        return prediction.judge(samples, ALPHA / LOOKS)
    except ValueError as error:
        raise MeasurementError(f"claim {setting.label!r}: {error}") from None


def _hopeless(
    prediction: Prediction, samples: Samples, judgement: Judgement, last: int
) -> str | None:
    """Why further looks cannot settle what this one left open, or None.

    An estimate outside the band may still be refuted however wide the interval
    that could support it is, so only one inside the band is given up.
    """
    if judgement.verdict is not Verdict.INCONCLUSIVE or samples.seeds >= last:
        return None
    low, high = judgement.band
    if not low <= judgement.estimate <= high or not math.isfinite(judgement.estimate):
        return None
    return prediction.foresee(samples.ladder, last, prediction.noise(samples), ALPHA / LOOKS)
