"""A walk over the claims in place of a run: a small look at each variant, and no store.

A pytest plugin that registers a `Walk` takes the place of what widthwise's does with the items of
claims; `walk` runs the catalogue under it in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # loaded before pytest rewrites the assertions of plugins
    from widthwise.harness.measuring.verification import Case
    from widthwise.harness.plugin.parts import Part

LINES = "WIDTHWISE_WALK"


def anew(measure, /, **arguments):
    """The fixture `shared` without a store."""
    from widthwise.harness.measuring.returned import as_array

    return {name: as_array(value) for name, value in measure(**arguments).items()}


def ends(parts):
    """The first and the last of each claim's variants: they differ in most of what they take."""
    last = {part.claim.name: part for part in parts}
    first = {part.claim.name: part for part in reversed(parts)}
    return [part for part in parts if part in (first[part.claim.name], last[part.claim.name])]


@dataclass(frozen=True)
class Walk:
    """What a walk does.

    Attributes:
        keep: the parts to look at, of the first rungs of all variants in their order.
        look: what it finds at a case's first rung, as lines for the file.
    """

    keep: Callable[[list[Part]], Iterable[Part]]
    look: Callable[[Case, float], Iterable[dict[str, Any]]]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        from widthwise.harness.plugin.parts import Part

        firsts = {}
        for part in map(Part.of, items):
            if part is not None and part.stage.kind == "rung":
                firsts.setdefault((part.claim.name, part.variant), part)
        items[:] = [part.item for part in self.keep(list(firsts.values()))]

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        from widthwise.harness.plugin.parts import Part

        part = Part.of(pyfuncitem)
        with Path(os.environ[LINES]).open("a") as file:
            for line in self.look(part.case(), part.stage.rung):
                print(json.dumps(line), file=file)
        return True


def walk(plugin, place, environment=None):
    """What a plugin's walk over the catalogue found, line by line; `place` is an empty folder."""
    command = [sys.executable, "-m", "pytest", "-q", "--pyargs", "widthwise.claims"]
    plugins = ["-p", plugin, "-p", "no:cacheprovider", "-p", "no:widthwise-reports"]
    ended = subprocess.run(
        [*command, *plugins, "--device=cpu", "--effort=standard", f"--store={place / 'store'}"],
        cwd=Path(__file__).parents[2],
        env=os.environ | (environment or {}) | {LINES: str(place / "lines")},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout
    return [json.loads(line) for line in (place / "lines").read_text().splitlines()]
