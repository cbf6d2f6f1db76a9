"""How claims about an event are shown: the terminal, the table, the page, the samples."""

import numpy as np
import pytest

from widthwise.harness.measuring.raw_samples import RawSamples
from widthwise.harness.terms.evidence import dumps, from_json, loads, to_json
from widthwise.reports.comparison import Pair
from widthwise.reports.pages.page import render
from widthwise.reports.sample_files import csv_of
from widthwise.reports.tables import frame
from widthwise.reports.terminal import terminal


@pytest.fixture
def conditioned(record, finding):
    return record(
        given="the network trains",
        finding=finding(met=(32, 31, 32, 30, 32), seeds=29),
        control=finding(0.0, met=(32, 32, 32, 32, 31), seeds=31),
    )


def test_a_record_keeps_its_event(conditioned):
    assert from_json(to_json(conditioned)) == conditioned
    assert loads(dumps([conditioned])) == (conditioned,)


def test_verbose_lines_say_who_meets_it(conditioned):
    texts = [line.text for line in terminal([conditioned], 120, cases=True)]
    assert texts[-1] == (
        "      given that the network trains: 29 of 32 replicates at every width; in the control "
        "31 of 32 replicates"
    )
    narrow = [line.text for line in terminal([conditioned], 60, cases=True)]
    assert [line.strip() for line in narrow[-2:]] == [
        "given that the network trains: 29 of 32 replicates at",
        "every width; in the control 31 of 32 replicates",
    ]
    assert max(map(len, narrow)) <= 60
    brief = [line.text for line in terminal([conditioned], 120, cases=False)]
    assert not any("given" in text for text in brief)


def test_the_table_has_both_counts(conditioned, record):
    row, plain = frame([conditioned, record()]).to_dict("records")
    assert (row["given"], row["seeds"], row["replicates"]) == ("the network trains", 29, 32)
    assert (plain["given"], plain["seeds"], plain["replicates"]) == ("", 32, 32)


def test_another_event_is_another_design(conditioned, record):
    assert Pair(record(), conditioned).redesigned


def test_samples_say_who_meets_it():
    met = np.array([[True, False], [True, True]])
    samples = RawSamples("a", "", "ab", "width", (1, 2), {"claim": np.ones((2, 2))}, {"claim": met})
    assert csv_of(samples).splitlines()[:3] == [
        "setting,width,seed,met,value", "claim,1,0,True,1.0", "claim,1,1,False,1.0"
    ]  # fmt: skip


def test_the_page_says_it_where_it_counts(conditioned):
    page = render([conditioned])
    assert "predicted: exponent −0.5 ± 0.15, given that the network trains" in page
    assert "<td>29 of 32 replicates<td>31 of 32 replicates" in page
    assert "of which it holds at every width that the network trains." in page
    assert '<th scope="col">met by' in page


def test_a_page_without_events_has_no_trace_of_them(record):
    page = render([record()])
    assert "given that" not in page
    assert "of them met" not in page
    assert "met by" not in page
