"""When, where and with what records were made."""

from __future__ import annotations

from collections.abc import Iterable

from widthwise.harness.terms.evidence import Evidence

from ..wording import number


def circumstances(records: Iterable[Evidence]) -> dict[str, str]:
    """When, where and with what the run was made; where records differ, all is named."""
    records = list(records)
    values = {
        "effort": {record.effort for record in records},
        "device": {f"{record.device}, {record.dtype}" for record in records},
        "threads": {str(number) for record in records for number in record.threads},
        "master seed": {str(record.master_seed) for record in records},
        "error rate of a verdict": {number(record.alpha) for record in records},
        "commit": {(record.commit or "outside a repository")[:12] for record in records},
        "versions": {f"{k} {v}" for record in records for k, v in record.versions.items()},
        "finished": {max((record.finished for record in records), default="")},
    }
    return {name: ", ".join(sorted(found)) for name, found in values.items()}
