"""What pytest makes of claims: items, verdicts, exit codes and words."""

import itertools
import json
import re
import textwrap
from types import SimpleNamespace

import pytest
import torch  # noqa: F401

# In-process runs forget the modules that they were the first to import, and
# numerical libraries cannot be imported twice: whatever a run needs is here first.
import widthwise.harness.evidence
import widthwise.harness.measuring
import widthwise.harness.power_law
import widthwise.harness.verification
import widthwise.models  # noqa: F401
from widthwise.harness import progress_line

FREEZE = '''
import pathlib
import numpy as np
import pytest
from widthwise.harness import Control, PowerLaw, Source, Verdict, Widths, claim

def noisy(seeds, relative=0.02):
    normals = [np.random.default_rng(seed).standard_normal() for seed in seeds]
    return 1 + relative * np.array(normals)

def count(width, seeds):
    with (pathlib.Path(__file__).parent / "calls").open("a") as calls:
        calls.write(f"{width}\\n")

@claim(
    source=Source("a thread", "its end"),
    prediction=PowerLaw(-1 / 2),
    control=Control("where nothing freezes", exponent=0.0),
    over=Widths(64, 4096),
)
def test_units_freeze(width, seeds, exponent=-0.5):
    """Units freeze."""
    count(width, seeds)
    return width**exponent * noisy(seeds)
'''

EVIDENCE_FILE = """
def pytest_widthwise_evidence(config, evidence):
    where = "worker" if hasattr(config, "workerinput") else "controller"
    with (config.rootpath / "records").open("a") as file:
        print(where, evidence.name, evidence.finding.judgement.verdict, file=file)

def pytest_widthwise_samples(config, samples):
    shapes = {setting: list(values.shape) for setting, values in samples.values.items()}
    with (config.rootpath / "samples").open("a") as file:
        print(samples.name, len(samples.rungs), shapes, file=file)
"""

INI = "[pytest]\nfilterwarnings = error\n"
BARE = ("-p", "no:widthwise-fixtures", "-p", "no:widthwise-reports", "-p", "no:cacheprovider")


@pytest.fixture
def lab(pytester, monkeypatch):
    """A repository with one claim; `run` verifies it in this process."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makefile(".ini", pytest=INI)
    return Lab(pytester)


class Lab:
    """Writes claim files and runs pytest on them."""

    def __init__(self, pytester):
        self.pytester = pytester
        self.path = pytester.path

    def write(self, *changes, name="test_lab", more=""):
        text = FREEZE
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (self.path / f"{name}.py").write_text(text + textwrap.dedent(more))
        return self

    def conftest(self, text):
        (self.path / "conftest.py").write_text(textwrap.dedent(text))
        return self

    def run(self, *arguments):
        return self.pytester.runpytest_inprocess(*BARE, *arguments)

    def start(self, *arguments):
        """In processes of their own, with no plugins but those it takes."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
            plugins = ("-p", "xdist", "-p", "widthwise.harness.plugin")
            return self.pytester.runpytest_subprocess(*plugins, *arguments)

    def lines(self, name):
        file = self.path / name
        return file.read_text().splitlines() if file.exists() else []

    def measured(self):
        """Widths that were measured, one per batch."""
        return self.lines("calls")


def items(result):
    return [line for line in result.outlines if "::" in line and not line.startswith(" ")]


def outcomes(result):
    """Outcome by item, as -v reports it."""
    found = (re.match(r"(?:\[gw\d\] \[ *\d+%\] )?(\S+::\S+) ([A-Z]+)", x) for x in result.outlines)
    found = {match[1]: match[2] for match in found if match}
    swapped = (
        re.match(r"\[gw\d\] \[ *\d+%\] ([A-Z]+) (\S+::\S+)", line) for line in result.outlines
    )
    return found | {match[2]: match[1] for match in swapped if match}


WIDTHS = (64, 128, 256, 512, 1024)
PARTS = (*(f"width={width}" for width in WIDTHS), "control", "verdict")


