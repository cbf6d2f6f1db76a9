"""A pytest plugin that measures claims, and their controls, on a GPU: pretended unless DEVICE is.

Of each claim the first and the last variant at the first rung, for two seeds. A training is cut to
a few steps and said to have succeeded: where tensors lie does not depend on how many there are.
"""

import contextlib
import functools
import inspect
import os
import traceback

import numpy as np
import pytest
import torch

from ..claims.walk import Walk, anew, ends
from .pretended_gpu import GPU, pretended

SEEDS = (11, 12)
STEPS = 4
DEVICE = "WIDTHWISE_WALK_DEVICE"


def shortened(train_block):
    """The training of a block with a few steps instead of many, after which it is said to fit."""

    def train(network, points, y, rates, advance, steps, tolerances):
        few = min(steps, STEPS)
        losses, taken, converged, diverged, seen = train_block(
            network, points, y, rates, advance, few, tolerances
        )
        losses = torch.cat((losses, losses.new_zeros(len(losses), steps - few)), 1)
        seen = torch.cat((seen, seen[:, -1:].expand(-1, steps - few, *seen.shape[2:])), 1)
        return losses, taken, torch.ones_like(converged), diverged, seen

    return train


def shortened_flow(follow):
    """The flow of a block for a few steps instead of many, after which it is said to fit."""

    def follow_few(network, x, y, length, steps, rate):
        few = min(steps, STEPS)
        end, seen = follow(network, x, y, length, few, rate)
        fitted = y[:, None].expand(-1, steps - few, *y.shape[1:])
        return end, torch.cat((seen[:, : few + 1], fitted), 1)

    return follow_few


def with_few_steps(train):
    """The training of linearised networks with a few steps instead of many."""
    return lambda linearised, x, y, *, steps, **named: train(
        linearised, x, y, steps=min(steps, STEPS), **named
    )


def look(log):
    """Measures a case and its control; what the device did, or what went wrong."""

    @functools.cache
    def once(measure, **arguments):
        """What claims share, measured for the first of them, and the launches that it took."""
        before = log.launches.total()
        return anew(measure, **arguments), log.launches.total() - before

    def looked(case, rung):
        from widthwise.harness.measuring.returned import as_array, parted

        for role in ("claim", "control"):
            setting = case.setting(role)
            own = inspect.signature(setting.measure).parameters
            taken = []

            def shared(measure, /, taken=taken, **arguments):
                found, launches = once(measure, **arguments)
                taken.append(launches)
                return found

            arguments = {**setting.arguments, **({"shared": shared} if "shared" in own else {})}
            before, line = log.launches.total(), {"claim": case.claim.name, "name": setting.label}
            try:
                given = {**setting.at(rung), "seeds": SEEDS}
                found, met = parted(setting.measure(**arguments, **given), setting.given, "")
                values = np.asarray(as_array(found), float)
                values = values if met is None else np.where(met, values, 0)
                line["finite"] = len(values) == len(SEEDS) and bool(np.isfinite(values).all())
            except Exception:
                line["failed"] = traceback.format_exc(limit=-4)
            yield line | {"launches": log.launches.total() - before + sum(taken)}

    return looked


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    stack = contextlib.ExitStack()
    log = stack.enter_context(pretended())
    config.add_cleanup(stack.close)
    config.pluginmanager.register(Walk(ends, look(log)))  # after widthwise's, hence before it


def pytest_collection_finish():
    from widthwise.claims import fixtures
    from widthwise.models import LinearisedNetwork
    from widthwise.models.training import descent, gradient_flow

    device = os.environ.get(DEVICE, str(GPU))
    fixtures._device = lambda config: device
    descent._train_block = shortened(descent._train_block)
    gradient_flow._follow = shortened_flow(gradient_flow._follow)
    LinearisedNetwork.train = with_few_steps(LinearisedNetwork.train)
