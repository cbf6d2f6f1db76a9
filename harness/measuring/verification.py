"""One run of the claims in one process: from a case to its evidence.

A case is a claim with its arguments filled in: one variant of it. Its parts (a
rung, the control, the verdict) may be asked for in any order, alone or together,
in one process or several; each part computes what it needs and finds in the
store what another has computed.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import inspect
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from ..terms.declaration import Claim, ClaimError
from ..terms.docstring import prose
from ..terms.drawing import Drawing, Map
from ..terms.evidence import Evidence, Finding
from ..terms.ladder import EFFORTS, Effort, Ladder
from ..terms.prediction import ALPHA, LOOKS
from ..terms.verdict import Judgement, Verdict
from .environment import commit, versions
from .judging import Settled, settle
from .measuring import BATCH, Bench, MeasurementError, Setting, replicates_of
from .progress import Task
from .replicates import Replicates
from .source_code import source_of

Role = Literal["claim", "control"]


@dataclass(frozen=True)
class Case:
    """One variant of a claim.

    Attributes:
        claim: the claim.
        variant: the id of its parameters ("sphere-erf"), or "".
        arguments: what fixtures and parameters supplied, by name.
        topic: the folder the claim lives in.
        nodeid: what pytest calls the verdict.
    """

    claim: Claim
    variant: str
    arguments: Mapping[str, Any]
    topic: str
    nodeid: str

    @property
    def name(self) -> str:
        """Claim and variant, as a person would cite it."""
        return label(self.claim.name, self.variant, "claim")

    def drawing(self) -> Drawing | Map | None:
        """What the claim shows beside its figure, of this variant."""
        draws = self.claim.draws
        if draws is None:
            return None
        taken = inspect.signature(draws).parameters
        return draws(**{name: value for name, value in self.arguments.items() if name in taken})

    def setting(self, role: Role) -> Setting:
        """What to measure for the claim itself, or for its control."""
        claim, arguments, measure = self.claim, self.arguments, self.claim.measure
        tied = claim.tied
        if role == "control":
            measure = claim.control.measure or measure
            arguments = {**arguments, **claim.control.setting}
            taken = inspect.signature(measure).parameters
            arguments = {name: value for name, value in arguments.items() if name in taken}
            tied = tuple(at for at in tied if at[0] in taken and at[0] not in arguments)
        return Setting(
            seeds_of=claim.seeds_of,
            label=label(claim.name, self.variant, role),
            measure=measure,
            arguments=arguments,
            rung_name=claim.rung_name,
            prediction=claim.prediction,
            repeated_at=claim.over.at(EFFORTS["quick"]).rungs[0],
            given=claim.given,
            tied=tied,
        )


def label(claim: str, variant: str, role: Role) -> str:
    """How progress and errors call a setting: "activations_freeze[sphere] control"."""
    name = f"{claim}[{variant}]" if variant else claim
    return f"{name} control" if role == "control" else name


def ladder_of(claim: Claim, effort: Effort) -> Ladder:
    """Where a claim is measured at an effort."""
    return claim.over.at(effort)


def unsettled(claim: Claim, effort: Effort) -> str | None:
    """Why this effort cannot settle a claim, or None; nothing is measured for it.

    Raises:
        ClaimError: if no effort could.
    """
    reasons = {other.name: _hopeless(claim, other) for other in EFFORTS.values()}
    if all(reasons.values()):
        raise ClaimError(
            f"claim {claim.name!r} cannot be settled at any effort; at standard: "
            f"{reasons['standard']}"
        )
    reason = reasons[effort.name]
    if reason is None:
        return None
    able = next(name for name, problem in reasons.items() if problem is None)
    return f"{reason}; --effort {able} can settle it"


def _hopeless(claim: Claim, effort: Effort) -> str | None:
    return claim.prediction.foresee(
        ladder_of(claim, effort), effort.looks[-1], claim.noise, ALPHA / LOOKS
    )


def first_tasks(claim: Claim, variant: str, role: Role, effort: Effort) -> Iterator[Task]:
    """The batches of the first look, which every verdict needs."""
    for rung in ladder_of(claim, effort).rungs:
        for batch in range(effort.looks[0] // BATCH):
            yield label(claim.name, variant, role), rung, batch


@dataclass(frozen=True)
class Verification:
    """What the cases of one run share.

    Attributes:
        effort: how much the run may cost.
        bench: where measurements are taken.
        directory: the repository that the evidence names the commit of.
    """

    effort: Effort
    bench: Bench
    directory: Path
    _settings: dict[str, Setting] = field(default_factory=dict, repr=False)
    _found: dict[str, Settled] = field(default_factory=dict, repr=False)
    _failed: dict[str, Exception] = field(default_factory=dict, repr=False)

    def measure(self, case: Case, rung: float) -> None:
        """Measure the first batch at a rung.

        Raises:
            MeasurementError: if what comes back cannot be judged.
        """
        self.bench.batch(self.setting(case, "claim"), rung, 0)

    def control(self, case: Case) -> Finding:
        """Settle a case's control alone.

        Raises:
            MeasurementError: if a measurement cannot be judged.
        """
        finding = self._settled(case, "control").finding
        if not finding.as_expected:
            self._require_effect(case)
        return finding

    def evidence(self, case: Case) -> Evidence:
        """Settle a case and its control, and put down everything that led there.

        A control that cannot be measured has no estimate and says why: the claim's own verdict
        does not hang on it, and the item of the control fails.

        Raises:
            MeasurementError: if a measurement of the claim cannot be judged, or the control
                changes nothing.
        """
        claim = case.claim
        settled, control = self._settled(case, "claim"), self._beside(case)
        if isinstance(control, Settled):
            self._require_effect(case)
            beside, threads = control.finding, control.threads
        else:
            own = settled.finding.judgement
            beside, threads = _unmeasured(claim.control_expect, own, control), ()
        said = prose(claim.measure.__doc__ or "")
        drawing, remarks = _drawn(case)
        return Evidence(
            claim=claim.name,
            variant=case.variant,
            topic=case.topic,
            summary=said.summary,
            sections=said.sections,
            provenance=claim.provenance,
            discussion=claim.source.discussion,
            place=claim.source.place,
            references=claim.references,
            form=type(claim.prediction).__name__,
            prediction=claim.prediction.describe(),
            log_axes=claim.prediction.log_axes,
            ladder=ladder_of(claim, self.effort),
            finding=_remarked(settled.finding, remarks),
            control_setting=claim.control.description,
            control=beside,
            alpha=ALPHA,
            effort=self.effort.name,
            device=self.bench.device,
            dtype=settled.dtype,
            threads=tuple(sorted({*settled.threads, *threads})),
            master_seed=self.bench.master_seed,
            versions=_versions(),
            commit=_commit(self.directory),
            digest=self.setting(case, "claim").digest,
            nodeid=case.nodeid,
            finished=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            code=source_of(claim.measure),
            drawing=drawing,
            given=claim.given.event if claim.given else "",
        )

    def replicates(self, case: Case) -> tuple[Replicates, Replicates | None]:
        """All that was measured for the evidence of a case, and for its control if it could be.

        Raises:
            MeasurementError: if a measurement of the claim cannot be judged.
        """
        control = self._beside(case)
        return (
            self._settled(case, "claim").replicates,
            control.replicates if isinstance(control, Settled) else None,
        )

    def setting(self, case: Case, role: Role) -> Setting:
        """The setting of a case, the same object for all its items: it knows its digest."""
        name = label(case.claim.name, case.variant, role)
        return self._settings.setdefault(name, case.setting(role))

    def _require_effect(self, case: Case) -> None:
        """Refuse a control that changes nothing, as far as numbers of the claim's are there."""
        of_claim, of_control = (self._there(case, role) for role in get_args(Role))
        if of_claim is None or of_control is None:
            return
        seeds = min(of_claim.count, of_control.count)
        if np.array_equal(
            of_claim.values[:, :seeds], of_control.values[:, :seeds], equal_nan=True
        ) and (
            of_claim.met is None
            or of_control.met is None
            or np.array_equal(of_claim.met[:, :seeds], of_control.met[:, :seeds])
        ):
            changed = ", ".join(case.claim.control.setting) or "the measurement"
            raise MeasurementError(
                f"claim {case.name!r}: the control changes nothing that is measured: with "
                f"{changed} replaced, its samples equal the claim's bit for bit at every "
                f"{case.claim.rung_name}; replace something that the measurement uses"
            )

    def _there(self, case: Case, role: Role) -> Replicates | None:
        """The replicates that were settled on, or the first batches if the store has them."""
        setting = self.setting(case, role)
        if setting.label in self._found:
            return self._found[setting.label].replicates
        ladder = ladder_of(case.claim, self.effort)
        keys = [self.bench.key(setting, rung, 0) for rung in ladder.rungs]
        rows = [[batch] for key in keys if (batch := self.bench.store.load(key)) is not None]
        return replicates_of(ladder, rows) if len(rows) == len(keys) else None

    def _beside(self, case: Case) -> Settled | Exception:
        """The settled control, or what stopped its measurement: asked for once, not twice."""
        failed = self._failed.get(self.setting(case, "control").label)
        if failed is not None:
            return failed
        try:
            return self._settled(case, "control")
        except Exception as error:  # whatever it is, the control's own item raises it
            return error

    def _settled(self, case: Case, role: Role) -> Settled:
        setting = self.setting(case, role)
        if setting.label not in self._found:
            expected = case.claim.expect if role == "claim" else case.claim.control_expect
            ladder = ladder_of(case.claim, self.effort)
            try:
                found = settle(setting, ladder, self.effort, expected, self.bench)
            except Exception as error:
                self._failed[setting.label] = error
                raise
            self._failed.pop(setting.label, None)
            self._found[setting.label] = found
        return self._found[setting.label]


