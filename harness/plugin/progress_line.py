"""The progress line: drawn behind pytest's dots, gone when the batch is done.

On a terminal the line is drawn ahead of the cursor, which returns to where
pytest left it, so whatever pytest writes next overwrites it. Elsewhere (a log)
a plain line appears at most once a minute. With `-q` there is none.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest

from ..measuring.measuring import Setting
from ..measuring.progress import Progress, Task, duration
from .wording import short

_BETWEEN_LOG_LINES = 60.0
_NARROWEST = 24


class ProgressLine:
    """Shows what is being measured; implements the harness's `Watcher`."""

    def __init__(self, progress: Progress, config: pytest.Config) -> None:
        self._progress = progress
        self._terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._capture = config.pluginmanager.get_plugin("capturemanager")
        if self._terminal is not None and config.option.verbose < 0:  # its option
            self._terminal = None
        self._logged = time.monotonic()

    def started(self, setting: Setting, rung: float, batch: int) -> None:
        """Show the batch that is about to be measured, and how long is left."""
        self._progress.plan([(setting.label, rung, batch)])
        if self._terminal is None:
            return
        what = f"{setting.rung_name}={rung:g}" + (f", batch {batch + 1}" if batch else "")
        left = self._left(workers=1)
        # The file's name stands in front, so the claim's may be cut off.
        self._show([what, *left, setting.label], [f"{setting.label} {what}", *left])

    def finished(self, setting: Setting, rung: float, batch: int, seconds: float) -> None:
        """Note the time it took and clear the line."""
        self._progress.finish((setting.label, rung, batch), seconds)
        if seconds and self._terminal is not None and self._terminal.isatty:
            self._write("\x1b[K")

    def waiting(self, more: Sequence[Task], workers: int) -> None:
        """Show how much is left while workers measure."""
        self._progress.plan(more)
        ahead = len(self._progress.ahead)
        if self._terminal is None or not ahead:
            return
        line = [f"batches left: {ahead}, workers: {workers}", *self._left(workers)]
        self._show(line, line)

    def _left(self, workers: int) -> list[str]:
        seconds = self._progress.seconds_left(workers)
        return [] if seconds is None else [f"{duration(seconds)} left"]

    def _show(self, drawn: list[str], logged: list[str]) -> None:
        if self._terminal.isatty:
            self._draw(" · ".join(drawn))
        elif time.monotonic() - self._logged > _BETWEEN_LOG_LINES:
            self._logged = time.monotonic()
            self._write("\n  measuring " + " · ".join(logged) + "\n")

    def _draw(self, text: str) -> None:
        writer = self._terminal._tw  # pytest offers no other way to the cursor
        room = writer.fullwidth - writer.width_of_current_line - 2
        if room >= _NARROWEST:
            shown = " " + short(text, room - 1)
            self._write(f"\x1b[K\x1b[2m{shown}\x1b[22m\x1b[{len(shown)}D")

    def _write(self, text: str) -> None:
        if self._capture is None:
            self._put(text)
        else:
            with self._capture.global_and_fixture_disabled():
                self._put(text)

    def _put(self, text: str) -> None:
        # Past pytest's own bookkeeping of the column, which must not see this line.
        file = self._terminal._tw._file
        file.write(text)
        file.flush()
