"""The documentation names what there is."""

import re
import tomllib
from pathlib import Path

import pytest

from widthwise import harness, models

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("room", [harness, models], ids=lambda room: room.__name__)
def test_the_reference_has_every_public_name(room):
    text = (DOCS / "reference" / f"{room.__name__.split('.')[1]}.md").read_text()
    listed = set(re.findall(r"\w+", " ".join(re.findall(r"members: \[(.*?)\]", text))))
    listed |= set(re.findall(r"^::: [\w.]+\.(\w+)$", text, re.MULTILINE))
    assert set(room.__all__) - listed == set()


def test_every_page_has_its_place_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text().partition("nav:")[2]
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    assert set(re.findall(r"[\w/-]+\.md", navigation)) == pages


def test_pages_link_to_pages_and_places_that_there_are():
    for page in DOCS.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_citation_is_of_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
