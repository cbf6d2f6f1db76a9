"""What batches have cost: kept beside the samples, so that the next run can tell how long it takes.

The cost of a setting's batches differs from that of another by a factor of thousands, and
whoever measures first what several claims share pays for all; so no rule tells it, but the
last run does. A file of costs holds numbers only, and a damaged one is as good as none.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

from .progress import Costs, Task
from .store import write_whole

FILE = "costs.json"


def read_costs(path: Path) -> Costs:
    """The costs in a file; none if it is missing or damaged."""
    try:
        found = json.loads(path.read_text("utf-8"))
        return {
            str(label): {
                float(rung): tuple(_seconds(each) for each in batches)
                for rung, batches in rungs.items()
            }
            for label, rungs in found.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def write_costs(path: Path, costs: Costs) -> None:
    """Put costs into a file, whole or not at all, a setting a line.

    Raises:
        OSError: if it cannot be written.
    """
    lines = (
        f"{json.dumps(label)}: "
        + json.dumps({f"{rung:g}": [_rounded(each) for each in batches]
                      for rung, batches in rungs.items()})
        for label, rungs in sorted(costs.items())
    )  # fmt: skip
    write_whole(path, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


def updated(costs: Costs, spent: Mapping[Task, float]) -> Costs:
    """Costs, with what batches took in a run in place of what they took before."""
    found = {label: {rung: list(b) for rung, b in rungs.items()} for label, rungs in costs.items()}
    for (label, rung, index), seconds in sorted(spent.items()):
        batches = found.setdefault(label, {}).setdefault(_key(rung), [])
        batches += [seconds] * (index + 1 - len(batches))
        batches[index] = seconds
    return {
        label: {rung: tuple(batches) for rung, batches in rungs.items()}
        for label, rungs in found.items()
    }


def _key(rung: float) -> float:
    return float(f"{rung:g}")


def _rounded(seconds: float) -> float:
    return float(f"{seconds:.2g}")


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError(f"a cost is a number of seconds, got {value!r}")
    return float(value)
