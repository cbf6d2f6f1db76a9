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
        assert row["provenance"] == "made"


def test_csv_survives_every_kind_of_text(hostile):
    table = pd.read_csv(
        io.StringIO(tables.csv([hostile]).encode(errors="backslashreplace").decode()),
        keep_default_na=False,
    )
    assert table.shape == (1, len(tables.frame([]).columns))
    assert "</script>" in table["claim"][0]
