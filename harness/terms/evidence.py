"""The evidence of one claim: a record that outlives the run.

A record is plain data. It travels from a worker to the controller, from a run
to the page and from one run to a comparison with another as JSON, and reading
it never executes anything. `evidence.schema.json` beside this file documents
every field; `SCHEMA_VERSION` changes when a reader of the old form would
misunderstand the new one.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .drawing import Cell, Curve, Drawing, Map
from .ladder import Ladder
from .prediction import Point
from .provenance import Provenance
from .verdict import Judgement, Verdict

SCHEMA_VERSION = 3


class EvidenceError(ValueError):
    """A file of evidence is damaged, or of a version this one cannot read."""


@dataclass(frozen=True)
class Finding:
    """One setting of a claim, measured and judged: the claim itself or its control.

    Attributes:
        expected: the verdict that was declared.
        judgement: the verdict that was found, and all that led to it.
        points: one summary per rung.
        looks: seeds per rung at each look that was taken.
        seconds: time spent measuring, over all processes; what the store already
            held counts with the time it took then.
        remarks: what a reader should know of the measuring (a batch split for
            lack of memory, say).
        met: how many of the last look's replicates meet the event of `Evidence.given` at
            each rung; empty where the claim is about none. The judgement's seeds are those
            that meet it at every rung.
    """

    expected: Verdict
    judgement: Judgement
    points: tuple[Point, ...]
    looks: tuple[int, ...]
    seconds: float
    remarks: tuple[str, ...] = ()
    met: tuple[int, ...] = ()

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the declared one."""
        return self.judgement.verdict is self.expected


@dataclass(frozen=True)
class Evidence:
    """Everything a reader needs to trust, doubt or repeat one verdict.

    Attributes:
        claim: the claim's name, unique in a run.
        variant: which of the claim's parameters this is about ("sphere-erf"), or "".
        topic: the folder the claim lives in.
        summary: the first sentence of the claim's docstring.
        sections: the other sections of the docstring, by heading.
        provenance: who says it: made, implied, background or instrument.
        discussion: the discussion the statement was made in.
        place: where in it.
        references: the papers the prediction comes from.
        form: the prediction's class, e.g. "PowerLaw".
        prediction: the prediction in words.
        log_axes: whether its figure has log–log axes.
        ladder: where it was measured.
        finding: the claim's own verdict.
        control_setting: what the control changes, in words.
        control: the control's verdict.
        alpha: probability of a wrong verdict that the looks share.
        effort: the effort's name.
        device: what measured, e.g. "cpu".
        dtype: what the measurement returned, e.g. "float32".
        threads: how many threads the measuring processes computed with, each number once;
            sums in another number of threads may round differently.
        master_seed: the seed all others derive from.
        versions: package versions, by name.
        commit: the commit of the repository, or None outside one; a trailing "+"
            marks uncommitted changes.
        digest: the identity of the design: the measuring code and all it calls.
        nodeid: what pytest calls the verdict; pass it back to rerun it.
        finished: when the verdict was reached, ISO 8601 in UTC.
        code: the measuring function's source.
        drawing: functions over inputs or a map that the claim shows, or None.
        given: the event that the replicates of a verdict meet, or "" for all replicates.
    """

    claim: str
    variant: str
    topic: str
    summary: str
    sections: Mapping[str, str]
    provenance: Provenance
    discussion: str
    place: str
    references: tuple[str, ...]
    form: str
    prediction: str
    log_axes: bool
    ladder: Ladder
    finding: Finding
    control_setting: str
    control: Finding
    alpha: float
    effort: str
    device: str
    dtype: str
    threads: tuple[int, ...]
    master_seed: int
    versions: Mapping[str, str]
    commit: str | None
    digest: str
    nodeid: str
    finished: str
    code: str
    drawing: Drawing | Map | None = None
    given: str = ""

    @property
    def name(self) -> str:
        """Claim and variant, as a person would cite it: "activations_freeze[sphere]"."""
        return f"{self.claim}[{self.variant}]" if self.variant else self.claim

    @property
    def settled(self) -> bool:
        """Whether both the claim and its control came out as declared."""
        return self.finding.as_expected and self.control.as_expected


def to_json(evidence: Evidence) -> str:
    """One record as a line of ASCII JSON; fields and sections keep their order."""
    record = {"schema": SCHEMA_VERSION, **dataclasses.asdict(evidence)}
    return json.dumps(_encode(record), ensure_ascii=True, allow_nan=False)


def from_json(text: str) -> Evidence:
    """The record that `to_json` wrote.

    Raises:
        EvidenceError: if the text is not such a record.
    """
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise EvidenceError(f"evidence is not JSON: {error}") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA_VERSION:
        found = data.get("schema") if isinstance(data, dict) else None
        raise EvidenceError(
            f"evidence has schema version {found!r}; this version of widthwise reads "
            f"{SCHEMA_VERSION}"
        )
    try:
        return _evidence({key: data[key] for key in data if key != "schema"})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EvidenceError(f"evidence is incomplete or misshapen: {error}") from None


def dumps(records: Sequence[Evidence]) -> str:
    """A run's records as the text of `evidence.json`: a JSON array, one record per line."""
    lines = ",\n".join(to_json(record) for record in records)
    return f"[\n{lines}\n]\n" if records else "[]\n"


def loads(text: str) -> tuple[Evidence, ...]:
    """The records in the text of an `evidence.json`.

    Raises:
        EvidenceError: if the text is not such a file.
    """
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise EvidenceError(f"evidence is not JSON: {error}") from None
    if not isinstance(data, list):
        raise EvidenceError("a file of evidence holds a JSON array of records")
    return tuple(from_json(json.dumps(record)) for record in data)


# JSON has no infinities, and bands do: they are written as {"float": "inf"}.
_WORDS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def _encode(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if isinstance(value, Mapping):
        return {str(key): _encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encode(item) for item in value]
    return value


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"float"} and str(value["float"]) in _WORDS:
            return _WORDS[str(value["float"])]
        return {key: _decode(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_decode(item) for item in value)
    return value


def _evidence(record: dict[str, Any]) -> Evidence:
    data = _decode(record)
    return Evidence(
        **{
            **data,
            "provenance": Provenance(data["provenance"]),
            "sections": record["sections"],  # texts, whatever their headings
            "versions": record["versions"],
            "ladder": Ladder(**data["ladder"]),
            "finding": _finding(data["finding"]),
            "control": _finding(data["control"]),
            "drawing": _drawing(data.get("drawing")),  # runs of before have none
        }
    )


def _finding(data: dict[str, Any]) -> Finding:
    judgement = {**data["judgement"], "verdict": Verdict(data["judgement"]["verdict"])}
    return Finding(
        **{
            **data,
            "expected": Verdict(data["expected"]),
            "judgement": Judgement(**judgement),
            "points": tuple(Point(**point) for point in data["points"]),
        }
    )


def _drawing(data: dict[str, Any] | None) -> Drawing | Map | None:
    if data is None:
        return None
    if "cells" in data:
        return Map(**{**data, "cells": tuple(Cell(**cell) for cell in data["cells"])})
    return Drawing(**{**data, "curves": tuple(Curve(**curve) for curve in data["curves"])})
