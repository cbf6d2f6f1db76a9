"""The check of a real GPU can be rehearsed, and loses nothing where a part of it fails."""

import argparse
import importlib.util
import json
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "device_check.py"


@pytest.fixture(scope="module")
def device_check():
    specification = importlib.util.spec_from_file_location("device_check", PATH)
    module = importlib.util.module_from_spec(specification)
    sys.modules["device_check"] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules["device_check"]


@pytest.fixture
def tiny(device_check):
    options = argparse.Namespace(device="cpu", tiny=True, reference=None)
    return device_check.plan_of(options)


def test_the_rehearsal_measures_all_that_needs_no_gpu(device_check, tiny):
    timed = (part for part in device_check.PARTS if part.__name__ not in ("tests", "catalogue"))
    found = {part.__name__: part(tiny) for part in timed}
    assert found["machine"]["device"] == "cpu"
    assert found["training"].keys() == found["kernels"].keys() == {"16", "32"}
    assert found["without_weights"]["width"] == 4096
    assert found["exhaustion"]["said"].startswith("MemoryError: 64 networks of width 1048576")
    json.dumps(found, allow_nan=False)


def test_a_part_that_fails_leaves_its_message_and_the_others_their_numbers(
    device_check, tiny, monkeypatch
):
    def breaks(plan):
        raise RuntimeError(f"no {plan.device}")

    monkeypatch.setattr(device_check, "PARTS", (breaks, device_check.machine))
    found = device_check.check(tiny)
    assert found["breaks"] == {"failed": "RuntimeError: no cpu"}
    assert found["machine"]["device"] == "cpu"
    assert not device_check.sound(found)
    assert device_check.sound({"machine": found["machine"]})


def test_a_verdict_that_is_not_the_cpus_is_no_success(device_check):
    assert not device_check.sound({"catalogue": {"status": 0, "other": {"a": ["b", "c"]}}})
    assert not device_check.sound({"tests": {"status": 1}})
