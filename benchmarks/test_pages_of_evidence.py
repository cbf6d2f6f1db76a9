"""The pages of 500 verdicts: how long they take to make, how heavy they are, how fast they open.

Seconds are those of a clock, as the drawing goes on in several processes: run it on idle cores.
"""

import shutil

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from widthwise.harness import PowerLaw
from widthwise.harness.terms.evidence import Evidence, Finding
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Samples
from widthwise.harness.terms.provenance import Provenance
from widthwise.harness.terms.verdict import Verdict
from widthwise.reports import files

CLAIMS, VARIANTS, SEEDS = 125, 4, 64
WIDTHS = Ladder("width", (64, 128, 256, 512, 1024), "infinity", 64)
TOPICS = ("lazy_training", "linearisation", "infinite_width", "spectrum", "prior")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]

INDEX, CLAIM, FOLDER = 400e3, 150e3, 40e6
"""Bytes at most."""
FRESH, AGAIN = 20.0, 10.0
"""Seconds at most, on two idle cores."""
FIRST_VIEW, SEARCH = 300.0, 30.0
"""Milliseconds at most."""

FIRST_PAINT = """
new Promise((resolve) => new PerformanceObserver((paints) =>
  resolve(paints.getEntries()[0].startTime)).observe({ type: "paint", buffered: true }))
"""
SEARCHED = """
(words) => words.map((word) => {
  const field = document.getElementById("search");
  const start = performance.now();
  field.value = word;
  field.dispatchEvent(new Event("input"));
  document.body.getBoundingClientRect();
  return performance.now() - start;
})
"""


def planted(number, variant, rng):
    """A verdict on a power law that was drawn at random."""

    def found(exponent, verdict):
        noise = rng.lognormal(0, 0.1, (len(WIDTHS.rungs), SEEDS))
        values = (np.array(WIDTHS.rungs)[:, None] / 64) ** exponent * noise
        samples = Samples(WIDTHS, values)
        judgement = prediction.judge(samples, 1e-3)
        return Finding(verdict, judgement, prediction.summarise(samples), (16, 32, SEEDS), 1.0)

    prediction = PowerLaw(-0.5)
    name = f"hidden_units_stand_still_in_setting_{number}"
    law = "move by O(N^-1/2)" if number % 5 == 0 else "stand still"
    return Evidence(
        claim=name,
        variant=f"digits-relu-depth{variant}",
        topic=TOPICS[number % len(TOPICS)],
        summary=f"In setting {number} the hidden units of a network {law} while the output learns.",
        sections={
            "Statement": "The RMS movement of a hidden unit is O(N^-1/2). " * 3,
            "Setting": "Three hidden layers of erf units in the NTK parametrization. " * 4,
            "Tolerance": "±.15, less than a third of the way to the rival, 0. " * 2,
            "Does not show": "Anything about the largest unit. " * 2,
        },
        provenance=Provenance.MADE if number % 3 else Provenance.BACKGROUND,
        discussion="NTK/GP models of neural nets can't learn features",
        place="the reply on back-propagation, where the output's gradient at a unit is estimated",
        references=("Jacot et al. 2018, Theorem 2",),
        form="PowerLaw",
        prediction=prediction.describe(),
        log_axes=True,
        ladder=WIDTHS,
        finding=found(-0.5, Verdict.SUPPORTED),
        control_setting="in μP every unit moves by O(1)",
        control=found(0.0, Verdict.REFUTED),
        alpha=5e-6,
        effort="quick",
        device="cpu",
        dtype="float32",
        threads=(1,),
        master_seed=0,
        versions={"torch": "2.13.0"},
        commit="0123456789abcdef",
        digest="ab" * 32,
        nodeid=f"claims/lazy_training/test_{name}.py::test_{name}[{variant}-verdict]",
        finished="2026-11-22T02:32:02+00:00",
        code="def test_units(width, seeds):\n    return measure(width, seeds)\n" * 10,
    )


@pytest.fixture(scope="module")
def records():
    rng = np.random.default_rng(0)
    return [
        planted(number, variant, rng) for number in range(CLAIMS) for variant in range(VARIANTS)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, records):
    return files.write_pages(tmp_path_factory.mktemp("evidence"), records).parent


def test_pages_are_made(benchmark, records, tmp_path):
    """Every figure and every card drawn."""
    benchmark.group = "pages of 500 verdicts, seconds by the clock"
    benchmark.pedantic(files.write_pages, args=(tmp_path, records))
    assert benchmark.stats.stats.max < FRESH


def test_pages_are_made_again(benchmark, records, folder):
    """No figure has changed."""
    benchmark.group = "pages of 500 verdicts, seconds by the clock"
    benchmark.pedantic(files.write_pages, args=(folder, records), rounds=3)
    assert benchmark.stats.stats.min < AGAIN


def test_pages_are_light(folder, capsys):
    index = (folder / "index.html").stat().st_size
    pages = [page.stat().st_size for page in (folder / "claims").glob("*.html")]
    whole = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    with capsys.disabled():
        print(f"\nindex {index / 1e3:.0f} kB, pages up to {max(pages) / 1e3:.0f} kB, "
              f"all {whole / 1e6:.1f} MB")  # fmt: skip
    assert index < INDEX
    assert max(pages) < CLAIM
    assert whole < FOLDER


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_index_opens_and_is_searched(folder, capsys):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        views, searches = [], []
        for _ in range(5):
            page = browser.new_page()
            page.goto((folder / "index.html").as_uri())
            views.append(page.evaluate(FIRST_PAINT))
            searches.append(max(page.evaluate(SEARCHED, ["s", "setting 1", "prior", ""])))
            page.close()
        browser.close()
    view, search = min(views), min(searches)
    with capsys.disabled():
        print(f"\nfirst view after {view:.0f} ms, a search at most {search:.0f} ms")
    assert view < FIRST_VIEW
    assert search < SEARCH
