"""What a record says of the software that made it."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
import sys
from pathlib import Path

from threadpoolctl import threadpool_info

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


def threads() -> int:
    """How many threads this process computes with: torch's where it is loaded, else the BLAS's."""
    torch = sys.modules.get("torch")  # by name: the harness knows no torch
    if torch is not None:
        return torch.get_num_threads()
    return max((pool["num_threads"] for pool in threadpool_info()), default=1)


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
