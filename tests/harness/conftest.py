"""A repository with one claim, for tests that run pytest inside pytest."""

import re
import textwrap

import pytest


@pytest.fixture(scope="session")
def loaded():
    """Whatever a run needs, imported once.

    In-process runs forget the modules that they were the first to import, and numerical
    libraries cannot be imported twice.
    """
    import torch  # noqa: F401

    import widthwise.harness.evidence
    import widthwise.harness.measuring
    import widthwise.harness.power_law
    import widthwise.harness.verification
    import widthwise.models
    import widthwise.reports.page
    import widthwise.reports.tables  # noqa: F401


@pytest.fixture
def lab(loaded, pytester, monkeypatch):
    """A repository with one claim; `run` verifies it in this process."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makefile(".ini", pytest="[pytest]\nfilterwarnings = error\n")
    return Lab(pytester)


FREEZE = '''
import pathlib
import numpy as np
import pytest
from widthwise.harness import Control, PowerLaw, Source, Verdict, Widths, claim

def noisy(seeds, relative=0.02):
    normals = [np.random.default_rng(seed).standard_normal() for seed in seeds]
    return 1 + relative * np.array(normals)

def count(width, seeds):
    with (pathlib.Path(__file__).parent / "calls").open("a") as calls:
        calls.write(f"{width}\\n")

@claim(
    source=Source("a thread", "its end"),
    prediction=PowerLaw(-1 / 2),
    control=Control("where nothing freezes", exponent=0.0),
    over=Widths(64, 4096),
)
def test_units_freeze(width, seeds, exponent=-0.5):
    """Units freeze."""
    count(width, seeds)
    return width**exponent * noisy(seeds)
'''

EVIDENCE_FILE = """
def pytest_widthwise_evidence(config, evidence):
    where = "worker" if hasattr(config, "workerinput") else "controller"
    with (config.rootpath / "records").open("a") as file:
        print(where, evidence.name, evidence.finding.judgement.verdict, file=file)

def pytest_widthwise_samples(config, samples):
    shapes = {setting: list(values.shape) for setting, values in samples.values.items()}
    with (config.rootpath / "samples").open("a") as file:
        print(samples.name, len(samples.rungs), shapes, file=file)
"""

SECOND = '''
    @claim(
        source=Source("a thread", "its end"),
        prediction=PowerLaw(-1 / 2),
        control=Control("where they freeze", exponent=-0.5),
        over=Widths(64, 4096),
        expect=Verdict.REFUTED,
    )
    def test_units_move(width, seeds, exponent=0.0):
        """Units move."""
        return width**exponent * noisy(seeds)
'''


class Lab:
    """Writes claim files and runs pytest on them."""

    FREEZE = FREEZE
    EVIDENCE_FILE = EVIDENCE_FILE
    SECOND = SECOND
    BARE = ("-p", "no:widthwise-fixtures", "-p", "no:widthwise-reports", "-p", "no:cacheprovider")
    WIDTHS = (64, 128, 256, 512, 1024)
    PARTS = (*(f"width={width}" for width in WIDTHS), "control", "verdict")
    FALSE = ("PowerLaw(-1 / 2)", "PowerLaw(-1)")
    UNCLEAR = (("PowerLaw(-1 / 2)", "PowerLaw(-0.65)"),)
    """The interval lies across an end of the band, however many seeds."""
    SHORT = (
        ("PowerLaw(-1 / 2)", "PowerLaw(-1 / 2, tolerance=0.1)"),
        ("over=Widths(64, 4096)", "over=Widths(64, 1024)"),
    )

    def __init__(self, pytester):
        self.pytester = pytester
        self.path = pytester.path

    def write(self, *changes, name="test_lab", more=""):
        text = FREEZE
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (self.path / f"{name}.py").write_text(text + textwrap.dedent(more))
        return self

    def conftest(self, text):
        (self.path / "conftest.py").write_text(textwrap.dedent(text))
        return self

    def run(self, *arguments):
        return self.pytester.runpytest_inprocess(*self.BARE, *arguments)

    def start(self, *arguments):
        """In processes of their own, with no plugins but those it takes."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
            plugins = ("-p", "xdist", "-p", "widthwise.harness.plugin")
            return self.pytester.runpytest_subprocess(*plugins, *arguments)

    def lines(self, name):
        file = self.path / name
        return file.read_text().splitlines() if file.exists() else []

    def measured(self):
        """Widths that were measured, one per batch."""
        return self.lines("calls")

    @staticmethod
    def items(result):
        return [line for line in result.outlines if "::" in line and not line.startswith(" ")]

    @staticmethod
    def outcomes(result):
        """Outcome by item, as -v reports it."""
        found = (
            re.match(r"(?:\[gw\d\] \[ *\d+%\] )?(\S+::\S+) ([A-Z]+)", x) for x in result.outlines
        )
        found = {match[1]: match[2] for match in found if match}
        swapped = (
            re.match(r"\[gw\d\] \[ *\d+%\] ([A-Z]+) (\S+::\S+)", line) for line in result.outlines
        )
        return found | {match[2]: match[1] for match in swapped if match}

    @staticmethod
    def assert_inconclusive(result):
        text = result.stdout.str()
        assert result.ret == 1
        assert re.search(r"^(test_\w+\.py )?\.*I\.* +\[", text, re.MULTILINE)
        assert "1 inconclusive" in text
        assert "= INCONCLUSIVE =" in text
        assert "units_freeze is inconclusive; supported was expected." in text
        assert re.search(r"^  reason +needs (more seeds|rungs nearer)", text, re.MULTILINE)
        assert "Traceback" not in text

    @staticmethod
    def assert_set_aside(result, name):
        text = result.stdout.str()
        assert "not settled by --effort quick" in text
        assert (
            len(re.findall(rf"^{name}: .*--effort standard can settle it", text, re.MULTILINE)) == 1
        )
        assert "units_move:" not in text
