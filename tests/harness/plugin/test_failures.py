"""What a run says of claims that fail: our own words, once, and in the summary's line."""

import re

import pytest


def test_a_failing_verdict_is_followed_by_nothing_that_pytest_adds(lab):
    for style in ("auto", "long", "short", "native"):
        text = lab.write(lab.FALSE).run("--tb", style).stdout.str()
        assert "units_freeze is refuted, but supported was expected." in text
        assert "hidden" not in text
        assert "--full-trace" not in text


def test_the_summary_line_carries_verdict_estimate_and_band(lab, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    result = lab.write(lab.FALSE).run()
    (line,) = [line for line in result.outlines if line.startswith("FAILED ")]
    assert re.fullmatch(
        r"FAILED test_lab\.py::test_units_freeze\[verdict\] - refuted: exponent −0\.\d+ "
        r"\[−0\.\d+, −0\.\d+\], band \[−1\.15, −0\.85\]",
        line,
    )


def test_so_do_the_lines_of_a_worker_and_the_results_file(lab, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    result = lab.write(lab.FALSE).start("-n1", "--junitxml=results.xml")
    (line,) = [line for line in result.outlines if line.startswith("FAILED ")]
    assert " - refuted: exponent −0." in line
    assert '<failure message="refuted: exponent −0.' in (lab.path / "results.xml").read_text()


def test_the_failure_of_an_ordinary_test_is_left_alone(lab):
    (lab.path / "test_plain.py").write_text(
        "import pytest\ndef test_one(): pytest.fail('this one')\n"
    )
    lab.run().stdout.fnmatch_lines(["FAILED test_plain.py::test_one - Failed: this one"])


NOT_A_NUMBER = ("* noisy(seeds)", "* noisy(seeds) * np.nan")
WRONG_SHAPE = ("* noisy(seeds)", "* noisy(seeds)[:3]")


@pytest.mark.parametrize(
    ("fault", "said"),
    [(NOT_A_NUMBER, "16 of 16 seeds gave no finite number"), (WRONG_SHAPE, "returned shape")],
)
def test_what_cannot_be_judged_is_said_once_for_each_claim(lab, fault, said):
    result = lab.write(fault, more=lab.SECOND).run("-v")
    result.assert_outcomes(failed=len(lab.PARTS), passed=len(lab.PARTS))
    failures = result.stdout.str().partition("= FAILURES =")[2].partition("= short test")[0]
    assert failures.count(said) == 1
    assert (
        failures.count(
            "claim 'units_freeze' cannot be judged here either: "
            "test_lab.py::test_units_freeze[width64] says why"
        )
        == len(lab.PARTS) - 1
    )


DEAD = "claim 'units_freeze control' at width=64: 16 of 16 seeds gave no finite number (replicates"
FAULTS_OF_A_CONTROL = {
    "np.where(exponent == 0, -np.inf, 1)": DEAD,
    "(1 if exponent else 1 / 0)": "ZeroDivisionError",
}


@pytest.mark.parametrize("fault", FAULTS_OF_A_CONTROL)
@pytest.mark.parametrize("prediction", ["PowerLaw(-1 / 2)", "PowerLaw(-1)"])
def test_a_control_that_cannot_be_measured_does_not_hide_the_verdict(lab, fault, prediction):
    lab.write(
        ("PowerLaw(-1 / 2)", prediction), ("* noisy(seeds)", f"* noisy(seeds) * {fault}")
    ).conftest(lab.EVIDENCE_FILE)
    result = lab.run("-v")
    outcomes = {name.partition("[")[2][:-1]: how for name, how in lab.outcomes(result).items()}
    holds = prediction == "PowerLaw(-1 / 2)"
    assert outcomes["verdict"] == ("PASSED" if holds else "FAILED")
    assert outcomes["control"] == "FAILED"
    assert lab.lines("records") == [
        f"controller units_freeze {'supported' if holds else 'refuted'}"
    ]
    (samples,) = lab.lines("samples")
    assert "'claim'" in samples
    assert "'control'" not in samples
    text = result.stdout.str()
    assert FAULTS_OF_A_CONTROL[fault] in text
    assert ("units_freeze is refuted, but supported was expected." in text) is not holds
    assert len(lab.measured()) == len(lab.WIDTHS) + 1  # what failed is not asked for again


def test_a_verdict_alone_says_in_its_record_why_the_control_has_none(lab):
    lab.write(("* noisy(seeds)", "* noisy(seeds) * (1 if exponent else 1 / 0)")).conftest("""
        def pytest_widthwise_evidence(config, evidence):
            (config.rootpath / "reason").write_text(evidence.control.judgement.reason)
    """)
    lab.run("-k", "verdict").assert_outcomes(passed=1, deselected=len(lab.PARTS) - 1)
    assert lab.lines("reason") == ["could not be measured: ZeroDivisionError: division by zero"]


IN_CLASSES = """
    import unittest

    class Case(unittest.TestCase):
        test_of_a_case = test_units_freeze

    class TestGroup:
        test_of_a_group = test_units_freeze
        test_without_self = staticmethod(test_units_freeze)

    def test_innocent():
        pass
"""


def test_a_claim_in_a_class_is_refused_by_name_and_all_else_runs(lab):
    result = lab.write(more=IN_CLASSES).run("-k", "not without_self")
    result.assert_outcomes(passed=len(lab.PARTS) + 1, errors=2, deselected=7)
    text = result.stdout.str()
    assert "INTERNALERROR" not in text
    for owner in ("Case", "TestGroup"):
        said = f"\nclaim 'units_freeze' is a method of the class {owner}; write it as a function"
        assert text.count(said) == 1


def test_a_static_method_may_be_a_claim(lab):
    assert lab.write(more=IN_CLASSES).run("-k", "without_self").ret == 0


HELPLESS = """
    import dataclasses

    @dataclasses.dataclass(frozen=True)
    class Helpless(PowerLaw):
        def foresee(self, ladder, seeds, noise, alpha):
            raise KeyError("noise")

"""


def test_a_prediction_that_breaks_at_collection_is_named(lab):
    lab.write()
    text = (lab.path / "test_lab.py").read_text()
    text = text.replace("@claim(", HELPLESS.replace("\n    ", "\n") + "@claim(", 1)
    (lab.path / "test_lab.py").write_text(text.replace("PowerLaw(-1 / 2)", "Helpless(-1 / 2)"))
    result = lab.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: claim 'units_freeze': its prediction *KeyError: 'noise'"])


def test_it_works_without_a_terminal_reporter(lab):
    lab.write(more=lab.SECOND).conftest(lab.EVIDENCE_FILE)
    assert lab.run("-p", "no:terminal").ret == 0
    assert lab.lines("records") == [
        "controller units_freeze supported",
        "controller units_move refuted",
    ]


STOP = """
def pytest_runtest_logreport(report):
    if report.nodeid.endswith("STAGE]") and report.when == "teardown":
        raise KeyboardInterrupt
"""


def test_after_ctrl_c_the_same_command_is_said_to_go_on(lab):
    said = "interrupted: what was measured is kept; the same command goes on where it stopped"
    lab.write().conftest(STOP.replace("STAGE", "width256"))
    result = lab.pytester.runpytest_subprocess(*lab.BARE)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert result.outlines.count(said) == 1
    before = len(lab.measured())
    (lab.path / "conftest.py").write_text("")
    assert said not in lab.run().outlines
    assert len(lab.measured()) == 2 * len(lab.WIDTHS) > before
