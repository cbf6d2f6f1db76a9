"""A deliberate fault in what a claim measures turns its verdict: what it says, it looks at.

Few widths and seeds do, because the faulty measurement has to come out wrong there and not merely
open; the sound one, at the same cost, may stay open.
"""

import functools
import inspect
import sys
from dataclasses import replace

import numpy as np
import pytest

from widthwise.harness import Samples
from widthwise.harness.ladder import EFFORTS
from widthwise.models import erf

from .catalogue import CLAIMS
from .faults import infinite_width, lazy_training, linear_combinations, linearisation

FAULTS = (
    lazy_training.FAULTS
    | linear_combinations.FAULTS
    | linearisation.FAULTS
    | infinite_width.FAULTS
)
SEEDS = range(16)
ALPHA = 1e-2


def test_every_claim_is_tried_with_a_fault():
    assert FAULTS.keys() == CLAIMS.keys()


@pytest.fixture(scope="module")
def remembered():
    """The fixture `shared`, for what is measured without a fault."""
    return functools.cache(anew)


def anew(measure, /, **arguments):
    """The fixture `shared` without a store."""
    return measure(**arguments)


@pytest.fixture
def usual(mlp, cnn, sphere, digits):
    """What claims take, where a fault does not say otherwise."""
    return {
        "mlp": mlp,
        "cnn": cnn,
        "data": sphere,
        "sphere": sphere,
        "digits": digits,
        "activation": erf,
        "depth": 1,
    }


def verdict(declared, rungs, available):
    """What a claim's prediction makes of its measurement on a few rungs."""
    arguments = {
        name: available[name]
        for name, parameter in inspect.signature(declared.measure).parameters.items()
        if parameter.default is parameter.empty and name not in ("seeds", declared.rung_name)
    }
    values = [
        np.asarray(declared.measure(**{declared.rung_name: rung}, seeds=SEEDS, **arguments), float)
        for rung in rungs
    ]
    ladder = replace(declared.over.at(EFFORTS["quick"]), rungs=rungs)
    return declared.prediction.judge(Samples(ladder, np.stack(values)), ALPHA).verdict


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_turns_the_verdict(name, usual, remembered, monkeypatch):
    declared, fault = CLAIMS[name], FAULTS[name]
    available = {**usual, **fault.settings}
    sound = verdict(declared, fault.rungs, {**available, "shared": remembered})
    assert sound is not declared.expect.opposite
    module = fault.module or sys.modules[declared.measure.__module__]
    monkeypatch.setattr(module, fault.name, fault.faulty(getattr(module, fault.name)))
    found = verdict(declared, fault.rungs, {**available, "shared": anew})
    assert found is declared.expect.opposite
