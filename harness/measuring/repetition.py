"""A measurement is a function of its seeds: measured again, it gives the same numbers.

The first batch at a claim's first rung is measured with two of its seeds once more. They
come in other company then, so this finds both a source of randomness that the seeds do
not control (torch.rand, numpy.random, the time) and a value that depends on the other
seeds of its batch. Where a measurement is itself a rounding error, other company gives
other rounding; there the whole batch is measured again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..terms.prediction import Prediction
from ..terms.seeds import Seeds
from .returned import MeasurementError, as_array
from .shared import Shared
from .store import Store

AGAIN = 2
"""Seeds that are measured again."""

_OF_SPREAD, _OF_SIZE = 1e-3, 1e-4
"""Rounding and what training makes of it: of the seeds' spread, of their largest number."""

_NO_FUNCTION = (
    "the measurement is not a function of its seeds. It draws from a source that they do not "
    "control (torch.rand, numpy.random, the time), or mixes the seeds of a batch; make a "
    "generator from each seed"
)


def require_repeatable(
    measure: Callable[[Seeds, Mapping[str, Any]], tuple[Any, NDArray[np.bool_] | None]],
    arguments: Mapping[str, Any],
    seeds: Seeds,
    values: NDArray[np.float64],
    met: NDArray[np.bool_] | None,
    prediction: Prediction,
    where: str,
) -> None:
    """Measure again what gave these values.

    Args:
        measure: measures seeds with the arguments given: values, and who meets the event if any.
        arguments: the measurement's other arguments; shared measurements are taken anew.
        seeds: the seeds of the batch.
        values: what they gave.
        met: which of them meet the claim's event, if it is about one; other values do not count.
        prediction: what it will be held against.
        where: how errors call the claim and the rung.

    Raises:
        MeasurementError: if a seed gives another number now.
    """
    whole = getattr(prediction, "of_rounding", False)
    again = seeds if whole else seeds[:AGAIN]
    with tempfile.TemporaryDirectory() as empty:
        anew = {
            name: replace(value, store=Store.at(Path(empty)))
            if whole and isinstance(value, Shared)  # under these seeds it has been taken before
            else value
            for name, value in arguments.items()
        }
        returned, then = measure(again, anew)
    found = np.asarray(as_array(returned), dtype=float)
    first = values[: len(again)]
    if found.shape != first.shape:
        raise MeasurementError(
            f"{where}: {len(seeds)} seeds gave shape {values.shape}, the first {len(again)} of "
            f"them alone {found.shape}; return one value per seed, however many there are"
        )
    kept = np.ones(len(again), bool)
    if met is not None:
        kept = _still(then, met[: len(again)], where)
        values = values[met]
    if not kept.any():
        return
    found, first, numbers = found[kept], first[kept], np.flatnonzero(kept)
    allowed = _OF_SPREAD * values.std(axis=0) + _OF_SIZE * np.abs(values).max(axis=0)
    apart = ~(np.abs(found - first) <= allowed)
    if apart.any():
        at = tuple(int(i) for i in np.argwhere(apart)[0])
        raise MeasurementError(
            f"{where}: measured again, replicate {numbers[at[0]]} gave {found[at]:.6g} instead of "
            f"{first[at]:.6g}: {_NO_FUNCTION}"
        )


def _still(then: NDArray[np.bool_] | None, met: NDArray[np.bool_], where: str) -> NDArray[np.bool_]:
    """Which seeds meet the event, if it is the same ones now.

    Raises:
        MeasurementError: if not.
    """
    if then is None or then.shape != met.shape:
        raise MeasurementError(
            f"{where}: the first {len(met)} seeds alone gave {0 if then is None else len(then)} "
            "truths of who meets the event; return one per seed, however many there are"
        )
    turned = np.flatnonzero(then != met)
    if turned.size:
        meets = "meets" if then[turned[0]] else "does not meet"
        raise MeasurementError(
            f"{where}: measured again, replicate {turned[0]} {meets} the event that the claim is "
            f"about, unlike before: {_NO_FUNCTION}"
        )
    return met
