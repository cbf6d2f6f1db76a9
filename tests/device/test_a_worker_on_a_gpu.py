"""What an engine sends to a worker is measured on the worker's GPU, and comes back as numbers."""

import functools

import numpy as np
import pytest

from widthwise.harness.engines.order import Order, packed
from widthwise.harness.engines.worker import measure, measure_unless_busy
from widthwise.harness.measuring.measuring import Bench, Setting
from widthwise.harness.measuring.shared import Shared
from widthwise.harness.measuring.store import Batch, Store
from widthwise.harness.predictions.power_law import PowerLaw
from widthwise.models import MLP, activation_movement, drawn, sphere, train

WIDTH = 16


def run(width, seeds, mlp, data):
    task = data(seeds)
    before = mlp(width, seeds, input_dim=task.input_dim)
    after = train(before, task.x_train, task.y_train, steps=3).final
    return {"units": activation_movement(before, after, task.x)}


def movement(width, seeds, mlp, data, shared):
    return shared(run, width=width, seeds=seeds, mlp=mlp, data=data)["units"]


def mixing(width, seeds, mlp, data, shared):
    return mlp(width, seeds, input_dim=8)(data(seeds).x.cpu()).mean(1)


def order(measurement, device, place):
    store = Store(place)
    arguments = {
        "mlp": functools.partial(MLP.initialise, device=device),
        "data": functools.partial(drawn, functools.partial(sphere, 8, 8, 8), device=device),
        "shared": Shared(store, device),
    }
    setting = Setting("a", "a", measurement, arguments, "width", PowerLaw(-0.5))
    return packed(Order(Bench(store, device, 0, None), setting, None))


@pytest.mark.parametrize("measure", [measure, measure_unless_busy])
def test_a_worker_measures_on_its_gpu(measure, counted, tmp_path):
    answers = [
        measure(order(movement, device, tmp_path / str(place)), "claim", WIDTH, 0, ())
        for place, device in enumerate(("cpu", "gpu:0"))
    ]
    for answer in answers:
        assert isinstance(answer, Batch), answer.text
        assert isinstance(answer.values, np.ndarray)
    assert counted.used()
    here, there = (answer.values for answer in answers)
    np.testing.assert_allclose(there, here, rtol=1e-4)


@pytest.mark.usefixtures("counted")
def test_a_worker_says_where_devices_were_mixed(tmp_path):
    answer = measure(order(mixing, "gpu:0", tmp_path), "claim 'a'", WIDTH, 0, ())
    assert "inputs lie on cpu, the network on gpu:0" in answer.text
