"""One line of a coordinate check: the exponent of one feature at one step, and its verdict.

What is judged is growth over the widths that were measured, not the limit. The interval is that
of `PowerLaw` without a finite-width correction, which would reach beyond them, and what finite
widths add to the exponent has to find room in the band. The gates on curvature, which guard what a
limit does, are replaced by a coarser one: growth that is no power law is growth all the same, and
what is flat has to be about straight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from widthwise.harness import AtMost, PowerLaw, Samples, Verdict, WidthList
from widthwise.harness.terms.ladder import EFFORTS
from widthwise.harness.terms.verdict import Interval, hold, show, show_band

Floats = NDArray[np.float64]

_FEWEST_WIDTHS = 3
_FIRST_LOOK = 16  # seeds
_ROUNDING = 1e-5  # relative; below, what differs between seeds is how numbers are rounded


@dataclass(frozen=True)
class Rules:
    """What μP demands, and how sure a verdict has to be.

    Faults of a parametrization move exponents by ½ or 1. The band is wider than a third of that
    because a fault is refuted only where the whole interval lies outside, and because the ladders
    that somebody's own network can afford are short.

    Attributes:
        tolerance: Half-width of the band around 0.
        alpha: Probability of a wrong verdict of one line at one look.
    """

    tolerance: float = 0.2
    alpha: float = 1e-5


@dataclass(frozen=True)
class Line:
    """What one feature does at one step.

    Attributes:
        feature: The module's name, `… logits` of what its attention reads, or "outputs".
        step: 0 is the size at the start, t the movement since the start after t steps.
        exponent: Of the mean over seeds; NaN where there is none.
        interval: Of the exponent.
        band: Where μP has it.
        verdict: None where the feature is exactly 0 and says nothing.
        reason: In a sentence.
        means: What it has at every width, mean over seeds.
    """

    feature: str
    step: int
    exponent: float
    interval: Interval
    band: Interval
    verdict: Verdict | None
    reason: str
    means: tuple[float, ...]


def ladder_of(widths: Sequence[int]) -> tuple[int, ...]:
    """The widths, if there is a law to be seen.

    Raises:
        ValueError: Fewer than three, or out of order.
    """
    if len(widths) < _FEWEST_WIDTHS or list(widths) != sorted(set(widths)):
        raise ValueError(f"widths must be at least three, increasing, not {widths!r}")
    return tuple(widths)


def looks(most: int) -> list[int]:
    """At how many seeds to look: 16, and twice as many as long as something is open."""
    at = [_FIRST_LOOK]
    while 2 * at[-1] <= most:
        at.append(2 * at[-1])
    return at if most > _FIRST_LOOK else [most]


def off_the_law(widths: tuple[int, ...], means: Floats, rules: Rules) -> str | None:
    """Why the means are no power law over the widths, or None if they are about one."""
    logs, values = np.log(widths), np.log(means)
    bend = float(np.abs(values - np.polyval(np.polyfit(logs, values, 1), logs)).max())
    if bend <= rules.tolerance * float(np.ptp(logs)) / 2:
        return None
    return f"no power law: a width lies off it by a factor of {np.exp(bend):.2g}"


def judge(
    feature: str,
    step: int,
    widths: tuple[int, ...],
    values: Floats,
    *,
    may_fall: bool,
    rules: Rules,
) -> Line:
    """Hold the exponent of one feature at one step against what μP demands.

    Args:
        feature: Its name.
        step: Of training, 0 at the start.
        widths: At least three.
        values: The rms of every seed [widths, seeds].
        may_fall: Whether an exponent below the band is no fault.
        rules: See `Rules`.
    """
    law = AtMost if may_fall else PowerLaw
    prediction = law(0, rules.tolerance, correction=0)

    def line(verdict: Verdict | None, reason: str, exponent: float, interval: Interval) -> Line:
        means = tuple(values.mean(1).tolist())
        return Line(feature, step, exponent, interval, prediction.band, verdict, reason, means)

    nothing = (float("nan"), (float("nan"), float("nan")))
    finite = np.isfinite(values).all(1)
    if not finite.all():
        width = widths[int(np.flatnonzero(~finite)[0])]
        return line(Verdict.REFUTED, f"not finite at width {width}: training diverged", *nothing)
    if not values.any():
        return line(None, "exactly 0 at every width", *nothing)
    if not values.all():
        width = widths[int(np.flatnonzero((values == 0).any(1))[0])]
        return line(Verdict.INCONCLUSIVE, f"exactly 0 at width {width}, not at all", *nothing)
    if (values.std(1) < _ROUNDING * values.mean(1)).all():
        slope = float(np.polyfit(np.log(widths), np.log(values.mean(1)), 1)[0])
        verdict = hold((slope, slope), prediction.band)
        return line(verdict, "the same for every seed", slope, (slope, slope))
    ladder = WidthList(widths).at(EFFORTS["standard"])
    judged = prediction.judge(Samples(ladder, values), rules.alpha)
    verdict, reason = hold(judged.interval, judged.band), judged.reason
    if verdict is Verdict.REFUTED:
        inside = f"exponent {show(judged.estimate)} in {show_band(judged.interval)}"
        reason = f"{inside} lies outside {show_band(judged.band)}"
    bent = off_the_law(widths, values.mean(1), rules)
    if verdict is not Verdict.REFUTED and bent:
        verdict, reason = Verdict.INCONCLUSIVE, bent
    return line(verdict, reason, judged.estimate, judged.interval)


def cell(line: Line) -> str:
    """A line in a few characters: exponent, half-width, and how it stands."""
    mark = {Verdict.SUPPORTED: " ", Verdict.REFUTED: "✗", Verdict.INCONCLUSIVE: "?"}
    if line.verdict is None:
        return "0"
    if not np.isfinite(line.exponent):
        return f"{'diverged' if line.verdict is Verdict.REFUTED else '0'} {mark[line.verdict]}"
    half = (line.interval[1] - line.interval[0]) / 2
    return f"{show(round(line.exponent, 2))} ±{half:.2f}{mark[line.verdict]}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a table as lines of text."""
    sizes = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(text.ljust(size) for text, size in zip(row, sizes, strict=True)).rstrip()
        for row in rows
    ]