def test_a_claim_becomes_rungs_a_control_and_a_verdict(lab):
    result = lab.write().run("--collect-only", "-q")
    assert items(result) == [f"test_lab.py::test_units_freeze[{part}]" for part in PARTS]
    assert not lab.measured()
    assert not (lab.path / ".widthwise").exists()


@pytest.mark.parametrize(("effort", "largest"), [("standard", 4096), ("full", 16384)])
def test_effort_moves_the_largest_width(lab, effort, largest):
    result = lab.write().run("--collect-only", "-q", "--effort", effort)
    assert items(result)[-3:] == [
        f"test_lab.py::test_units_freeze[{part}]" for part in (f"width={largest}", *PARTS[-2:])
    ]


VARIANTS = """
    import pytest

    @pytest.fixture
    def tilt(request):
        return {"flat": 0.0, "steep": 0.02}[request.param]
"""
PARAMETRIZED = (
    ("@claim", '@pytest.mark.parametrize("tilt", ["flat", "steep"], indirect=True)\n@claim'),
    ("exponent=-0.5):", "tilt, exponent=-0.5):"),
    ("return width**exponent", "return width ** (exponent + tilt)"),
)


def test_variants_come_first_in_the_id_and_reach_the_measurement(lab):
    lab.write(*PARAMETRIZED).conftest(VARIANTS + textwrap.indent(EVIDENCE_FILE, "    "))
    result = lab.run("--collect-only", "-q")
    assert items(result) == [
        f"test_lab.py::test_units_freeze[{variant}-{part}]"
        for variant in ("flat", "steep")
        for part in PARTS
    ]
    assert lab.run().ret == 0
    assert lab.lines("records") == [
        f"controller units_freeze[{variant}] supported" for variant in ("flat", "steep")
    ]


def test_a_true_claim_passes(lab):
    result = lab.write().run("-v")
    assert result.ret == 0
    assert outcomes(result) == {
        f"test_lab.py::test_units_freeze[{part}]": "PASSED" for part in PARTS
    }


FALSE = ("PowerLaw(-1 / 2)", "PowerLaw(-1)")


def test_a_false_claim_fails_in_words_not_in_a_traceback(lab):
    result = lab.write(FALSE).run("-v")
    assert result.ret == 1
    assert outcomes(result)["test_lab.py::test_units_freeze[verdict]"] == "FAILED"
    text = result.stdout.str()
    assert "units_freeze is refuted, but supported was expected." in text
    for label, value in {
        "statement": r"Units freeze\.",
        "predicts": r"exponent −1 ± 0\.15",
        "exponent": r"−0\.(49|5)\d* in \[−0\.\d+, −0\.\d+\]",
        "band": r"\[−1\.15, −0\.85\]",
        "reason": r"exponent .* lies outside \[",
        "seeds": r"16 per rung, look 1",
    }.items():
        assert re.search(rf"^  {label} +{value}", text, re.MULTILINE), label
    assert "Traceback" not in text
    assert "plugin.py" not in text
    assert "def test_units_freeze" not in text


def test_a_control_that_does_not_fail_fails(lab):
    result = lab.write(("exponent=0.0)", "exponent=-0.51)")).run("-v")
    assert result.ret == 1
    assert outcomes(result)["test_lab.py::test_units_freeze[control]"] == "FAILED"
    assert outcomes(result)["test_lab.py::test_units_freeze[verdict]"] == "PASSED"
    result.stdout.fnmatch_lines(
        [
            "the control of units_freeze is supported, but refuted was expected.",
            "  statement * where nothing freezes",
        ]
    )


def test_a_wrong_statement_passes_when_it_is_expected_to_be_refuted(lab):
    lab.write(
        FALSE,
        ("    over=", "    expect=Verdict.REFUTED,\n    over="),
        ("exponent=0.0)", "exponent=-1.0)"),
    )
    assert lab.run().ret == 0


UNCLEAR = (("PowerLaw(-1 / 2)", "PowerLaw(-0.65)"),)
"""The interval lies across an end of the band, however many seeds."""


