"""The raw samples of a claim: every number measured, for whoever wants to analyse them anew.

They travel beside the evidence and are kept beside the page: a record is small and is
read by everybody, its samples are larger and are read by few.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..terms.evidence import Evidence, EvidenceError
from ..terms.prediction import Samples, Values

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
            without "control" where that could not be measured.
    """

    claim: str
    variant: str
    digest: str
    rung_name: str
    rungs: tuple[float, ...]
    values: Mapping[str, Values]

    @property
    def name(self) -> str:
        """Claim and variant, as in the evidence."""
        return f"{self.claim}[{self.variant}]" if self.variant else self.claim


def raw_samples(evidence: Evidence, claim: Samples, control: Samples | None) -> RawSamples | None:
    """The samples behind a record, or None where they are too many to publish."""
    values = {"claim": claim.values} | ({"control": control.values} if control else {})
    if sum(each.size for each in values.values()) > MOST:
        return None
    return RawSamples(
        claim=evidence.claim,
        variant=evidence.variant,
        digest=evidence.digest,
        rung_name=evidence.ladder.name,
        rungs=evidence.ladder.rungs,
        values=values,
    )


def to_json(samples: RawSamples) -> str:
    """The samples as one line of ASCII JSON, every number to its last digit."""
    values = {setting: array.tolist() for setting, array in samples.values.items()}
    return json.dumps({**vars(samples), "values": values}, allow_nan=False)


def from_json(text: str) -> RawSamples:
    """The samples that `to_json` wrote.

    Raises:
        EvidenceError: if the text is not such a record.
    """
    try:
        data = json.loads(text)
        values = {name: np.array(array, dtype=float) for name, array in data["values"].items()}
        return RawSamples(**{**data, "rungs": tuple(data["rungs"]), "values": values})
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise EvidenceError(f"samples are damaged or misshapen: {error}") from None
