"""A pytest plugin that measures claims, and their controls, on a GPU: pretended unless DEVICE is.

Of each claim the first and the last variant at the first rung, for two seeds. A training is cut to
a few steps and said to have succeeded: where tensors lie does not depend on how many there are.
"""

import contextlib
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


def with_few_steps(train):
    """The training of linearised networks with a few steps instead of many."""
    return lambda linearised, x, y, *, steps, **named: train(
        linearised, x, y, steps=min(steps, STEPS), **named
    )


def look(log):
    """Measures a case and its control; what the device did, or what went wrong."""

    def looked(case, rung):
        from widthwise.harness.measuring.returned import as_array

        for role in ("claim", "control"):
            setting = case.setting(role)
            own = inspect.signature(setting.measure).parameters
            arguments = {**setting.arguments, **({"shared": anew} if "shared" in own else {})}
            before, line = log.launches.total(), {"claim": case.claim.name, "name": setting.label}
            try:
                given = {case.claim.rung_name: rung, "seeds": SEEDS}
                values = np.asarray(as_array(setting.measure(**arguments, **given)), float)
                line["finite"] = len(values) == len(SEEDS) and bool(np.isfinite(values).all())
            except Exception:
                line["failed"] = traceback.format_exc(limit=-4)
            yield line | {"launches": log.launches.total() - before}

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
    from widthwise.models.training import descent

    device = os.environ.get(DEVICE, str(GPU))
    fixtures._device = lambda config: device
    descent._train_block = shortened(descent._train_block)
    LinearisedNetwork.train = with_few_steps(LinearisedNetwork.train)
