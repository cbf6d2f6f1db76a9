"""Two expressions are the same number: an identity, up to rounding in float64."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..statistics.clouds import cloud
from ..terms.ladder import Ladder
from ..terms.prediction import Point, Samples, Values
from ..terms.verdict import Interval, Judgement, Verdict, show

ROUNDING_ENDS = float(np.finfo(np.float64).eps) ** -0.5
"""Rounding bounds beyond which no error is rounding: half of all digits are lost."""


@dataclass(frozen=True)
class Identity:
    """The measured error never exceeds its rounding bound; needs no asymptotics.

    The measurement returns |a − b| divided by the rounding bound of its own
    arithmetic: 4·eps·|a|·|b| for a product, eps·κ for a solve, κ being the condition
    number (Higham 2002, chapters 3 and 7). Errors between the tolerance and
    eps^-½ ≈ 7·10⁷ bounds decide nothing: the bound may be too strict or the identity
    wrong in digits that are hard to see.

    Attributes:
        tolerance: how many rounding bounds an error may reach.

    Raises:
        ValueError: if the tolerance is not positive, or so large that an error of
            half of all digits would pass.
    """

    log_axes: ClassVar[bool] = False
    of_rounding: ClassVar[bool] = True
    """Values are rounding errors: the same sums in another order give others."""

    tolerance: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.tolerance <= ROUNDING_ENDS:
            raise ValueError(
                f"Identity: tolerance counts rounding bounds, above 0 and at most "
                f"{ROUNDING_ENDS:.2g}, got {self.tolerance!r}"
            )

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """One number per seed."""
        return ()

    @property
    def band(self) -> Interval:
        """The errors that count as rounding."""
        return (0.0, self.tolerance)

    def describe(self) -> str:
        """The largest error allowed."""
        return f"error at most {show(self.tolerance)} × rounding"

    def require(self, ladder: Ladder) -> None:
        """Any ladder will do."""

    def foresee(self, ladder: Ladder, seeds: int, noise: float | None, alpha: float) -> str | None:
        """None: an identity is settled by any number of seeds."""

    def noise(self, samples: Samples) -> None:
        """None: the size of an error that ought to be zero has no meaning."""

    def check(self, rung: float, values: Values) -> str | None:
        """Name the first negative error, or None."""
        if (values >= 0).all():
            return None
        seed = int(np.argmin(values))
        return (
            f"errors at {rung:g} must not be negative, got {show(float(values[seed]))} for "
            f"seed {seed}: return the absolute error over its rounding bound"
        )

    def judge(self, samples: Samples, alpha: float) -> Judgement:  # noqa: ARG002 - no chance in it
        """Hold the largest error of all rungs and seeds against the tolerance.

        Raises:
            ValueError: if an error is negative.
        """
        samples.require(self.outcome_shape)
        for rung, values in zip(samples.ladder.rungs, samples.values, strict=True):
            if problem := self.check(rung, values):
                raise ValueError(problem)
        worst = float(samples.values.max())
        rung_index, seed = np.unravel_index(int(samples.values.argmax()), samples.values.shape)
        rung = samples.ladder.rungs[rung_index]
        where = (
            f"largest error {show(worst)} × rounding ({samples.ladder.name} {rung:g}, seed {seed})"
        )
        if worst <= self.tolerance:
            verdict, reason = Verdict.SUPPORTED, f"{where}, at most {show(self.tolerance)} allowed"
        elif worst > ROUNDING_ENDS:
            verdict, reason = Verdict.REFUTED, f"{where} is beyond any rounding"
        else:
            verdict = Verdict.INCONCLUSIVE
            reason = (
                f"{where} exceeds {show(self.tolerance)} but might still be rounding: state a "
                f"rounding bound with a reason, or find the difference"
            )
        return Judgement(
            verdict=verdict,
            reason=reason,
            quantity="largest error / rounding bound",
            estimate=worst,
            interval=(worst, worst),
            bias=0.0,
            band=self.band,
            tipping_support=worst if worst <= ROUNDING_ENDS else None,
            tipping_refute=ROUNDING_ENDS if worst > ROUNDING_ENDS else None,
            seeds=samples.seeds,
        )

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """The largest error of every rung, between its extremes."""
        return tuple(
            Point(
                rung=rung,
                estimate=float(values.max()),
                interval=(float(values.min()), float(values.max())),
                extremes=(float(values.min()), float(values.max())),
                seeds=samples.seeds,
                clouds=cloud(values),
            )
            for rung, values in zip(samples.ladder.rungs, samples.values, strict=True)
        )
