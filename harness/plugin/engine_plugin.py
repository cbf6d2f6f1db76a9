"""The pytest plugin of the engines: options, and measuring before the first item runs.

pytest loads this module always, so it imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from . import options
from .collecting import WATCHER
from .parts import Part
from .plugin import VERIFICATION

if TYPE_CHECKING:
    from ..engines.fan_out import Wanted
    from ..measuring.verification import Case, Role, Verification

_TAKEN_BY = {
    "--jobs": ("loky", "ray", "dask"),
    "--engine-address": ("ray", "dask"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Who measures."""
    group = parser.getgroup("widthwise", "claims about wide networks")
    group.addoption(
        "--engine",
        choices=("inline", "loky", "ray", "dask"),
        default="inline",
        help="who measures: this process, worker processes of its own (loky), or a Ray or Dask "
        "cluster; with xdist always this process (default: inline)",
    )
    group.addoption(
        "--jobs",
        metavar="N",
        type=options.count,
        help="how many workers the engine has (default: one per GPU, or per core without)",
    )
    group.addoption(
        "--engine-address",
        metavar="ADDRESS",
        type=options.named,
        help="the Ray or Dask cluster to join (default: start one on this machine)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse options that do not fit together, and an engine that is not installed."""
    option = config.option
    for name, value in (("--jobs", option.jobs), ("--engine-address", option.engine_address)):
        if value is not None and option.engine not in _TAKEN_BY[name]:
            engines = " or ".join(f"--engine {engine}" for engine in _TAKEN_BY[name])
            raise pytest.UsageError(
                f"{name} {value} means nothing to --engine {option.engine}, only to {engines}"
            )
    if option.engine != "inline":
        from ..engines.executors import EngineError, require

        try:
            require(option.engine)
        except EngineError as error:
            raise pytest.UsageError(str(error)) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[Any]:
    """Let the engine measure what the items will ask for."""
    config = session.config
    verification = config.stash.get(VERIFICATION, None)
    broken = session.testsfailed and not config.option.continue_on_collection_errors
    with_xdist = hasattr(config, "workerinput")
    idle = broken or with_xdist or config.option.plan
    if config.option.engine != "inline" and verification and not idle:
        _measure_ahead(session, verification)
    return (yield)


def _tell_what_is_there(
    config: pytest.Config, verification: Verification, asked: Sequence[tuple[Case, Wanted]]
) -> None:
    """Hand on the verdicts that a run has which is ended before its first item."""
    from ..measuring.measuring import MeasurementError

    for case, needed in asked:
        if not needed.is_there(verification.effort, verification.bench):
            continue
        try:
            evidence = verification.evidence(case)
        except MeasurementError:  # its item would have failed
            continue
        config.hook.pytest_widthwise_evidence(config=config, evidence=evidence)


def _measure_ahead(session: pytest.Session, verification: Verification) -> None:
    from ..engines.engine import Devices, Engine
    from ..engines.executors import EngineError
    from ..engines.fan_out import Wanted, measure_ahead
    from .preparing import prepared

    cases: dict[tuple[str, str], list[Part]] = {}
    for item in session.items:
        part = Part.of(item)
        if part is not None:
            cases.setdefault((part.claim.name, part.variant), []).append(part)
    first_items = {parts[0].item: parts for parts in cases.values()}

    asked: list[tuple[Case, Wanted]] = []

    def wanted(item: pytest.Function) -> Wanted:
        parts = first_items[item]
        rungs = [part.stage.rung for part in parts if part.stage.kind == "rung"]
        roles: dict[Role, None] = {role: None for part in parts for role in part.roles}
        case = parts[0].case()
        needed = Wanted.of(verification, case, rungs, roles)
        if any(part.stage.kind == "verdict" for part in parts):
            asked.append((case, needed))
        return needed

    option = session.config.option
    devices = session.config.hook.pytest_widthwise_devices(config=session.config)
    engine = Engine(option.engine, option.jobs, option.engine_address, devices or Devices())
    found = prepared(list(first_items), session.items[0], wanted)
    try:
        left = measure_ahead(engine, verification, [each for each in found if each is not None])
    except EngineError as error:
        raise pytest.UsageError(f"--engine {option.engine}: {error}") from None
    except KeyboardInterrupt:
        _tell_what_is_there(session.config, verification, asked)
        raise
    finally:
        session.config.stash[WATCHER].clear()
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and option.verbose >= 0:  # the reporter brings the option
        for label, reason in left.items():
            reporter.write_line(f"measured in this process, not in a worker: {label} ({reason})")
