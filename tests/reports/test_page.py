import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from widthwise.reports.page import anchors, render


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
        key = (tuple(map(repr, records)), tuple(options.items()))
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
        assert attributes.get("href", "#").startswith("#")


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


def test_data_blocks_are_json_that_cannot_end_early(suite, hostile, rendered):
    outline = Outline(rendered([*suite, hostile]))
    blocks = [text for attributes, text in outline.all("script") if "type" in attributes]
    figures = json.loads(blocks[0])
    assert len(figures) == len(suite) + 1
    assert "<" not in blocks[0]


def test_an_interrupted_run_says_so(suite, rendered):
    assert "The run was interrupted" in rendered(suite, partial=True)
    assert "The run was interrupted" not in rendered(suite)


def test_the_order_of_records_does_not_matter(suite, rendered):
    assert rendered(suite) == rendered(suite[::-1])


def test_a_page_without_records_is_a_page(rendered):
    assert "0 claims" in rendered(())


def test_permalinks_are_unique_and_safe(record, hostile):
    twins = [record(), record(), record(variant=""), hostile, record("ß", variant="")]
    found = anchors(twins)
    assert found[:3] == ["activations_freeze-sphere", "activations_freeze-sphere-2",
                         "activations_freeze"]  # fmt: skip
    assert len(set(found)) == len(found)
    assert all(re.fullmatch(r"[\w.-]{1,84}", anchor) for anchor in found)
