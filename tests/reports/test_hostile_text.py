"""Texts of a record that attack whoever reads them: spreadsheets, readers of Markdown, parsers."""

import csv
import dataclasses
import io
import json
import math
import xml.etree.ElementTree as ET

import pytest

from widthwise.harness.terms.evidence import dumps, loads
from widthwise.reports import tables
from widthwise.reports.comparison import compare, lines
from widthwise.reports.gaps import Gaps
from widthwise.reports.summary import badge, markdown
from widthwise.reports.terminal import terminal

UNSEEN = set("\x00\x07\x1b\x7f\x85\u061c\u200b\u200e\u200f\u2028\u202e\u2066\ufeff\ufffe\uffff")
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0"]
TEXTS = [
    "<script>alert(1)</script>",
    "]]>&lt;!--\"'`",
    "| a | b |\n\n# heading @someone [link](http://x) ![i](x) <b> ~~x~~ `code` $x$",
    "".join(sorted(UNSEEN)),
    "\u202egnp.exe\ud800",
    "\x1b]0;title\x07\x1b[2J",
    '"a","b"\r\nc;d',
    *FORMULAS,
]


MEGABYTES = ["x" * 1_000_000, "=<\x1b\u202e|" * 200_000]


@pytest.fixture(params=range(len(TEXTS) + len(MEGABYTES)))
def attacked(request, record, finding):
    """A record whose every text field is one text, and that text."""
    text = (TEXTS + MEGABYTES)[request.param]
    whole = record()
    texts = {
        field.name: text
        for field in dataclasses.fields(whole)
        if type(getattr(whole, field.name)) is str
    }
    judged = finding(reason=text, quantity=text, remarks=(text,), estimate=math.nan)
    return dataclasses.replace(
        whole, **texts, sections={text: text}, versions={text: text}, finding=judged
    ), text


def rows(table):
    csv.field_size_limit(1 << 30)
    text = table.encode(errors="backslashreplace").decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_table_has_a_cell_for_every_text_and_none_that_a_spreadsheet_evaluates(attacked):
    record, _ = attacked
    heading, row = rows(tables.csv([record]))
    assert len(row) == len(heading)
    for name, cell in zip(heading, row, strict=True):
        assert not set(cell) & UNSEEN
        value = cell.lstrip("-").replace(".", "").replace("e-", "").replace("inf", "1")
        assert not cell.startswith(tables._FORMULA) or value.isdecimal(), name


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_stays_readable_behind_an_apostrophe(record, formula):
    heading, row = rows(tables.csv([record(variant=formula)]))
    cell = dict(zip(heading, row, strict=True))["variant"]
    assert cell.startswith("'")
    assert cell.endswith(formula.lstrip("\t\r\n"))


def test_numbers_below_zero_are_no_formulas(record):
    heading, row = rows(tables.csv([record()]))
    assert dict(zip(heading, row, strict=True))["estimate"] == "-0.497"


def test_records_come_back_exactly(attacked):
    record, text = attacked
    (again,) = loads(dumps([record]))
    assert (again.claim, again.sections, again.finding.remarks) == (text, {text: text}, (text,))
    assert dumps([again]).isascii()
    json.loads(dumps([record]), parse_constant=pytest.fail)


def test_a_summary_keeps_a_line_per_claim_of_a_bounded_length(attacked, record):
    hostile, _ = attacked
    gaps = Gaps(False, {hostile.claim: hostile.claim})
    text = markdown([record(), hostile], gaps)
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 4
    assert {line.count("|") for line in table} == {8}
    assert len(text) < 10_000
    assert not set(text) & UNSEEN
    assert not set(table[-1]) & set("<>`@[]()!*~$")


def test_a_badge_and_a_comparison_hold_no_text_that_acts(attacked, record):
    hostile, _ = attacked
    ET.fromstring(badge([hostile]))
    for line in lines(compare([hostile], [record()])):
        assert not set(line) & UNSEEN


@pytest.mark.parametrize("columns", [60, 140])
def test_terminal_lines_fit_and_move_no_cursor(attacked, columns):
    hostile, _ = attacked
    for line in terminal([hostile], columns, cases=True):
        assert len(line.text) <= columns
        assert not set(line.text) & (UNSEEN | set("\n\r\t"))
