"""The pytest plugin that shows evidence: a table in the terminal, files in a folder.

pytest loads this module in every run of every environment that has widthwise
installed, so it imports nothing heavy and does nothing in a run without claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from widthwise.harness.measuring.raw_samples import RawSamples
    from widthwise.harness.terms.evidence import Evidence

    from .outcome import Outcome

DEFAULT = "evidence"


@dataclass
class Collected:
    """What this run has brought so far, and where it goes.

    Attributes:
        directory: the folder to write to.
        records: the evidence, in order of arrival.
        earlier: the evidence of another run, to compare with.
        unsettled: why claims were set aside, by name.
        samples: what the verdicts rest on.
        page: where the page was written.
        problem: why nothing could be written.
        partial: whether the run was interrupted.
    """

    directory: Path
    records: list[Evidence] = field(default_factory=list)
    earlier: tuple[Evidence, ...] | None = None
    unsettled: dict[str, str] = field(default_factory=dict)
    samples: list[RawSamples] = field(default_factory=list)
    page: Path | None = None
    problem: str | None = None
    partial: bool = False


_COLLECTED: pytest.StashKey[Collected] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the evidence goes."""
    group = parser.getgroup("widthwise", "claims about wide networks")
    group.addoption(
        "--evidence",
        metavar="DIR",
        help=f"folder for evidence.json, evidence.csv and index.html (default: {DEFAULT})",
    )
    group.addoption(
        "--evidence-compare",
        metavar="OLD",
        help="folder or evidence.json of an earlier run: says what changed since",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a folder that was asked for and cannot be written, before anything else."""
    if hasattr(config, "workerinput"):
        return  # records arrive at the controller
    asked = config.getoption("--evidence")
    collected = Collected(config.invocation_params.dir / (asked or DEFAULT))
    config.stash[_COLLECTED] = collected
    if asked is not None:
        _require_writable(collected.directory)
    compared = config.getoption("--evidence-compare")
    if compared is not None:
        # Read now: the run may be about to write to the very same folder.
        collected.earlier = _earlier(config.invocation_params.dir / compared)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse an unwritable default folder too, where there are claims, before training."""
    collected = session.config.stash.get(_COLLECTED, None)
    if collected is None or session.config.option.collectonly:
        return
    functions = (getattr(item, "function", None) for item in session.items)
    if any(hasattr(function, "__widthwise_claim__") for function in functions):
        _require_writable(collected.directory)


@pytest.hookimpl(optionalhook=True)
def pytest_widthwise_evidence(config: pytest.Config, evidence: Evidence) -> None:
    """Keep a record until the run ends."""
    config.stash[_COLLECTED].records.append(evidence)


@pytest.hookimpl(optionalhook=True)
def pytest_widthwise_samples(config: pytest.Config, samples: RawSamples) -> None:
    """Keep the samples of a record until the run ends; they are small."""
    config.stash[_COLLECTED].samples.append(samples)


@pytest.hookimpl(optionalhook=True)
def pytest_widthwise_unsettled(config: pytest.Config, reasons: dict[str, str]) -> None:
    """Keep why claims were set aside, for the page."""
    config.stash[_COLLECTED].unsettled.update(reasons)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    """Write the files, also after an interruption: what was settled is settled."""
    collected = session.config.stash.get(_COLLECTED, None)
    if collected is None or not collected.records:
        return
    from .comparison import compare
    from .files import COMPARISON, write, write_comparison
    from .gaps import Gaps

    interrupted = exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    collected.partial = bool(interrupted or session.shouldfail or session.shouldstop)
    try:
        gaps = Gaps(collected.partial, collected.unsettled)
        collected.page = write(collected.directory, collected.records, gaps, collected.samples)
        if collected.earlier is not None:
            comparison = compare(collected.earlier, collected.records)
            write_comparison(collected.directory / COMPARISON, comparison)
    except OSError as error:
        collected.problem = str(error)
        session.exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table, the path of the page and the error rate of the suite."""
    collected = config.stash.get(_COLLECTED, None)
    if collected is None or not collected.records:
        return
    if collected.problem is not None:
        terminalreporter.write_line(f"evidence not written: {collected.problem}", red=True)
    if config.option.verbose < -1:
        return
    from .tables import suite_error

    terminalreporter.write_sep("=", "evidence")
    if collected.partial:
        terminalreporter.write_line("the run was interrupted: claims are missing", yellow=True)
    if config.option.verbose >= 0:
        _print_table(terminalreporter, collected.records)
    if collected.page is not None:
        terminalreporter.write_line(f"page: {_shown(collected.page, config)}")
    terminalreporter.write_line(suite_error(collected.records))
    if collected.earlier is not None:
        _print_comparison(terminalreporter, collected.earlier, collected.records)


def _print_table(terminalreporter: pytest.TerminalReporter, records: Sequence[Evidence]) -> None:
    from .tables import terminal

    # One column less: a line as wide as the terminal wraps on some of them.
    for line in terminal(records, terminalreporter._tw.fullwidth - 1):
        terminalreporter.write_line(line.text, **_markup(line.outcome))
    terminalreporter.write_line("")


def _print_comparison(
    terminalreporter: pytest.TerminalReporter,
    earlier: Sequence[Evidence],
    records: Sequence[Evidence],
) -> None:
    from .comparison import compare, lines

    terminalreporter.write_sep("=", "compared with the earlier run")
    for line in lines(compare(earlier, records)):
        terminalreporter.write_line(line)


def _earlier(path: Path) -> tuple[Evidence, ...]:
    from widthwise.harness.terms.evidence import EvidenceError

    from .files import read

    try:
        return read(path)
    except (EvidenceError, OSError, UnicodeDecodeError) as error:
        raise pytest.UsageError(
            f"--evidence-compare: {path} holds no evidence of an earlier run: {error}"
        ) from None


def _markup(outcome: Outcome | None) -> dict[str, bool]:
    if outcome is None:
        return {"bold": True}
    if outcome.passed:
        return {"green": True}
    return {"yellow": True} if outcome.slug == "inconclusive" else {"red": True}


def _require_writable(directory: Path) -> None:
    from .files import obstacle

    problem = obstacle(directory)
    if problem is not None:
        raise pytest.UsageError(
            f"--evidence: nothing can be written to {directory}: {problem}; "
            "name a folder that is writable or that can be made"
        )


def _shown(page: Path, config: pytest.Config) -> str:
    directory = config.invocation_params.dir
    return str(page.relative_to(directory) if page.is_relative_to(directory) else page)
