"""Is a parametrization implemented as it was meant?

Users of μP plot the size of every layer's activations over the width, step by step, and look
whether the curves are flat ("coordinate check", Yang et al. 2022, appendix D.1). What counts as
flat is left to the eye, and trackers of μP packages are full of plots with the question whether
they look right.

Here the check has a verdict: for each module and step an exponent with its interval, held against
the band that μP demands, and where it fails the tensors that break it, with their roles. It is for
networks of anybody's own, so that it runs only where one is named:
`pytest --pyargs widthwise.claims.coordinates --module my.package:make`, and with `--rates 0.001,1`
also for the second thing they look at, whether the best learning rate stays where it is.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .best_rate import RateTransfer, rate_transfer
    from .check import CoordinateCheck, coordinate_check
    from .judging import Line, Rules

_HOMES = {
    "check": ("CoordinateCheck", "coordinate_check"),
    "judging": ("Line", "Rules"),
    "best_rate": ("RateTransfer", "rate_transfer"),
}

__all__ = [
    "CoordinateCheck",
    "Line",
    "RateTransfer",
    "Rules",
    "coordinate_check",
    "rate_transfer",
]


def __getattr__(name: str) -> Any:
    # On first use: pytest loads the options beside these in every one of its runs.
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
