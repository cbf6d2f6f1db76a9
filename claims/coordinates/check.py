"""The coordinate check: every module of a network at every step, with a verdict for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from widthwise.harness import Verdict
from widthwise.models import ModuleNetwork, Parametrization, Role, ensemble
from widthwise.models.modules.roles import Make
from widthwise.models.observables.coordinates import Coordinates, coordinates, own_updates
from widthwise.models.training.minimisation import Loss, Optimiser

from .judging import Floats, Line, Rules, aligned, cell, judge, ladder_of, looks

_AS_FAST = 0.25  # exponents that differ by less break together
_NAMED = 3  # tensors of one role that are named
_MARKS = "± half the interval; ✗ outside the band, ? undecided, 0 exactly 0 at every width"


Measured = dict[str, Floats]
"""Size at the start and movements [seeds, steps + 1] of every feature at one width."""


@dataclass(frozen=True)
class CoordinateCheck:
    """What a coordinate check found: a table when it is shown.

    Attributes:
        lines: By feature in the order of calls, then by step.
        breaks: What breaks, in sentences, the tensors named with their roles; empty if nothing.
        widths: Where it was measured.
        seeds: How many networks at each.
    """

    lines: tuple[Line, ...]
    breaks: tuple[str, ...]
    widths: tuple[int, ...]
    seeds: int

    @property
    def verdict(self) -> Verdict:
        """Refuted if any line is, supported if none is open."""
        found = {line.verdict for line in self.lines}
        for verdict in (Verdict.REFUTED, Verdict.INCONCLUSIVE):
            if verdict in found:
                return verdict
        return Verdict.SUPPORTED

    @property
    def features(self) -> tuple[str, ...]:
        """Names, in the order of calls."""
        return tuple(dict.fromkeys(line.feature for line in self.lines))

    def of(self, feature: str) -> tuple[Line, ...]:
        """The lines of one feature, by step."""
        return tuple(line for line in self.lines if line.feature == feature)

    @property
    def table(self) -> tuple[tuple[str, ...], ...]:
        """Headings, and a row for every feature: exponents, and how they stand."""
        steps = range(1, len(self.of(self.features[0])))
        headings = ("exponents of", "size at start", *(f"moved, step {t}" for t in steps))
        return (headings, *((name, *map(cell, self.of(name))) for name in self.features))

    @property
    def note(self) -> str:
        """Where it was measured, and what the marks mean."""
        return f"widths {', '.join(map(str, self.widths))}, {self.seeds} seeds; {_MARKS}"

    def __str__(self) -> str:
        said = [f"coordinate check: {self.verdict}", *self.breaks]
        return "\n".join([*aligned(self.table), self.note, *said])

    __repr__ = __str__


def coordinate_check(
    make: Make,
    x: Tensor,
    y: Tensor,
    *,
    widths: Sequence[int] = (64, 128, 256, 512),
    seeds: int | Sequence[int] = 64,
    parametrization: Parametrization | None = None,
    optimiser: Optimiser = "sgd",
    rate: float = 0.1,
    steps: int = 4,
    loss: Loss | None = None,
    rules: Rules | None = None,
    base_width: int = 64,
    roles: Mapping[str, Role] | None = None,
    rates: Callable[[int], Mapping[str, float]] | None = None,
    input_shape: tuple[int, ...] | None = None,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> CoordinateCheck:
    """Whether every module of a network is as large, and moves as far, at every width.

    Sizes at the start and movements after each step of full-batch training must not depend on the
    width: the exponent lies in a band about 0. No fault is a size that falls at the start where
    units do not grow in number, as readouts start random, a feature that is exactly 0, as readouts
    may start, and logits of attention that move less.

    Args:
        make: Makes one network of a width.
        x: Inputs, as `ensemble` takes them.
        y: Targets, as `coordinates` takes them.
        widths: At least three.
        seeds: How many at most, or which: 16 first, and twice as many as long as a line is open.
        parametrization: None checks the module's own; any other makes it so, see `ensemble`.
        optimiser: "sgd", "adam", or a function that makes a `torch.optim` optimiser of a module,
            whose groups say how fast each tensor learns.
        rate: η of the first two.
        steps: How many.
        loss: As for `coordinates`.
        rules: Band and error rate; None takes those of `Rules`.
        base_width: As for `ensemble`.
        roles: As for `ensemble`.
        rates: At a width, tensors' own rates relative to η, by name.
        input_shape: As for `ensemble`.
        dtype: As for `ensemble`.
        device: As for `ensemble`.

    Raises:
        ValueError: Fewer than three widths, or as `ensemble` and `coordinates`.
        TypeError: As `ensemble`.
    """
    ladder = ladder_of(widths)
    which = range(seeds) if isinstance(seeds, int) else tuple(seeds)
    rules = rules or Rules()
    x, y = x.to(device), y.to(device)

    def networks(width: int, some: Sequence[int]) -> ModuleNetwork:
        return ensemble(
            make,
            width,
            some,
            parametrization=parametrization,
            base_width=base_width,
            roles=roles,
            rates=rates and rates(width),
            input_shape=input_shape,
            dtype=dtype,
            device=device,
        )

    training: dict[str, Any] = {"optimiser": optimiser, "rate": rate, "loss": loss}
    growing = _growing([networks(width, which[:1]) for width in ladder[:2]], x)

    def measured(some: Sequence[int]) -> list[Measured]:
        moved = [coordinates(networks(w, some), x, y, steps=steps, **training) for w in ladder]
        return [_numbers(at) for at in moved]

    lines, taken = _settled(measured, which, ladder, growing, rules)
    breaks: tuple[str, ...] = ()
    if any(line.verdict is Verdict.REFUTED for line in lines):
        alone = [own_updates(networks(w, taken), x, y, **training) for w in ladder]
        own = {n: np.stack([_array(moved[n]) for moved in alone]) for n in alone[0]}
        breaks = _breaks(lines, own, networks(ladder[0], taken[:1]), ladder, rules)
    return CoordinateCheck(lines, breaks, ladder, len(taken))


def _settled(
    measured: Callable[[Sequence[int]], list[Measured]],
    which: Sequence[int],
    ladder: tuple[int, ...],
    growing: set[str],
    rules: Rules,
) -> tuple[tuple[Line, ...], Sequence[int]]:
    """The lines after the last look, and the seeds it took: until one is off or none is open."""
    found: list[Measured] = []
    lines: tuple[Line, ...] = ()
    taken: Sequence[int] = which[:0]
    for look in looks(len(which)):
        found = _joined(found, measured(which[len(taken) : look]))
        taken = which[:look]
        lines = _lines(found, ladder, growing, rules)
        seen = {line.verdict for line in lines}
        if Verdict.REFUTED in seen or Verdict.INCONCLUSIVE not in seen:
            break
    return lines, taken


def _joined(earlier: list[Measured], new: list[Measured]) -> list[Measured]:
    if not earlier:
        return new
    return [
        {name: np.concatenate([old[name], more[name]]) for name in old}
        for old, more in zip(earlier, new, strict=True)
    ]


def _numbers(found: Coordinates) -> Measured:
    """Size and movements of every feature [seeds, steps + 1]."""
    return {
        name: np.concatenate([_array(size)[:, None], _array(found.movements[name])], 1)
        for name, size in found.sizes.items()
    }


def _array(values: Tensor) -> Floats:
    return values.double().cpu().numpy()


def _growing(networks: list[ModuleNetwork], x: Tensor) -> set[str]:
    """The features whose units are more in the wider of two networks."""
    narrow, wide = (network.features(x[:1]) for network in networks)
    return {name for name, seen in narrow.items() if seen.shape != wide[name].shape}


def _lines(
    found: list[Measured], ladder: tuple[int, ...], growing: set[str], rules: Rules
) -> tuple[Line, ...]:
    lines = []
    for name in found[0]:
        values = np.stack([at[name] for at in found])
        for step in range(values.shape[2]):
            may_fall = name not in growing if step == 0 else _is_logits(name)
            own = values[..., step]
            lines.append(judge(name, step, ladder, own, may_fall=may_fall, rules=rules))
    return tuple(lines)


def _is_logits(feature: str) -> bool:
    return feature.partition(" (")[0].endswith("logits")


def _breaks(
    lines: tuple[Line, ...],
    own: dict[str, Floats],
    network: ModuleNetwork,
    ladder: tuple[int, ...],
    rules: Rules,
) -> tuple[str, ...]:
    """Where the fault lies: in what is there at the start, in single tensors' steps, or later."""
    roles: dict[str, Role] = {t.name: t.role for t in network.architecture.tensors}
    refuted = [line for line in lines if line.verdict is Verdict.REFUTED]
    at_start = [line for line in refuted if line.step == 0]
    if at_start:
        first = at_start[0]
        tensors = [f"{n} ({role})" for n, role in roles.items() if _owner(n) == first.feature]
        return (
            f"{first.feature} breaks: its size at the start goes as N^{first.exponent:.2f}, "
            f"should not depend on the width{_holds(tensors)}",
        )
    steps = [judge(n, 1, ladder, moved, may_fall=False, rules=rules) for n, moved in own.items()]
    wrong = [line for line in steps if line.verdict is Verdict.REFUTED]
    named = {line.feature for line in lines}
    direct = [line for line in wrong if _owner(line.feature) in named] or wrong
    if direct:
        worst = max(abs(line.exponent) for line in direct)
        worst_ones = [line for line in direct if not abs(line.exponent) < worst - _AS_FAST]
        return tuple(
            _too_fast([line for line in worst_ones if roles[line.feature] == role], role)
            for role in dict.fromkeys(roles[line.feature] for line in worst_ones)
        )
    earliest = min(line.step for line in refuted)
    first = next(line for line in refuted if line.step == earliest)
    return (
        f"{first.feature} breaks first, at step {earliest}: it moves as N^{first.exponent:.2f}, "
        f"should {'not grow with' if _is_logits(first.feature) else 'not depend on'} the width"
        + ("; attention scaled by 1/√d does so, μP has 1/d" if _is_logits(first.feature) else ""),
    )


def _too_fast(lines: list[Line], role: str) -> str:
    names = ", ".join(line.feature for line in lines[:_NAMED])
    more = f" and {len(lines) - _NAMED} more" if len(lines) > _NAMED else ""
    low, high = (f(line.exponent for line in lines) for f in (min, max))
    power = f"N^{low:.2f}" if high - low < 0.005 else f"N^{low:.2f} … N^{high:.2f}"
    breaks, its = (
        ("breaks", "its own first step moves its module")
        if len(lines) == 1
        else ("break", "their own first steps move their modules")
    )
    return f"{names}{more} ({role}) {breaks}: {its} by {power}, should not depend on the width"


def _owner(tensor: str) -> str:
    return tensor.rpartition(".")[0]


def _holds(tensors: list[str]) -> str:
    return f"; it has {', '.join(tensors)}" if tensors else ""
