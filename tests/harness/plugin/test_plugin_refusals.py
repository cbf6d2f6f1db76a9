"""What is refused or set aside before anything is measured."""

import re

import pytest


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


WHOLE = "must be a whole number of at least"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--effort", "heroic"), "*argument --effort: invalid choice: 'heroic'*"),
        (("--engine", "steam"), "*argument --engine: invalid choice: 'steam'*"),
        (("--master-seed", "-1"), f"*argument --master-seed: {WHOLE} 0, got '-1'*"),
        (("--master-seed", "abc"), f"*argument --master-seed: {WHOLE} 0, got 'abc'*"),
        (("--jobs", "-1"), f"*argument --jobs: {WHOLE} 1, got '-1'*"),
        (("--jobs", "many"), f"*argument --jobs: {WHOLE} 1, got 'many'*"),
        (("--jobs", "2"), "ERROR: --jobs 2 means nothing to --engine inline, only to *loky*"),
        (("--store=",), "*argument --store: must not be empty, got ''*"),
        (("--engine-address=",), "*argument --engine-address: must not be empty, got ''*"),
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


def test_a_claim_beyond_this_effort_is_set_aside_with_the_reason(lab):
    result = lab.write(*lab.SHORT, more=lab.SECOND).conftest(HEARD).run()
    assert result.ret == 0
    lab.assert_set_aside(result, "units_freeze")
    assert not lab.measured()
    assert lab.lines("heard") == ["['units_freeze']"]


HEARD = """
def pytest_widthwise_unsettled(config, reasons):
    with (config.rootpath / "heard").open("a") as file:
        print(list(reasons), file=file)
"""


def test_set_aside_items_count_as_deselected(lab):
    result = lab.write(*lab.SHORT, more=lab.SECOND).run()
    result.assert_outcomes(passed=len(lab.PARTS), deselected=6)


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


@pytest.mark.parametrize("where", ["claim", "control"])
def test_a_hidden_source_of_randomness_fails_the_claim(lab, where):
    hidden = {"claim": "noisy(seeds) + np.random.rand()", "control": "noisy(seeds)"}[where]
    other = "" if where == "claim" else " + (exponent == 0) * np.random.rand()"
    result = lab.write(("noisy(seeds)\n", f"{hidden}{other}\n")).run("-v")
    outcomes = {name.partition("[")[2][:-1]: how for name, how in lab.outcomes(result).items()}
    assert outcomes["verdict"] == ("FAILED" if where == "claim" else "PASSED")
    assert outcomes["control"] == "FAILED"
    assert outcomes[lab.PARTS[0]] == ("FAILED" if where == "claim" else "PASSED")
    said = "the measurement is not a function of its seeds. It draws from a source"
    assert said in result.stdout.str()


def test_a_control_that_changes_nothing_is_refused(lab):
    """Its argument is taken, and nobody reads it."""
    change = ("width**exponent *", "width**-0.5 *")
    result = lab.write(change).run("-v")
    said = re.findall(
        r"^claim 'units_freeze': the control changes nothing that is measured: with exponent "
        r"replaced, its samples equal the claim's bit for bit at every width; replace .*",
        result.stdout.str(),
        re.MULTILINE,
    )
    assert len(said) == 1
    result.assert_outcomes(passed=len(lab.WIDTHS), failed=2)
    assert "units_freeze is supported" not in result.stdout.str()
    assert not (lab.path / "records").exists()


def test_a_verdict_alone_refuses_a_control_that_changes_nothing(lab):
    result = lab.write(("width**exponent *", "width**-0.5 *")).run("-k", "verdict")
    assert "changes nothing that is measured" in result.stdout.str()
    result.assert_outcomes(failed=1, deselected=len(lab.PARTS) - 1)


def test_what_cannot_be_judged_is_measured_once(lab):
    lab.write(("width**exponent * noisy(seeds)", "np.ones(3)")).run()
    assert len(lab.measured()) == len(lab.WIDTHS) + 1  # the control's first batch is another
