"""`--plan`: what a run would measure, and what that would cost, without measuring anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest

from .collecting import WATCHER, effort_of
from .parts import Part

if TYPE_CHECKING:
    from ..measuring.progress import Progress
    from ..terms.declaration import Claim
    from ..terms.ladder import Effort

_HEADINGS = ("claim", "cases", "measured at", "about", "what is predicted")


def add_option(group: pytest.OptionGroup) -> None:
    """Declare the option."""
    group.addoption(
        "--plan",
        action="store_true",
        help="say what the selected claims would measure and how long that would take, and stop",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a plan by workers, which have none of the whole."""
    if config.option.plan and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("--plan measures nothing: leave out -n")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Show the plan in the place of a run."""
    config = session.config
    if not config.option.plan:
        return None
    parts = [part for item in session.items if (part := Part.of(item)) is not None]
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.ensure_newline()
        progress = getattr(config.stash.get(WATCHER, None), "progress", None)
        for line in plan(parts, progress, effort_of(config)):
            reporter.write_line(line)
    return True


def plan(parts: Sequence[Part], progress: Progress | None, effort: Effort) -> Iterator[str]:
    """A table of the claims, in their order, and what they come to.

    Args:
        parts: the items.
        progress: knows what batches took in earlier runs, if it is known.
        effort: how much is measured.
    """
    if not parts or progress is None:
        yield "no claim is selected"
        return
    cases: defaultdict[str, set[str]] = defaultdict(set)
    claims: dict[str, Claim] = {}
    for part in parts:
        cases[part.claim.name].add(part.variant)
        claims[part.claim.name] = part.claim
    seconds = progress.by_claim(progress.expected()) if progress.earlier else {}
    rows: list[tuple[str, ...]] = [_HEADINGS]
    for name, claim in claims.items():
        about = _time(seconds[name]) if name in seconds else "not known"
        rows.append(
            (name, str(len(cases[name])), _ladder(claim, effort), about, _said(claim, effort))
        )
    sizes = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    for row in rows:
        yield "  ".join(text.ljust(size) for text, size in zip(row, sizes, strict=True)).rstrip()
    looks = ", ".join(map(str, effort.looks))
    count = sum(map(len, cases.values()))
    what = f"{_number(len(claims), 'claim')}, {_number(count, 'case')} and as many controls"
    yield f"{what}, at {looks} seeds as needed"
    if seconds:
        total = _time(sum(seconds.values()))
        yield f"about {total} of one core, by earlier runs; what the store has takes no time"


def _ladder(claim: Claim, effort: Effort) -> str:
    ladder = claim.over.at(effort)
    first, last = ladder.rungs[0], ladder.rungs[-1]
    where = f"{first:g}" if len(ladder.rungs) == 1 else f"{first:g} … {last:g}"
    tied = "".join(f", {name} {ratio:g}·{ladder.name}" for name, ratio in ladder.tied)
    return f"{ladder.name} {where}{tied}"


def _said(claim: Claim, effort: Effort) -> str:
    """The prediction, and how many seeds it takes where the claim declares its noise."""
    from ..terms.prediction import ALPHA, LOOKS
    from .wording import short

    said = claim.prediction.describe()
    if claim.given is not None:
        said += f", given that {short(claim.given.event)}"
    needed = getattr(claim.prediction, "needed_seeds", None)
    if claim.noise is None or needed is None:
        return said
    seeds = needed(claim.over.at(effort), claim.noise, ALPHA / LOOKS)
    enough = "no number of seeds" if seeds is None else f"{seeds} seeds"
    return f"{said}; noise {claim.noise:g} takes {enough}"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
