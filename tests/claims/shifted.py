"""A pytest plugin that measures every claim twice: as it is, and in shifted coordinates.

A parametrization and its shift by θ are the same networks trained alike, written in weights that
differ by N^θ (Yang & Hu 2021, equation 5). Whatever a claim says of functions, units and kernels in
use is the same in both. Networks are made by what the fixtures supply, so that is what is shifted;
a measurement that takes only the parametrization itself gets a shifted one.

Each claim's first rung and two seeds are measured. What came of them goes into the file that
SHIFTED names, one line of JSON for each variant.
"""

import functools
import inspect
import json
import os
from pathlib import Path

import numpy as np
import pytest

THETA = 0.25
SEEDS = (11, 12)


def shifted(make):
    """A maker of networks that writes them in other coordinates."""
    default = inspect.signature(make).parameters["parametrization"].default

    def made(*arguments, parametrization=default, **options):
        return make(*arguments, parametrization=parametrization.shifted(THETA), **options)

    return functools.wraps(make)(made)


def in_other_coordinates(arguments, parameters):
    """A measurement's arguments with every maker of networks shifted."""
    makers = {name for name, value in arguments.items() if _makes_networks(value)}
    found = {name: shifted(arguments[name]) for name in makers}
    own = parameters.get("parametrization")
    if not found and own is not None:
        given = arguments.get("parametrization", own.default)
        found = {"parametrization": given.shifted(THETA)}
    return found


def _makes_networks(value):
    if isinstance(value, type) or not callable(value):
        return False
    try:
        return "parametrization" in inspect.signature(value).parameters
    except (TypeError, ValueError):
        return False


def anew(measure, /, **arguments):
    """The fixture `shared` without a store."""
    from widthwise.harness.measuring.returned import as_array

    return {name: as_array(value) for name, value in measure(**arguments).items()}


class Measuring:
    """Takes the place of what the plugin does with a claim's items."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        from widthwise.harness.measuring.returned import as_array
        from widthwise.harness.plugin.parts import Part

        part = Part.of(pyfuncitem)
        case = part.case()
        measure, rung = case.claim.measure, {case.claim.rung_name: part.stage.rung}
        arguments = {**case.arguments, **({"shared": anew} if "shared" in case.arguments else {})}
        moved = in_other_coordinates(arguments, inspect.signature(measure).parameters)
        numbers = [
            np.asarray(as_array(measure(**{**arguments, **changed}, **rung, seeds=SEEDS)), float)
            for changed in ({}, moved)
            if moved
        ]
        line = {"claim": case.claim.name, "name": case.name, "shifted": sorted(moved)}
        if moved:
            one, other = numbers
            apart = np.abs(one - other).max()
            line["apart"] = float(apart / max(np.abs(one).max(), np.abs(other).max(), 1e-300))
        with Path(os.environ["SHIFTED"]).open("a") as file:
            print(json.dumps(line), file=file)
        return True


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    config.pluginmanager.register(Measuring())  # after the plugin, hence before it


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep the first rung of every claim that is not about rounding."""
    from widthwise.harness.plugin.parts import Part

    parts = {item: Part.of(item) for item in items}
    firsts = {}
    for item, part in parts.items():
        if part is not None and part.stage.kind == "rung":
            firsts.setdefault((part.claim.name, part.variant), item)
    kept = [
        item
        for item in firsts.values()
        if not getattr(parts[item].claim.prediction, "of_rounding", False)
    ]
    items[:] = kept
