"""The raw samples of a claim: every number measured, for whoever wants to analyse them anew.

They travel beside the evidence and are kept beside the page: a record is small and is
read by everybody, its samples are larger and are read by few.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..terms.evidence import Evidence, EvidenceError
from ..terms.prediction import Values
from .replicates import Replicates

MOST = 250_000
"""Numbers of one claim that are published, control included; the store keeps any number."""


@dataclass(frozen=True)
class RawSamples:
    """What one verdict, and its control's, rest on.

    Attributes:
        claim: the claim's name.
        variant: which of its parameters, or "".
        digest: the identity of the design, as in the evidence.
        rung_name: what the ladder is called, e.g. "width".
        rungs: where it was measured.
        values: by setting, "claim" and "control": shape [rungs, seeds], or
            [rungs, seeds, *outcome_shape] where a seed measures more than one number;
            without "control" where that could not be measured. NaN where a replicate
            outside the claim's event gave no finite number.
        met: by setting, which replicates meet the claim's event, shape [rungs, seeds]; empty
            where it is about none.
    """

    claim: str
    variant: str
    digest: str
    rung_name: str
    rungs: tuple[float, ...]
    values: Mapping[str, Values]
    met: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Claim and variant, as in the evidence."""
        return f"{self.claim}[{self.variant}]" if self.variant else self.claim


def raw_samples(
    evidence: Evidence, claim: Replicates, control: Replicates | None
) -> RawSamples | None:
    """The samples behind a record, or None where they are too many to publish."""
    taken = {"claim": claim} | ({"control": control} if control else {})
    if sum(each.values.size for each in taken.values()) > MOST:
        return None
    return RawSamples(
        claim=evidence.claim,
        variant=evidence.variant,
        digest=evidence.digest,
        rung_name=evidence.ladder.name,
        rungs=evidence.ladder.rungs,
        values={setting: each.values for setting, each in taken.items()},
        met={setting: each.met for setting, each in taken.items() if each.met is not None},
    )


def to_json(samples: RawSamples) -> str:
    """The samples as one line of ASCII JSON, every number to its last digit."""
    values = {setting: _listed(array) for setting, array in samples.values.items()}
    met = {setting: array.tolist() for setting, array in samples.met.items()}
    return json.dumps({**vars(samples), "values": values, "met": met}, allow_nan=False)


def _listed(values: Values) -> list[Any]:
    """Numbers as JSON has them: null where there is no finite one."""
    finite = np.isfinite(values)
    if finite.all():
        return values.tolist()
    listed = values.astype(object)
    listed[~finite] = None
    return listed.tolist()


def from_json(text: str) -> RawSamples:
    """The samples that `to_json` wrote.

    Raises:
        EvidenceError: if the text is not such a record.
    """
    try:
        data = json.loads(text)
        values = {name: np.array(array, dtype=float) for name, array in data["values"].items()}
        met = {name: np.array(array, dtype=bool) for name, array in data.get("met", {}).items()}
        return RawSamples(**{**data, "rungs": tuple(data["rungs"]), "values": values, "met": met})
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise EvidenceError(f"samples are damaged or misshapen: {error}") from None
