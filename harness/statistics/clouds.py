"""What records hold of single values and of corrections, to draw them: little of it."""

from __future__ import annotations

import numpy as np

from ..terms.prediction import Values
from ..terms.verdict import Interval

CLOUD = 16
"""Seeds that are drawn one by one, those of the first look: a hundred claims of them still
make a page that opens at once."""

QUANTILES = 65
"""Values that stand for a whole law: its distribution function to within 1/64."""

_DIGITS = 5
"""Significant digits of a value that is only drawn."""


def cloud(values: Values) -> tuple[tuple[float, ...]]:
    """The first `CLOUD` seeds, in their order: the same seeds at every rung."""
    return (_rounded(values[:CLOUD]),)


def quantiles(*laws: Values) -> tuple[tuple[float, ...], ...]:
    """`QUANTILES` evenly spaced quantiles of each law, from its smallest value to its largest."""
    levels = np.linspace(0, 1, QUANTILES)
    return tuple(_rounded(np.quantile(law, levels, method="inverted_cdf")) for law in laws)


def leeway(fit: Values, reach: Values) -> tuple[Interval, ...]:
    """How far corrections that reach so far may carry the fit at every rung."""
    return tuple(zip((fit - reach).tolist(), (fit + reach).tolist(), strict=True))


def _rounded(values: Values) -> tuple[float, ...]:
    return tuple(float(f"{value:.{_DIGITS}g}") for value in values)
