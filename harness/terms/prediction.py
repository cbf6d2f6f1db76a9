"""What every prediction can do.

A prediction is a small frozen dataclass. The harness knows this protocol and
nothing else of it, so a prediction written in another repository is as good as
one of ours. Error rates: a wrong verdict on a claim has probability at most
`ALPHA`, whichever tests are selected; each of the `LOOKS` declared looks may
spend a fifth of it (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from .ladder import Ladder
from .verdict import Interval, Judgement

ALPHA = 5e-6
"""Probability of a wrong verdict, per verdict: 200 of them stay below 10⁻³."""

LOOKS = 5
"""Looks that share `ALPHA`, at every effort."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Samples:
    """The measurements of one setting of a claim.

    Attributes:
        ladder: where they were taken.
        values: shape [rungs, seeds], or [rungs, seeds, *outcome_shape] where a seed
            measures more than one number; the column of a replicate over all rungs
            is the unit of replication.

    Raises:
        ValueError: if the shape does not match the ladder, there are fewer than
            two seeds, or a value is not finite.
    """

    ladder: Ladder
    values: Values

    def __post_init__(self) -> None:
        rungs = len(self.ladder.rungs)
        if self.values.ndim < 2 or self.values.shape[0] != rungs:
            raise ValueError(
                f"samples must have shape [{rungs} rungs, seeds, ...], got {self.values.shape}"
            )
        if self.values.shape[1] < 2:
            raise ValueError(f"a verdict needs at least 2 seeds, got {self.values.shape[1]}")
        if not np.isfinite(self.values).all():
            raise ValueError("samples must be finite; divergent seeds are reported before judging")

    @property
    def seeds(self) -> int:
        """Seeds per rung."""
        return self.values.shape[1]

    def require(self, outcome_shape: tuple[int, ...]) -> None:
        """Raise ValueError unless a seed measured numbers of this shape."""
        if self.values.shape[2:] != outcome_shape:
            raise ValueError(
                f"each seed must measure numbers of shape {outcome_shape}, "
                f"got {self.values.shape[2:]}"
            )


@dataclass(frozen=True)
class Point:
    """The summary of one rung, as the page and the tables show it.

    Attributes:
        rung: the width (or small parameter).
        estimate: the statistic that the prediction is about (a mean, an RMS, …).
        interval: a 95% interval for it, for the eye; verdicts never use it.
        extremes: the smallest and the largest single value.
        seeds: how many values went in.
        clouds: what to draw of single values: one row, the first seeds in their order;
            two where two laws are compared, quantiles of either; none where single
            values say nothing.
    """

    rung: float
    estimate: float
    interval: Interval
    extremes: Interval
    seeds: int
    clouds: tuple[tuple[float, ...], ...] = ()


class Prediction(Protocol):
    """A law, number or order that the samples are held against."""

    log_axes: ClassVar[bool]
    """Whether figures of this form are drawn on log–log axes."""

    @property
    def outcome_shape(self) -> tuple[int, ...]:
        """The shape of what a seed measures at a rung: () for a number, (2,) for a pair."""
        ...

    @property
    def band(self) -> Interval:
        """Where the interval has to lie; fixed before anything is measured."""
        ...

    def describe(self) -> str:
        """The prediction in a few words, e.g. "exponent −0.5 ± 0.15"."""
        ...

    def require(self, ladder: Ladder) -> None:
        """Raise ValueError if the ladder cannot carry this prediction at all."""
        ...

    def foresee(self, ladder: Ladder, seeds: int, noise: float | None, alpha: float) -> str | None:
        """Why `seeds` seeds per rung would not settle it reliably, or None if they would.

        Args:
            ladder: where it would be measured.
            seeds: seeds per rung at the last look.
            noise: relative standard deviation of one seed if the claim declares
                it or a look has measured it; None judges the ladder alone.
            alpha: probability of a wrong verdict at one look.
        """
        ...

    def noise(self, samples: Samples) -> float | None:
        """The relative standard deviation of one seed, for `foresee`; None if meaningless."""
        ...

    def check(self, rung: float, values: Values) -> str | None:
        """What is wrong with the values of one rung (negative under a power law), or None."""
        ...

    def judge(self, samples: Samples, alpha: float) -> Judgement:
        """Hold the samples against the band, wrong with probability at most `alpha`."""
        ...

    def summarise(self, samples: Samples) -> tuple[Point, ...]:
        """One point per rung, for tables and figures."""
        ...
