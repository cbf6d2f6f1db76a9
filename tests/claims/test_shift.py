"""What a claim measures does not depend on the coordinates its networks are written in.

Or it says so: a distance between parameters is one thing in the weights of NTK and another in those
of its shift, though the functions are the same.
"""

import inspect

import pytest
import torch

from widthwise.models import MLP, ntk

from .catalogue import CLAIMS
from .shifted import THETA, in_other_coordinates
from .walk import walk

ROUNDING = 2e-2
"""One ReLU unit of 64 may cross its kink for rounding; coordinates make a factor of 64^¼ = 2.8."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What every variant gave in both coordinates, by its name."""
    lines = walk("tests.claims.shifted", tmp_path_factory.mktemp("shifted"))
    return {line["name"]: line for line in lines}


def test_what_is_measured_does_not_depend_on_coordinates_or_says_so(measured):
    moved = {
        line["claim"]: line["apart"]
        for line in measured.values()
        if line["shifted"] and not line["apart"] < ROUNDING
    }
    silent = {
        name
        for name in moved
        if "coordinates" not in name and "coordinates" not in (CLAIMS[name].measure.__doc__ or "")
    }
    assert not silent, {name: moved[name] for name in silent}


def test_every_claim_that_takes_networks_is_shifted(measured):
    tried = {line["claim"] for line in measured.values()}
    assert len(tried) > 60
    for line in measured.values():
        if {"mlp", "cnn"} & set(CLAIMS[line["claim"]].measure.__code__.co_varnames):
            assert line["shifted"], line["name"]


def test_shifted_networks_are_the_same_function_in_other_weights():
    makers = (MLP.initialise, in_other_coordinates({"make": MLP.initialise}, {})["make"])
    plain, moved = (make(64, (1, 2), input_dim=3) for make in makers)
    torch.testing.assert_close(plain(torch.ones(1, 3)), moved(torch.ones(1, 3)))
    for weights, others in zip(plain.weights, moved.weights, strict=True):
        torch.testing.assert_close(others, weights * 64**THETA)


def test_a_measurement_without_a_maker_of_networks_takes_a_shifted_parametrization():
    def measure(width, seeds, parametrization=ntk):
        return seeds

    parameters = inspect.signature(measure).parameters
    assert in_other_coordinates({}, parameters) == {"parametrization": ntk.shifted(THETA)}
    assert in_other_coordinates({"data": 3}, {}) == {}
