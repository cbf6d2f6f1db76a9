import collections

import numpy as np
import pytest
import torch

from widthwise.harness.measuring.measuring import BATCH, Setting
from widthwise.harness.measuring.shared import Shared, SharedMeasurementError
from widthwise.harness.measuring.store import Store
from widthwise.harness.predictions.power_law import PowerLaw

CALLS = collections.deque()  # not a list, whose content would count among what run() refers to
SEEDS = (3, 1, 4, 1, 5)


@pytest.fixture
def shared(tmp_path):
    CALLS.clear()
    return Shared(Store.at(tmp_path / "store"), "cpu")


def run(width, seeds, gain=1.0):
    CALLS.append(width)
    units = gain / width * torch.tensor(seeds, dtype=torch.float32)
    return {"units": units, "kernel": np.outer(seeds, [1.0, 2.0])}


def test_it_returns_what_the_measurement_returns(shared):
    taken = shared(run, width=64, seeds=SEEDS)
    assert taken.keys() == {"units", "kernel"}
    np.testing.assert_array_equal(taken["units"], run(64, SEEDS)["units"].numpy())
    np.testing.assert_array_equal(taken["kernel"], run(64, SEEDS)["kernel"])
    assert (taken["units"].dtype, taken["kernel"].dtype) == (np.float32, np.float64)


def test_what_was_taken_once_is_not_taken_again(shared):
    first = shared(run, width=64, seeds=SEEDS)
    again = Shared(Store.at(shared.store.path), "cpu")(run, width=64, seeds=SEEDS)
    assert list(CALLS) == [64]
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
        assert first[name].dtype == again[name].dtype


@pytest.mark.parametrize(
    "change",
    [{"width": 128}, {"seeds": SEEDS[:3]}, {"gain": 2.0}, {"device": "another"}],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_the_numbers_is_taken_anew(shared, change):
    shared(run, width=64, seeds=SEEDS, gain=1.0)
    other = Shared(shared.store, change.get("device", "cpu"))
    given = {"width": 64, "seeds": SEEDS, "gain": 1.0, **change}
    given.pop("device", None)
    taken = other(run, **given)
    assert len(CALLS) == 2
    np.testing.assert_array_equal(
        taken["units"], run(given["width"], given["seeds"], given["gain"])["units"].numpy()
    )


def test_other_code_is_another_measurement(shared):
    shared(run, width=64, seeds=SEEDS)
    taken = shared(lambda seeds: {"units": np.array(seeds)}, seeds=SEEDS)
    np.testing.assert_array_equal(taken["units"], SEEDS)


def test_damaged_numbers_are_taken_again(shared):
    shared(run, width=64, seeds=SEEDS)
    (entry,) = shared.store.path.glob("*/*.batch")
    content = bytearray(entry.read_bytes())
    content[-3] ^= 1
    entry.write_bytes(content)
    taken = shared(run, width=64, seeds=SEEDS)
    assert list(CALLS) == [64, 64]
    np.testing.assert_array_equal(taken["kernel"], run(64, SEEDS)["kernel"])


def test_what_cannot_be_kept_is_returned_all_the_same(shared, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "save_arrays", full)
    np.testing.assert_array_equal(
        shared(run, width=64, seeds=SEEDS)["kernel"], run(64, SEEDS)["kernel"]
    )


@pytest.mark.parametrize(
    ("returned", "complaint"),
    [
        (np.ones(5), "returned a ndarray; return named values"),
        ({}, "returned a dict; return named values"),
        ({"units": np.ones(4)}, r"\'units\' of dtype float64 and shape \(4,\).*the 5 seeds"),
        ({"units": ["a"] * 5}, "'units' of dtype <U1"),
        ({"units": 1.0}, r"shape \(\)"),
    ],
    ids=["not named", "nothing", "a seed short", "words", "one for all"],
)
def test_what_is_not_numbers_by_seed_is_refused_by_name(shared, returned, complaint):
    def odd(seeds):
        return returned

    with pytest.raises(SharedMeasurementError, match=f"shared measurement 'odd' .*{complaint}"):
        shared(odd, seeds=SEEDS)


def test_an_argument_without_identity_is_refused_by_name(shared):
    with pytest.raises(SharedMeasurementError, match="'run': argument 'gain' holds a"):
        shared(run, width=64, seeds=SEEDS, gain=object())


def test_where_the_numbers_are_kept_is_no_part_of_a_claims_identity(shared, tmp_path):
    def units(width, seeds, shared):
        return shared(run, width=width, seeds=seeds)["units"]

    elsewhere = Shared(Store.at(tmp_path / "another"), "cpu")
    settings = [
        Setting("units", "units", units, {"shared": taker}, "width", PowerLaw(-1))
        for taker in (shared, elsewhere)
    ]
    assert settings[0].digest == settings[1].digest


def test_the_measurement_is_part_of_the_identity_of_the_claim_that_asks(shared):
    def of(panel):
        def units(width, seeds, shared):
            return shared(panel, width=width, seeds=seeds)["units"]

        return Setting("units", "units", units, {"shared": shared}, "width", PowerLaw(-1)).digest

    assert of(run) != of(lambda width, seeds: {"units": np.ones(BATCH)})


def test_masked_entries_are_missing_values(shared):
    def masked(seeds):
        return {"units": np.ma.masked_array(np.ones(len(seeds)), mask=[True] + [False] * 4)}

    with pytest.raises(SharedMeasurementError, match=r"'masked' returned 'units' with masked entr"):
        shared(masked, seeds=SEEDS)
    assert not list(shared.store.path.rglob("*.batch"))
