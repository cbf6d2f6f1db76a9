"""The progress line: drawn below pytest's dots, gone when the batch is done.

On a terminal it has lines of its own under the one that pytest is writing, and the cursor
returns to where pytest left it. Elsewhere (a log) a plain line appears at most once a
minute. With `-q` there is none.
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from ..measuring.measuring import Setting
from ..measuring.progress import Progress, Task, duration
from .wording import short

_BETWEEN_LOG_LINES = 60.0
_BETWEEN_ESTIMATES = 1.0
"""Seconds: an estimate over two thousand batches takes ten milliseconds."""

_LONGEST = 400
_NAMED = 2


class ProgressLine:
    """Shows what is being measured; implements the harness's `Watcher`.

    Args:
        progress: what is known of batches; kept up to date here.
        config: the session's configuration.
    """

    def __init__(self, progress: Progress, config: pytest.Config) -> None:
        self.progress = progress
        self._terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._capture = config.pluginmanager.get_plugin("capturemanager")
        if self._terminal is not None and config.option.verbose < 0:  # its option
            self._terminal = None
        self._said = time.monotonic()
        self._left: list[str] = []
        self._drawn = 0

    def started(self, setting: Setting, rung: float, batch: int) -> None:
        """Show the batch that is about to be measured, and how long is left."""
        self.progress.plan([(setting.label, rung, batch)])
        what = f"{setting.rung_name}={rung:g}" + (f", batch {batch + 1}" if batch else "")
        self._show(f"{setting.label} {what}", workers=1)

    def finished(self, setting: Setting, rung: float, batch: int, seconds: float) -> None:
        """Note the time it took and clear the line."""
        self.progress.finish((setting.label, rung, batch), seconds)
        self.clear()

    def waiting(self, more: Sequence[Task], workers: int, running: Sequence[Task] = ()) -> None:
        """Show what workers measure, and how much is left."""
        progress = self.progress
        progress.plan(more)
        ahead = progress.ahead
        # An engine asks for a setting's next look as soon as its last is there.
        progress.settle({task[0] for task in progress.planned} - {task[0] for task in ahead})
        self.share(len(ahead), workers, running)

    def share(self, ahead: int, workers: int, running: Sequence[Task] = ()) -> None:
        """Show how much is left for so many workers, and what they are at as far as is known."""
        if ahead:
            named = [f"{label} at {rung:g}" for label, rung, _ in running[:_NAMED]]
            more = len(running) - len(named)
            named += [f"{more} more"] if more else []
            left = f"batches left: {ahead}, workers: {workers}"
            self._show(" · ".join([", ".join(named), left] if named else [left]), workers)

    def settled(self, labels: Iterable[str]) -> None:
        """Note which settings need no further look."""
        self.progress.settle(labels)

    def clear(self) -> None:
        """Take the line away, so that pytest can go on writing."""
        if self._drawn:
            self._below([""] * self._drawn)
            self._drawn = 0

    def _show(self, what: str, workers: int) -> None:
        if self._terminal is None:
            return
        on_screen, now = self._terminal.isatty, time.monotonic()
        since = now - self._said
        if not on_screen and since <= _BETWEEN_LOG_LINES:
            return
        if since > _BETWEEN_ESTIMATES or not self._left:
            seconds = self.progress.seconds_left(workers)
            self._left = [] if seconds is None else [f"{duration(seconds)} left"]
            self._said = now
        text = " · ".join([what, *self._left])
        if on_screen:
            self._draw(text)
        else:
            self._write(f"\n  measuring {text}\n")

    def _draw(self, text: str) -> None:
        room = max(self._terminal._tw.fullwidth - 1, 1)  # pytest offers no other way to the cursor
        lines = textwrap.wrap(short(text, _LONGEST), room, break_on_hyphens=False)
        self.clear()
        self._below([f"\x1b[2m{line}\x1b[22m" for line in lines])
        self._drawn = len(lines)

    def _below(self, lines: Sequence[str]) -> None:
        column = self._terminal._tw.width_of_current_line
        right = f"\x1b[{column}C" if column else ""
        written = "".join(f"\n\r\x1b[K{line}" for line in lines)
        self._write(f"{written}\r\x1b[{len(lines)}A{right}")

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
