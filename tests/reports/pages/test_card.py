"""What a link to a claim shows in a chat."""

import re
import struct
import xml.etree.ElementTree as ET
from html import unescape

import pytest

from widthwise.harness.terms.verdict import Verdict
from widthwise.reports.drawing import figures, picture
from widthwise.reports.drawing.drawing import svg_text
from widthwise.reports.entries import arrange
from widthwise.reports.outcome import Outcome
from widthwise.reports.pages import page
from widthwise.reports.pages.card import card, card_of_the_run, shown

SVG = "{http://www.w3.org/2000/svg}"


def card_of(*records):
    (entry,) = arrange(records)
    return card(entry, svg_text(figures.figure(shown(entry).record)))


def texts(svg):
    return ["".join(text.itertext()) for text in ET.fromstring(svg).findall(f"{SVG}text")]


def test_a_card_says_what_was_claimed_predicted_and_measured(record):
    said = texts(card_of(record()))
    assert " ".join(said[1:3]) == "Hidden units stand still while the output learns."
    assert said[3:7] == ["predicted", "exponent −0.5 ± 0.15", "measured",
                         "−0.497 [−0.542, −0.452]"]  # fmt: skip
    assert "supported" in card_of(record())


def test_a_card_of_variants_counts_those_that_came_out_like_the_claim(record, finding):
    wrong = record(variant="b", finding=finding(-1.0, Verdict.REFUTED, Verdict.SUPPORTED))
    svg = card_of(record(variant="a"), wrong, record(variant="c"))
    assert "against expectation in 1 of 3" in svg
    (entry,) = arrange([record(variant="a"), wrong])
    assert shown(entry).record is wrong


def test_exponents_are_raised_and_indices_lowered(record):
    svg = card_of(record(summary="At 3/λ_max it is O(N^-1/2), as k^(−d−2), with f_0 and in_place."))
    scripts = re.findall(r'baseline-shift="(\w+)" font-size="70%">([^<]*)<', svg)
    assert scripts == [("sub", "max"), ("super", "−1/2"), ("super", "−d−2"), ("sub", "0")]


def test_long_statements_fill_three_even_lines_and_end_with_an_ellipsis(record):
    long = texts(card_of(record(summary="Wide networks stand still. " * 30)))
    assert long[3].endswith("…")
    assert all(len(line) < 60 for line in long[1:4])
    even = texts(card_of(record(summary="Hidden units of wide networks stand still as it learns.")))
    assert min(map(len, even[1:3])) > 20


def test_hostile_text_stays_text_on_a_card_and_is_drawn(hostile, uncontrolled):
    for attacked in (hostile, uncontrolled(hostile)):
        svg = card_of(attacked)
        root = ET.fromstring(svg)
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags <= {"svg", "rect", "text", "tspan", "g", "path", "circle", "line"}
        assert not set(svg) & set("\x00\x1b\u202e\u2066\ud800")
        assert picture.picture(svg).startswith(b"\x89PNG")


@pytest.mark.parametrize("text", ["]]>&lt;!--", "\ufffe\uffff", "&amp;&#0;", "𝔘𝕟 نص 中文", ""])
def test_every_text_can_be_drawn(record, text):
    assert picture.picture(card_of(record(summary=text, discussion=text, topic=text)))


def test_every_outcome_has_a_card_with_its_mark(suite):
    drawn = {shown(entry).outcome: card_of(*[each.record for each in entry.variants])
             for entry in arrange(suite)}  # fmt: skip
    assert set(drawn) == set(Outcome)
    marks = {re.search(r"scale\(1.75\).>(.*?)</g>", svg, re.DOTALL)[1] for svg in drawn.values()}
    assert len(marks) == 5


def test_a_picture_has_the_size_that_the_page_says_and_is_made_once(record, monkeypatch):
    svg = card_of(record())
    png = picture.picture(svg)
    assert struct.unpack(">II", png[16:24]) == (1200, 630)
    assert len(png) < 100_000
    assert picture.key_of(png) == picture.key(svg)
    files = page.render_folder([record()])
    kept = page.Kept({}, {picture.key_of(files[name]): files[name]
                          for name in ("card.png", "claims/activations_freeze.png")})  # fmt: skip
    monkeypatch.setattr(picture, "picture", pytest.fail)
    assert page.render_folder([record()], kept=kept) == files


@pytest.mark.parametrize("other", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n\x00", "damaged"])
def test_a_file_that_is_no_picture_of_ours_has_no_key(other, record):
    png = picture.picture(card_of(record())) if other == "damaged" else b""
    assert picture.key_of(png[:100] + b"!" + png[101:] if png else other) is None


def test_pages_name_their_cards_and_themselves(record):
    hosted = page.render_folder([record()], address="https://example.org/evidence/")
    there = "https://example.org/evidence/"
    of_claim, index = hosted["claims/activations_freeze.html"], hosted["index.html"]
    assert f'<link rel="canonical" href="{there}claims/activations_freeze.html">' in of_claim
    assert f'<meta property="og:image" content="{there}claims/activations_freeze.png">' in of_claim
    assert f'<meta property="og:url" content="{there}">' in index
    assert f'<meta property="og:image" content="{there}card.png">' in index
    anywhere = page.render_folder([record()])["claims/activations_freeze.html"]
    assert '<meta property="og:image" content="activations_freeze.png">' in anywhere
    alt = unescape(re.search('og:image:alt" content="([^"]*)"', anywhere)[1])
    assert alt.startswith("Hidden units stand still while the output learns. Supported.")


def test_the_card_of_a_run_counts_its_claims():
    said = texts(card_of_the_run("Evidence on 9 claims", [(Outcome.SUPPORTED, 9)]))
    assert said[1:4] == ["Evidence on 9 claims", "supported", "9"]
