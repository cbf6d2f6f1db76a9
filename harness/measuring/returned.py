"""What a measurement returned: checked before any statistics see it.

Shape, dtype, missing and divergent values: whatever cannot be judged is refused with
the claim, the rung and the replicate. Nothing is averaged away, dropped or repaired. What a
measurement says of replicates outside the event of `given=` is kept as it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..terms.given import Given
from ..terms.ladder import FIRST_LOOK
from ..terms.prediction import Prediction

BATCH = FIRST_LOOK


class MeasurementError(Exception):
    """A measurement returned something that cannot be judged."""


def as_array(returned: Any) -> NDArray[Any]:
    """A tensor on any device, or whatever numpy takes, as an array.

    Masked entries are missing values and become NaN. A tensor of a dtype that numpy lacks,
    bfloat16, becomes float64, which holds every such number exactly; `dtype_of` still tells
    what it was.

    Raises:
        TypeError: if it is a tensor that numpy cannot hold.
        ValueError: if rows differ in length.
    """
    if hasattr(returned, "detach") and hasattr(returned, "cpu"):  # the harness knows no torch
        tensor = returned.detach().cpu()
        try:
            return np.asarray(tensor)
        except TypeError:
            if not tensor.is_floating_point():
                raise
            return np.asarray(tensor.double())
    gone = missing(returned)
    if gone is None:
        return np.asarray(returned)
    values = np.array(np.ma.getdata(np.ma.array(returned)), dtype=float)
    values[gone] = np.nan
    return values


def missing(returned: Any) -> NDArray[np.bool_] | None:
    """Which entries are masked, in an array or a list of such; None if none is."""
    rows = returned if isinstance(returned, (list, tuple)) else [returned]
    if not any(np.ma.is_masked(row) for row in rows):
        return None
    return np.ma.getmaskarray(np.ma.array(returned))


def dtype_of(returned: Any) -> str:
    """What a measurement computed in, e.g. "float32"."""
    return str(getattr(returned, "dtype", "float64")).removeprefix("torch.")


def parted(returned: Any, given: Given | None, where: str) -> tuple[Any, NDArray[Any] | None]:
    """The values that a measurement returned, and which seeds meet the claim's event.

    Args:
        returned: what the measurement returned; under `given` a pair of both.
        given: the event, or None: then all that was returned are values.
        where: how errors call the claim and the rung.

    Raises:
        MeasurementError: if it is no such pair, or the second of it are not truths.
    """
    if given is None:
        return returned, None
    wanted = "return values, met with one value and one truth per seed"
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise MeasurementError(
            f"{where}: the claim is declared given that {given.event}, and the measurement does "
            f"not say which seeds meet that; {wanted}"
        )
    values, said = returned
    met = as_array(said)
    if met.dtype != bool or met.ndim != 1:
        raise MeasurementError(
            f"{where}: which seeds meet {given.event!r} came as shape {met.shape} of "
            f"{met.dtype}; {wanted}"
        )
    return values, met


def checked(
    returned: Any,
    prediction: Prediction,
    where: str,
    rung: float,
    index: int,
    met: NDArray[np.bool_] | None = None,
) -> Any:
    """The values as float64, if every seed gave finite real numbers of the form that is judged.

    Args:
        returned: what the measurement returned for batch number `index` at a rung.
        prediction: what it will be held against.
        where: how errors call the claim and the rung.
        rung: the rung.
        index: the number of the batch.
        met: which seeds meet the claim's event, if it is about one: the values of the others
            may be missing or not finite.

    Raises:
        MeasurementError: if not; the message names the value and what would be right.
    """
    if returned is None:
        raise MeasurementError(f"{where}: the measurement returned None; return one value per seed")
    try:
        values = as_array(returned)
    except (TypeError, ValueError) as error:
        dtype = getattr(returned, "dtype", None)
        kind = type(returned).__name__ + (f" of {dtype} ({error})" if dtype else "")
        raise MeasurementError(
            f"{where}: the measurement returned a {kind}; "
            "return an array or a tensor with one value per seed"
        ) from None
    if values.dtype.kind not in "fiub":
        raise MeasurementError(
            f"{where}: the measurement returned dtype {values.dtype}; return real numbers"
        )
    outcome = prediction.outcome_shape
    if values.shape != (BATCH, *outcome):
        wanted = f"numbers of shape {outcome}" if outcome else "one value"
        raise MeasurementError(
            f"{where}: the measurement returned shape {values.shape} for {BATCH} seeds; "
            f"return {wanted} per seed, shape {(BATCH, *outcome)}"
        )
    if met is not None and met.shape != (BATCH,):
        raise MeasurementError(
            f"{where}: the measurement says of {len(met)} seeds whether they meet the event, "
            f"and gave values of {BATCH}; return one truth per seed"
        )
    judged = np.ones(BATCH, bool) if met is None else met
    gone = missing(returned)
    if gone is not None and (of_event := _of_seeds(gone) & judged).any():
        raise MeasurementError(
            f"{where}: entries of {in_words(of_event, index)} are masked, which says that their "
            "values are missing; return a number for every seed"
        )
    values = values.astype(np.float64)
    lost = _of_seeds(~np.isfinite(values)) & judged
    if lost.any():
        which, each = ("", "seed") if met is None else (" that meet the event", "one")
        raise MeasurementError(
            f"{where}: {lost.sum()} of {judged.sum()} seeds{which} gave no finite number "
            f"({_lost(values, lost, index)}); every {each} must give one"
        )
    # Of so few a form cannot tell what is wrong with them; all that are judged are checked again.
    problem = prediction.check(rung, values[judged]) if judged.sum() > 2 else None
    if problem:
        raise MeasurementError(f"{where}: {problem}")
    return values


def _lost(values: NDArray[np.float64], lost: NDArray[np.bool_], index: int) -> str:
    """Which replicates gave which values that are not finite: "replicate 3: -inf; …"."""
    kinds = {"nan": np.isnan(values), "inf": values == np.inf, "-inf": values == -np.inf}
    found = {kind: _of_seeds(at) & lost for kind, at in kinds.items()}
    return "; ".join(f"{in_words(at, index)}: {kind}" for kind, at in found.items() if at.any())


def _of_seeds(entries: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which seeds have a marked entry."""
    return np.asarray(entries.reshape(len(entries), -1).any(axis=1))


def in_words(seeds: NDArray[np.bool_], index: int = 0) -> str:
    """The marked replicates, from the first of a batch: "replicates 3, 8–15"."""
    numbers = [index * BATCH + int(seed) for seed in np.flatnonzero(seeds)]
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    said = [str(run[0]) if len(run) < 2 else f"{run[0]}–{run[-1]}" for run in runs]
    return f"replicate{'s' * (len(numbers) > 1)} {', '.join(said)}"