def assert_inconclusive(result):
    text = result.stdout.str()
    assert result.ret == 1
    assert re.search(r"^(test_\w+\.py )?\.*I\.* +\[", text, re.MULTILINE)
    assert "1 inconclusive" in text
    assert "= INCONCLUSIVE =" in text
    assert "units_freeze is inconclusive; supported was expected." in text
    assert re.search(r"^  reason +needs (more seeds|rungs nearer)", text, re.MULTILINE)
    assert "Traceback" not in text


def test_an_inconclusive_verdict_has_its_letter_and_fails(lab):
    assert_inconclusive(lab.write(*UNCLEAR).run())


def test_an_inconclusive_verdict_is_named_in_full(lab):
    result = lab.write(*UNCLEAR).run("-v")
    assert outcomes(result)["test_lab.py::test_units_freeze[verdict]"] == "INCONCLUSIVE"


def test_no_verdict_depends_on_what_is_selected_or_on_the_order(lab, tmp_path):
    lab.write(more=SECOND).conftest(ORDERED + EVIDENCE_FILE)
    selections = [
        (),
        ("-k", "verdict"),
        ("-k", "verdict", "-x"),
        ("-k", "units_freeze"),
        ("--reverse",),
        ("--lf", "-p", "cacheprovider"),
        ("test_lab.py::test_units_freeze[verdict]",),
    ]
    seen = {}
    for number, selection in enumerate(selections):
        lab.run(*selection, "--store", str(tmp_path / str(number)))
    for line in lab.lines("exact"):
        name, *numbers = json.loads(line)
        seen.setdefault(name, set()).add(tuple(map(str, numbers)))
    assert {name: len(verdicts) for name, verdicts in seen.items()} == {
        "units_freeze": 1,
        "units_move": 1,
    }


SECOND = '''
    @claim(
        source=Source("a thread", "its end"),
        prediction=PowerLaw(-1 / 2),
        control=Control("where they freeze", exponent=-0.5),
        over=Widths(64, 4096),
        expect=Verdict.REFUTED,
    )
    def test_units_move(width, seeds, exponent=0.0):
        """Units move."""
        return width**exponent * noisy(seeds)
'''
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


def test_xdist_reaches_the_same_verdicts_and_reports_each_once(lab):
    third = FREEZE[FREEZE.index("@claim") :].replace("units_freeze", "some_freeze")
    third = third.replace("PowerLaw(-1 / 2)", SHORT[0][1]).replace(*SHORT[1])
    lab.write(*UNCLEAR, more=textwrap.dedent(SECOND) + third).conftest(ORDERED + EVIDENCE_FILE)
    one = lab.run()
    records = sorted(lab.lines("records"))
    samples = sorted(lab.lines("samples"))
    exact = sorted(lab.lines("exact"))
    for name in ("records", "samples", "exact"):
        (lab.path / name).unlink()
    two = lab.start("-n2", "--store", str(lab.path / "another"))
    for result in (one, two):
        assert_inconclusive(result)
        assert_set_aside(result, "some_freeze")
    assert sorted(lab.lines("records")) == records
    assert sorted(lab.lines("samples")) == samples
    assert sorted(lab.lines("exact")) == exact
    assert records == [
        "controller units_freeze inconclusive",
        "controller units_move refuted",
    ]


def test_the_evidence_hook_hears_of_failing_verdicts_too(lab):
    lab.write(FALSE).conftest(EVIDENCE_FILE)
    lab.run()
    assert lab.lines("records") == ["controller units_freeze refuted"]
    (samples,) = lab.lines("samples")
    rungs = len(WIDTHS)
    assert samples == f"units_freeze {rungs} {{'claim': [{rungs}, 16], 'control': [{rungs}, 16]}}"


def test_a_second_run_measures_nothing(lab):
    lab.write()
    assert lab.run().ret == 0
    measured = lab.measured()
    assert sorted(measured, key=int) == sorted([*map(str, WIDTHS)] * 2, key=int)
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


