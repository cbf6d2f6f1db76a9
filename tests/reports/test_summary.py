import re
import xml.etree.ElementTree as ET

from widthwise.reports.gaps import Gaps
from widthwise.reports.summary import badge, markdown
from widthwise.reports.wording import duration


def test_markdown_counts_every_outcome_and_lists_every_claim(suite):
    text = markdown(suite)
    assert text.startswith(
        "**5 verdicts: 1 supported, 1 refuted as expected, 1 against expectation, "
        "1 inconclusive, 1 control failed**"
    )
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) == 1 + len(suite)
    assert "−0.497" in rows[1]
    first = suite[0]
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
