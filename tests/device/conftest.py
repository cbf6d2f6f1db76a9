"""Everything in this folder runs on a pretended GPU."""

import pytest

from .pretended_gpu import pretended


@pytest.fixture(scope="session")
def device():
    """What claims' fixtures make their networks and data on, in place of `--device`."""
    return "gpu:0"


@pytest.fixture
def gpu(device):
    """The device pretended, and what is asked of it."""
    with pretended() as log:
        yield log
