"""Collected for somebody's own network only, wherever the folder lies; rates where asked for."""

import pytest


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Without a network there is nothing to check."""
    return True if config.getoption("--module") is None else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without rates there is no best one."""
    if config.getoption("--rates") is None:
        rest = [item for item in items if getattr(item, "originalname", "") != "test_best_rate"]
        items[:] = rest