def test_another_master_seed_measures_again(lab):
    lab.write().run()
    before = len(lab.measured())
    assert lab.run("--master-seed", "1").ret == 0
    assert len(lab.measured()) == 2 * before


def test_two_claims_of_one_name_are_refused_naming_both(lab):
    result = lab.write().write(name="test_other").run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "ERROR: two claims are named 'units_freeze': test_lab.py::test_units_freeze and "
            "test_other.py::test_units_freeze; *"
        ]
    )
    assert not lab.measured()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--effort", "heroic"), "*--effort: invalid choice: 'heroic'*"),
        (("--master-seed", "-1"), "*--master-seed*-1*"),
        (("--master-seed", "x"), "*--master-seed*x*"),
        (("--store", "test_lab.py"), "ERROR: the store 'test_lab.py' cannot be written to *"),
        (("--store", "test_lab.py/deep"), "ERROR: the store 'test_lab.py/deep' cannot be *"),
    ],
)
def test_a_bad_option_is_refused_before_anything_is_measured(lab, arguments, said):
    result = lab.write().run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])
    assert not lab.measured()
    assert lab.run(*arguments, "--collect-only").ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize("device", ["tpu", "cuda:99", ""])
def test_an_unknown_device_is_refused_before_anything_is_measured(lab, device):
    lab.write()
    result = lab.pytester.runpytest_inprocess("-p", "no:widthwise-reports", f"--device={device}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --device: '{device}' is not *"])
    assert not lab.measured()


SHORT = (
    ("PowerLaw(-1 / 2)", "PowerLaw(-1 / 2, tolerance=0.1)"),
    ("over=Widths(64, 4096)", "over=Widths(64, 1024)"),
)


def assert_set_aside(result, name):
    text = result.stdout.str()
    assert "not settled by --effort quick" in text
    assert len(re.findall(rf"^{name}: .*--effort standard can settle it", text, re.MULTILINE)) == 1
    assert "units_move:" not in text


def test_a_claim_beyond_this_effort_is_set_aside_with_the_reason(lab):
    result = lab.write(*SHORT, more=SECOND).conftest(HEARD).run()
    assert result.ret == 0
    assert_set_aside(result, "units_freeze")
    assert not lab.measured()
    assert lab.lines("heard") == ["['units_freeze']"]


HEARD = """
def pytest_widthwise_unsettled(config, reasons):
    with (config.rootpath / "heard").open("a") as file:
        print(list(reasons), file=file)
"""


def test_set_aside_items_count_as_deselected(lab):
    result = lab.write(*SHORT, more=SECOND).run()
    result.assert_outcomes(passed=len(PARTS), deselected=5)


def test_a_claim_beyond_every_effort_is_an_error_at_collection(lab):
    result = lab.write(("PowerLaw(-1 / 2)", "PowerLaw(-1 / 2, tolerance=0.01)")).run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: claim 'units_freeze' cannot be settled at any effort*"])
    assert not lab.measured()


def test_declared_noise_is_judged_before_it_is_measured(lab):
    result = lab.write(("    over=", "    noise=30.0,\n    over=")).run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert not lab.measured()


def test_a_bad_declaration_is_a_collection_error_that_names_the_claim(lab):
    result = lab.write(("exponent=0.0)", "exponant=0.0)")).run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*ClaimError: claim 'units_freeze': the control replaces *"])


BROKEN = (
    "    return width**exponent",
    '    if width == 256:\n        raise RuntimeError("no such width")\n    return width**exponent',
)


def test_a_measurement_that_raises_fails_its_claim_and_no_other(lab):
    result = lab.write(BROKEN, more=SECOND).run("-v")
    failed = {name for name, outcome in outcomes(result).items() if outcome == "FAILED"}
    assert failed == {
        f"test_lab.py::test_units_freeze[{part}]" for part in ("width=256", "control", "verdict")
    }
    assert len(outcomes(result)) == 2 * len(PARTS)
    text = result.stdout.str()
    assert 'raise RuntimeError("no such width")' in text
    assert "test_lab.py:" in text


