"""The pytest plugin: makes `[width=…]`, `[control]` and `[verdict]` of each claim.

pytest loads this module in every run of every environment that has widthwise
installed, so it imports nothing heavy: the rest of the harness comes in with the
first claim that is collected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .parts import Part, Stage, claim_in

if TYPE_CHECKING:
    from ..measuring.shared import Shared
    from ..measuring.verification import Verification
    from ..terms.declaration import Claim
    from ..terms.evidence import Evidence
    from ..terms.prediction import Samples

EVIDENCE = "widthwise evidence"
"""The user property that carries a record, as JSON, to the controller."""

SAMPLES = "widthwise samples"
"""The user property that carries the samples behind the record, as JSON."""

_PAYLOAD = (EVIDENCE, SAMPLES)

VERDICT = "widthwise verdict"
"""The user property that says which verdict an item reached."""

UNSETTLED = "widthwise unsettled"
"""What a worker calls the claims it set aside, and why, in its output to the controller."""


VERIFICATION: pytest.StashKey[Verification] = pytest.StashKey()
"""What the claims of this run share, once they are collected."""

_UNSETTLED: pytest.StashKey[dict[str, str]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much to measure, and where samples are kept."""
    group = parser.getgroup("widthwise", "claims about wide networks")
    group.addoption(
        "--effort",
        choices=("quick", "standard", "full"),
        default="quick",
        help="how far widths reach and how many seeds they get (default: quick, for two cores)",
    )
    group.addoption(
        "--store",
        metavar="DIR",
        type=Path,
        help="where samples are kept between runs (default: .widthwise in pytest's rootdir)",
    )
    group.addoption(
        "--master-seed",
        metavar="N",
        type=_seed,
        default=0,
        help="a whole number from which all seeds derive (default: 0)",
    )


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"a master seed is a whole number of at least 0, got {text!r}")
    return int(text)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks through which devices come in and evidence goes out."""
    from . import hooks

    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse an unusable store at once; collect evidence where the reports are made."""
    directory = config.getoption("--store")
    if directory is not None:
        _open_store(directory)
    if not _is_worker(config):
        config.pluginmanager.register(Controller(config), "widthwise-controller")


@pytest.hookimpl(trylast=True)  # after the claim's own parameters, so that stages vary fastest
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make the items of a claim."""
    claim = claim_in(metafunc.function)
    if claim is None:
        return
    ladder = claim.over.at(_effort(metafunc.config))
    stages = {f"{ladder.name}={rung:g}": Stage("rung", rung) for rung in ladder.rungs}
    stages |= {"control": Stage("control"), "verdict": Stage("verdict")}
    metafunc.parametrize(
        (ladder.name, "seeds"), [(stage, None) for stage in stages.values()], ids=list(stages)
    )


@pytest.hookimpl(trylast=True)  # after selections, so that only what will run is planned
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check the claims as a whole and set aside those that this effort cannot settle."""
    parts = [part for item in items if (part := Part.of(item)) is not None]
    if not parts:
        return
    _refuse_namesakes(parts)
    reasons = _unsettled({part.claim.name: part.claim for part in parts}, config)
    if reasons:
        aside = [part.item for part in parts if part.claim.name in reasons]
        config.hook.pytest_deselected(items=aside)
        items[:] = [item for item in items if item not in aside]
        _tell_unsettled(config, reasons)
    if not config.option.collectonly:
        config.stash[VERIFICATION] = _verification(config, parts, reasons)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Measure or judge, where the function is a claim."""
    __tracebackhide__ = True
    part = Part.of(pyfuncitem)
    if part is None:
        return None
    from ..measuring.measuring import MeasurementError

    try:
        _perform(part, pyfuncitem.config.stash[VERIFICATION])
    except MeasurementError as error:
        complaint = str(error)
    else:
        return True
    pytest.fail(complaint, pytrace=False)  # outside of the handler, or it would be said twice


def _perform(part: Part, verification: Verification) -> None:
    __tracebackhide__ = True
    from .wording import control_failure, failure, interval, number, short

    case = part.case()
    if part.stage.kind == "rung":
        verification.measure(case, part.stage.rung)
        return
    if part.stage.kind == "control":
        finding = verification.control(case)
        complaint = control_failure(case, finding)
    else:
        evidence = verification.evidence(case)
        part.item.user_properties += _payload(evidence, *verification.samples(case))
        finding = evidence.finding
        complaint = failure(evidence)
    judgement = finding.judgement
    part.item.user_properties += [
        (VERDICT, str(judgement.verdict)),
        (short(judgement.quantity), number(judgement.estimate)),
        ("interval", interval(judgement.interval)),
        ("band", interval(judgement.band)),
    ]
    if not finding.as_expected:
        pytest.fail(complaint, pytrace=False)


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Shared:
    """Takes a measurement that several claims look at, once for all of them."""
    from ..measuring.shared import Shared

    if VERIFICATION not in pytestconfig.stash:
        pytest.fail("the fixture 'shared' is for claims: decorate the test with @claim", False)
    bench = pytestconfig.stash[VERIFICATION].bench
    return Shared(bench.store, bench.device)


def _payload(evidence: Evidence, claim: Samples, control: Samples) -> list[tuple[str, str]]:
    """What a report carries to the controller."""
    from ..measuring import raw_samples
    from ..terms.evidence import to_json

    raw = raw_samples.raw_samples(evidence, claim, control)
    carried = [] if raw is None else [(SAMPLES, raw_samples.to_json(raw))]
    return [(EVIDENCE, to_json(evidence)), *carried]


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, Any] | None:
    """Show an inconclusive verdict under its own letter; it still counts as a failure."""
    if (
        report.when == "call"
        and report.failed
        and (VERDICT, "inconclusive") in report.user_properties
    ):
        return "inconclusive", "I", ("INCONCLUSIVE", {"yellow": True})
    return None


class Controller:
    """Receives the reports of all processes."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)  # before anything that prints properties
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the evidence out of a report and hand it on."""
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
            if name == EVIDENCE:
                hook.pytest_widthwise_evidence(config=config, evidence=from_json(text))
            else:
                samples = raw_samples.from_json(text)
                hook.pytest_widthwise_samples(config=config, samples=samples)

    @pytest.hookimpl(optionalhook=True)  # xdist's
    def pytest_testnodedown(self, node: Any) -> None:
        """Hear from a worker which claims it set aside; every worker sets aside the same."""
        reasons = getattr(node, "workeroutput", {}).get(UNSETTLED)
        if reasons and _UNSETTLED not in self._config.stash:
            _tell_unsettled(self._config, reasons)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say why verdicts are inconclusive, and what was not measured at all."""
        inconclusive = terminalreporter.stats.get("inconclusive", [])
        if inconclusive and self._config.option.tbstyle != "no":
            terminalreporter.write_sep("=", "INCONCLUSIVE")
            for report in inconclusive:
                terminalreporter.write_sep("_", report.head_line, yellow=True, bold=True)
                terminalreporter.write_line(str(report.longrepr))
        reasons = self._config.stash.get(_UNSETTLED, {})
        if reasons and self._config.option.verbose >= 0:
            terminalreporter.write_sep("=", f"not settled by --effort {_effort(self._config).name}")
            for name, reason in reasons.items():
                terminalreporter.write_line(f"{name}: {reason}")


