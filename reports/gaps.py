"""What a run did not settle: claims set aside beforehand, claims it never reached.

Kept beside the records, so that a page rebuilt from files says what the first one said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from widthwise.harness.terms.evidence import EvidenceError


@dataclass(frozen=True)
class Gaps:
    """What is missing from the records of a run.

    Attributes:
        partial: whether the run was interrupted, so that records are missing.
        unsettled: why claims were set aside before anything was measured, by name.
    """

    partial: bool = False
    unsettled: Mapping[str, str] = field(default_factory=dict)


NO_GAPS = Gaps()


def gaps_to_json(gaps: Gaps) -> str:
    """The text of `gaps.json`."""
    return json.dumps({"partial": gaps.partial, "unsettled": dict(gaps.unsettled)}, indent=1) + "\n"


def gaps_from_json(text: str) -> Gaps:
    """The gaps in the text of a `gaps.json`.

    Raises:
        EvidenceError: if the text is not such a file.
    """
    try:
        data = json.loads(text)
        partial, unsettled = data["partial"], data["unsettled"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise EvidenceError(f"gaps of a run are damaged or misshapen: {error!r}") from None
    named = isinstance(unsettled, dict) and all(isinstance(v, str) for v in unsettled.values())
    if not isinstance(partial, bool) or not named:
        raise EvidenceError("gaps of a run are whether it is partial and reasons by claim")
    return Gaps(partial, unsettled)
