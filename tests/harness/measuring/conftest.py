"""A bench with an empty store."""

import pytest

from widthwise.harness.measuring.measuring import Bench
from widthwise.harness.measuring.store import Store

from .bench import CALLS, Watched


@pytest.fixture
def bench(tmp_path):
    return Bench(Store.at(tmp_path / "store"), "cpu", 0, Watched())


@pytest.fixture
def calls():
    CALLS.clear()
    return CALLS
