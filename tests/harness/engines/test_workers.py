"""A worker takes a GPU of its own, measures only what is the same code to it, waits for none."""

import collections
import os
from pathlib import Path

import numpy as np
import pytest

import widthwise.claims.lazy_training.test_activations_freeze as freeze
from widthwise.harness.engines.executors import workers
from widthwise.harness.engines.order import Order, packed
from widthwise.harness.engines.worker import Busy, Refusal, measure, measure_unless_busy
from widthwise.harness.measuring.measuring import Bench, Setting
from widthwise.harness.measuring.shared import Shared
from widthwise.harness.measuring.store import Batch, Store
from widthwise.harness.predictions import power_law
from widthwise.harness.predictions.power_law import PowerLaw
from widthwise.models import gelu, leaky_relu, relu, sin


def visible_gpu():
    return os.environ["CUDA_VISIBLE_DEVICES"]


def holding_a_gpu(gpus, meeting):
    """Take a GPU and keep the process until all workers have one."""
    from widthwise.harness.engines.worker import take_gpu

    take_gpu(gpus)
    Path(meeting).write_text(visible_gpu())
    return os.getpid(), visible_gpu()


def test_each_worker_on_a_machine_sees_a_gpu_of_its_own(tmp_path):
    meetings = [tmp_path / name for name in ("one", "two")]
    for meeting in meetings:
        os.mkfifo(meeting)
    gpus = (f"GPU-{tmp_path.name}-3", f"GPU-{tmp_path.name}-5")
    with workers("loky", None, None, gpus) as hands:
        assert hands.count == 2
        held = [hands.submit(holding_a_gpu, hands.gpus, str(meeting)) for meeting in meetings]
        seen = [meeting.read_text() for meeting in meetings]
        processes = {future.result()[0] for future in held}
    assert len(processes) == 2
    assert sorted(seen) == sorted(gpus)


def test_a_worker_with_other_code_is_refused():
    setting = Setting("units", "units", abs, {}, "width", PowerLaw(0))
    vars(setting)["digest"] = "of other code"
    order = Order(Bench(Store(Path("store")), "cpu", 0, None), setting, None)
    answer = measure(packed(order), "claim 'units'", 64, 0, ())
    assert answer == Refusal("its code or a package it uses is not the same in a worker")


def unpacked(order):
    from widthwise.harness.engines.order import opened

    return opened(order).setting.label  # raises unless the identity is found again


@pytest.mark.parametrize("activation", [relu, gelu, sin, leaky_relu(0.1)], ids=str)
def test_a_claim_of_the_catalogue_keeps_its_identity_in_a_worker(mlp, random_labels, activation):
    given = {"mlp": mlp, "data": random_labels, "activation": activation}
    arguments = {**given, "solve": freeze.one_step}
    claim = freeze.test_activations_freeze_at_once
    setting = Setting("a", "a", claim, arguments, "width", PowerLaw(-0.5))
    order = packed(Order(Bench(Store(Path("store")), "cpu", 0, None), setting, None))
    with workers("loky", 1, None, ()) as hands:
        assert hands.submit(unpacked, order).result() == "a"


def test_what_got_its_name_during_the_run_is_left_to_this_process(tmp_path, monkeypatch, sphere):
    monkeypatch.setattr(power_law, "MADE", sphere, raising=False)
    setting = Setting("units", "units", abs, {"data": sphere}, "width", PowerLaw(0))
    order = packed(Order(Bench(Store(tmp_path), "cpu", 0, None), setting, None))
    with workers("loky", 1, None, ()) as hands:
        answer = hands.submit(measure, order, "claim", 64, 0, ()).result()
    assert isinstance(answer, Refusal)
    assert "MADE" in answer.text


ASKED = collections.deque()
"""The order that a worker is given in the middle of a shared measurement, once."""

SAID = collections.deque()
"""What it said, and each time the shared measurement was taken."""


def run(seeds):
    SAID.append("measured")
    if ASKED:
        SAID.append(measure_unless_busy(ASKED.popleft(), "another", 64, 0, ()))
    return {"units": np.array(seeds) / 2**63, "kernel": np.array(seeds) / 2**62}


def units(width, seeds, shared):
    return shared(run, seeds=seeds)["units"]


def kernel(width, seeds, shared):
    return shared(run, seeds=seeds)["kernel"]


@pytest.mark.parametrize("other", [kernel, units], ids=["another claim's", "the same"])
def test_a_worker_asked_for_what_is_being_measured_does_not_wait_for_it(tmp_path, other):
    store = Store.at(tmp_path)
    bench, shared = Bench(store, "cpu", 0, None), Shared(store, "cpu")
    settings = [
        Setting("runs", "a", asks, {"shared": shared}, "width", PowerLaw(0))
        for asks in (units, other)
    ]
    first, second = (packed(Order(bench, setting, None)) for setting in settings)
    SAID.clear()
    ASKED.append(second)
    assert isinstance(measure_unless_busy(first, "first", 64, 0, ()), Batch)
    assert list(SAID) == ["measured", Busy()]
    assert isinstance(measure_unless_busy(second, "second", 64, 0, ()), Batch)
    assert list(SAID) == ["measured", Busy()]
    assert not list(tmp_path.rglob("*.lock"))
