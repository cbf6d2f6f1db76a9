import io

import pandas as pd
import pytest

from widthwise.reports import tables
from widthwise.reports.outcome import Outcome, error_bound, outcome, tally


def test_every_way_to_come_out_is_told_apart(suite):
    assert [outcome(record) for record in suite] == [
        Outcome.SUPPORTED,
        Outcome.REFUTED,
        Outcome.UNEXPECTED,
        Outcome.INCONCLUSIVE,
        Outcome.UNCONTROLLED,
    ]
    assert [outcome(record).passed for record in suite] == [record.settled for record in suite]
    assert set(tally(map(outcome, suite)).values()) == {1}


def test_the_error_bound_counts_claims_and_controls(suite):
    assert error_bound(suite) == pytest.approx(2 * 5 * 5e-6)
    assert tables.suite_error(suite) == (
        "10 verdicts, controls included: any of them wrong with probability at most 5e-05"
    )


def test_csv_gives_every_number_back_exactly(suite):
    table = pd.read_csv(io.StringIO(tables.csv(suite)), keep_default_na=False, na_values=[""])
    for row, record in zip(table.to_dict("records"), suite, strict=True):
        for prefix, finding in (("", record.finding), ("control_", record.control)):
            judgement = finding.judgement
            found = [row[f"{prefix}{name}"] for name in ("estimate", "low", "high", "bias")]
            assert found == [judgement.estimate, *judgement.interval, judgement.bias]
            assert row[f"{prefix}verdict"] == judgement.verdict
            assert row[f"{prefix}as_expected"] == finding.as_expected
        assert (row["claim"], row["outcome"]) == (record.claim, outcome(record).value)


def test_csv_survives_every_kind_of_text(hostile):
    table = pd.read_csv(
        io.StringIO(tables.csv([hostile]).encode(errors="backslashreplace").decode()),
        keep_default_na=False,
    )
    assert table.shape == (1, len(tables.frame([]).columns))
    assert "</script>" in table["claim"][0]


@pytest.mark.parametrize("columns", [60, 80, 100, 140, 240])
def test_terminal_lines_fit_and_hold_nothing_that_moves_the_cursor(suite, hostile, columns):
    for line in tables.terminal([*suite, hostile], columns):
        assert len(line.text) <= columns
        assert line.text.isprintable()


@pytest.mark.parametrize("columns", [80, 140])
def test_the_terminal_names_verdict_estimate_band_seeds_and_control(record, columns):
    text = " ".join(line.text for line in tables.terminal([record()], columns))
    for part in (
        "activations_freeze[sphere]",
        "supported",
        "-0.497 [-0.542, -0.452]",
        "[-0.65, -0.35]",
        "32",
        "refuted",
    ):
        assert part in text
    assert text.isascii()


def test_a_wide_terminal_gets_one_line_per_claim_under_headings(suite):
    lines = tables.terminal(suite, 140)
    assert [line.outcome for line in lines] == [None, *Outcome]
    assert lines[0].text.split() == [
        "claim", "verdict", "estimate", "[interval]", "band", "seeds", "control"
    ]  # fmt: skip


def test_small_numbers_stay_readable_without_superscripts(record, finding):
    tiny = finding(estimate=2.5e-16, interval=(2.2e-16, 2.8e-16))
    text = tables.terminal([record(finding=tiny)], 160)[1].text
    assert "2.5e-16 [2.2e-16, 2.8e-16]" in text
