"""A browser, a page in it, and what is seen there."""

import shutil

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from widthwise.harness.measuring.raw_samples import RawSamples
from widthwise.harness.terms.drawing import Curve, Drawing
from widthwise.reports import files
from widthwise.reports.gaps import Gaps

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

MODES = Drawing(
    "The first modes of a network's kernel",
    "angle",
    "component",
    tuple(
        Curve(name, (0.0, 1.0, 2.0), (0.0, size, -size), f"N = {width}", dots)
        for width, size in ((64, 1.0), (1024, 2.0), (8192, 3.0))
        for name, dots in (("nearest sinusoid", False), ("eigenvector", True))
    ),
)

WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shown(tmp_path_factory, suite, hostile, record, finding):
    """The records on the page, and where the page is."""
    records = (
        *suite,
        record("in_variants", variant="erf", topic="linearisation", drawing=MODES),
        record(
            "without_fit",
            topic="tangent_kernel",
            log_axes=False,
            device="cuda:NVIDIA H100",
            finding=finding(quantity="limit", fit=None),
            control=finding(0.0, quantity="limit", fit=None),
        ),
        record("in_variants", variant="relu", topic="linearisation"),
        hostile,
    )
    gaps = Gaps(unsettled={"too_fine": "needs N^2 seeds; --effort full can settle it"})
    values = {"claim": np.ones((5, 16)), "control": np.zeros((5, 16))}
    samples = [RawSamples("holds", "sphere", "ab" * 32, "width", (1, 2, 3, 4, 5), values)]
    topics = {"lazy_training": "What stands still.\n\nUnits do, says N^-1/2."}
    index = files.write(tmp_path_factory.mktemp("evidence"), records, gaps, samples, topics)
    single = index.with_name("single.html")
    files.write_single_page(single, records, gaps, {"holds[sphere]"}, topics)
    return records, single


@pytest.fixture(scope="module")
def index(shown):
    """The page that leads to pages of their own, which lie beside it."""
    return shown[1].with_name("index.html")


@pytest.fixture
def visit(browser, shown):
    """Opens the page; fails the test if the page complains, asks or is attacked."""
    complaints = []
    contexts = []

    def go(fragment="", *, path=None, **options):
        context = browser.new_context(offline=True, **{"accept_downloads": True, **options})
        contexts.append(context)
        context.add_init_script(WATCH)
        page = context.new_page()
        address = (path or shown[1]).as_uri()
        folder = address.rpartition("/")[0]
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: complaints.append(f"request: {request.url}")
                if not request.url.startswith((folder, "blob:")) else None)  # fmt: skip
        page.goto(f"{address}{fragment}")
        return page

    yield go
    for context in contexts:
        complaints += context.pages[0].evaluate("window.violations ?? []")
        context.close()
    assert complaints == []
