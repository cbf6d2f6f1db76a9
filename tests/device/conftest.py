"""Everything in this folder runs on a pretended GPU, or with `--device cuda:0` on a real one."""

import contextlib

import pytest
import torch

from .pretended_gpu import Log, pretended


@pytest.fixture(scope="session")
def device(pytestconfig):
    """Where claims' fixtures make their networks and data."""
    chosen = pytestconfig.getoption("--device")
    return chosen if chosen.startswith("cuda") else "gpu:0"


@pytest.fixture
def gpu(device):
    """The device, pretended unless it is real."""
    with pretended() if device == "gpu:0" else contextlib.nullcontext(RealGpu()) as log:
        yield log


@pytest.fixture
def counted():
    """The pretended device in any case, and what is asked of it."""
    with pretended() as log:
        yield log


class RealGpu(Log):
    """A device that counts nothing but its memory."""

    def used(self):
        return torch.cuda.max_memory_allocated() > 0
