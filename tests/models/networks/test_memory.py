import importlib
import re

import pytest
import torch

from widthwise.models import CNN, MLP, Architecture
from widthwise.models.networks.memory import available_bytes, check_fits

memory = importlib.import_module("widthwise.models.networks.memory")


@pytest.fixture
def free(monkeypatch):
    """Pretends that so much memory is free."""

    def pretend(count):
        monkeypatch.setattr(memory, "available_bytes", lambda device: count)

    return pretend


def test_the_count_of_parameters_is_that_of_the_networks():
    for network in (
        MLP.initialise(7, (1,), input_dim=3, sigma_b=0.1, depth=3),
        CNN.initialise(5, (1,), input_dim=16, output_dim=2),
    ):
        held = sum(tensor.numel() for tensor in network.parameters.tensors)
        assert network.architecture.parameter_count == held


def test_networks_that_fit_are_drawn(free):
    own = 4 * Architecture(32, 4).parameter_count
    free(3 * own)
    assert len(MLP.initialise(32, range(3), input_dim=4)) == 3
    with pytest.raises(MemoryError, match=r"4 networks of width 32 .*: 3 at a time would fit"):
        MLP.initialise(32, range(4), input_dim=4)


@pytest.mark.parametrize("depth", [1, 3])
def test_the_width_that_would_fit_is_named_and_fits(free, depth):
    free(10**6)
    wide = Architecture(10**5, 4, depth=depth)
    with pytest.raises(MemoryError, match="up to a width of about") as refusal:
        check_fits(wide, 1, torch.float32, "cpu")
    named = int(re.findall(r"about (\d+)", str(refusal.value))[0])
    for width, fits in ((named * 9 // 10, True), (named * 11 // 10, False)):
        narrower = Architecture(width, 4, depth=depth)
        assert (4 * narrower.parameter_count <= 10**6) == fits


def test_a_width_that_fits_nowhere_is_refused_before_anything_is_drawn():
    with pytest.raises(MemoryError, match="width 100000000 have"):
        MLP.initialise(10**8, range(2), input_dim=4)


def test_free_memory_is_a_part_of_what_there_is():
    assert 2**20 < available_bytes("cpu") < 2**50


def test_free_memory_of_a_gpu_includes_what_torch_keeps_of_it(monkeypatch):
    for name, count in (("memory_reserved", 50), ("memory_allocated", 20)):
        monkeypatch.setattr(torch.cuda, name, lambda device, count=count: count)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (7, 100))
    assert available_bytes("cuda:0") == 37
