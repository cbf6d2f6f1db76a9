"""The calibration runs for minutes; here each of its tables is made once, tiny."""

import importlib.util
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "calibrate.py"


@pytest.fixture(scope="module")
def calibrate():
    spec = importlib.util.spec_from_file_location("widthwise_calibrate", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize("table", ["edge_table", "tail_table", "power_table"])
def test_a_table_has_a_heading_and_even_rows(calibrate, table):
    caption, *rows = getattr(calibrate, table)(4)
    assert caption.endswith("\n")
    assert len({row.count("|") for row in rows}) == 1
    assert len(rows) > 5


def test_a_simulated_suite_holds_no_wrong_verdict(calibrate):
    outcomes = calibrate.suite(0)
    assert outcomes["wrong"] == 0
    assert outcomes["claim supported"] > 30
    assert outcomes["control refuted"] > 90


def test_more_effort_settles_more_noise(calibrate):
    _, _, _, *rows = calibrate.effort_table()
    for row in rows:
        quick, standard, full = map(float, row.split("|")[3:6])
        assert 0 < quick < standard < full
