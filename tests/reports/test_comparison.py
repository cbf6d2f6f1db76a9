import dataclasses
import html
import re

import pytest

from widthwise.harness.terms.verdict import Verdict
from widthwise.reports.comparison import compare, lines
from widthwise.reports.pages.page import render_comparison


@pytest.fixture
def runs(record, finding):
    """Two runs that differ in every way."""
    old = (
        record("same"),
        record("turned"),
        record("moved"),
        record("drifted"),
        record("gone"),
        record("control_moved"),
    )
    new = (
        record("same"),
        record("turned", finding=finding(-1.0, Verdict.REFUTED, Verdict.SUPPORTED)),
        record("moved", finding=finding(-0.44), digest="cd" * 32),
        record("drifted", finding=finding(-0.48)),
        record("new"),
        record("control_moved", control=finding(0.2, Verdict.REFUTED)),
    )
    return old, new


def names(pairs):
    return [pair.new.claim for pair in pairs]


def test_changes_are_told_apart_from_chance(runs):
    found = compare(*runs)
    assert names(found.turned) == ["turned"]
    assert names(found.moved) == ["moved", "control_moved"]
    assert [record.claim for record in found.lost] == ["gone"]
    assert [record.claim for record in found.gained] == ["new"]
    assert names(found.pairs) == ["same", "turned", "moved", "drifted", "control_moved"]
    assert [pair.new.claim for pair in found.pairs if pair.redesigned] == ["moved"]


def test_a_run_compared_with_itself_shows_nothing(suite):
    found = compare(suite, suite)
    assert (found.turned, found.moved, found.lost, found.gained) == ((), (), (), ())
    assert lines(found) == [
        "5 of 5 claims in both runs unchanged; measuring them took 40 s, then 40 s"
    ]


def test_an_estimate_that_is_no_number_has_moved(record, finding):
    (pair,) = compare([record()], [record(finding=finding(estimate=float("nan")))]).pairs
    assert pair.moved


def test_variants_are_different_claims(record):
    found = compare([record(variant="erf")], [record(variant="relu")])
    assert (len(found.pairs), len(found.lost), len(found.gained)) == (0, 1, 1)


def test_the_text_names_what_changed(runs):
    text = "\n".join(lines(compare(*runs)))
    assert "turned[sphere]: supported, now against expectation; −0.497" in text
    assert "moved[sphere]: −0.497 [−0.542, −0.452], now −0.437" in text
    assert "(measured otherwise)" in text
    assert "same" not in text.replace("the same", "")


def test_time_is_added_over_what_both_runs_have(runs):
    old, new = runs
    slow = [
        dataclasses.replace(record, finding=dataclasses.replace(record.finding, seconds=100))
        for record in new
    ]
    assert compare(old, slow).seconds == (5 * 8, 5 * 104)


def test_the_page_of_a_comparison_asks_for_nothing_and_runs_nothing(runs, hostile):
    old, new = runs
    page = render_comparison(compare([*old, hostile], [*new, hostile]))
    assert "script-src 'none'" in html.unescape(page)
    assert "<script" not in page
    assert not re.search('<img|src="|href="', page)
    assert "&lt;/script&gt;" in page
    for claim in ("turned", "moved", "gone", "new"):
        assert f"{claim}[sphere]" in page
