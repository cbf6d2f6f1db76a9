"""A pytest plugin that measures every claim twice: as it is, and in shifted coordinates.

A parametrization and its shift by θ are the same networks trained alike, written in weights that
differ by N^θ (Yang & Hu 2021, equation 5). Whatever a claim says of functions, units and kernels in
use is the same in both. Networks are made by what the fixtures supply, so that is what is shifted;
a measurement that takes only the parametrization itself gets a shifted one.

Of each claim the first and the last variant are measured, at the first rung for two seeds.
"""

import functools
import inspect

import numpy as np
import pytest

from .walk import Walk, anew, ends

THETA = 0.25
SEEDS = (11, 12)


once = functools.cache(anew)
"""The fixture `shared`: what claims share is measured once in either coordinates."""


@functools.cache
def shifted(make):
    """A maker of networks that writes them in other coordinates, for one maker the same."""
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


def unrounded(parts):
    """The ends of claims that are not about rounding."""
    return ends([p for p in parts if not getattr(p.claim.prediction, "of_rounding", False)])


def look(case, rung):
    """How far apart a variant's numbers are in both coordinates."""
    from widthwise.harness.measuring.returned import as_array, parted

    measure = case.claim.measure
    arguments = {**case.arguments, **({"shared": once} if "shared" in case.arguments else {})}
    moved = in_other_coordinates(arguments, inspect.signature(measure).parameters)
    line = {"claim": case.claim.name, "name": case.name, "shifted": sorted(moved)}
    if moved:
        given = {**case.claim.at(rung), "seeds": SEEDS}
        one, other = (
            np.asarray(
                as_array(
                    parted(measure(**{**arguments, **changed}, **given), case.claim.given, "")[0]
                ),
                float,
            )
            for changed in ({}, moved)
        )
        apart = np.abs(one - other).max()
        line["apart"] = float(apart / max(np.abs(one).max(), np.abs(other).max(), 1e-300))
    yield line


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    config.pluginmanager.register(Walk(unrounded, look))  # after widthwise's, hence before it
