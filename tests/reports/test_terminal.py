import pytest

from widthwise.harness.terms.provenance import Provenance
from widthwise.harness.terms.verdict import Verdict
from widthwise.reports.outcome import Outcome
from widthwise.reports.terminal import terminal


@pytest.mark.parametrize("cases", [False, True])
@pytest.mark.parametrize("columns", [60, 80, 100, 140, 240])
def test_terminal_lines_fit_and_hold_nothing_that_moves_the_cursor(suite, hostile, columns, cases):
    for line in terminal([*suite, hostile], columns, cases=cases):
        assert len(line.text) <= columns
        assert line.text.isprintable()


@pytest.mark.parametrize("columns", [80, 140])
def test_the_terminal_names_verdict_estimate_band_seeds_and_control(record, columns):
    text = " ".join(line.text for line in terminal([record()], columns, cases=True))
    for part in (
        "activations_freeze[sphere]",
        "supported",
        "-0.497 [-0.542, -0.452]",
        "in [-0.65, -0.35]",
        "32",
        "refuted",
    ):
        assert part in text
    assert text.isascii()


def test_a_refuted_case_lies_outside_its_band_and_an_undecided_one_across_an_end(record, finding):
    refuted = record("wrong", finding=finding(-1.0, Verdict.REFUTED))
    unsure = record("unclear", finding=finding(-0.4, Verdict.INCONCLUSIVE, interval=(-0.44, -0.34)))
    for columns in (80, 140):
        lines = terminal([refuted, unsure], columns, cases=True)
        text = " ".join(" ".join(line.text.split()) for line in lines)
        assert "-0.997 [-1.042, -0.952] outside [-0.65, -0.35]" in text
        assert "] across [-0.65, -0.35]" in text
        assert "] in [" not in text


@pytest.fixture
def freezing(record, finding):
    """Three cases of one claim."""
    return [
        record(variant=name, finding=finding(exponent))
        for name, exponent in (("sphere", -0.5), ("digits", -0.46), ("parity", -0.52))
    ]


def test_a_claim_has_one_line_with_the_range_over_its_cases(freezing, record):
    lines = terminal([*freezing, record("other", topic="linearisation")], 160, cases=False)
    assert [line.outcome for line in lines] == [
        None, None, Outcome.SUPPORTED, None, Outcome.SUPPORTED
    ]  # fmt: skip
    heading, topic, claim, another, _ = (line.text for line in lines)
    assert heading.split("  ")[0] == "claim (cases)"
    assert (topic, another) == ("lazy training", "linearisation")
    assert " ".join(claim.split()) == (
        "activations_freeze (3) supported -0.517 ... -0.457 in [-0.65, -0.35] 32 refuted"
    )


def test_a_claim_whose_cases_differ_says_how_many_came_out_which_way(freezing, record, finding):
    unsure = record(variant="cifar", finding=finding(-0.4, Verdict.INCONCLUSIVE))
    (_, _, line) = terminal([*freezing, unsure], 160, cases=False)
    assert "activations_freeze (4) 3 supported, 1 inconclusive" in " ".join(line.text.split())
    assert line.outcome is Outcome.INCONCLUSIVE


def test_each_case_has_a_line_where_cases_are_asked_for(freezing):
    lines = terminal(freezing, 160, cases=True)
    assert [line.text.split()[0] for line in lines[2:]] == [
        f"activations_freeze[{name}]" for name in ("digits", "parity", "sphere")
    ]


def test_background_and_instruments_stand_apart_behind_what_is_argued(record):
    records = [
        record("checks", topic="a_topic", provenance=Provenance.INSTRUMENT),
        record("needs", topic="a_topic", provenance=Provenance.BACKGROUND),
        record("follows", topic="b_topic", provenance=Provenance.IMPLIED),
        record("says", topic="a_topic", provenance=Provenance.MADE),
    ]
    headings = [line.text for line in terminal(records, 160, cases=False) if not line.outcome]
    assert headings[1:] == ["a topic", "b topic", "background: a topic", "instruments: a topic"]


def test_a_narrow_terminal_keeps_the_verdict_of_a_long_name(record):
    lines = terminal([record("x" * 70)], 80, cases=False)
    assert lines[-1].text.startswith("  xxxx")
    assert "...xxx" in lines[-1].text
    assert " supported " in lines[-1].text


def test_small_numbers_stay_readable_without_superscripts(record, finding):
    tiny = finding(estimate=2.5e-16, interval=(2.2e-16, 2.8e-16))
    text = terminal([record(finding=tiny)], 160, cases=True)[-1].text
    assert "2.5e-16 [2.2e-16, 2.8e-16]" in text


def test_every_rung_is_shown_to_who_asks_twice(record):
    lines = [line.text for line in terminal([record()], 160, cases=True, rungs=True)]
    heading, *rungs = lines[-6:]
    interval = ["95%", "interval"]
    assert heading.split() == ["width", "estimate", *interval, "control", *interval]
    assert [row.split()[0] for row in rungs] == ["64", "128", "256", "512", "1024"]
    assert rungs[0].split()[1] == "2.02"
    assert len({row.index("[") for row in rungs}) == 1
    once = [line.text for line in terminal([record()], 160, cases=True)]
    assert once == lines[:-6]


def test_a_control_that_could_not_be_measured_has_no_rungs(record, uncontrolled):
    lines = terminal([uncontrolled(record())], 160, cases=True, rungs=True)
    assert lines[-1].text.split()[0] == "1024"
    assert lines[-1].text.count("[") == 1
