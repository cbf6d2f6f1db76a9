"""The documentation names what there is."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from widthwise import harness, models

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

_spec = importlib.util.spec_from_file_location("further", DOCS / "reference" / "further.py")
further = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(further)


@pytest.mark.parametrize("room", [harness, models], ids=lambda room: room.__name__)
def test_the_reference_has_every_public_name(room):
    name = room.__name__.split(".")[1]
    page = (DOCS / "reference" / f"{name}.md").read_text()
    whole = page + further._further(name, page)
    listed = set(re.findall(r"\w+", " ".join(map(" ".join, further.LISTED.findall(whole)))))
    assert set(room.__all__) <= listed
    assert set(further._exported(name)) == set(room.__all__)


def test_a_name_that_the_page_does_not_list_is_added():
    added = further._further("harness", "::: widthwise.harness.terms.verdict.Verdict")
    assert "::: widthwise.harness.predictions.power_law.PowerLaw" in added
    assert "Verdict" not in added


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
