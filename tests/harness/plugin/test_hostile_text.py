"""A claim whose names and texts attack the terminal and the results file of its own run."""

import re
import xml.etree.ElementTree as ET

import pytest

from widthwise.harness.plugin.wording import short, visible

HOSTILE = r"\x1b[2J\x07<b>&]]>\u202egnp.exe\ud800\ufffe\x00"

CLAIM = r"""
import dataclasses
import pytest
import numpy as np
from widthwise.harness import Control, PowerLaw, Source, Widths, claim

TEXT = "HOSTILE" * TIMES

@dataclasses.dataclass(frozen=True)
class Hostile(PowerLaw):
    def describe(self):
        return TEXT

    def judge(self, samples, alpha):
        return dataclasses.replace(super().judge(samples, alpha), quantity=TEXT, reason=TEXT)

def measured(width, seeds, tilt):
    normals = [np.random.default_rng(seed).standard_normal() for seed in seeds]
    return width**-0.5 * (1 + 0.02 * np.array(normals))

measured.__doc__ = TEXT
measured.__name__ = "test_units_freeze"
test_units_freeze = pytest.mark.parametrize("tilt", [0], ids=["../../<a>&=1\x1b\u202e"])(
    claim(
        provenance="made",
        source=Source(TEXT, TEXT),
        references=(TEXT,),
        prediction=Hostile(-1),
        control=Control(TEXT, measure=lambda width, seeds: measured(1, seeds, 0)),
        over=Widths(64, 4096),
    )(measured)
)
"""


@pytest.mark.parametrize("times", [1, 50_000], ids=["once", "a megabyte"])
def test_neither_the_terminal_nor_the_results_file_is_harmed(lab, times):
    text = CLAIM.replace("HOSTILE", HOSTILE).replace("TIMES", str(times))
    (lab.path / "test_lab.py").write_text(text)
    result = lab.run("--junitxml=results.xml", "-v")
    assert result.ret == 1
    text = result.stdout.str()
    assert "is refuted, but supported was expected" in text
    assert not set(text) & set("\x00\x07\x1b\u202e\ud800\ufffe")
    assert len(text) < 100_000
    suite = ET.parse(lab.path / "results.xml").getroot()
    verdicts = [
        item for item in suite.iter("property") if item.attrib["name"] == "widthwise verdict"
    ]
    assert [verdict.attrib["value"] for verdict in verdicts] == ["refuted", "refuted"]
    made = {path.name for path in lab.path.iterdir()} - {"__pycache__", ".benchmarks"}
    assert made == {"pytest.ini", "test_lab.py", "results.xml", ".widthwise"}
    kept = {path.relative_to(lab.path).parts[0] for path in lab.path.rglob("*.batch")}
    assert kept == {".widthwise"}


def test_a_visible_line_is_bounded():
    assert short("a\n b\x1b") == "a b‹U+001B›"
    assert short("x" * 10**6) == "x" * 199 + "…"
    assert len(short("\x00" * 10**6)) == 200
    assert not re.search("[\ufffe\uffff]", visible("\ufffe\uffff"))
