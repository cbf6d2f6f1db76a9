"""The next order of a law, where theory says more of it than how large it may be."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Correction:
    """A factor 1 + d (N/N_0)^-g beside a law, or 1 + d (ε/ε_0)^g where the limit is zero.

    A number in its place, `correction=0.3`, means the orders ½ and 1 of a large-width expansion
    and any d of at most that size. Where the next order is known, bands can be narrower:
    `Correction(order=2, size=0.3)`, or even `Correction(order=1, size=(0.2, 0.4))`.

    Attributes:
        order: g, or several orders of which any may be the right one.
        size: D, the largest |d|, or the range of d itself, from the smaller to the larger: what
            is in the middle of the range is taken out before the law is judged.

    Raises:
        ValueError: if an order is not positive and finite, a size not in [0, 1), a range not
            within (−1, 1) or out of order, or if a range comes with several orders.
    """

    order: float | tuple[float, ...]
    size: float | tuple[float, float]

    def __post_init__(self) -> None:
        if not self.orders or not all(0 < order < math.inf for order in self.orders):
            raise ValueError(
                f"Correction: orders are positive and finite, the slowest matters most, "
                f"got {self.order!r}"
            )
        if isinstance(self.size, tuple):
            if len(self.size) != 2 or not -1 < self.size[0] <= self.size[1] < 1:
                raise ValueError(
                    f"Correction: a range of d goes from the smaller to the larger, both "
                    f"between −1 and 1, got {self.size!r}"
                )
            if len(self.orders) > 1:
                raise ValueError(
                    f"Correction: a range of d is about one order, got {self.order!r}; "
                    f"for several give the largest size"
                )
        elif not 0 <= self.size < 1:
            raise ValueError(
                f"Correction: size is the largest relative correction at the reference, at "
                f"least 0 and below 1, got {self.size!r}"
            )

    @property
    def orders(self) -> tuple[float, ...]:
        """Every order, from the slowest."""
        return tuple(sorted(self.order)) if isinstance(self.order, tuple) else (self.order,)

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest d."""
        return self.size if isinstance(self.size, tuple) else (-self.size, self.size)

    @property
    def leeway(self) -> float:
        """How far d may lie from the middle of its range: D, if only its size is known."""
        low, high = self.range
        return (high - low) / 2