def _drawn(case: Case) -> tuple[Drawing | Map | None, tuple[str, ...]]:
    """A case's drawing, and what a reader should know where there is none: a verdict needs none."""
    try:
        return case.drawing(), ()
    except Exception as error:
        return None, (f"it could not be drawn: {type(error).__name__}: {error}",)


def _remarked(finding: Finding, remarks: tuple[str, ...]) -> Finding:
    return dataclasses.replace(finding, remarks=finding.remarks + remarks) if remarks else finding


def _unmeasured(expected: Verdict, beside: Judgement, error: Exception) -> Finding:
    """What a record says of a control that could not be measured, beside the claim's judgement."""
    said = str(error) if isinstance(error, MeasurementError) else f"{type(error).__name__}: {error}"
    judgement = dataclasses.replace(
        beside,
        verdict=Verdict.INCONCLUSIVE,
        reason=f"could not be measured: {said}",
        estimate=math.nan,
        interval=(-math.inf, math.inf),
        bias=0.0,
        tipping_support=None,
        tipping_refute=None,
        seeds=0,
        looks=0,
        fit=None,
        leeway=None,
    )
    return Finding(expected=expected, judgement=judgement, points=(), looks=(), seconds=0.0)


_versions = functools.cache(versions)
_commit = functools.cache(commit)
