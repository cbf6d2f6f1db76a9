"""What a fault is, and those that may be made in more than one topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Fault:
    """A mistake that a person might make in what a claim measures.

    Attributes:
        name: what the claim calls and the mistake is in.
        faulty: makes the mistaken one out of the sound one.
        module: where the claim looks the name up; None is the claim's own file.
        rungs: where the claim is measured, with the mistake and without.
        settings: arguments of the claim's measurement, where the usual ones do not do.
    """

    name: str
    faulty: Callable[[Any], Any]
    module: ModuleType | None = None
    rungs: tuple[float, ...] = (32, 128, 512)
    settings: Mapping[str, Any] = field(default_factory=dict)


def without_the_root(measure):
    return lambda *arguments: measure(*arguments).square()


def of_other_networks(measure):
    return lambda *arguments: measure(*arguments).roll(1, 0)


def with_a_layer_too_few(kernels):
    return lambda x, activation, depth, **named: kernels(x, activation, depth - 1, **named)


def with_decay(train):
    def faulty(*arguments, **named):
        run = train(*arguments, **named)
        return replace(run, final=run.final.displaced(run.final.parameters, -0.3))

    return faulty


def stopped_early(train):
    return lambda *arguments, steps, **named: train(*arguments, steps=1, **named)


def at_twice_the_rate(outputs):
    return lambda *arguments, rate, **named: outputs(*arguments, rate=2 * rate, **named)
