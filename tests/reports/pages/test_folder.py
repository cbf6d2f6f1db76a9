"""The index and the pages of single claims beside it."""

import json
import re
from html import unescape
from posixpath import join, normpath

import pytest

from widthwise.harness.terms.evidence import dumps
from widthwise.harness.terms.provenance import Provenance
from widthwise.harness.terms.verdict import Verdict
from widthwise.reports.drawing.spark import spark
from widthwise.reports.entries import arrange
from widthwise.reports.pages.argument import disputes, in_order, measured, predicted
from widthwise.reports.pages.page import render_folder

TOPICS = {"lazy_training": "What stands still.\n\nUnits do: see holds."}


@pytest.fixture(scope="module")
def folder(suite, hostile):
    return render_folder([*suite, hostile], topics=TOPICS, sampled={"holds[sphere]"})


def links(page):
    return [unescape(each) for each in re.findall(r'<a[^>]*? href="([^"]*)"', page)]


def test_every_claim_has_a_page_and_its_records_beside_it(folder, suite, hostile):
    pages = [name for name in folder if name.startswith("claims/") and name.endswith(".html")]
    assert len(pages) == len(suite) + 1
    assert {name.replace(".html", ".json") for name in pages} == {
        name for name in folder if name.endswith(".json")
    }
    assert json.loads(folder["claims/holds.json"]) == json.loads(dumps([suite[0]]))


def test_every_link_leads_to_a_file_and_a_place_in_it(folder):
    beside = {"evidence.json", "evidence.csv", "samples/holds-sphere.csv",
              "samples/holds-sphere.json"}  # fmt: skip
    for name, page in folder.items():
        for link in links(page) if name.endswith(".html") else ():
            path, _, place = link.partition("#")
            target = normpath(join(name, "..", path)) if path else name
            assert target in folder or target in beside, (name, link)
            if place and target in folder:
                assert f'id="{place}"' in folder[target], (name, link)


def test_a_page_of_a_claim_stands_alone_without_scripts_and_says_what_it_is(folder, suite):
    page = folder["claims/fails_as_declared.html"]
    assert "<script" not in page
    assert "script-src 'none'" in unescape(page)
    (title,) = re.findall("<title>(.*?)</title>", page)
    assert title == suite[1].summary
    (description,) = re.findall('<meta name="description" content="(.*?)">', page)
    assert description.startswith("Refuted as expected. Predicted: exponent −0.5 ± 0.15; measured")
    for field, content in (("title", title), ("description", description)):
        assert f'<meta property="og:{field}" content="{content}">' in page
    assert '<link rel="canonical" href="fails_as_declared.html">' in page
    assert page.count('class="drawing"') == 1
    assert "the statement, as it was made, is wrong" in page


def test_one_turns_from_claim_to_claim_in_the_order_of_the_argument(folder, suite, hostile):
    entries = arrange(sorted([*suite, hostile], key=lambda each: (each.topic, each.claim)))
    order = [entry.anchor for entry in in_order(disputes(entries, {}), entries)]
    at = order[0]
    seen = [at]
    while forward := re.search(r'href="([^"]*)\.html" rel="next"', folder[f"claims/{at}.html"]):
        at = forward[1]
        seen.append(at)
    assert seen == order


def test_no_page_of_a_claim_is_heavy(folder, record):
    many = [record(variant=f"case-{number}") for number in range(16)]
    page = render_folder(many)["claims/activations_freeze.html"]
    assert len(page.encode()) < 150_000


def test_hostile_text_stays_text_on_every_page(folder):
    for name, page in folder.items():
        if name.endswith(".html"):
            assert not re.search(r"<(img|iframe)|<script>alert", page)
            assert not set(page) & set("\x00\x1b\u202e\u2066")


def test_the_argument_has_what_was_said_and_nothing_else(record):
    records = [
        record("b", discussion="a shorter one"),
        record("a", discussion="one", topic="spectrum"),
        record("c", discussion="one", provenance=Provenance.BACKGROUND),
        record("d", discussion="one", provenance=Provenance.INSTRUMENT),
        record("e", discussion="one", provenance=Provenance.IMPLIED),
    ]
    found = disputes(arrange(records), TOPICS)
    assert [
        (each.discussion, question.title, [entry.record.claim for entry in question.entries])
        for each in found
        for question in each.questions
    ] == [
        ("one", "What stands still", ["e"]),
        ("one", "spectrum", ["a"]),
        ("a shorter one", "What stands still", ["b"]),
    ]
    assert found[0].questions[0].text == "Units do: see holds."


def test_numbers_stand_against_numbers(record, finding):
    apart = [record(variant="a", finding=finding(-0.4)), record(variant="b")]
    (entry,) = arrange(apart)
    assert measured(entry) == "−0.497 … −0.397"
    assert predicted(entry) == "exponent −0.5 ± 0.15"


def test_the_argument_comes_before_the_table_and_says_what_holds_instead(record, finding):
    wrong = record(
        "wrong",
        sections={"Correction": "What holds is N^-1."},
        finding=finding(-1.0, Verdict.REFUTED),
    )
    index = render_folder([wrong])["index.html"]
    assert index.index("What holds instead") < index.index("<table")
    assert index.count("the statement, as it was made, is wrong") == 2  # there and in the guide


def test_a_claim_at_a_glance_is_a_line_within_its_band(forms, hostile):
    for each in (*forms.values(), hostile):
        drawn = spark(each)
        places = [float(n) for n in re.findall(r"[ML](?:[-\d.]+) ([-\d.]+)", drawn)]
        assert places
        assert all(0 <= place <= 32 for place in places)
        assert len(drawn) < 900
