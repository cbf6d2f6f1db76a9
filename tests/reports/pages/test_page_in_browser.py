"""The page as readers have it: in a real browser, from a file, without a network."""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from widthwise.harness.terms.evidence import dumps
from widthwise.harness.terms.provenance import Provenance
from widthwise.harness.terms.verdict import Verdict
from widthwise.reports import files, wording
from widthwise.reports.outcome import outcome, verdict_in_words

from .conftest import CHROMIUM
from .on_a_page import BROKEN_WORDS, WIDTHS, claims, inaccessible

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def single(folder, records):
    """All of these records on one page."""
    return files.write_single_page(folder / "single.html", records)


def test_every_figure_is_drawn_and_shows_its_numbers_under_the_pointer(visit, shown):
    page = visit("#holds")
    stage = page.locator("#holds .vega-embed svg")
    expect(stage).to_be_visible()
    record = shown[0][0]
    stage.locator(".role-mark path").nth(-1).hover()
    box = page.locator("#vg-tooltip-element")
    expect(box).to_contain_text(wording.number(record.control.points[-1].estimate))
    for drawing in page.locator("[data-figure]").element_handles():
        page.wait_for_function(
            "e => e.querySelector('.vega-embed svg') || e.scrollIntoView({block: 'center'})",
            arg=drawing,
        )


def test_the_numbers_on_the_page_are_those_of_the_records(visit, shown):
    page = visit()
    for record in shown[0][:5]:
        article = page.locator(f"article#{record.claim}")
        cells = article.locator("table.numbers tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
        )
        for column, finding in ((1, record.finding), (2, record.control)):
            judgement = finding.judgement
            assert cells[0][column] == verdict_in_words(finding)
            said = [float(n.replace("−", "-")) for n in re.findall(r"[−\d.]+", cells[1][column])]
            assert said == pytest.approx([judgement.estimate, *judgement.interval], abs=6e-4)
            said = [float(n.replace("−", "-")) for n in re.findall(r"[−\d.]+", cells[2][column])]
            assert said == pytest.approx(judgement.band)
            assert cells[4][column] == "16, 32"
        rungs = article.locator("details table tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
        )
        points = (*record.finding.points, *record.control.points)
        for (rung, _, estimate, *_), point in zip(rungs, points, strict=True):
            assert float(rung) == point.rung
            assert float(estimate.replace("−", "-")) == pytest.approx(point.estimate, rel=6e-3)


def test_search_filter_and_sort(visit, shown):
    page = visit()
    total = len(claims(page))
    expect(page.locator(".found")).to_have_text(f"{total} of {total} claims")
    page.fill("#search", "FAILS declared")
    assert claims(page) == ["fails_as_declared[sphere]"]
    assert page.locator("article:visible").count() == 1
    page.fill("#search", "no such words")
    expect(page.locator(".found")).to_have_text("No claim matches.")
    page.click("#clear")
    page.select_option("#by-outcome", "inconclusive")
    assert claims(page) == ["unclear[sphere]"]
    page.select_option("#by-outcome", "")
    page.select_option("#by-topic", "linearisation")
    assert set(claims(page)) == {"fails_as_declared[sphere]", "in_variants"}
    page.click("#clear")
    page.select_option("#by-device", "cuda:NVIDIA H100")
    assert claims(page) == ["without_fit[sphere]"]
    page.click("#clear")
    page.select_option("#by-discussion", "ntk-distillation")
    assert claims(page) == ["fails_as_declared[sphere]"]
    page.click("#clear")
    page.select_option("#group", "")
    page.fill("#search", "sphere")
    order = {record.name: record.finding.judgement.estimate for record in shown[0][:5]}
    button = page.locator("th[data-sort=estimate] button")
    button.click()
    found = [order[name] for name in claims(page) if name in order]
    assert found == sorted(order.values())
    assert page.locator("th[data-sort=estimate]").get_attribute("aria-sort") == "ascending"
    button.click()
    found = [order[name] for name in claims(page) if name in order]
    assert found == sorted(order.values(), reverse=True)


def test_grouping_names_every_discussion_and_every_outcome(visit, shown):
    page = visit()
    page.select_option("#group", "outcome")
    headings = page.locator("tbody.group th").all_inner_texts()
    assert set(headings) == {outcome(record).value for record in shown[0]}
    page.select_option("#group", "discussion")
    assert "ntk-distillation" in page.locator("tbody.group th").all_inner_texts()


def test_a_view_can_be_sent_as_a_link(visit):
    page = visit()
    page.select_option("#by-outcome", "unexpected")
    page.locator("th[data-sort=seeds] button").click()
    fragment = page.evaluate("location.hash")
    again = visit(fragment)
    assert claims(again) == ["fails[sphere]"]
    assert again.locator("th[data-sort=seeds]").get_attribute("aria-sort") == "ascending"


