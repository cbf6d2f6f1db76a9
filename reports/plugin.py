"""The pytest plugin that shows evidence: a table in the terminal, files in a folder.

pytest loads this module in every run of every environment that has widthwise
installed, so it imports nothing heavy and does nothing in a run without claims.
"""

from __future__ import annotations

import dataclasses
import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from widthwise.harness.plugin.options import named

if TYPE_CHECKING:
    from widthwise.harness.measuring.raw_samples import RawSamples
    from widthwise.harness.terms.evidence import Evidence
    from widthwise.harness.terms.sheet import Sheet

    from .outcome import Outcome

DEFAULT = "evidence"


@dataclass
class Collected:
    """What this run has brought so far, and where it goes.

    Attributes:
        directory: the folder to write to.
        cases: what every case reported, in order of arrival; more than once if it ran again.
        earlier: the evidence of another run, to compare with.
        unsettled: why claims were set aside, by name.
        samples: what the verdicts rest on, by case.
        page: where the page was written.
        replaced: what the folder held of cases that this run has not.
        problem: why nothing could be written.
        partial: whether the run was interrupted.
    """

    directory: Path
    cases: dict[tuple[str, str], list[Evidence]] = field(default_factory=dict)
    earlier: tuple[Evidence, ...] | None = None
    unsettled: dict[str, str] = field(default_factory=dict)
    samples: dict[tuple[str, str], RawSamples] = field(default_factory=dict)
    page: Path | None = None
    replaced: tuple[Evidence, ...] = ()
    problem: str | None = None
    partial: bool = False

    @property
    def records(self) -> list[Evidence]:
        """One record for each case: the last, which says so if it ran more than once."""
        return [_last(reports) for reports in self.cases.values()]


def _last(reports: Sequence[Evidence]) -> Evidence:
    last = reports[-1]
    if len(reports) == 1:
        return last
    same = all(_found(each) == _found(last) for each in reports)
    outcome = (
        "the same each time, as samples are kept: running a claim again changes nothing"
        if same
        else "not the same each time: the last is shown"
    )
    remark = f"reported {len(reports)} times in one run, {outcome}"
    finding = dataclasses.replace(last.finding, remarks=(*last.finding.remarks, remark))
    return dataclasses.replace(last, finding=finding)


def _found(record: Evidence) -> object:
    return record.finding.judgement, record.finding.points, record.control.judgement


_COLLECTED: pytest.StashKey[Collected] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the evidence goes."""
    group = parser.getgroup("widthwise", "claims about wide networks")
    group.addoption(
        "--evidence",
        metavar="DIR",
        type=named,
        help=f"folder for evidence.json, evidence.csv and index.html (default: {DEFAULT})",
    )
    group.addoption(
        "--evidence-compare",
        metavar="OLD",
        type=named,
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
    """Keep a record until the run ends; a case may bring several: reruns, `--dist each`."""
    case = evidence.claim, evidence.variant
    config.stash[_COLLECTED].cases.setdefault(case, []).append(evidence)


@pytest.hookimpl(optionalhook=True)
def pytest_widthwise_samples(config: pytest.Config, samples: RawSamples) -> None:
    """Keep the samples of a record until the run ends; they are small."""
    config.stash[_COLLECTED].samples[samples.claim, samples.variant] = samples


@pytest.hookimpl(optionalhook=True)
def pytest_widthwise_sheet(config: pytest.Config, sheet: Sheet) -> Path | None:
    """Write a check's page at once, also in a worker, which has no run to collect for."""
    from .files import write_sheet

    folder = config.invocation_params.dir / (config.getoption("--evidence") or DEFAULT)
    try:
        return write_sheet(folder, sheet)
    except OSError as error:
        warnings.warn(f"the page of the {sheet.title} could not be written: {error}", stacklevel=1)
        return None


@pytest.hookimpl(optionalhook=True)
def pytest_widthwise_unsettled(config: pytest.Config, reasons: dict[str, str]) -> None:
    """Keep why claims were set aside, for the page."""
    config.stash[_COLLECTED].unsettled.update(reasons)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
    """Write the files, also after an interruption: what was settled is settled."""
    collected = session.config.stash.get(_COLLECTED, None)
    if collected is None or not collected.cases:
        return
    from .comparison import compare
    from .files import COMPARISON, keep_earlier, write, write_comparison
    from .gaps import Gaps
    from .topics import topics_of

    interrupted = exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    collected.partial = bool(interrupted or session.shouldfail or session.shouldstop)
    try:
        gaps = Gaps(collected.partial, collected.unsettled)
        records, samples = collected.records, list(collected.samples.values())
        collected.replaced = keep_earlier(collected.directory, records)
        topics = topics_of(records, session.config.rootpath)
        collected.page = write(collected.directory, records, gaps, samples, topics)
        if collected.earlier is not None:
            comparison = compare(collected.earlier, records)
            write_comparison(collected.directory / COMPARISON, comparison)
    except OSError as error:
        collected.problem = str(error)
        session.exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table, the path of the page and the error rate of the suite."""
    collected = config.stash.get(_COLLECTED, None)
    if collected is None or not collected.cases:
        return
    if collected.problem is not None:
        terminalreporter.write_line(f"evidence not written: {collected.problem}", red=True)
    if config.option.verbose < -1:
        return
    from .counting import sentences

    terminalreporter.write_sep("=", "evidence")
    if collected.partial:
        terminalreporter.write_line("the run was interrupted: claims are missing", yellow=True)
    if config.option.verbose >= 0:
        _print_table(terminalreporter, collected.records, config.option.verbose)
    if collected.page is not None:
        terminalreporter.write_line(f"page: {_shown(collected.page, config)}")
        if collected.replaced:
            terminalreporter.write_line(_aside(collected.page, collected.replaced, config))
    for sentence in sentences(collected.records):
        columns = terminalreporter._tw.fullwidth
        for line in textwrap.wrap(sentence, columns, subsequent_indent="  "):
            terminalreporter.write_line(line)
    if collected.earlier is not None:
        _print_comparison(terminalreporter, collected.earlier, collected.records)


def _print_table(
    terminalreporter: pytest.TerminalReporter, records: Sequence[Evidence], verbose: int
) -> None:
    from .terminal import terminal

    # One column less: a line as wide as the terminal wraps on some of them.
    columns = terminalreporter._tw.fullwidth - 1
    for line in terminal(records, columns, cases=verbose > 0, rungs=verbose > 1):
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


def _aside(page: Path, replaced: Sequence[Evidence], config: pytest.Config) -> str:
    from .files import EARLIER
    from .wording import visible

    names = ", ".join(visible(record.name) for record in replaced[:3])
    more = f" and {len(replaced) - 3} more" if len(replaced) > 3 else ""
    return (
        f"not of this run, and no longer on the page: {names}{more}; "
        f"kept in {_shown(page.with_name(EARLIER), config)}"
    )


def _shown(page: Path, config: pytest.Config) -> str:
    directory = config.invocation_params.dir
    return str(page.relative_to(directory) if page.is_relative_to(directory) else page)
