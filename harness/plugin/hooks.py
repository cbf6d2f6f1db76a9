"""Hooks that other plugins may implement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ..engines.engine import Devices
    from ..measuring.progress import Costs
    from ..measuring.raw_samples import RawSamples
    from ..terms.evidence import Evidence
    from ..terms.sheet import Sheet


@pytest.hookspec(firstresult=True)
def pytest_widthwise_device(config: pytest.Config) -> str | None:
    """The kind of device that measurements are taken on, e.g. "cpu".

    Called once per process, before the first measurement. The answer is part of
    the identity of every sample, because devices differ in rounding. Whoever
    supplies models and data through fixtures answers it.
    """
    ...


@pytest.hookspec(firstresult=True)
def pytest_widthwise_devices(config: pytest.Config) -> Devices | None:
    """What the workers of an engine measure on; the CPU if nobody answers.

    Called only where `--engine` asks for workers, before the first item runs.
    """
    ...


@pytest.hookspec
def pytest_widthwise_costs(config: pytest.Config) -> Costs | None:
    """What batches have cost elsewhere, for the time left in a first run.

    Called once, where the progress is shown. What the store remembers of runs here is
    believed before; whoever supplies claims answers it.
    """
    ...


@pytest.hookspec
def pytest_widthwise_evidence(config: pytest.Config, evidence: Evidence) -> None:
    """A verdict was reached, whether or not it is the declared one.

    Called in the controlling process only, once per verdict, as they arrive.
    """
    ...


@pytest.hookspec
def pytest_widthwise_samples(config: pytest.Config, samples: RawSamples) -> None:
    """Everything that a verdict rests on, after its evidence.

    Called in the controlling process only, once per verdict; not for the few claims whose
    samples are too many to be published.
    """
    ...


@pytest.hookspec
def pytest_widthwise_sheet(config: pytest.Config, sheet: Sheet) -> Path | None:
    """A check of somebody's own network has been made.

    Called in the process that made it.

    Returns:
        Where it can be read now, of those who write it down.
    """
    ...


@pytest.hookspec
def pytest_widthwise_unsettled(config: pytest.Config, reasons: dict[str, str]) -> None:
    """These claims were deselected: the chosen effort could not settle them.

    Called in the controlling process only, once per run.

    Args:
        config: the session's configuration.
        reasons: why not, by the claim's name.
    """
    ...
