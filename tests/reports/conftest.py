"""Records to show: one factory, so that every test names only what it is about."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from widthwise.harness import (
    AtMost,
    Bounded,
    Correlates,
    DecaysExponentially,
    Dominates,
    Identity,
    Limit,
    Monotone,
    PowerLaw,
    Proportion,
    SameDistribution,
)
from widthwise.harness.measuring.measuring import MeasurementError
from widthwise.harness.measuring.verification import _unmeasured
from widthwise.harness.terms.evidence import Evidence, Finding
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Point, Samples
from widthwise.harness.terms.provenance import Provenance
from widthwise.harness.terms.verdict import Judgement, Verdict

RUNGS = (64.0, 128.0, 256.0, 512.0, 1024.0)
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    "\"'`{{ 7 * 7 }}{% raw %}\x1b[31m\x00\u202egnp.exe\u2066\ud800 javascript:alert(3) "
    "<!--" + "wide" * 400
)


def make_finding(
    exponent: float = -0.5,
    verdict: Verdict = Verdict.SUPPORTED,
    expected: Verdict | None = None,
    **changes: Any,
) -> Finding:
    """A power law of this exponent, measured and judged against −0.5 ± 0.15."""
    fit = tuple(2.0 * (rung / 64) ** exponent for rung in RUNGS)
    judgement = Judgement(
        verdict=verdict,
        reason="the interval lies inside the band",
        quantity="exponent",
        estimate=exponent + 0.003,
        interval=(exponent - 0.0421, exponent + 0.0481),
        bias=0.031,
        band=(-0.65, -0.35),
        tipping_support=0.0481 if verdict is Verdict.SUPPORTED else None,
        tipping_refute=abs(exponent + 0.5) - 0.0421 if verdict is Verdict.REFUTED else None,
        seeds=32,
        looks=2,
        fit=fit,
    )
    points = tuple(
        Point(rung, value * 1.01, (value * 0.95, value * 1.07), (value * 0.6, value * 1.7), 32)
        for rung, value in zip(RUNGS, fit, strict=True)
    )
    finding = Finding(
        expected=expected or verdict, judgement=judgement, points=points, looks=(16, 32), seconds=4
    )
    own = {key: value for key, value in changes.items() if hasattr(finding, key)}
    judged = {key: value for key, value in changes.items() if key not in own}
    return dataclasses.replace(
        finding, **own, judgement=dataclasses.replace(finding.judgement, **judged)
    )


def make_record(claim: str = "activations_freeze", **changes: Any) -> Evidence:
    """A supported claim whose control is refuted, as it should be."""
    record = Evidence(
        claim=claim,
        variant="sphere",
        topic="lazy_training",
        summary="Hidden units stand still while the output learns.",
        sections={
            "Statement": "The RMS movement of a hidden unit is O(N^-1/2).\n\nSecond paragraph.",
            "Does not show": "Anything about the largest unit.",
        },
        provenance=Provenance.MADE,
        discussion="ntk-gp-cannot-learn-features",
        place="the reply on back-propagation",
        references=("Jacot et al. 2018, Theorem 2",),
        form="PowerLaw",
        prediction="exponent −0.5 ± 0.15",
        log_axes=True,
        ladder=Ladder("width", RUNGS, "infinity", 64),
        finding=make_finding(),
        control_setting="in μP every unit moves by O(1)",
        control=make_finding(0.0, Verdict.REFUTED),
        alpha=5e-6,
        effort="quick",
        device="cpu",
        dtype="float32",
        threads=(1, 2),
        master_seed=0,
        versions={"torch": "2.13.0", "widthwise": "0.1.0"},
        commit="0123456789abcdef+",
        digest="ab" * 32,
        nodeid=f"claims/lazy_training/test_{claim}.py::test_{claim}[sphere-verdict]",
        finished="2026-11-22T02:32:02+00:00",
        code="def test_activations_freeze(width, seeds):\n    return measure(width, seeds)\n",
    )
    return dataclasses.replace(record, **changes)


def make_hostile() -> Evidence:
    """A record whose every text field attacks whoever shows it."""
    record = make_record()
    texts = {
        field.name: HOSTILE
        for field in dataclasses.fields(Evidence)
        if type(getattr(record, field.name)) is str
    }
    judged = {"reason": HOSTILE, "quantity": HOSTILE, "estimate": math.nan}
    return dataclasses.replace(
        record,
        **texts,
        sections={HOSTILE: HOSTILE},
        references=(HOSTILE,),
        versions={HOSTILE: HOSTILE},
        ladder=Ladder(HOSTILE, RUNGS, "infinity", 64),
        finding=make_finding(remarks=(HOSTILE,), **judged),
        control=make_finding(0.0, Verdict.REFUTED, remarks=(HOSTILE,), **judged),
    )


def make_suite() -> tuple[Evidence, ...]:
    """One record of every outcome."""
    supported, refuted, unsure = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.INCONCLUSIVE
    return (
        make_record("holds"),
        make_record(
            "fails_as_declared",
            topic="linearisation",
            discussion="ntk-distillation",
            finding=make_finding(-1.0, refuted),
            control=make_finding(-0.5, supported),
        ),
        make_record("fails", finding=make_finding(-1.0, refuted, supported)),
        make_record("unclear", finding=make_finding(-0.4, unsure, supported)),
        make_record("blind", control=make_finding(-0.5, supported, refuted)),
    )


WIDTHS = Ladder("width", (64, 128, 256, 512, 1024), "infinity", 64)
TIMES = Ladder("time", (0, 1, 2, 3, 4, 5), "infinity", 1)
SEEDS = 64
LOOK = 1e-3


def make_forms() -> dict[str, Evidence]:
    """A record of every form, judged by the harness on planted samples."""
    rng = np.random.default_rng(7)
    widths, times = np.array(WIDTHS.rungs), np.array(TIMES.rungs)
    noise = rng.lognormal(0, 0.1, (len(widths), SEEDS))
    small = rng.normal(0, 0.05, (len(widths), SEEDS))
    pairs = rng.normal(0, 1, (2, len(widths), SEEDS))
    paired = np.exp(0.2 * pairs).transpose(1, 2, 0)
    better = paired * [2, 1]
    draws = rng.normal(0, 1, (len(widths), SEEDS, 2, 40))
    shifted = 2 * draws + np.array([0.0, 3.0])[:, None]
    growth = rng.normal(1, 0.02, (1, SEEDS)) * np.exp(rng.normal(0, 0.01, (len(times), SEEDS)))
    law, flat = widths[:, None] ** -0.5 * noise, noise
    approach = 1 + 0.3 * (widths[:, None] / 64) ** -1.0
    often, seldom = (rng.random((2, len(widths), SEEDS)) < [[[0.97]], [[0.4]]]).astype(float)
    together = np.stack([pairs[0], pairs[0] + 0.3 * pairs[1]], axis=-1)
    planted = {
        "PowerLaw": (PowerLaw(-0.5), WIDTHS, law, flat),
        "AtMost": (AtMost(-0.5), WIDTHS, law, flat),
        "Limit": (
            Limit(1.0, 0.1, rate=1, correction=0.05),
            WIDTHS,
            approach + small,
            approach + 0.5 + small,
        ),
        "Bounded": (Bounded(0.5, 1.5), WIDTHS, 1 + small, 2 + small),
        "Dominates": (Dominates(1.2), WIDTHS, better, paired),
        "SameDistribution": (SameDistribution(0.3, draws=40), WIDTHS, draws, shifted),
        "Correlates": (Correlates(0.5), WIDTHS, together, pairs.transpose(1, 2, 0)),
        "Proportion": (Proportion(at_least=0.6), WIDTHS, often, seldom),
        "Monotone": (Monotone("falling", 0.1), WIDTHS, approach + small, 2 - approach + small),
        "DecaysExponentially": (
            DecaysExponentially(0.7, 0.15),
            TIMES,
            np.exp(-0.7 * times)[:, None] * growth,
            np.exp(-0.3 * times)[:, None] * growth,
        ),
        "Identity": (Identity(), WIDTHS, 0.1 * noise, 1e9 * noise),
    }
    return {form: _judged(form, *plant) for form, plant in planted.items()}


def _judged(form, prediction, ladder, claim, control):
    def finding(values):
        samples = Samples(ladder, values)
        judgement = dataclasses.replace(prediction.judge(samples, LOOK), looks=3)
        points = prediction.summarise(samples)
        return Finding(judgement.verdict, judgement, points, (16, 32, SEEDS), seconds=1.0)

    return make_record(
        form.lower(),
        variant="",
        topic="forms",
        form=form,
        prediction=prediction.describe(),
        log_axes=prediction.log_axes,
        ladder=ladder,
        finding=finding(claim),
        control=finding(control),
    )


@pytest.fixture(scope="session")
def record() -> Callable[..., Evidence]:
    """`record(claim, **changes)` gives a record; see `make_record`."""
    return make_record


@pytest.fixture(scope="session")
def finding() -> Callable[..., Finding]:
    """`finding(exponent, verdict, expected, **changes)`; see `make_finding`."""
    return make_finding


@pytest.fixture(scope="session")
def hostile() -> Evidence:
    """A record whose every text field attacks whoever shows it."""
    return make_hostile()


@pytest.fixture(scope="session")
def suite() -> tuple[Evidence, ...]:
    """One record of every outcome."""
    return make_suite()


@pytest.fixture(scope="session")
def forms() -> dict[str, Evidence]:
    """A record of every form of prediction, by the form's name."""
    return make_forms()


@pytest.fixture(scope="session")
def uncontrolled() -> Callable[[Evidence], Evidence]:
    """A record as it is where the control could not be measured."""

    def of(record: Evidence) -> Evidence:
        error, own = MeasurementError("no width"), record.finding.judgement
        control = _unmeasured(record.control.expected, own, error)
        return dataclasses.replace(record, control=control)

    return of
