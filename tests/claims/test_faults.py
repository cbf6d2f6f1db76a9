"""A deliberate fault in what a claim measures turns its verdict: what it says, it looks at.

Few widths and seeds do, because the faulty measurement has to come out wrong there and not merely
open. The sound one, at the same cost, may stay open.
"""

import functools
import inspect
import sys
from dataclasses import replace

import numpy as np
import pytest

from widthwise.harness import Samples
from widthwise.harness.measuring.returned import as_array, parted
from widthwise.harness.terms.ladder import EFFORTS
from widthwise.models import erf

from .catalogue import CLAIMS
from .faults import (
    approximation,
    cost,
    feature_learning,
    fine_tuning,
    generalisation,
    infinite_width,
    lazy_training,
    linear_combinations,
    linearisation,
    prior,
    published,
    published_training,
    random_sampling,
    representation,
    singular_learning,
    spectrum,
    transfer,
)

FAULTS = (
    lazy_training.FAULTS
    | linearisation.FAULTS
    | linear_combinations.FAULTS
    | infinite_width.FAULTS
    | transfer.FAULTS
    | fine_tuning.FAULTS
    | spectrum.FAULTS
    | prior.FAULTS
    | random_sampling.FAULTS
    | approximation.FAULTS
    | representation.FAULTS
    | singular_learning.FAULTS
    | generalisation.FAULTS
    | feature_learning.FAULTS
    | cost.FAULTS
    | published.FAULTS
    | published_training.FAULTS
)
USUAL = {"data": "sphere", "activation": erf, "depth": 1}
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


def arguments(declared, fault, shared, request):
    """What a claim's measurement takes besides the rung and the seeds."""
    chosen = {**USUAL, **fault.settings}
    known = {**chosen, "shared": shared, "data": request.getfixturevalue(chosen["data"])}
    return {
        name: known[name] if name in known else request.getfixturevalue(name)
        for name, parameter in inspect.signature(declared.measure).parameters.items()
        if parameter.default is parameter.empty and name not in ("seeds", *declared.at(1))
    }


def verdict(declared, fault, available):
    """What a claim's prediction makes of its measurement on a few rungs."""
    seeds = range(fault.seeds)
    found = [
        parted(declared.measure(**declared.at(rung), seeds=seeds, **available), declared.given, "")
        for rung in fault.rungs
    ]
    kept = np.all([np.ones(len(seeds), bool) if met is None else met for _, met in found], axis=0)
    ladder = replace(declared.over.at(EFFORTS["quick"]), rungs=fault.rungs)
    values = np.stack([as_array(value)[kept] for value, _ in found]).astype(float)
    samples = Samples(ladder, values)
    return declared.prediction.judge(samples, ALPHA).verdict


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_turns_the_verdict(name, remembered, request, monkeypatch):
    declared, fault = CLAIMS[name], FAULTS[name]
    opposite = declared.expect.opposite
    assert verdict(declared, fault, arguments(declared, fault, remembered, request)) is not opposite
    module = fault.module or sys.modules[declared.measure.__module__]
    monkeypatch.setattr(module, fault.name, fault.faulty(getattr(module, fault.name)))
    assert verdict(declared, fault, arguments(declared, fault, anew, request)) is opposite
