"""Benchmarks count CPU time on one thread, and print contenders for the same work side by side.

Run `pytest benchmarks`. Contenders take turns, round by round, so that a machine whose load
changes changes the times more than the ratios; of every contender the fastest round counts. Work
of milliseconds is done several times in a row, or the caches that others left would be measured.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from widthwise.models import MLP, sphere

from .rival_process import RivalProcess

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Rival:
    """Another way to do the same work.

    Attributes:
        name: Whose it is.
        seconds: Runs it once and returns its CPU seconds.
        at_least: How many times faster widthwise should be; None where the rival is the floor.
    """

    name: str
    seconds: Callable[[], float]
    at_least: float | None = None


LINES = pytest.StashKey[list[tuple[str, ...]]]()


def pytest_configure(config):
    config.stash[LINES] = [("work", "rival", "ours", "theirs", "ratio", "at least")]


def pytest_terminal_summary(terminalreporter, config):
    lines = config.stash[LINES]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    terminalreporter.section("times faster than the rivals, in CPU time on one thread")
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        terminalreporter.line("  ".join(cells).rstrip())


def cpu_seconds(function: Callable[[], object]) -> Callable[[], float]:
    """The function, made to return the CPU seconds it took."""

    def timed() -> float:
        start = time.process_time()
        function()
        return time.process_time() - start

    return timed


@pytest.fixture
def race(benchmark, request):
    """Measures widthwise against rivals at one piece of work and returns its CPU seconds."""

    def measure(
        work: str, ours: Callable[[], object], *rivals: Rival, share=1, rounds=5, in_a_row=1
    ) -> float:
        times = {rival.name: [] for rival in rivals}

        def let_rivals_run() -> None:
            for rival in rivals:
                times[rival.name] += [rival.seconds() for _ in range(in_a_row)]
            for _ in range(in_a_row - 1):
                ours()

        benchmark.group = work
        benchmark.pedantic(ours, setup=let_rivals_run, rounds=rounds, warmup_rounds=1)
        own = benchmark.stats.stats.min / share
        for rival in rivals:
            theirs = min(times[rival.name][1:])  # the first was to warm up
            benchmark.extra_info[rival.name] = theirs / own
            asked = "" if rival.at_least is None else f"{rival.at_least:g}×"
            line = (work, rival.name, _show(own), _show(theirs), f"{theirs / own:.2f}×", asked)
            request.config.stash[LINES].append(line)
        return own

    return measure


def _show(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms"


class ScaledLinear(nn.Module):
    """A linear layer as anyone would write it: a trainable weight and a fixed multiplier."""

    def __init__(self, weight, multiplier):
        super().__init__()
        self.weight = nn.Parameter(weight.clone())
        self.multiplier = multiplier

    def forward(self, x):
        return (x @ self.weight) * self.multiplier


def as_modules(network):
    """The same networks as a list of nn.Sequential, one for each seed."""
    modules = []
    for s in range(len(network)):
        layers = []
        for weight, scale in zip(network.weights, network.architecture.weight_scales, strict=True):
            layers += [ScaledLinear(weight[s], scale.multiplier), nn.ReLU()]
        modules.append(nn.Sequential(*layers[:-1]))
    return modules


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def neural_tangents() -> Iterator[Callable[[str, float], list[Rival]]]:
    """The rival at a named work; none where NEURAL_TANGENTS_PYTHON names no interpreter."""
    yield from _rivals("neural-tangents", "NEURAL_TANGENTS_PYTHON", "neural_tangents_rival.py")


@pytest.fixture(scope="session")
def jax() -> Iterator[Callable[[str, float], list[Rival]]]:
    """The rival at a named work; none where JAX_PYTHON names no interpreter."""
    yield from _rivals("jax vmap and scan", "JAX_PYTHON", "jax_rival.py")


def _rivals(name: str, variable: str, script: str) -> Iterator[Callable[[str, float], list[Rival]]]:
    python = os.environ.get(variable)
    if not (python and Path(python).exists()):
        yield lambda _work, _at_least: []
        return
    process = RivalProcess(python, HERE / script, os.environ)
    yield lambda work, at_least: [Rival(name, lambda: process.seconds(work), at_least)]
    process.stop()


@pytest.fixture
def problem():
    """Networks and inputs: (width, seeds, n, d, depth, outputs) to (MLP, modules, data)."""

    def make(width, seeds, n, dim, depth, output_dim=1):
        network = MLP.initialise(
            width, range(seeds), input_dim=dim, depth=depth, output_dim=output_dim
        )
        return network, as_modules(network), sphere(n, 1, dim)

    return make
