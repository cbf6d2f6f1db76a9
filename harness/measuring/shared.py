"""Measurements that several claims look at, each taken once.

Many claims are about one and the same training run: units, weights, kernel and output of the
same networks. What is expensive is the run, what is kept are the few numbers per seed that
the claims look at:

    def movements(width, seeds, mlp, data):
        run = train(...)
        return {"units": activation_movement(...), "kernel": kernel_movement(...)}

    @claim(..., seeds_of="training runs")
    def test_activations_freeze(width, seeds, mlp, data, shared):
        return shared(movements, width=width, seeds=seeds, mlp=mlp, data=data)["units"]

The first claim to ask measures; the others, in this process or another, find the numbers in the
store. Claims see the same networks only if they name the same `seeds_of`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ..terms.seeds import Seeds
from .digest import NotIdentifiableError, digest
from .returned import as_array, missing
from .store import Store, key_of


class SharedMeasurementError(TypeError):
    """A shared measurement returned what cannot be kept, or takes what has no identity."""


@dataclass(frozen=True)
class Shared:
    """Takes measurements for all claims that ask for the same.

    It only saves work: what it returns is what calling the measurement would, as arrays.

    Attributes:
        store: where the numbers are kept.
        device: the kind of device, part of every key.
    """

    store: Store
    device: str

    def __call__(
        self, measure: Callable[..., Mapping[str, Any]], /, *, seeds: Seeds, **arguments: Any
    ) -> dict[str, NDArray[Any]]:
        """What `measure(seeds=seeds, **arguments)` returns, from the store or measured now.

        Args:
            measure: a pure function that returns named tensors or arrays of numbers, the
                seeds as their leading dimension.
            seeds: the seeds of the networks to measure.
            arguments: its other arguments, of any kind that a claim's may be.

        Raises:
            SharedMeasurementError: if it returns anything else, or if an argument has no
                identity; the message names it.
        """
        key = key_of(
            {"shared": _identity(measure, arguments), "seeds": list(seeds), "device": self.device}
        )
        kept = self.store.load_arrays(key)
        if kept is not None:
            return kept
        with self.store.measuring(key):
            kept = self.store.load_arrays(key)
            if kept is not None:
                return kept
            arrays = _arrays(measure(seeds=seeds, **arguments), measure, len(seeds))
            with contextlib.suppress(OSError):  # a loss of time only: the numbers are at hand
                self.store.save_arrays(key, arrays)
            return arrays


def _identity(measure: Callable[..., Any], arguments: Mapping[str, Any]) -> str:
    try:
        return digest(measure, arguments)
    except NotIdentifiableError as error:
        raise SharedMeasurementError(f"shared measurement {_name(measure)}: {error}") from None


def _arrays(returned: Any, measure: Callable[..., Any], seeds: int) -> dict[str, NDArray[Any]]:
    where = f"shared measurement {_name(measure)}"
    if not isinstance(returned, Mapping) or not returned:
        raise SharedMeasurementError(
            f"{where} returned a {type(returned).__name__}; return named values, "
            'such as {"units": movement}, each with the seeds as its leading dimension'
        )
    for name, value in returned.items():
        if missing(value) is not None:
            raise SharedMeasurementError(
                f"{where} returned {name!r} with masked entries, which says that values are "
                "missing; return a number for every seed"
            )
    arrays = {str(name): as_array(value) for name, value in returned.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub" or array.shape[:1] != (seeds,):
            raise SharedMeasurementError(
                f"{where} returned {name!r} of dtype {array.dtype} and shape {array.shape}; "
                f"return real numbers, the {seeds} seeds as the leading dimension"
            )
    return arrays


def _name(measure: Callable[..., Any]) -> str:
    return repr(getattr(measure, "__name__", measure))
