"""The progress line on a screen, in a log and under xdist; the clock is a pretended one."""

import io
import re
from types import SimpleNamespace

import pytest

from widthwise.harness.measuring.costs import read_costs
from widthwise.harness.measuring.progress import Progress
from widthwise.harness.plugin import progress_line
from widthwise.harness.plugin.progress_line import ProgressLine

NAME = "activations_freeze[sphere-erf-depth1-one_shot] control"
EARLIER = {NAME: {64.0: (120.0,), 128.0: (240.0,)}}


class Screen:
    """What a terminal shows after text with the few escape sequences that are used."""

    def __init__(self, height=4):
        self.rows, self.row, self.column, self.height = [""], 0, 0, height

    def write(self, text):
        for part in re.findall(r"\x1b\[\d*[A-Za-z]|[\n\r]|[^\x1b\n\r]+", text):
            self._take(part)

    def _take(self, part):
        row = self.rows[self.row]
        if part == "\n":
            self.row, self.column = self.row + 1, 0
            self.rows += [""] * (self.row + 1 - len(self.rows))
        elif part == "\r":
            self.column = 0
        elif part.endswith("K"):
            self.rows[self.row] = row[: self.column]
        elif part.endswith("A"):
            self.row -= int(part[2:-1])
            assert self.row >= len(self.rows) - self.height  # what scrolled away stays
        elif part.endswith("C"):
            self.column += int(part[2:-1])
        elif not part.startswith("\x1b"):
            row = row.ljust(self.column)
            self.rows[self.row] = row[: self.column] + part + row[self.column + len(part) :]
            self.column += len(part)

    def flush(self):
        pass


@pytest.fixture
def screen():
    """A screen of 60 columns on which pytest has written two dots."""
    screen = Screen()
    screen.write("test_lab.py ..")
    return screen


@pytest.fixture
def line(screen):
    writer = SimpleNamespace(fullwidth=60, width_of_current_line=14, _file=screen)
    plugins = {"terminalreporter": SimpleNamespace(isatty=True, _tw=writer)}
    config = SimpleNamespace(
        pluginmanager=SimpleNamespace(get_plugin=plugins.get), option=SimpleNamespace(verbose=0)
    )
    progress = Progress(earlier=EARLIER)
    progress.plan([(NAME, 64, 0), (NAME, 128, 0)])
    return ProgressLine(progress, config)


SETTING = SimpleNamespace(label=NAME, rung_name="width")


def test_it_has_lines_of_its_own_and_names_the_claim_in_full(screen, line):
    line.started(SETTING, 64, 0)
    assert screen.rows[0] == "test_lab.py .."
    assert screen.rows[1:] == [NAME, "width=64 · about 6 min left"]
    assert (screen.row, screen.column) == (0, 14)


def test_nothing_of_it_stays_when_the_batch_is_done(screen, line):
    line.started(SETTING, 64, 0)
    line.finished(SETTING, 64, 0, 120.0)
    screen.write(".")
    assert [row.rstrip() for row in screen.rows] == ["test_lab.py ...", "", ""]


def test_it_shows_what_workers_have_left(screen, line):
    line.waiting([(NAME, 256, 0)], workers=2)
    assert screen.rows[1].startswith("batches left: 3, workers: 2 · about ")


def test_a_measurement_that_raises_leaves_nothing_on_the_screen(lab, monkeypatch):
    monkeypatch.setattr(
        ProgressLine, "_write", lambda self, text: written.append(text), raising=True
    )
    written = []
    drawn = ProgressLine.clear
    cleared = []
    monkeypatch.setattr(ProgressLine, "clear", lambda self: (cleared.append(1), drawn(self)))
    raising = ("    return width**exponent", '    raise RuntimeError("no")\n    return width')
    lab.write(raising).run()
    assert len(cleared) >= len(lab.PARTS)


CLOCK = """
import itertools
from types import SimpleNamespace
from widthwise.harness.plugin import progress_line

clock = itertools.count(0, 40)  # every reading is 40 seconds after the last
progress_line.time = SimpleNamespace(monotonic=lambda: next(clock))
"""


def test_under_xdist_the_controller_says_how_long_is_left(lab):
    result = lab.write(more=lab.SECOND).conftest(CLOCK).start("-n2")
    assert result.ret == 0
    lines = [line for line in result.outlines if line.startswith("  measuring ")]
    assert lines
    for line in lines:
        assert re.fullmatch(
            r"  measuring batches left: \d+, workers: 2( · under a minute left)?", line
        )
    assert any(line.endswith("left") for line in lines)


@pytest.mark.parametrize("workers", [0, 2])
def test_what_batches_took_is_kept_for_the_next_run(lab, workers):
    lab.write(more=lab.SECOND)
    result = lab.start(f"-n{workers}")
    assert result.ret == 0
    costs = read_costs(lab.path / ".widthwise" / "costs.json")
    assert set(costs) == {
        "units_freeze", "units_freeze control", "units_move", "units_move control"
    }  # fmt: skip
    assert set(costs["units_freeze"]) == set(map(float, lab.WIDTHS))
    assert all(batches[0] >= 0 for at in costs.values() for batches in at.values())


KNOWN = """
def pytest_widthwise_costs():
    return {label: {64.0: (3600.0,)} for label in ("units_freeze", "units_freeze control")}
"""


def test_a_first_run_believes_what_claims_cost_elsewhere(lab, monkeypatch):
    told = []
    estimate = Progress.seconds_left
    monkeypatch.setattr(
        Progress, "seconds_left", lambda self, workers=1: told.append(estimate(self)) or told[-1]
    )
    clock = SimpleNamespace(monotonic=lambda: 1e9 + 100 * len(told))
    monkeypatch.setattr(progress_line, "time", clock)
    terminal = io.StringIO()
    monkeypatch.setattr(ProgressLine, "_write", lambda self, text: terminal.write(text))
    monkeypatch.setattr(progress_line, "_BETWEEN_LOG_LINES", -1)
    lab.write().conftest(KNOWN).run()
    assert told[0] > 3600
    assert "h left" in terminal.getvalue()


def test_what_workers_are_at_is_named(line, screen):
    tasks = [("freeze", 256, index) for index in range(5)]
    line.waiting(tasks, 3, tasks[:3])
    shown = " ".join(" ".join(row.split()) for row in screen.rows)
    assert "freeze at 256, freeze at 256, 1 more · batches left: 7, workers: 3" in shown
