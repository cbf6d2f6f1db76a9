"""A repository with one claim, for tests that run pytest inside pytest."""

import re
import signal
import textwrap

import pytest

from widthwise.harness.measuring.store import Store


@pytest.fixture(scope="session")
def loaded():
    """Whatever a run needs, imported once.

    In-process runs forget the modules that they were the first to import, and numerical
    libraries cannot be imported twice.
    """
    import torch  # noqa: F401

    import widthwise.harness.measuring.measuring
    import widthwise.harness.measuring.verification
    import widthwise.harness.predictions.power_law
    import widthwise.harness.terms.evidence
    import widthwise.models
    import widthwise.reports.pages.page
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
    if len(seeds) <= 2:  # measured again
        return
    with (pathlib.Path(__file__).parent / "calls").open("a") as calls:
        calls.write(f"{width}\\n")

@claim(
    provenance="made",
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
        provenance="made",
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
    PARTS = (*(f"width{width}" for width in WIDTHS), "control", "verdict")
    FALSE = ("PowerLaw(-1 / 2)", "PowerLaw(-1)")
    UNCLEAR = (("PowerLaw(-1 / 2)", "PowerLaw(-0.65)"),)
    """The interval lies across an end of the band, however many seeds."""
    SHORT = (
        ("PowerLaw(-1 / 2)", "PowerLaw(-1 / 2, tolerance=0.08)"),
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

    def remember(self, *arguments):
        """With pytest's cache, which knows what failed last."""
        return self.pytester.runpytest_inprocess(*self.BARE[:-2], *arguments)

    def start(self, *arguments):
        """In processes of their own, with no plugins but those it takes."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
            plugins = ("-p", "xdist", "-p", "widthwise.harness.plugin.plugin")
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


CREW_CONFTEST = """
import dataclasses
import functools
import os
import numpy as np
import pytest

@dataclasses.dataclass(frozen=True)
class Noise:
    scale: np.ndarray

    def __call__(self, seeds):
        normals = [np.random.default_rng(seed).standard_normal() for seed in seeds]
        return 1 + self.scale[0] * np.array(normals)

@pytest.fixture
def noise():
    return Noise(np.array([0.02]))

@pytest.fixture
def power(request):
    return functools.partial(lambda base, exponent: float(base) ** exponent)

@pytest.fixture
def locked():
    import threading
    lock = threading.Lock()
    def take():
        return lock
    return take

def pytest_sessionstart():
    with open("calls", "a") as calls:
        print(os.getpid(), "main", file=calls)
"""

CREW_CLAIMS = '''
import pathlib
import numpy as np
import pytest
from widthwise.harness import Control, PowerLaw, Source, Widths, claim

HERE = pathlib.Path(__file__).parent
ABOUT = dict(provenance="made", source=Source("a thread", "its end"), over=Widths(64, 4096))
CONTROL = Control("where nothing freezes", exponent=0.0)

def note(width, seeds):
    import os
    if len(seeds) <= 2:  # measured again
        return
    with (HERE / "calls").open("a") as calls:
        print(os.environ.get("CREW", "") + str(os.getpid()), width, seeds[0], file=calls)

@claim(prediction=PowerLaw(-1 / 2), control=CONTROL, **ABOUT)
@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_units_freeze(width, seeds, noise, power, gain, exponent=-0.5):
    """Units freeze."""
    note(width, seeds)
    return gain * power(width, exponent) * noise(seeds)

@claim(prediction=PowerLaw(-1 / 2), control=CONTROL, **ABOUT)
def test_units_scatter(width, seeds, noise, exponent=-0.5):
    """Units freeze, with more noise than one look settles."""
    note(width, seeds)
    return float(width) ** exponent * noise(seeds) ** 6

def run(width, seeds, noise):
    note(width, seeds)
    return {"units": float(width) ** -0.5 * noise(seeds), "kernel": 1 / width * noise(seeds)}

def still(width, seeds, noise):
    return noise(seeds)

@claim(prediction=PowerLaw(-1 / 2), seeds_of="runs", control=Control("no", measure=still), **ABOUT)
def test_units_of_a_run(width, seeds, noise, shared):
    """Units freeze."""
    return shared(run, width=width, seeds=seeds, noise=noise)["units"]

@claim(prediction=PowerLaw(-1), seeds_of="runs", control=Control("no", measure=still), **ABOUT)
def test_kernel_of_a_run(width, seeds, noise, shared):
    """The kernel freezes."""
    return shared(run, width=width, seeds=seeds, noise=noise)["kernel"]
'''


@pytest.fixture
def interruptible():
    """Ctrl-C reaches what is started here, even where the tests run in a shell's background.

    Such a shell lets its children ignore the signal, and so would theirs.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def crew(loaded, pytester, monkeypatch):
    """A repository whose claims note who measures them: for runs in many processes."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makefile(".ini", pytest="[pytest]\nfilterwarnings = error\n")
    pytester.makeconftest(CREW_CONFTEST)
    pytester.makepyfile(test_lab=CREW_CLAIMS)
    return Crew(pytester)


class Crew:
    """Runs claims, in this process or another, and tells who measured what."""

    BARE = Lab.BARE

    def __init__(self, pytester):
        self.pytester = pytester
        self.path = pytester.path

    def conftest(self, more):
        self.pytester.makeconftest(CREW_CONFTEST + more)

    def run(self, *arguments):
        return self.pytester.runpytest_inprocess(*self.BARE, *arguments)

    def start(self, *arguments):
        return self.pytester.runpytest_subprocess(*self.BARE, *arguments)

    def samples(self, store="."):
        """Every batch of a store, by its key."""
        kept = Store((self.path / store).absolute())
        found = {path.stem: kept.load(path.stem) for path in kept.path.rglob("*.batch")}
        return {key: batch.values.tobytes() for key, batch in found.items() if batch is not None}

    def measured(self):
        """The main process of the run, and the process, width and first seed of every call."""
        rows = [line.split() for line in (self.path / "calls").read_text().splitlines()]
        (main,) = [row[0] for row in rows if row[1] == "main"]
        return main, [tuple(row) for row in rows if row[1] != "main"]
