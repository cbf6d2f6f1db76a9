"""Whether the best learning rate of a narrow network is that of a wide one.

What μP is for: "tune small, train large" (Yang et al. 2022, section 5, who plot the loss over
the rate for several widths and look whether the lowest points lie above each other). Here they are
the lowest points of mean curves, with an exponent, its interval and a verdict.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn, optim

from widthwise.harness import LowestAt, PowerLaw, Samples, Verdict, WidthList
from widthwise.harness.terms.ladder import EFFORTS
from widthwise.harness.terms.verdict import Interval, hold, show, show_band
from widthwise.models import ModuleNetwork, Parametrization, Role, ensemble
from widthwise.models.modules.roles import Make
from widthwise.models.training.minimisation import Loss, Optimiser, minimise

from .judging import Floats, Rules, aligned, ladder_of, looks, off_the_law


@dataclass(frozen=True)
class RateTransfer:
    """What a search for the best rate found: a table when it is shown.

    Attributes:
        widths: Where it was measured.
        rates: The grid, or multiples of the rates that the optimiser has by itself.
        curves: The logarithm of the loss over that at the start, mean over seeds [widths, rates].
        best: The lowest point of each curve; NaN where it lies at an end of the grid.
        intervals: 95% intervals of these, by the jackknife over seeds, for the eye; NaN where
            the curve without any one seed is lowest at an end.
        seeds: How many networks at each width and rate.
        exponent: Of the best rate in the width; NaN where there is none.
        interval: Of the exponent.
        band: Where it is expected.
        verdict: How it stands.
        reason: In a sentence.
    """

    widths: tuple[int, ...]
    rates: tuple[float, ...]
    curves: Floats
    best: tuple[float, ...]
    intervals: tuple[Interval, ...]
    seeds: int
    exponent: float
    interval: Interval
    band: Interval
    verdict: Verdict
    reason: str

    @property
    def table(self) -> tuple[tuple[str, ...], ...]:
        """Headings, and a row for every width."""
        return (
            ("width", "best rate", "95% interval", "loss there / at the start"),
            *map(_row, self.widths, self.best, self.intervals, self.curves),
        )

    @property
    def note(self) -> str:
        """Where it was measured."""
        return f"rates {self.rates[0]:.3g} … {self.rates[-1]:.3g}, {self.seeds} seeds"

    def __str__(self) -> str:
        said = (f"learning-rate transfer: {self.verdict}", self.reason)
        return "\n".join([*aligned(self.table), self.note, *said])

    __repr__ = __str__


def _row(width: int, best: float, interval: Interval, curve: Floats) -> tuple[str, ...]:
    low, high = interval
    where = f"{best:.3g}" if np.isfinite(best) else "at an end"
    within = f"{low:.3g} … {high:.3g}" if np.isfinite(high) else "not known"
    return str(width), where, within, f"{np.exp(curve.min()):.3g}"


def rate_transfer(
    make: Make,
    x: Tensor,
    y: Tensor,
    *,
    rates: Sequence[float],
    widths: Sequence[int] = (64, 128, 256, 512),
    seeds: int | Sequence[int] = 64,
    parametrization: Parametrization | None = None,
    optimiser: Optimiser = "sgd",
    steps: int = 20,
    expected: float = 0.0,
    loss: Loss | None = None,
    rules: Rules | None = None,
    base_width: int = 64,
    roles: Mapping[str, Role] | None = None,
    input_shape: tuple[int, ...] | None = None,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> RateTransfer:
    """How the best learning rate moves with the width.

    Networks are trained for some full-batch steps at every rate of a grid. A network whose loss is
    then larger than at the start, or is no number, counts as one that has learned nothing.

    Args:
        make: Makes one network of a width.
        x: Inputs, as `ensemble` takes them.
        y: Targets, as `minimise` takes them.
        rates: The grid, increasing, at least five, by factors of about 2. For an optimiser that is
            made by a function they are multiples of the rates that it has.
        widths: At least three.
        seeds: How many at most, or which: 16 first, and twice as many as long as it is open.
        parametrization: None takes the module's own; any other makes it so, see `ensemble`.
        optimiser: As for `coordinate_check`.
        steps: How many.
        expected: The exponent that is expected of the best rate: 0 in μP.
        loss: As for `minimise`.
        rules: Band around the expected exponent, and error rate; None takes those of `Rules`.
        base_width: As for `ensemble`.
        roles: As for `ensemble`.
        input_shape: As for `ensemble`.
        dtype: As for `ensemble`.
        device: As for `ensemble`.

    Raises:
        ValueError: Rates that are no grid, fewer than three widths, or as `ensemble` and
            `minimise`.
        TypeError: As `ensemble`.
    """
    ladder, grid = ladder_of(widths), tuple(float(rate) for rate in rates)
    which = range(seeds) if isinstance(seeds, int) else tuple(seeds)
    rules = rules or Rules()
    lowest = PowerLaw(expected, rules.tolerance, correction=0, statistic=LowestAt(grid))
    x, y = x.to(device), y.to(device)

    networks = functools.partial(
        ensemble,
        make,
        parametrization=parametrization,
        base_width=base_width,
        roles=roles,
        input_shape=input_shape,
        dtype=dtype,
        device=device,
    )

    def learned(some: Sequence[int]) -> Floats:
        at = [_learned(networks(w, some), x, y, grid, optimiser, steps, loss) for w in ladder]
        return np.stack(at)

    first, *further = looks(len(which))
    values = learned(which[:first])
    found = _judged(ladder, grid, values, lowest, rules)
    for look in further:
        if found.verdict is not Verdict.INCONCLUSIVE:
            break
        values = np.concatenate([values, learned(which[values.shape[1] : look])], 1)
        found = _judged(ladder, grid, values, lowest, rules)
    return found


def _learned(
    networks: ModuleNetwork,
    x: Tensor,
    y: Tensor,
    grid: tuple[float, ...],
    optimiser: Optimiser,
    steps: int,
    loss: Loss | None,
) -> Floats:
    """log(loss at the end / loss at the start), at most 0 [seeds, rates]."""
    curves = []
    for rate in grid:
        settings: dict[str, Any] = {"rate": rate, "optimiser": optimiser}
        if not isinstance(optimiser, str):
            settings = {"optimiser": _at(optimiser, rate)}
        losses = minimise(networks, x, y, steps=steps, loss=loss, **settings).losses
        ratio = (losses[:, -1] / losses[:, 0]).log()
        curves.append(torch.where(ratio < 0, ratio, torch.zeros_like(ratio)))
    return torch.stack(curves, 1).double().cpu().numpy()


def _at(
    optimiser: Callable[[nn.Module], optim.Optimizer], factor: float
) -> Callable[[nn.Module], optim.Optimizer]:
    """The optimiser with all of its rates times a factor."""

    def made(module: nn.Module) -> optim.Optimizer:
        own = optimiser(module)
        for group in own.param_groups:
            group["lr"] *= factor
        return own

    return made


def _within(width: int, curves: Floats, lowest: PowerLaw) -> Interval:
    """Where the lowest point of the mean of curves [seeds, rates] lies."""
    if len(curves) < 2 or lowest.check(width, curves):
        return float("nan"), float("nan")
    alone = WidthList((width,)).at(EFFORTS["standard"])
    return lowest.summarise(Samples(alone, curves[None]))[0].interval


def _judged(
    widths: tuple[int, ...],
    grid: tuple[float, ...],
    values: Floats,
    lowest: PowerLaw,
    rules: Rules,
) -> RateTransfer:
    curves = values.mean(1)
    best = LowestAt(grid).of(curves)
    intervals = tuple(_within(w, own, lowest) for w, own in zip(widths, values, strict=True))
    nothing = (float("nan"), float("nan"))

    def found(
        verdict: Verdict,
        reason: str,
        exponent: float = float("nan"),
        interval: Interval = nothing,
    ) -> RateTransfer:
        at = tuple(float(rate) for rate in best)
        seeds = values.shape[1]
        band = lowest.band
        return RateTransfer(
            widths, grid, curves, at, intervals, seeds, exponent, interval, band, verdict, reason
        )

    for width, own in zip(widths, values, strict=True):
        if problem := lowest.check(width, own):
            return found(Verdict.INCONCLUSIVE, problem.replace("grid: extend the grid", "rates"))
    ladder = WidthList(widths).at(EFFORTS["standard"])
    judged = lowest.judge(Samples(ladder, values), rules.alpha)
    verdict = hold(judged.interval, judged.band)
    bent = off_the_law(widths, best, rules)
    if verdict is not Verdict.REFUTED and bent:
        return found(Verdict.INCONCLUSIVE, bent, judged.estimate, judged.interval)
    where = {
        Verdict.SUPPORTED: "inside",
        Verdict.REFUTED: "outside",
        Verdict.INCONCLUSIVE: "across an end of",
    }[verdict]
    reason = (
        f"the best rate goes as N^{show(judged.estimate)}, {show_band(judged.interval)}, "
        f"{where} {show_band(judged.band)}"
    )
    return found(verdict, reason, judged.estimate, judged.interval)
