"""The process that pytest was started in: it hears from all others and has the last word."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from .collecting import WATCHER, open_store, progress_of
from .shared_progress import PROGRESS, hear

if TYPE_CHECKING:
    from .progress_line import ProgressLine

EVIDENCE = "widthwise evidence"
"""The user property that carries a record, as JSON, to the controller."""

SAMPLES = "widthwise samples"
"""The user property that carries the samples behind the record, as JSON."""

VERDICT = "widthwise verdict"
"""The user property that says which verdict an item reached."""

_PAYLOAD = (EVIDENCE, SAMPLES, PROGRESS)

_WORKERS_UNSETTLED = "widthwise unsettled"
"""What a worker calls the claims it set aside, and why, in its output to the controller."""

_UNSETTLED: pytest.StashKey[dict[str, str]] = pytest.StashKey()

_OF_A_CLAIM = re.compile(r"[\[-](control|verdict)\]$")


def tell_unsettled(config: pytest.Config, reasons: dict[str, str]) -> None:
    """Say which claims were set aside: here, or in a worker to the controller."""
    if hasattr(config, "workerinput"):
        config.workeroutput[_WORKERS_UNSETTLED] = reasons  # pyright: ignore[reportAttributeAccessIssue]
        return
    config.stash[_UNSETTLED] = reasons
    config.hook.pytest_widthwise_unsettled(config=config, reasons=reasons)


class Controller:
    """Receives the reports of all processes."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._has_claims = False
        self._line: ProgressLine | None = None
        self._spent: dict[str, float] = {}
        self._workers = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note whether there is a claim among what will run."""
        functions = (getattr(item, "function", None) for item in session.items)
        self._has_claims = any(hasattr(each, "__widthwise_claim__") for each in functions)

    @pytest.hookimpl(optionalhook=True)  # xdist's: only workers collect then
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Note whether a worker has collected a claim."""
        self._has_claims = self._has_claims or any(map(_OF_A_CLAIM.search, ids))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self) -> None:
        """Make room for what pytest writes."""
        self._clear()

    def _clear(self) -> None:
        if self._line is not None:
            self._line.clear()

    @pytest.hookimpl(tryfirst=True)  # before anything that prints properties
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the evidence out of a report and hand it on."""
        self._clear()
        payload = [(name, str(value)) for name, value in report.user_properties if name in _PAYLOAD]
        if not payload:
            return
        report.user_properties = [
            (name, value) for name, value in report.user_properties if name not in _PAYLOAD
        ]
        if report.when == "call":
            self._hand_on(payload)

    def _hand_on(self, payload: Sequence[tuple[str, str]]) -> None:
        from ..measuring import raw_samples
        from ..terms.evidence import from_json

        config, hook = self._config, self._config.hook
        for name, text in payload:
            if name == PROGRESS:
                self._hear(text)
            elif name == EVIDENCE:
                hook.pytest_widthwise_evidence(config=config, evidence=from_json(text))
            else:
                samples = raw_samples.from_json(text)
                hook.pytest_widthwise_samples(config=config, samples=samples)

    def _hear(self, news: str) -> None:
        from .progress_line import ProgressLine

        if self._line is None:
            self._line = ProgressLine(progress_of(self._config), self._config)
        hear(self._line.progress, news)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logfinish(self) -> Iterator[Any]:
        """Show below what pytest writes how much the workers have left."""
        result = yield
        if self._line is not None:
            self._line.share(len(self._line.progress.ahead), max(self._workers, 1))
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep what batches took, for the next run to tell how long it takes."""
        line = self._line or session.config.stash.get(WATCHER, None)
        if line is None:
            return
        line.clear()
        progress = getattr(line, "progress", None)
        if progress is None or not progress.measured:
            return
        self._spent = progress.by_claim(progress.measured)
        from ..measuring.costs import FILE, read_costs, updated, write_costs

        with contextlib.suppress(OSError, pytest.UsageError):  # the next run then knows less
            path = open_store(session.config).path / FILE
            write_costs(path, updated(read_costs(path), progress.measured))

    @pytest.hookimpl(optionalhook=True)  # xdist's
    def pytest_testnodeready(self) -> None:
        """Count the workers."""
        self._workers += 1

    @pytest.hookimpl(optionalhook=True)  # xdist's
    def pytest_testnodedown(self, node: Any) -> None:
        """Hear from a worker which claims it set aside; every worker sets aside the same."""
        self._workers -= 1
        reasons = getattr(node, "workeroutput", {}).get(_WORKERS_UNSETTLED)
        if reasons and _UNSETTLED not in self._config.stash:
            tell_unsettled(self._config, reasons)

    def _slowest(self, terminalreporter: pytest.TerminalReporter) -> None:
        """What `--durations` asks for, of claims: with an engine their items take no time."""
        shown = self._config.option.durations
        if shown is None or not self._spent:
            return
        slowest = sorted(self._spent.items(), key=lambda at: -at[1])
        least = self._config.option.durations_min or 0.0
        kept = [at for at in slowest if at[1] >= least]
        kept = kept[: shown or None]
        title = f"slowest {shown} claims" if shown else "slowest claims"
        terminalreporter.write_sep("=", f"{title}, by what was measured")
        for name, seconds in kept:
            terminalreporter.write_line(f"{seconds:.2f}s measured {name}")

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: int
    ) -> None:
        """Say why verdicts are inconclusive, and what was not measured at all."""
        inconclusive = terminalreporter.stats.get("inconclusive", [])
        if inconclusive and self._config.option.tbstyle != "no":
            terminalreporter.write_sep("=", "INCONCLUSIVE")
            for report in inconclusive:
                terminalreporter.write_sep("_", report.head_line, yellow=True, bold=True)
                terminalreporter.write_line(str(report.longrepr))
        self._slowest(terminalreporter)
        reasons = self._config.stash.get(_UNSETTLED, {})
        if reasons and self._config.option.verbose >= 0:
            effort = self._config.option.effort
            terminalreporter.write_sep("=", f"not settled by --effort {effort}")
            for name, reason in reasons.items():
                terminalreporter.write_line(f"{name}: {reason}")
        if exitstatus == pytest.ExitCode.INTERRUPTED and self._has_claims:
            terminalreporter.write_line(
                "interrupted: what was measured is kept; the same command goes on where it stopped"
            )