def test_a_measurement_that_diverges_fails_in_words(lab):
    lost = "* noisy(seeds) * np.where(np.arange(16) == 3, np.nan, 1)"
    result = lab.write(("* noisy(seeds)", lost)).run()
    text = result.stdout.str()
    assert result.ret == 1
    assert "claim 'units_freeze' at width=64: 1 of 16 seeds diverged" in text
    assert "replicates 3: nan" in text
    assert "Traceback" not in text
    assert "measuring.py" not in text


def test_ordinary_tests_are_left_alone(lab):
    (lab.path / "test_plain.py").write_text("def test_one(): assert 1\ndef test_two(): assert 0\n")
    result = lab.run()
    result.assert_outcomes(passed=1, failed=1)
    assert not (lab.path / ".widthwise").exists()


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
    assert len(lines) == len(WIDTHS)  # of twice as many batches
    for line in lines[1:]:
        assert re.fullmatch(
            r"  measuring units_freeze( control)? width=\d+ · under a minute left", line
        )
    assert "measuring" not in lab.run("-q", "--store", "another").stdout.str()


def test_a_repository_with_rooms_of_its_own_runs_a_claim_file_unedited(pytester):
    for room in ("models", "claims", "harness"):
        package = pytester.path / room
        package.mkdir()
        (package / "__init__.py").write_text(f"OWN = {room!r}\n")
    (pytester.path / "claims" / "test_lab.py").write_text(FREEZE)
    (pytester.path / "test_own.py").write_text(
        "import claims, harness, models\n"
        "def test_own(): assert (claims.OWN, harness.OWN, models.OWN) == "
        "('claims', 'harness', 'models')\n"
    )
    result = pytester.runpytest_subprocess(*BARE, "-W", "error")
    assert result.ret == 0
    result.assert_outcomes(passed=len(PARTS) + 1)


def test_the_catalogue_is_collected_from_anywhere(pytester):
    result = pytester.runpytest_inprocess("--pyargs", "widthwise.claims", "--collect-only", "-q")
    assert result.ret == 0
    assert any(line.endswith("verdict]") for line in result.outlines)
    made = {path.name for path in pytester.path.iterdir() if path.is_dir()}
    assert made <= {".benchmarks"}  # pytest-benchmark's own


TWO_LOOKS = """
    def run(width, seeds):
        count(width, seeds)
        return {"units": width**-0.5 * noisy(seeds), "kernel": 1 / width * noisy(seeds)}

    def ones(width, seeds):
        return noisy(seeds)

    nothing = Control("nothing freezes", measure=ones)
    about = dict(source=Source("a thread", "its end"), control=nothing, over=Widths(64, 4096))

    @claim(prediction=PowerLaw(-1 / 2), seeds_of="runs", **about)
    def test_units_of_a_run(width, seeds, shared):
        "Units freeze."
        return shared(run, width=width, seeds=seeds)["units"]

    @claim(prediction=PowerLaw(-1), seeds_of=SEEDS_OF, **about)
    def test_kernel_of_a_run(width, seeds, shared):
        "The kernel freezes."
        return shared(run, width=width, seeds=seeds)["kernel"]
"""


@pytest.mark.parametrize(("seeds_of", "runs"), [("'runs'", 1), ("None", 2)])
def test_claims_about_the_same_networks_share_their_runs(lab, seeds_of, runs):
    lab.write(more=TWO_LOOKS.replace("SEEDS_OF", seeds_of))
    result = lab.run("-k", "of_a_run")
    result.assert_outcomes(passed=14)
    assert sorted(lab.measured()) == sorted(["64", "128", "256", "512", "1024"] * runs)


def test_shared_is_for_claims(lab):
    lab.path.joinpath("test_other.py").write_text("def test_other(shared): pass")
    result = lab.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the fixture 'shared' is for claims*"])
