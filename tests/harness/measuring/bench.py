"""Measurements on a bench, and what was asked of them."""

import collections
import dataclasses

import numpy as np

from widthwise.harness.measuring.measuring import BATCH, Setting
from widthwise.harness.predictions.power_law import PowerLaw
from widthwise.harness.terms.seeds import replicate_seeds


@dataclasses.dataclass
class Watched:
    """Notes what it is told."""

    started_at: list = dataclasses.field(default_factory=list)
    finished_at: list = dataclasses.field(default_factory=list)

    def started(self, setting, rung, batch):
        self.started_at.append((setting.label, rung, batch))

    def finished(self, setting, rung, batch, seconds):
        self.finished_at.append((setting.label, rung, batch, seconds > 0))


CALLS = collections.deque()  # not a list, whose content would count among what noisy() refers to


def setting_of(measure, prediction=None, **arguments):
    return Setting(
        seeds_of="units_freeze",
        label="units_freeze[sphere]",
        measure=measure,
        arguments=arguments,
        rung_name="width",
        prediction=prediction or PowerLaw(-1 / 2),
    )


def noisy(width, seeds, gain=1.0):
    CALLS.append((width, len(seeds)))
    return gain * width**-0.5 * np.array([1 + seed / 2**63 for seed in seeds])


def expected(width, batch=0, master_seed=0):
    replicates = range(batch * BATCH, (batch + 1) * BATCH)
    seeds = replicate_seeds(master_seed, "units_freeze", replicates)
    return width**-0.5 * np.array([1 + seed / 2**63 for seed in seeds])
