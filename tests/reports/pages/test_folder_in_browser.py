"""The index and the pages of claims beside it, in a real browser, from disk."""

import pytest
from playwright.sync_api import expect

from widthwise.harness.terms.verdict import Verdict
from widthwise.reports import files
from widthwise.reports.comparison import compare

from .conftest import CHROMIUM
from .on_a_page import BROKEN_WORDS, WIDTHS, claims, inaccessible

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def open_everything(page):
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.evaluate("document.querySelectorAll('.unfold').forEach((button) => button.click())")


@pytest.mark.parametrize("name", ["index.html", "claims/in_variants.html", "claims/holds.html"])
def test_index_and_claim_pages_fit_every_width_and_break_no_word(visit, index, name):
    page = visit(path=index.parent / name)
    open_everything(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator("html").evaluate("e => e.scrollWidth") <= width, width
        if name != "index.html":  # there a hostile claim has words without end
            assert page.evaluate(BROKEN_WORDS) == [], width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "claims/in_variants.html"])
def test_index_and_claim_pages_are_accessible(visit, index, name, scheme):
    page = visit(path=index.parent / name, color_scheme=scheme)
    open_everything(page)
    assert inaccessible(page, scheme) == []


def test_from_the_index_one_reads_on_and_comes_back(visit, index):
    page = visit(path=index)
    page.locator(".statement a").first.click()
    expect(page.locator("article.claim h1")).to_be_visible()
    page.locator("[rel=next]").click()
    page.get_by_role("link", name="all claims").click()
    expect(page.locator("#overview-title")).to_be_in_viewport()


def test_permalinks_of_the_single_page_lead_to_the_claims_own(visit, index):
    page = visit("#in_variants-relu", path=index)
    page.wait_for_url("**/claims/in_variants.html#relu")
    expect(page.locator("#relu")).to_be_in_viewport()


def test_the_index_is_searched_and_walked_by_key(visit, index):
    page = visit(path=index)
    page.keyboard.press("/")
    page.keyboard.type("blind")
    assert claims(page) == ["blind[sphere]"]
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("tbody.entry:visible a").first).to_be_focused()


def test_a_comparison_fits_every_width_and_is_accessible(visit, record, finding, tmp_path):
    wild = {"estimate": 4.34e12, "interval": (4.336e12, 4.344e12)}
    old = [record(f"a_claim_with_a_long_name_{n}", finding=finding(**wild)) for n in range(3)]
    new = [record(each.claim, finding=finding(-1.0, Verdict.REFUTED)) for each in old]
    path = files.write_comparison(tmp_path / "comparison.html", compare(old, new))
    page = visit(path=path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator("html").evaluate("e => e.scrollWidth") <= width, width
        assert page.evaluate(BROKEN_WORDS) == [], width
    assert inaccessible(page, "light") == []
