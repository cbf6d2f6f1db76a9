"""A worker takes a GPU of its own, and measures only what is the same code to it."""

import os
from pathlib import Path

import widthwise.claims.lazy_training.test_activations_freeze as freeze
from widthwise.harness.executors import workers
from widthwise.harness.measuring import Bench, Setting
from widthwise.harness.order import Order, packed
from widthwise.harness.power_law import PowerLaw
from widthwise.harness.store import Store
from widthwise.harness.worker import Refusal, measure
from widthwise.models import relu


def visible_gpu():
    return os.environ["CUDA_VISIBLE_DEVICES"]


def holding_a_gpu(gpus, meeting):
    """Take a GPU and keep the process until all workers have one."""
    from widthwise.harness.worker import take_gpu

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
    from widthwise.harness.order import opened

    return opened(order).setting.label  # raises unless the identity is found again


def test_a_claim_of_the_catalogue_keeps_its_identity_in_a_worker(mlp, sphere):
    arguments = {"mlp": mlp, "data": sphere, "activation": relu, "solve": freeze.one_step}
    setting = Setting("a", "a", freeze.test_activations_freeze, arguments, "width", PowerLaw(-0.5))
    order = packed(Order(Bench(Store(Path("store")), "cpu", 0, None), setting, None))
    with workers("loky", 1, None, ()) as hands:
        assert hands.submit(unpacked, order).result() == "a"
