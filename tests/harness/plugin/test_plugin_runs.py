"""Runs of claims: selections, processes, repetitions, and what they leave in logs."""

import itertools
import json
import re
import textwrap
from types import SimpleNamespace

import pytest

from widthwise.harness.plugin import progress_line

ORDERED = """
import json

def pytest_addoption(parser):
    parser.addoption("--reverse", action="store_true")

def pytest_collection_modifyitems(config, items):
    if config.getoption("--reverse"):
        items.reverse()

def pytest_configure(config):
    class Exact:
        def pytest_widthwise_evidence(self, config, evidence):
            finding, control = evidence.finding.judgement, evidence.control.judgement
            with (config.rootpath / "exact").open("a") as file:
                row = [evidence.claim, finding.verdict, finding.estimate, finding.interval]
                print(json.dumps([*row, control.estimate, finding.reason]), file=file)
    config.pluginmanager.register(Exact())
"""


def test_no_verdict_depends_on_what_is_selected_or_on_the_order(lab, tmp_path):
    lab.write(more=lab.SECOND).conftest(ORDERED + lab.EVIDENCE_FILE)
    selections = [
        (),
        ("-k", "verdict"),
        ("-k", "verdict", "-x"),
        ("-k", "units_freeze"),
        ("--reverse",),
        ("--lf",),
        ("test_lab.py::test_units_freeze[verdict]",),
    ]
    seen = {}
    for number, selection in enumerate(selections):
        lab.remember(*selection, "--store", str(tmp_path / str(number)))
    for line in lab.lines("exact"):
        name, *numbers = json.loads(line)
        seen.setdefault(name, set()).add(tuple(map(str, numbers)))
    assert {name: len(verdicts) for name, verdicts in seen.items()} == {
        "units_freeze": 1,
        "units_move": 1,
    }


def test_xdist_reaches_the_same_verdicts_and_reports_each_once(lab):
    third = lab.FREEZE[lab.FREEZE.index("@claim") :].replace("units_freeze", "some_freeze")
    third = third.replace("PowerLaw(-1 / 2)", lab.SHORT[0][1]).replace(*lab.SHORT[1])
    lab.write(*lab.UNCLEAR, more=textwrap.dedent(lab.SECOND) + third).conftest(
        ORDERED + lab.EVIDENCE_FILE
    )
    one = lab.run()
    records = sorted(lab.lines("records"))
    samples = sorted(lab.lines("samples"))
    exact = sorted(lab.lines("exact"))
    for name in ("records", "samples", "exact"):
        (lab.path / name).unlink()
    two = lab.start("-n2", "--store", str(lab.path / "another"))
    for result in (one, two):
        lab.assert_inconclusive(result)
        lab.assert_set_aside(result, "some_freeze")
    assert sorted(lab.lines("records")) == records
    assert sorted(lab.lines("samples")) == samples
    assert sorted(lab.lines("exact")) == exact
    assert records == [
        "controller units_freeze inconclusive",
        "controller units_move refuted",
    ]


def test_the_evidence_hook_hears_of_failing_verdicts_too(lab):
    lab.write(lab.FALSE).conftest(lab.EVIDENCE_FILE)
    lab.run()
    assert lab.lines("records") == ["controller units_freeze refuted"]
    (samples,) = lab.lines("samples")
    rungs = len(lab.WIDTHS)
    assert samples == f"units_freeze {rungs} {{'claim': [{rungs}, 16], 'control': [{rungs}, 16]}}"


def test_a_second_run_measures_nothing(lab):
    lab.write()
    assert lab.run().ret == 0
    measured = lab.measured()
    assert sorted(measured, key=int) == sorted([*map(str, lab.WIDTHS)] * 2, key=int)
    assert lab.run().ret == 0
    assert lab.measured() == measured


def test_a_changed_measurement_is_measured_again(lab):
    lab.write()
    lab.run()
    before = len(lab.measured())
    lab.write(("relative=0.02", "relative=0.03")).run()
    assert len(lab.measured()) == 2 * before
    lab.write(("relative=0.02", "relative=0.03"), ("Units freeze.", "Units do freeze.")).run()
    assert len(lab.measured()) == 2 * before


EDITS = """
def pytest_runtest_setup(item):
    text = item.path.read_text()
    item.path.write_text(text.replace("return 1 + relative", "return 2 + relative"))
"""


def test_an_edit_during_the_run_does_not_pass_for_the_code_that_ran(lab):
    lab.write().conftest(EDITS)
    lab.run()
    before = len(lab.measured())
    assert "return 2 + relative" in (lab.path / "test_lab.py").read_text()
    lab.run()
    assert len(lab.measured()) == 2 * before


def test_another_master_seed_measures_again(lab):
    lab.write().run()
    before = len(lab.measured())
    assert lab.run("--master-seed", "1").ret == 0
    assert len(lab.measured()) == 2 * before


def test_results_files_carry_verdicts_but_not_the_evidence(lab):
    lab.write().run("--junitxml", "results.xml")
    xml = (lab.path / "results.xml").read_text()
    assert 'name="widthwise verdict" value="supported"' in xml
    assert "widthwise evidence" not in xml
    assert "widthwise samples" not in xml
    assert "schema" not in xml