def test_permalinks_lead_to_the_claim_even_through_a_filter(visit):
    page = visit("#unclear")
    expect(page.locator("article#unclear")).to_be_focused()
    expect(page.locator("article#unclear")).to_be_in_viewport()
    page.fill("#search", "blind")
    page.evaluate("location.hash = '#in_variants-relu'")
    expect(page.locator("#in_variants-relu")).to_be_in_viewport()


def test_the_keyboard_reaches_everything(visit):
    page = visit()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("holds")
    assert claims(page) == ["holds[sphere]"]
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("article#holds")).to_be_focused()
    page.click("#clear")
    page.keyboard.press("Escape")
    page.locator("article#blind").evaluate("article => article.focus()")
    page.evaluate("location.hash = '#fails'")
    expect(page.locator("article#fails")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("article#blind")).to_be_focused()
    page.keyboard.press("t")
    expect(page.locator("#search")).to_be_focused()


def test_from_a_claim_one_turns_to_the_previous_and_to_the_next(visit):
    page = visit("#blind")
    names = page.locator("article.claim").evaluate_all("all => all.map(one => one.id)")
    for rel, step in (("next", 1), ("prev", -1)):
        page.locator(f"article#blind [rel={rel}]").click()
        neighbour = names[names.index("blind") + step]
        expect(page.locator(f'article[id="{neighbour}"]')).to_be_focused()
    for name, rel in ((names[0], "prev"), (names[-1], "next")):
        assert page.locator(f'article[id="{name}"] [rel={rel}]').count() == 0


def test_it_prints_light_and_whole_without_what_paper_cannot_do(visit):
    page = visit(color_scheme="dark")
    page.emulate_media(media="print")
    rgb = page.evaluate(
        "getComputedStyle(document.querySelector('.claim .statement, .claim h3 + *')).color"
    )
    assert sum(map(int, re.findall(r"\d+", rgb)[:3])) < 200  # dark ink, on paper
    for control in ("#search", "#theme", ".turn"):
        assert page.locator(f"{control}:visible").count() == 0
    articles = page.locator("article.claim")
    for article in articles.all():
        assert article.evaluate("e => getComputedStyle(e).contentVisibility") == "visible"
        assert article.locator("figure svg").first.bounding_box()["height"] > 100
    pages = re.findall(rb"/Type\s*/Page\b", page.pdf())
    assert len(pages) > articles.count()  # each claim on a page of its own, after the overview


def test_variants_fold_and_unfold(visit):
    page = visit()
    button = page.get_by_role("button", name="2 variants")
    assert page.locator("tbody.entry tr + tr:visible").count() == 0
    button.click()
    assert page.locator("tbody.entry tr + tr:visible").count() == 2
    expect(page.get_by_role("button", name="hide variants")).to_have_attribute(
        "aria-expanded", "true"
    )


def test_light_and_dark_follow_the_system_and_the_button(visit):
    def ground(page):
        rgb = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", rgb)[:3]))

    light, dark = visit(color_scheme="light"), visit(color_scheme="dark")
    assert ground(light) > 600
    assert ground(dark) < 150
    dark.click("#theme")
    assert ground(dark) > 600
    dark.click("#theme")
    assert ground(dark) < 150
    point = dark.locator("#holds [fill='var(--claim)']").first
    assert point.evaluate("e => getComputedStyle(e).fill") == "rgb(122, 178, 242)"


def test_no_word_is_broken_in_a_cell_at_any_width(visit, record, finding, forms, tmp_path):
    long = "recursions_of_convolutional_networks_are_reached_at_inverse_square_root_width"
    unsure = finding(-0.4, Verdict.INCONCLUSIVE, Verdict.SUPPORTED, quantity="mean log ratio")
    wrong = finding(-1.0, Verdict.REFUTED, Verdict.SUPPORTED)
    records = [
        *(record(long, variant=f"{data}-relu-depth3-convergence", finding=found, control=wrong)
          for data, found in (("digits", unsure), ("planted_mixture", wrong), ("cifar", unsure))),
        record("x", summary="Uncharacteristically overparametrised representations stand still.",
               provenance=Provenance.INSTRUMENT),
        *forms.values(),
    ]  # fmt: skip
    page = visit(path=single(tmp_path, records))
    page.evaluate("document.querySelectorAll('.unfold').forEach((button) => button.click())")
    # What is far from the window is laid out too.
    page.evaluate(
        "document.querySelectorAll('.claim').forEach((e) => "
        "e.style.setProperty('content-visibility', 'visible'))"
    )
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(BROKEN_WORDS) == [], width
        assert page.locator("html").evaluate("e => e.scrollWidth") <= width