def _effort(config: pytest.Config) -> Any:
    from ..terms.ladder import EFFORTS

    return EFFORTS[config.option.effort]


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _open_store(directory: Path) -> Any:
    from ..measuring.store import Store, StoreError

    try:
        return Store.at(directory)
    except StoreError as error:
        raise pytest.UsageError(str(error)) from None


def _refuse_namesakes(parts: Sequence[Part]) -> None:
    homes: dict[str, set[str]] = {}
    for part in parts:
        homes.setdefault(part.claim.name, set()).add(part.item.nodeid.partition("[")[0])
    for name, places in homes.items():
        if len(places) > 1:
            raise pytest.UsageError(
                f"two claims are named {name!r}: {' and '.join(sorted(places))}; a name stands for "
                "one claim in evidence and seeds, so rename one"
            )


def _unsettled(claims: dict[str, Claim], config: pytest.Config) -> dict[str, str]:
    from ..measuring.verification import unsettled
    from ..terms.declaration import ClaimError

    try:
        reasons = {name: unsettled(claim, _effort(config)) for name, claim in claims.items()}
    except ClaimError as error:
        raise pytest.UsageError(str(error)) from None
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _tell_unsettled(config: pytest.Config, reasons: dict[str, str]) -> None:
    if _is_worker(config):
        config.workeroutput[UNSETTLED] = reasons  # pyright: ignore[reportAttributeAccessIssue]
        return
    config.stash[_UNSETTLED] = reasons
    config.hook.pytest_widthwise_unsettled(config=config, reasons=reasons)


def _verification(
    config: pytest.Config, parts: Sequence[Part], reasons: dict[str, str]
) -> Verification:
    from ..measuring.digest import read_code
    from ..measuring.measuring import Bench
    from ..measuring.progress import Progress
    from ..measuring.verification import Verification
    from .progress_line import ProgressLine

    wanted = [part for part in parts if part.claim.name not in reasons]
    for claim in {part.claim.name: part.claim for part in wanted}.values():
        for measure in filter(None, (claim.measure, claim.control.measure)):
            read_code(measure)
    progress = Progress()
    progress.plan(task for part in wanted for task in _tasks(part))
    bench = Bench(
        store=_open_store(config.getoption("--store") or config.rootpath / ".widthwise"),
        device=config.hook.pytest_widthwise_device(config=config) or "unspecified",
        master_seed=config.option.master_seed,
        watcher=ProgressLine(progress, config),
    )
    return Verification(_effort(config), bench, config.rootpath)


def _tasks(part: Part) -> Iterator[tuple[str, float, int]]:
    from ..measuring.verification import first_tasks, label

    if part.stage.kind == "rung":
        yield label(part.claim.name, part.variant, "claim"), part.stage.rung, 0
    for role in part.roles:
        yield from first_tasks(part.claim, part.variant, role, _effort(part.item.config))
