import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from widthwise.harness import PowerLaw
from widthwise.harness.terms.evidence import Finding, to_json
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples
from widthwise.harness.terms.verdict import Verdict
from widthwise.reports import wording
from widthwise.reports.drawing.figures import figure
from widthwise.reports.entries import arrange
from widthwise.reports.gaps import Gaps
from widthwise.reports.pages.page import render
from widthwise.reports.tables import csv


class Outline(HTMLParser):
    """The elements of a page, flat: (tag, attributes, text)."""

    def __init__(self, page):
        super().__init__()
        self.elements = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append([tag, dict(attrs), ""])

    def handle_endtag(self, tag):
        self.elements.append([f"/{tag}", {}, ""])

    def handle_data(self, data):
        if self.elements:
            self.elements[-1][2] += data

    def all(self, tag):
        return [(attributes, text) for name, attributes, text in self.elements if name == tag]


@pytest.fixture(scope="module")
def rendered():
    cache = {}

    def page(records, **options):
        key = (tuple(map(repr, records)), repr(options))
        if key not in cache:
            cache[key] = render(records, **options)
        return cache[key]

    return page


def test_every_claim_has_a_section_and_a_row_that_leads_to_it(suite, rendered):
    outline = Outline(rendered(suite))
    ids = {attributes["id"] for attributes, _ in outline.all("article")}
    links = {
        attributes["href"][1:]
        for attributes, _ in outline.all("a")
        if attributes["href"].startswith("#") and attributes["href"] != "#claims"
    }
    assert len(ids) == len(suite)
    assert ids <= links


def test_the_page_asks_for_nothing(suite, rendered):
    for tag, attributes, _ in Outline(rendered(suite)).elements:
        assert tag not in ("link", "iframe", "object", "embed", "base", "img", "form")
        assert "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert "style" not in attributes
        assert attributes.get("href", "#").startswith("#") or attributes.get("href") in (
            "evidence.json",
            "evidence.csv",
        )


