"""A case that is run several times in one run is one case."""

import json

import pytest

from widthwise.reports import files
from widthwise.reports.pages import page  # noqa: F401 - loaded once, not by every run below

CLAIM = '''
import numpy as np
from widthwise.harness import Control, PowerLaw, Source, Widths, claim

@claim(
    provenance="made",
    source=Source("a thread", "its end"),
    prediction=PowerLaw(-1),
    control=Control("in mu-P", exponent=0.0),
    over=Widths(64, 4096),
)
def test_units_freeze(width, seeds, exponent=-0.5):
    """Units freeze."""
    normals = [np.random.default_rng(seed).standard_normal() for seed in seeds]
    return width**exponent * (1 + 0.02 * np.array(normals))
'''

RERUNS = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for _ in range(3):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        failed = any(report.failed for report in reports)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        if not failed:
            break
        item._initrequest()
    return True
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Runs the claim, which is false, and gives its records and what was printed."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makepyfile(test_lab=CLAIM)

    def go(*arguments, start=pytester.runpytest_inprocess):
        result = start("-p", "no:widthwise-fixtures", *arguments)
        records = json.loads((pytester.path / "evidence" / "evidence.json").read_text())
        return records, result.stdout.str()

    return go


TWO_VERDICTS = "any of all 2 verdicts, controls included, wrong with probability at most 1e-05"
UNCHANGED = "the same each time, as samples are kept: running a claim again changes nothing"


def test_a_rerun_leaves_one_record_that_says_that_it_changed_nothing(run, pytester):
    once, _ = run()
    pytester.makeconftest(RERUNS)
    (record,), text = run()
    assert record["finding"]["remarks"] == [f"reported 3 times in one run, {UNCHANGED}"]
    assert record["finding"]["judgement"] == once[0]["finding"]["judgement"]
    assert TWO_VERDICTS in text
    folder = pytester.path / "evidence"
    assert "0 of 1 as declared" in (folder / "badge.svg").read_text()
    assert UNCHANGED in (folder / "claims" / "units_freeze.html").read_text()
    assert len(files.read_samples(folder, files.read(folder))) == 1


def test_a_file_named_twice_leaves_one_record(run):
    (record,), text = run("--keep-duplicates", "test_lab.py", "test_lab.py")
    assert record["finding"]["remarks"] == [f"reported 2 times in one run, {UNCHANGED}"]
    assert TWO_VERDICTS in text


def test_workers_that_each_run_everything_leave_one_record(run, pytester):
    (record,), text = run("-n2", "--dist", "each", start=pytester.runpytest_subprocess)
    assert record["finding"]["remarks"] == [f"reported 2 times in one run, {UNCHANGED}"]
    assert TWO_VERDICTS in text


def test_a_case_that_runs_once_says_nothing_of_it(run):
    (record,), _ = run("-k", "verdict")
    assert record["finding"]["remarks"] == []
