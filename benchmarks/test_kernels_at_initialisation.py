"""Kernels at initialisation on one thread, in CPU time, beside neural-tangents.

The rival needs an old jax, hence an interpreter of its own: NEURAL_TANGENTS_PYTHON names it.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest
import torch

from widthwise.models import Architecture, erf, relu
from widthwise.models.conditioned import initial_kernels
from widthwise.models.infinite_width import infinite_width_kernels

# At least so many times faster; see docs/performance.md for the figures.
ANALYTIC = {relu: 4.8, erf: 4.5}
INITIAL = {512: 9, 2048: 70}
SEEDS = range(16)


@pytest.fixture(scope="module")
def rival():
    """CPU seconds of neural-tangents, by work; None where it is not installed."""
    python = os.environ.get("NEURAL_TANGENTS_PYTHON")
    if python is None:
        return None
    script = Path(__file__).with_name("neural_tangents_times.py")
    done = subprocess.run([python, script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def points(n):
    return torch.randn(n, 64, generator=torch.Generator().manual_seed(0))


def compare(benchmark, rival, work, target, share=1):
    if rival is None:
        pytest.skip("NEURAL_TANGENTS_PYTHON names no interpreter with neural-tangents: no ratio")
    ours = benchmark.stats.stats.min / share
    ratio = rival[work] / ours
    benchmark.extra_info.update(rival_seconds=rival[work], times_faster=ratio, at_least=target)
    print(
        f"\n{work}: {ours * 1e3:.1f} ms, neural-tangents {rival[work] * 1e3:.1f} ms, {ratio:.1f}×"
    )
    assert ratio >= target


@pytest.mark.benchmark(timer=time.process_time, warmup=True)
@pytest.mark.parametrize("activation", list(ANALYTIC), ids=str)
@pytest.mark.usefixtures("one_thread")
def test_analytic_kernels(benchmark, rival, activation):
    """NNGP and tangent kernel, 2000 inputs, 3 hidden layers with biases, float32."""
    architecture = Architecture(1, 64, depth=3, activation=activation, sigma_b=0.1)
    x = points(2000)
    benchmark.pedantic(infinite_width_kernels, (architecture, x), rounds=10, warmup_rounds=1)
    compare(benchmark, rival, f"analytic-{activation}", ANALYTIC[activation])


@pytest.mark.benchmark(timer=time.process_time, warmup=True)
@pytest.mark.parametrize("width", list(INITIAL))
@pytest.mark.usefixtures("one_thread")
def test_kernels_of_fresh_networks(benchmark, rival, width):
    """Outputs and tangent kernel per seed, 32 inputs, 3 hidden layers, ReLU, float32."""
    architecture = Architecture(width, 64, depth=3)
    x = points(32)
    benchmark.pedantic(initial_kernels, (architecture, x, SEEDS), rounds=10, warmup_rounds=1)
    compare(benchmark, rival, f"initial-{width}", INITIAL[width], share=len(SEEDS))