def test_the_policy_names_exactly_the_scripts_and_styles_that_are_there(suite, rendered):
    outline = Outline(rendered(suite))
    (policy,) = (
        attributes["content"]
        for attributes, _ in outline.all("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    texts = [text for attributes, text in outline.all("script") if "type" not in attributes]
    texts += [text for _, text in outline.all("style")]
    digests = {base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in texts}
    assert set(re.findall("sha256-([^']+)'", policy)) == digests


def test_hostile_text_stays_text(hostile, rendered):
    page = rendered([hostile])
    page.encode()
    assert not set(page) & set("\x00\x1b\u202e\u2066")
    outline = Outline(page)
    assert outline.all("img") == []
    assert len([1 for attributes, _ in outline.all("script") if "type" not in attributes]) == 2
    assert "alert(1)" not in "".join(
        text for attributes, text in outline.all("script") if "type" not in attributes
    )
    assert "49" not in [text.strip() for _, _, text in outline.elements]
    assert not any(name.startswith("on") for _, attrs, _ in outline.elements for name in attrs)


def test_the_packed_data_are_the_records_the_table_and_the_figures(suite, hostile, rendered):
    records = sorted((*suite, hostile), key=lambda record: (record.topic, record.claim))
    outline = Outline(rendered(records))
    (packed,) = (text for attributes, text in outline.all("script") if "type" in attributes)
    unpacked = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert [record for _, record in unpacked["claims"].values()] == list(map(to_json, records))
    assert unpacked["table"] == csv(records)
    drawn = [attributes["data-figure"] for attributes, _ in outline.all("div")
             if "data-figure" in attributes]  # fmt: skip
    assert {anchor: drawing for anchor, (drawing, _) in unpacked["claims"].items()} == {
        anchor: figure(record) for anchor, record in zip(drawn, records, strict=True)
    }


def test_variants_of_a_claim_share_its_prose_and_keep_their_own_figures(record, rendered):
    variants = [record(variant="erf"), record(variant="relu"), record("alone")]
    outline = Outline(rendered(variants))
    assert [attributes["id"] for attributes, _ in outline.all("article")] == [
        "activations_freeze", "alone"
    ]  # fmt: skip
    panels = [attributes.get("id") for attributes, _ in outline.all("section")]
    assert {"activations_freeze-erf", "activations_freeze-relu"} <= set(panels)
    assert sum(text == "Statement" for _, text in outline.all("h3")) == 2


def test_the_overview_shows_how_far_the_variants_of_a_claim_lie_apart(record, finding, rendered):
    near, far = finding(-0.5), finding(-0.4)
    apart = [record(variant="erf", finding=far), record(variant="relu", finding=near)]
    same = [record("same", variant="erf", finding=near), record("same", variant="b", finding=near)]
    cells = [text for _, text in Outline(rendered([*apart, *same])).all("td")]
    low, high = (wording.number(found.judgement.estimate) for found in (near, far))
    assert f"{low} … {high}" in cells
    assert f"{low} … {low}" not in cells


def test_prose_that_names_another_claim_links_to_it(record, rendered):
    prose = {"Correction": "See the_other_claim and nothing_of_this_name."}
    page = rendered([record(sections=prose), record("the_other_claim")])
    assert '<a href="#the_other_claim">the_other_claim</a> and nothing_of_this_name' in page


def test_the_tally_counts_a_claim_by_its_worst_variant(record, finding, rendered):
    bad = finding(-0.4, Verdict.INCONCLUSIVE, Verdict.SUPPORTED)
    page = rendered([record(), record(variant="digits", finding=bad), record("alone")])
    tally = page.partition('class="tally"')[2].partition("</ul>")[0]
    words = " ".join(re.sub("<[^>]+>", " ", tally).split())
    assert words == "> 1 supported 0 refuted as expected 1 inconclusive"


def test_an_interrupted_run_says_so(suite, rendered):
    assert "The run was interrupted" in rendered(suite, gaps=Gaps(partial=True))
    assert "The run was interrupted" not in rendered(suite)


def test_the_order_of_records_does_not_matter(suite, rendered):
    assert rendered(suite) == rendered(suite[::-1])


def test_a_page_without_records_is_a_page(rendered):
    assert "0 claims" in rendered(())


def test_permalinks_are_unique_and_safe(record, hostile):
    entries = arrange([record(), record(variant="x"), record("activations_freeze-x"), hostile,
                       record("ß", variant="")])  # fmt: skip
    found = [entry.anchor for entry in entries]
    found += [v.anchor for entry in entries for v in entry.variants if len(entry.variants) > 1]
    assert found[0] == "activations_freeze"
    assert "activations_freeze-sphere" in found
    assert len(set(found)) == len(found)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,84}", anchor) for anchor in found)


def test_long_names_that_begin_alike_have_anchors_of_their_own(record):
    entries = arrange([record("c" * 100, variant=str(number)) for number in range(12)])
    anchors = [variant.anchor for entry in entries for variant in entry.variants]
    assert len(set(anchors)) == 12


def test_claims_that_were_set_aside_are_named_with_their_reason(suite, rendered, hostile):
    unsettled = {"too_fine": "needs N^2 seeds; --effort full can settle it", "b": hostile.claim}
    page = rendered(suite, gaps=Gaps(unsettled=unsettled))
    assert "<dt>too_<wbr>fine</dt><dd>needs <math>" in page
    assert '<a href="#set-aside">2 claims</a>' in page
    assert Outline(page).all("img") == []
    assert "set-aside" not in rendered(suite)


def test_samples_are_linked_where_they_lie_beside_the_page(suite, rendered):
    page = rendered(suite, sampled={"holds[sphere]"})
    assert re.findall(r'href="(samples/[^"]+)" download', page) == [
        "samples/holds-sphere.csv", "samples/holds-sphere.json"
    ]  # fmt: skip
    assert "samples/" not in rendered(suite)


def test_a_hundred_and_one_claims_stay_under_four_megabytes(record):
    rng = np.random.default_rng(0)
    rungs = tuple(64.0 * 2**i for i in range(7))
    ladder = Ladder("width", rungs, "infinity", 64)

    def judged(exponent):
        law = np.array(rungs)[:, None] ** exponent
        samples = Samples(ladder, law * rng.lognormal(0, 0.3, (7, 256)))
        prediction = PowerLaw(-0.5)
        judgement, points = prediction.judge(samples, 1e-6), prediction.summarise(samples)
        return Finding(judgement.verdict, judgement, points, (16, 32, 64, 128, 256), 1.0)

    sections = {"Statement": "words and N^-1/2 " * 40, "Setting": "words " * 80,
                "Tolerance": "words " * 60, "Does not show": "words " * 40}  # fmt: skip
    records = [
        record(f"claim_{i // 2}", variant=f"data-{i}", ladder=ladder, finding=judged(-0.5),
               control=judged(0), sections=sections, code="    measure(width, seeds)\n" * 30)
        for i in range(101)
    ]  # fmt: skip
    assert len(render(records).encode()) < 4e6
