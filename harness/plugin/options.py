"""What options take: each refusal names the value and what would be right.

argparse puts the option's name in front of what a type complains of, if it complains
by `ArgumentTypeError`; of any other error it shows the type's name only.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path


def count(text: str) -> int:
    """A whole number of at least 1."""
    return _whole(text, 1)


def seed(text: str) -> int:
    """A whole number of at least 0."""
    return _whole(text, 0)


def folder(text: str) -> Path:
    """A folder, by a name that is not empty."""
    return Path(named(text))


def named(text: str) -> str:
    """Text that is not empty."""
    if not text.strip():
        raise ArgumentTypeError(f"must not be empty, got {text!r}")
    return text


def _whole(text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise ArgumentTypeError(f"must be a whole number of at least {least}, got {text!r}")
    return int(text)