def test_instruments_stand_in_a_section_of_their_own(visit, record, tmp_path):
    records = [record("checks", provenance=Provenance.INSTRUMENT), record("says"),
               record("needs", provenance=Provenance.BACKGROUND)]  # fmt: skip
    page = visit(path=single(tmp_path, records))
    expect(page.locator(".masthead .lead")).to_contain_text("1 claim about wide neural networks")
    assert page.locator("section.instruments article").evaluate_all(
        "all => all.map(e => e.id)"
    ) == ["checks"]
    headings = ["lazy training", "background: lazy training", "instruments: lazy training"]
    assert page.locator("tbody.group th").all_inner_texts() == headings
    assert claims(page) == ["says[sphere]", "needs[sphere]", "checks[sphere]"]
    page.select_option("#by-provenance", "made")
    assert claims(page) == ["says[sphere]"]
    expect(page.locator("section.instruments")).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_narrow_screen_needs_no_sideways_scrolling(visit, scripts):
    page = visit(viewport={"width": 360, "height": 740}, java_script_enabled=scripts)
    for summary in page.locator("summary").all():
        summary.evaluate("summary => { summary.parentElement.open = true }") if scripts else None
    assert page.locator("html").evaluate("e => e.scrollWidth") <= 360


def test_without_scripts_everything_is_there(visit, shown):
    page = visit(java_script_enabled=False)
    expect(page.locator(".toolbar")).to_be_hidden()
    assert page.locator("table.claims tbody.entry").count() == 8
    assert page.locator("tbody.entry tr + tr:visible").count() == 2
    assert page.locator("[data-figure] > svg").count() == len(shown[0])
    expect(page.locator("#holds [data-figure] > svg")).to_be_visible()
    page.locator("#holds summary").first.press("Enter")
    expect(page.locator("#holds details table").first).to_be_visible()


def test_hostile_text_is_shown_and_does_nothing(visit, hostile):
    page = visit()
    article = page.locator("article").filter(has_text="alert(1)").first
    assert "</script><script>alert(1)</script>" in article.locator("h2").text_content()
    assert "‹U+202E›" in article.locator("h2").text_content()
    assert page.locator("img, iframe").count() == 0


def test_downloads_hold_the_records(visit, shown):
    page = visit()
    records = sorted(shown[0], key=lambda record: (record.topic, record.claim, record.variant))

    def downloaded(link):
        # By key, here and below: figures drawn meanwhile may move what a click aims at.
        with page.expect_download() as download:
            link.press("Enter")
        return download.value.path().read_text("utf-8")

    assert downloaded(page.locator("footer [data-download=records]")) == dumps(records)
    assert downloaded(page.locator("footer [data-download=table]")).startswith("claim,variant,")
    page.locator("#unclear summary", has_text="How it was made").press("Enter")
    (record,) = json.loads(downloaded(page.locator("#unclear [data-download=record]")))
    assert record["claim"] == "unclear"


def test_samples_and_table_are_linked_where_they_lie(visit, shown):
    page = visit()
    links = page.locator("#holds .downloads a[download]").evaluate_all("a => a.map(a => a.href)")
    texts = [Path(unquote(urlsplit(link).path)).read_text() for link in links]
    assert texts[0].startswith("setting,width,seed,value\nclaim,1,0,1.0\n")
    assert json.loads(texts[1])["values"]["claim"] == [[1.0] * 16] * 5
    assert page.locator(".downloads a[download]").count() == 2


def test_formulas_are_typeset(visit):
    page = visit("#holds")
    power = page.locator("#holds .text math msup").first
    base, exponent = (power.locator("> *").nth(i) for i in (0, 1))
    assert exponent.bounding_box()["y"] < base.bounding_box()["y"]
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    assert exponent.evaluate(size) < 0.9 * base.evaluate(size)
    letter = power.locator("mi").first
    assert letter.evaluate("e => getComputedStyle(e).fontStyle") == "italic"


def test_claims_that_were_set_aside_say_why(visit):
    page = visit()
    page.get_by_role("link", name="1 claim", exact=True).click()
    expect(page.locator(".unsettled")).to_contain_text("too_fine")
    expect(page.locator(".unsettled")).to_contain_text("--effort full can settle it")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_form_comes_alive_and_is_accessible(visit, forms, tmp_path, scheme):
    page = visit(path=single(tmp_path, list(forms.values())), color_scheme=scheme)
    for drawing in page.locator("[data-figure]").element_handles():
        page.wait_for_function(
            "e => e.querySelector('.vega-embed svg') || e.scrollIntoView({block: 'center'})",
            arg=drawing,
        )
        assert drawing.bounding_box()["width"] > 300
    assert [v["id"] for v in Axe().run(page).response["violations"]] == []


def test_the_command_to_repeat_a_claim_can_be_copied(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.locator("#holds summary", has_text="How it was made").press("Enter")
    page.locator("#holds .command button").press("Enter")
    expect(page.locator("#holds .command button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == (
        "pytest 'claims/lazy_training/test_holds.py::test_holds[sphere-verdict]' "
        "--effort quick --master-seed 0"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_inaccessible(visit, scheme):
    page = visit(color_scheme=scheme)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert inaccessible(page, scheme) == []
