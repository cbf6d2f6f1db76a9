"""What a fault is, and those that are made in more than one topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Fault:
    """A mistake that a person might make in what a claim measures.

    Attributes:
        name: the function that the mistake is in.
        faulty: makes the mistaken function out of the sound one.
        module: where the function is looked up by its name; None is the claim's own file.
        rungs: where to measure, with the mistake and without.
        seeds: how many networks.
        settings: arguments of the measurement, where the usual ones do not do.
    """

    name: str
    faulty: Callable[[Any], Any]
    module: ModuleType | None = None
    rungs: tuple[float, ...] = (32, 64, 256)
    seeds: int = 16
    settings: Mapping[str, Any] = field(default_factory=dict)


def without_the_root(rms):
    return lambda values: rms(values).square()


def of_other_networks(measure):
    return lambda *arguments: measure(*arguments).roll(1, 0)


def multiplying_all_weights(factor):
    """Training that ends at weights of the wrong size."""

    def mistaken(train):
        def faulty(*arguments, **named):
            run = train(*arguments, **named)
            return replace(run, final=run.final.displaced(run.final.parameters, factor - 1))

        return faulty

    return mistaken


def stopped_after_a_step(train):
    return lambda *arguments, steps, **named: train(*arguments, steps=1, **named)


def without_the_start(outputs):
    return lambda theta, across, y, *_, **named: outputs(theta, across, y, **named)
