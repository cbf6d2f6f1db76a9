"""The pytest plugin: makes `[width64]`, …, `[control]` and `[verdict]` of each claim.

pytest loads this module in every run of every environment that has widthwise
installed, so it imports nothing heavy: the rest of the harness comes in with the
first claim that is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from . import options, plan
from .collecting import (
    WATCHER,
    effort_of,
    is_method,
    misplaced,
    open_store,
    refuse_namesakes,
    unsettled_claims,
    verification_of,
)
from .controller import EVIDENCE, SAMPLES, VERDICT, Controller, tell_unsettled
from .parts import Part, Stage, claim_in
from .shared_progress import PROGRESS, Dispatch

if TYPE_CHECKING:
    from ..measuring.replicates import Replicates
    from ..measuring.shared import Shared
    from ..measuring.verification import Verification
    from ..terms.evidence import Evidence

VERIFICATION: pytest.StashKey[Verification] = pytest.StashKey()
"""What the claims of this run share, once they are collected."""

_UNJUDGEABLE: pytest.StashKey[dict[str, str]] = pytest.StashKey()
"""By the name of each claim whose measurement cannot be judged, the item that says why."""

_REPORTED: pytest.StashKey[list[tuple[str, Any]]] = pytest.StashKey()
"""What an item has put into its report, taken back if it runs again."""

_BRIEF: pytest.StashKey[str] = pytest.StashKey()
"""Why an item failed, in one line."""


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
        type=options.folder,
        help="where samples are kept between runs (default: .widthwise in pytest's rootdir)",
    )
    group.addoption(
        "--master-seed",
        metavar="N",
        type=options.seed,
        default=0,
        help="a whole number from which all seeds derive (default: 0)",
    )
    plan.add_option(group)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks through which devices come in and evidence goes out."""
    from . import hooks

    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse an unusable store at once; collect evidence where the reports are made."""
    if config.option.store is not None:
        open_store(config)
    config.pluginmanager.register(plan, "widthwise-plan")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(config), "widthwise-controller")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Plan behind all other plugins, those too that register themselves late (`--lf`)."""
    session.config.pluginmanager.register(Planner(), "widthwise-planner")


@pytest.hookimpl(trylast=True)  # after the claim's own parameters, so that stages vary fastest
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make the items of a claim."""
    claim = claim_in(metafunc.function)
    if claim is None or is_method(metafunc.cls, metafunc.definition.name):
        return
    ladder = claim.over.at(effort_of(metafunc.config))
    stages = [*(Stage("rung", rung) for rung in ladder.rungs), Stage("control"), Stage("verdict")]
    tied = tuple(dict(ladder.tied))
    metafunc.parametrize(
        (ladder.name, "seeds", *tied),
        [(stage, *[None] * (1 + len(tied))) for stage in stages],
        ids=[stage.named(ladder.name) for stage in stages],
    )


class Planner:
    """Looks at the claims as a whole, once it is known which are selected."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # around all selections: they are made by then
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Iterator[Any]:
        """Check the claims as a whole and set aside those that this effort cannot settle."""
        result = yield
        parts = [part for item in items if (part := Part.of(item)) is not None]
        if not parts:
            return result
        refuse_namesakes(parts)
        reasons = unsettled_claims({part.claim.name: part.claim for part in parts}, config)
        if reasons:
            aside = {part.item for part in parts if part.claim.name in reasons}
            config.hook.pytest_deselected(items=list(aside))
            items[:] = [item for item in items if item not in aside]
            tell_unsettled(config, reasons)
        if not config.option.collectonly:
            wanted = [part for part in parts if part.claim.name not in reasons]
            config.stash[VERIFICATION] = verification_of(config, wanted)
        return result


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a claim that cannot be measured where it stands; all else goes on."""
    problem = misplaced(item)
    if problem is not None:
        pytest.fail(problem, pytrace=False)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Measure or judge, where the function is a claim."""
    part = Part.of(pyfuncitem)
    if part is None:
        return None
    try:
        complaint = _complaint(part)
    finally:
        pyfuncitem.config.stash[WATCHER].clear()
    if complaint is not None:
        pytest.fail(complaint, pytrace=False)
    return True


def _complaint(part: Part) -> str | None:
    """What is wrong with what an item stands for, in words; None if all is as declared."""
    __tracebackhide__ = True
    from ..measuring.measuring import MeasurementError
    from .wording import repeated, short

    item, config = part.item, part.item.config
    for pair in item.stash.get(_REPORTED, ()):
        item.user_properties.remove(pair)
    item.stash[_REPORTED] = []
    try:
        return _judged(part, config.stash[VERIFICATION])
    except MeasurementError as error:
        first = config.stash.setdefault(_UNJUDGEABLE, {}).setdefault(part.claim.name, item.nodeid)
        said = str(error) if first == item.nodeid else repeated(part.claim.name, first)
        item.stash[_BRIEF] = short(said)
        return said


def _judged(part: Part, verification: Verification) -> str | None:
    __tracebackhide__ = True
    from ..measuring.verification import label
    from .wording import brief, control_failure, failure, interval, number, short

    item, case = part.item, part.case()
    if part.stage.kind == "rung":
        verification.measure(case, part.stage.rung)
        return None
    if part.stage.kind == "control":
        finding = verification.control(case)
        complaint = control_failure(case, finding)
        reported = []
    else:
        evidence = verification.evidence(case)
        reported = _payload(evidence, *verification.replicates(case))
        finding = evidence.finding
        complaint = failure(evidence)
    item.config.stash[WATCHER].settled(
        label(part.claim.name, part.variant, role) for role in part.roles
    )
    judgement = finding.judgement
    reported += [
        (VERDICT, str(judgement.verdict)),
        (short(judgement.quantity), number(judgement.estimate)),
        ("interval", interval(judgement.interval)),
        ("band", interval(judgement.band)),
    ]
    item.user_properties += reported
    item.stash[_REPORTED] = reported
    item.stash[_BRIEF] = brief(judgement)
    return None if finding.as_expected else complaint


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """Let the summary's line of a claim that fails say in a few words why."""
    report = yield
    watcher = item.config.stash.get(WATCHER, None)
    if call.when == "call" and isinstance(watcher, Dispatch):
        report.user_properties.append((PROGRESS, watcher.news()))
    if call.excinfo is not None and call.excinfo.errisinstance(pytest.fail.Exception):
        crash = getattr(report.longrepr, "reprcrash", None)
        said = item.stash.get(_BRIEF, None) if call.when == "call" else misplaced(item)
        if crash is not None and said is not None:
            path, line, _ = item.location
            crash.path, crash.lineno, crash.message = path, (line or 0) + 1, said
    return report


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Shared:
    """Takes a measurement that several claims look at, once for all of them."""
    from ..measuring.shared import Shared

    if VERIFICATION not in pytestconfig.stash:
        pytest.fail("the fixture 'shared' is for claims: decorate the test with @claim", False)
    bench = pytestconfig.stash[VERIFICATION].bench
    return Shared(bench.store, bench.device)


def _payload(
    evidence: Evidence, claim: Replicates, control: Replicates | None
) -> list[tuple[str, str]]:
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
