"""The coordinate check of the module that `--module` names: an item for each of its features."""

from __future__ import annotations

from typing import Any

import pytest

from widthwise.harness import Verdict
from widthwise.harness.terms.sheet import Sheet
from widthwise.models import ensemble
from widthwise.models.observables.coordinates import OUTPUTS

from . import options
from .best_rate import rate_transfer
from .check import CoordinateCheck, coordinate_check
from .sheet import sheet_of, sheet_of_rates


@pytest.fixture(scope="session")
def settings(pytestconfig: pytest.Config, device: str) -> dict[str, Any]:
    """What the check is called with."""
    return {**options.settings(pytestconfig), "device": device}


@pytest.fixture(scope="session")
def checked(settings: dict[str, Any]) -> CoordinateCheck:
    """The check, made once."""
    return coordinate_check(**settings)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The features of a narrow network, whose names are those of every width."""
    if "feature" not in metafunc.fixturenames:
        return
    given = options.settings(metafunc.config)
    network = ensemble(given["make"], given["base_width"], (0,), base_width=given["base_width"])
    metafunc.parametrize("feature", [*network.features(given["x"][:1]), OUTPUTS])


def test_does_not_depend_on_the_width(feature: str, checked: CoordinateCheck) -> None:
    """The size of a feature at the start, and its movement after each step."""
    said = [
        f"step {line.step}: {line.reason}"
        for line in checked.of(feature)
        if line.verdict not in (Verdict.SUPPORTED, None)
    ]
    if said:
        pytest.fail("\n".join([feature, *said]), pytrace=False)


def test_verdict(
    pytestconfig: pytest.Config, checked: CoordinateCheck, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole, as a table and a page, and what breaks it."""
    _show(str(checked), sheet_of(checked), pytestconfig, capsys)
    if checked.verdict is not Verdict.SUPPORTED:
        pytest.fail("\n".join([str(checked.verdict), *checked.breaks]), pytrace=False)


def test_best_rate(
    pytestconfig: pytest.Config, device: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The best learning rate, and whether it depends on the width."""
    found = rate_transfer(**options.transfer_settings(pytestconfig), device=device)
    _show(str(found), sheet_of_rates(found), pytestconfig, capsys)
    if found.verdict is not Verdict.SUPPORTED:
        pytest.fail(f"{found.verdict}\n{found.reason}", pytrace=False)


def _show(
    said: str, sheet: Sheet, config: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the terminal, and where the page is that says the same."""
    pages = config.hook.pytest_widthwise_sheet(config=config, sheet=sheet)
    with capsys.disabled():
        print("\n".join(["", said, *(f"page: {page}" for page in pages)]))
