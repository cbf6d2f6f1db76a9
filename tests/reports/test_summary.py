import re
import xml.etree.ElementTree as ET

from widthwise.harness.terms.provenance import Provenance
from widthwise.harness.terms.verdict import Verdict
from widthwise.reports.counting import place
from widthwise.reports.gaps import Gaps
from widthwise.reports.summary import badge, markdown
from widthwise.reports.wording import duration


def test_markdown_counts_every_outcome_and_lists_every_claim(suite):
    text = markdown(suite)
    assert text.startswith(
        "**Made or implied: 5 claims: 1 supported, 1 refuted as expected, 1 against expectation, "
        "1 inconclusive, 1 control failed**"
    )
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) == 1 + len(suite)
    assert "−0.497" in rows[1]
    first = sorted(suite, key=place)[0]
    assert rows[1].endswith(f" {duration(first.finding.seconds + first.control.seconds)} |")


def test_hostile_text_stays_in_its_cell(hostile):
    (row,) = [line for line in markdown([hostile]).splitlines() if "alert" in line]
    assert row.count("|") == 8
    assert not re.search(r"<(script|img|!--)|@|`|\]\(", row)


def test_a_badge_is_green_only_if_everything_came_out_as_declared(suite):
    good, mixed = badge(suite[:2]), badge(suite)
    assert ET.fromstring(good).attrib["aria-label"] == "evidence: 2 of 2 as declared"
    assert ET.fromstring(mixed).attrib["aria-label"] == "evidence: 2 of 5 as declared"
    assert "#17714f" in good
    assert "#17714f" not in mixed


def test_a_badge_of_an_interrupted_run_is_not_green(suite):
    interrupted = badge(suite[:2], Gaps(True, {}))
    label = ET.fromstring(interrupted).attrib["aria-label"]
    assert label == "evidence: 2 of 2 as declared, interrupted"
    assert "#17714f" not in interrupted


def test_markdown_shows_instruments_in_a_table_of_their_own(record):
    text = markdown([record("says"), record("checks", provenance=Provenance.INSTRUMENT)])
    argued, instruments = text.split("<details>")[1:]
    assert argued.startswith("<summary>Made or implied: all verdicts</summary>")
    assert instruments.startswith("<summary>Instruments: all verdicts</summary>")
    assert "says" in argued
    assert "checks" not in argued


def test_a_badge_counts_what_was_argued_and_is_red_if_anything_failed(record, finding):
    wrong = finding(-1.0, Verdict.REFUTED, Verdict.SUPPORTED)
    broken = record("checks", provenance=Provenance.INSTRUMENT, finding=wrong)
    shown = badge([record("says"), record("says", variant="digits"), broken])
    assert ET.fromstring(shown).attrib["aria-label"] == "evidence: 1 of 1 as declared"
    assert "#17714f" not in shown
