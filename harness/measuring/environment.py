"""What a record says of the software that made it."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from pathlib import Path

_NAMED = ("widthwise", "torch", "numpy", "scipy", "pytest")


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that decide the numbers, by name."""
    found = {"python": platform.python_version()}
    for name in _NAMED:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def commit(directory: Path) -> str | None:
    """The commit that `directory` is checked out at, "+" added if files have changed.

    None outside a repository, or where git is not installed.
    """
    try:
        head = _git(directory, "rev-parse", "--short=12", "HEAD")
        changed = _git(directory, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return head + "+" if changed else head


def _git(directory: Path, *arguments: str) -> str:
    finished = subprocess.run(
        ["git", "-C", str(directory), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return finished.stdout.strip()
