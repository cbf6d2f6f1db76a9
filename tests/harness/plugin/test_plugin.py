"""What pytest makes of claims: items, verdicts and words."""

import re
import textwrap

import pytest


def test_a_claim_becomes_rungs_a_control_and_a_verdict(lab):
    result = lab.write().run("--collect-only", "-q")
    assert lab.items(result) == [f"test_lab.py::test_units_freeze[{part}]" for part in lab.PARTS]
    assert not lab.measured()
    assert not (lab.path / ".widthwise").exists()


@pytest.mark.parametrize(("effort", "largest"), [("standard", 4096), ("full", 16384)])
def test_effort_moves_the_largest_width(lab, effort, largest):
    result = lab.write().run("--collect-only", "-q", "--effort", effort)
    assert lab.items(result)[-3:] == [
        f"test_lab.py::test_units_freeze[{part}]" for part in (f"width{largest}", *lab.PARTS[-2:])
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
    lab.write(*PARAMETRIZED).conftest(VARIANTS + textwrap.indent(lab.EVIDENCE_FILE, "    "))
    result = lab.run("--collect-only", "-q")
    assert lab.items(result) == [
        f"test_lab.py::test_units_freeze[{variant}-{part}]"
        for variant in ("flat", "steep")
        for part in lab.PARTS
    ]
    assert lab.run().ret == 0
    assert lab.lines("records") == [
        f"controller units_freeze[{variant}] supported" for variant in ("flat", "steep")
    ]


def test_a_true_claim_passes(lab):
    result = lab.write().run("-v")
    assert result.ret == 0
    assert lab.outcomes(result) == {
        f"test_lab.py::test_units_freeze[{part}]": "PASSED" for part in lab.PARTS
    }


def test_a_false_claim_fails_in_words_not_in_a_traceback(lab):
    result = lab.write(lab.FALSE).run("-v")
    assert result.ret == 1
    assert lab.outcomes(result)["test_lab.py::test_units_freeze[verdict]"] == "FAILED"
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
    assert lab.outcomes(result)["test_lab.py::test_units_freeze[control]"] == "FAILED"
    assert lab.outcomes(result)["test_lab.py::test_units_freeze[verdict]"] == "PASSED"
    result.stdout.fnmatch_lines(
        [
            "the control of units_freeze is supported, but refuted was expected.",
            "  statement * where nothing freezes",
        ]
    )


def test_a_wrong_statement_passes_when_it_is_expected_to_be_refuted(lab):
    lab.write(
        lab.FALSE,
        ("    over=", "    expect=Verdict.REFUTED,\n    over="),
        ("exponent=0.0)", "exponent=-1.0)"),
    )
    assert lab.run().ret == 0


def test_an_inconclusive_verdict_has_its_letter_and_fails(lab):
    lab.assert_inconclusive(lab.write(*lab.UNCLEAR).run())


def test_an_inconclusive_verdict_is_named_in_full(lab):
    result = lab.write(*lab.UNCLEAR).run("-v")
    assert lab.outcomes(result)["test_lab.py::test_units_freeze[verdict]"] == "INCONCLUSIVE"


BROKEN = (
    "    return width**exponent",
    '    if width == 256:\n        raise RuntimeError("no such width")\n    return width**exponent',
)


def test_a_measurement_that_raises_fails_its_claim_and_no_other(lab):
    result = lab.write(BROKEN, more=lab.SECOND).run("-v")
    failed = {name for name, outcome in lab.outcomes(result).items() if outcome == "FAILED"}
    assert failed == {
        f"test_lab.py::test_units_freeze[{part}]" for part in ("width256", "control", "verdict")
    }
    assert len(lab.outcomes(result)) == 2 * len(lab.PARTS)
    text = result.stdout.str()
    assert 'raise RuntimeError("no such width")' in text
    assert "test_lab.py:" in text


def test_a_measurement_that_diverges_fails_in_words(lab):
    lost = "* noisy(seeds) * np.where(np.arange(16) == 3, np.nan, 1)"
    result = lab.write(("* noisy(seeds)", lost)).run()
    text = result.stdout.str()
    assert result.ret == 1
    assert "claim 'units_freeze' at width=64: 1 of 16 seeds gave no finite number" in text
    assert "replicate 3: nan" in text
    assert "Traceback" not in text
    assert "measuring.py" not in text


def test_ordinary_tests_are_left_alone(lab):
    (lab.path / "test_plain.py").write_text("def test_one(): assert 1\ndef test_two(): assert 0\n")
    result = lab.run()
    result.assert_outcomes(passed=1, failed=1)
    assert not (lab.path / ".widthwise").exists()


TWO_LOOKS = """
    def run(width, seeds):
        count(width, seeds)
        return {"units": width**-0.5 * noisy(seeds), "kernel": 1 / width * noisy(seeds)}

    def ones(width, seeds):
        return noisy(seeds)

    nothing = Control("nothing freezes", measure=ones)
    about = dict(
        provenance="made",
        source=Source("a thread", "its end"),
        control=nothing,
        over=Widths(64, 4096),
    )

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