def test_a_log_gets_no_control_characters_and_quiet_no_progress(lab):
    for arguments in ((), ("-q",), ("-v",)):
        text = lab.write().run(*arguments, "--store", f"store{''.join(arguments)}").stdout.str()
        assert "\x1b" not in text
        assert "measuring" not in text


def test_slow_measurements_leave_a_line_in_the_log_now_and_then(lab, monkeypatch):
    clock = itertools.count(0, 40)  # every reading is 40 seconds after the last
    monkeypatch.setattr(progress_line, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    lines = [line for line in lab.write().run().outlines if line.startswith("  measuring ")]
    assert len(lines) == len(lab.WIDTHS)  # of twice as many batches
    for line in lines[1:]:
        assert re.fullmatch(
            r"  measuring units_freeze( control)? width=\d+ · under a minute left", line
        )
    assert "measuring" not in lab.run("-q", "--store", "another").stdout.str()


def test_a_repository_with_rooms_of_its_own_runs_a_claim_file_unedited(lab):
    for room in ("models", "claims", "harness"):
        package = lab.path / room
        package.mkdir()
        (package / "__init__.py").write_text(f"OWN = {room!r}\n")
    (lab.path / "claims" / "test_lab.py").write_text(lab.FREEZE)
    (lab.path / "test_own.py").write_text(
        "import claims, harness, models\n"
        "def test_own(): assert (claims.OWN, harness.OWN, models.OWN) == "
        "('claims', 'harness', 'models')\n"
    )
    result = lab.pytester.runpytest_subprocess(*lab.BARE, "-W", "error")
    assert result.ret == 0
    result.assert_outcomes(passed=len(lab.PARTS) + 1)


def test_the_catalogue_is_collected_from_anywhere(lab):
    result = lab.pytester.runpytest_inprocess(
        "--pyargs", "widthwise.claims", "--collect-only", "-q"
    )
    assert result.ret == 0
    assert any(line.endswith("verdict]") for line in result.outlines)
    made = {path.name for path in lab.path.iterdir() if path.is_dir()}
    assert made <= {".benchmarks"}  # pytest-benchmark's own


@pytest.mark.parametrize("engine", [(), ("--engine", "loky", "--jobs", "1")])
def test_durations_count_what_was_measured(lab, engine):
    result = lab.write().run("--durations=3", *engine)
    result.stdout.re_match_lines(
        [r"=+ slowest 3 claims, by what was measured =+", r"\d+\.\d\ds measured units_freeze"]
    )
    assert "slowest" not in lab.run("-q").stdout.str()


ENDED = """
def pytest_configure(config):
    from widthwise.harness.engines import fan_out

    def ended(*_):
        raise KeyboardInterrupt

    if config.option.engine != "inline":
        fan_out.measure_ahead = ended
"""


def test_a_run_that_is_ended_while_an_engine_measures_tells_the_verdicts_it_has(lab):
    lab.write(more=lab.SECOND).conftest(lab.EVIDENCE_FILE + ENDED)
    assert lab.run("-k", "units_freeze").ret == 0
    lab.path.joinpath("records").unlink()
    result = lab.pytester.runpytest_subprocess(*lab.BARE, "--engine", "loky", "--jobs", "1")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert lab.lines("records") == ["controller units_freeze supported"]
    result.stdout.fnmatch_lines(["interrupted: what was measured is kept; *"])


TIED = (
    ("Verdict, Widths", "Tied, Verdict, Widths"),
    ("over=Widths(64, 4096)", "over=Tied(Widths(64, 4096), depth=1 / 16)"),
    (
        'def test_units_freeze(width, seeds, exponent=-0.5):\n    """Units freeze."""\n',
        'def test_units_freeze(width, seeds, depth, exponent=-0.5):\n    """Units freeze."""\n'
        "    assert type(depth) is int\n",
    ),
    (
        "return width**exponent * noisy(seeds)",
        "return (width * depth * 16) ** (exponent / 2) * noisy(seeds)",
    ),
)


def test_what_is_tied_to_the_rung_is_measured_with_it(lab):
    result = lab.write(*TIED).run("-v")
    result.assert_outcomes(passed=7)
    lab.run("--plan").stdout.re_match_lines(
        [r"units_freeze +1 +width 64 … 1024, depth 0.0625·width .*"]
    )


def test_a_control_may_hold_fixed_what_is_tied(lab):
    fixed = (
        ('Control("where nothing freezes", exponent=0.0)', 'Control("one layer", depth=1)'),
        ("PowerLaw(-1 / 2)", "PowerLaw(-1 / 2, tolerance=0.1)"),
    )
    result = lab.write(*TIED, *fixed).run()
    result.assert_outcomes(passed=7)


def test_the_measurement_has_to_take_what_is_tied(lab):
    result = lab.write(*TIED[:2]).run()
    result.stdout.fnmatch_lines(["*units_freeze*: the measurement must take 'depth'*"])
