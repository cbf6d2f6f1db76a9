"""Collected for somebody's own network only, wherever the folder lies."""

import pytest


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Without a network there is nothing to check."""
    return True if config.getoption("--module") is None else None
