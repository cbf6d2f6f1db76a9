import json
import textwrap

import pytest

from widthwise.harness.terms.evidence import dumps
from widthwise.reports import tables  # noqa: F401 - loaded once, not by every run below
from widthwise.reports.files import read
from widthwise.reports.pages import page  # noqa: F401

pytest_plugins = "pytester"

CONFTEST = """
import json
from pathlib import Path
import pytest
from widthwise.harness.terms.evidence import from_json

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    try:
        return (yield)
    finally:
        for record in json.loads(Path("records.json").read_text()):
            item.config.hook.pytest_widthwise_evidence(
                config=item.config, evidence=from_json(json.dumps(record))
            )
"""
TEST = "def test_claim():\n    {body}\n\ntest_claim.__widthwise_claim__ = None\n"


@pytest.fixture
def run(pytester, suite, monkeypatch):
    """Runs pytest on one test that brings the records of the suite."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest(CONFTEST)
    pytester.path.joinpath("records.json").write_text(dumps(suite))

    def go(*options, body="pass"):
        pytester.makepyfile(TEST.format(body=body))
        return pytester.runpytest(*options)

    return go


def test_a_run_with_claims_writes_its_evidence_and_prints_the_table(run, pytester, suite):
    result = run()
    result.stdout.fnmatch_lines(
        [
            "*= evidence =*",
            "lazy training",
            "  blind[[]sphere[]] *supported, control failed *",
            "  unclear[[]sphere[]] *inconclusive *",
            "page: evidence/index.html",
            "made or implied: 5 claims: 1 supported, *",
            "any of all 10 verdicts, controls included, wrong with probability at most*",
            "*given D and the data",
        ]
    )
    table = result.outlines[result.outlines.index(f"{' evidence ':=^80}") :]
    assert max(map(len, table)) <= 80
    written = json.loads(pytester.path.joinpath("evidence", "evidence.json").read_text())
    assert [record["claim"] for record in written] == [record.claim for record in suite]


def test_with_v_each_case_is_shown_in_full(run):
    run("-v").stdout.fnmatch_lines(
        [
            "  holds[[]sphere[]] *supported",
            "      -0.497 [[]-0.542, -0.452[]] in [[]-0.65, -0.35[]], 32 seeds, control refuted",
        ]
    )


def test_a_run_without_claims_leaves_no_trace(pytester):
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest()
    result.assert_outcomes(passed=1)
    assert "evidence" not in result.stdout.str()
    assert not pytester.path.joinpath("evidence").exists()


def test_a_folder_can_be_named(run, pytester):
    run("--evidence", "there/it goes").stdout.fnmatch_lines(["page: there/it goes/index.html"])
    assert pytester.path.joinpath("there", "it goes", "evidence.csv").exists()


def test_an_unwritable_folder_is_refused_before_anything_runs(run, pytester):
    pytester.path.joinpath("taken").touch()
    result = run("--evidence", "taken", body="raise SystemExit('it ran')")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--evidence*taken: it is a file; name a folder*"])


def test_an_unwritable_default_folder_is_refused_where_there_are_claims(run, pytester):
    pytester.path.joinpath("evidence").touch()
    result = run(body="raise SystemExit('it ran')")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "it is a file" in result.stdout.str() + result.stderr.str()


def test_an_interrupted_run_keeps_what_it_has_and_says_that_it_is_partial(run, pytester, request):
    (pytester.path / "test_a_later.py").write_text(
        "import pytest\n\ndef test_interrupted():\n    pytest.exit('enough')\n"
    )
    run(f"{request.node.name}.py", "test_a_later.py")
    shown = pytester.path.joinpath("evidence", "index.html").read_text()
    assert "The run was interrupted" in shown


def test_a_run_that_stops_at_the_first_failure_is_partial(run, pytester):
    run("-x", body="assert False")
    shown = pytester.path.joinpath("evidence", "index.html").read_text()
    assert "The run was interrupted" in shown


def test_quiet_runs_are_quieter(run):
    once = run("-q").stdout.str()
    assert "page: evidence/index.html" in once
    assert "holds[sphere]" not in once
    assert "page:" not in run("-qq").stdout.str()


def test_colour_is_only_an_addition(run):
    assert "\x1b[" not in run("--color=no").stdout.str()
    coloured = run("--color=yes").stdout.str()
    assert "\x1b[32m  holds" in coloured


def test_a_folder_that_vanishes_is_reported_and_fails_the_run(run, pytester):
    body = "__import__('pathlib').Path('evidence').touch()"
    result = run(body=body)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["evidence not written: *"])


def test_a_run_is_compared_with_an_earlier_one_even_in_the_same_folder(run, pytester, suite):
    run()
    changed = [*suite[:2], suite[3]]
    pytester.path.joinpath("records.json").write_text(dumps(changed))
    result = run("--evidence-compare", "evidence")
    result.stdout.fnmatch_lines(
        [
            "*= compared with the earlier run =*",
            "only in the old run:",
            "  fails[[]sphere[]]",
            "3 of 3 claims in both runs unchanged; *",
        ]
    )
    assert pytester.path.joinpath("evidence", "comparison.html").exists()


def test_evidence_of_other_claims_is_put_aside_and_named(run, pytester, suite):
    folder, records = pytester.path / "evidence", pytester.path / "records.json"
    run()
    assert "not of this run" not in run().stdout.str()
    assert not (folder / "earlier.json").exists()
    for left, said in ((suite[:1], "fails_as_declared[[]sphere[]], *"), (suite[1:2], "holds*")):
        records.write_text(dumps(left))
        run().stdout.fnmatch_lines([f"not of this run*: {said}; kept in evidence/earlier.json"])
        assert dumps(read(folder)) == dumps(left)
        assert dumps(read(folder / "earlier.json")) == dumps(suite)


def test_an_earlier_run_that_cannot_be_read_is_refused_before_anything_runs(run):
    result = run("--evidence-compare", "nowhere", body="raise SystemExit('it ran')")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--evidence-compare: *nowhere holds no evidence*"])


def test_samples_and_claims_that_were_set_aside_reach_the_folder(run, pytester):
    body = "pass\n\n" + textwrap.dedent(
        """
        def test_more(request):
            import numpy as np
            from widthwise.harness.measuring.raw_samples import RawSamples
            values = {"claim": np.ones((2, 16)), "control": np.zeros((2, 16))}
            samples = RawSamples("holds", "sphere", "ab", "width", (64.0, 128.0), values)
            config = request.config
            config.hook.pytest_widthwise_samples(config=config, samples=samples)
            config.hook.pytest_widthwise_unsettled(config=config, reasons={"too_fine": "why"})
        """
    )
    run(body=body)
    folder = pytester.path / "evidence"
    table = (folder / "samples" / "holds-sphere.csv").read_text().splitlines()
    assert table[:2] == ["setting,width,seed,value", "claim,64.0,0,1.0"]
    assert json.loads((folder / "gaps.json").read_text())["unsettled"] == {"too_fine": "why"}
    shown = (folder / "claims" / "holds.html").read_text()
    assert "../samples/holds-sphere.json" in shown
    assert "too_fine" in (folder / "summary.md").read_text().replace("&#95;", "_")
