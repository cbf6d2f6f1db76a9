"""Whatever a measurement returns is checked before any statistics see it."""

import dataclasses
import errno

import numpy as np
import pytest

from widthwise.harness.measuring.measuring import BATCH, MeasurementError
from widthwise.harness.measuring.store import Store
from widthwise.harness.predictions.power_law import PowerLaw
from widthwise.harness.terms.ladder import Ladder

from .bench import expected, noisy, setting_of


def test_a_batch_holds_what_was_measured(bench):
    batch = bench.batch(setting_of(noisy), 64, 1)
    np.testing.assert_array_equal(batch.values, expected(64, batch=1))
    assert (batch.dtype, batch.remarks) == ("float64", ())
    assert bench.watcher.started_at == [("units_freeze[sphere]", 64, 1)]
    assert bench.watcher.finished_at == [("units_freeze[sphere]", 64, 1, True)]


def test_a_second_call_measures_nothing(bench, calls):
    first = bench.batch(setting_of(noisy), 64, 0)
    second = bench.batch(setting_of(noisy), 64, 0)
    assert list(calls) == [(64, BATCH)]
    np.testing.assert_array_equal(first.values, second.values)
    assert bench.watcher.finished_at[-1] == ("units_freeze[sphere]", 64, 0, False)


@pytest.mark.parametrize(
    "change",
    [
        {"rung": 128},
        {"batch": 1},
        {"device": "another"},
        {"master_seed": 1},
        {"gain": 2.0},
        {"seeds_of": "units_move"},
        {"measure": lambda width, seeds: noisy(width, seeds)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_the_numbers_is_measured_anew(bench, calls, change):
    setting = setting_of(noisy, gain=1.0)
    bench.batch(setting, 64, 0)
    gain = change.get("gain", 1.0)
    other = dataclasses.replace(
        setting,
        seeds_of=change.get("seeds_of", setting.seeds_of),
        measure=change.get("measure", noisy),
        arguments={} if "measure" in change else {"gain": gain},
    )
    elsewhere = dataclasses.replace(
        bench,
        device=change.get("device", "cpu"),
        master_seed=change.get("master_seed", 0),
    )
    elsewhere.batch(other, change.get("rung", 64), change.get("batch", 0))
    assert len(calls) == 2


def test_words_and_tolerances_cost_no_measurement(bench, calls):
    bench.batch(setting_of(noisy), 64, 0)
    other = dataclasses.replace(setting_of(noisy, PowerLaw(0.0, 0.3)), label="called otherwise")
    bench.batch(other, 64, 0)
    assert len(calls) == 1


def test_samples_are_rungs_by_seeds_and_looks_extend(bench, calls):
    ladder = Ladder("width", (64, 128, 256), "infinity", 64)
    first, _ = bench.replicates(setting_of(noisy), ladder, 16)
    again, batches = bench.replicates(setting_of(noisy), ladder, 32)
    assert again.values.shape == (3, 32)
    assert len(batches) == 6
    np.testing.assert_array_equal(again.values[:, :16], first.values)
    np.testing.assert_array_equal(
        again.values[1], np.concatenate([expected(128), expected(128, batch=1)])
    )
    assert len(calls) == 6


def returning(value):
    return setting_of(lambda width, seeds: value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "returned None; return one value per seed"),
        (1.0, r"returned shape \(\) for 16 seeds; return one value per seed, shape \(16,\)"),
        (np.ones(15), r"returned shape \(15,\) for 16 seeds"),
        (np.ones((16, 1)), r"returned shape \(16, 1\) for 16 seeds"),
        ("abc", "returned dtype <U3; return real numbers"),
        (["abc"] * 16, "returned dtype <U3; return real numbers"),
        (np.ones(16, complex), "returned dtype complex128; return real numbers"),
        ([None] * 16, "returned dtype object; return real numbers"),
        ([[1.0], [1.0, 2.0]], "returned a list; return an array or a tensor"),
        ({"a": 1}, "returned dtype object; return real numbers"),
        ([], r"returned shape \(0,\)"),
    ],
    ids=repr,
)
def test_what_is_no_number_per_seed_is_refused(bench, value, said):
    with pytest.raises(
        MeasurementError, match=rf"^claim 'units_freeze\[sphere\]' at width=64: .*{said}"
    ):
        bench.batch(returning(value), 64, 0)
    assert not list(bench.store.path.rglob("*.batch"))


@pytest.mark.parametrize("lost", [np.nan, np.inf, -np.inf])
def test_a_divergent_seed_is_named_by_its_replicate(bench, lost):
    values = np.ones(16)
    values[[3, 11]] = lost
    with pytest.raises(
        MeasurementError,
        match=rf"width=64: 2 of 16 seeds gave no finite number \(replicates 19, 27: {lost}\)",
    ):
        bench.batch(returning(values), 64, 1)
    assert bench.store.load("0" * 64) is None
    assert not list(bench.store.path.rglob("*.batch"))


def test_many_divergent_seeds_take_one_line(bench):
    with pytest.raises(MeasurementError) as raised:
        bench.batch(returning(np.full(16, np.nan)), 64, 0)
    assert "16 of 16 seeds gave no finite number (replicates 0–15: nan)" in str(raised.value)


def test_each_value_that_is_lost_is_named_with_its_replicates_and_no_cause_is_guessed(bench):
    values = np.ones(16)
    values[2], values[[5, 6]] = -np.inf, np.nan
    with pytest.raises(MeasurementError) as raised:
        bench.batch(returning(values), 64, 1)
    assert str(raised.value) == (
        "claim 'units_freeze[sphere]' at width=64: 3 of 16 seeds gave no finite number "
        "(replicates 21–22: nan; replicate 18: -inf); every seed must give one"
    )


def test_a_negative_value_under_a_power_law(bench):
    values = np.ones(16)
    values[5] = -0.25
    with pytest.raises(MeasurementError, match=r"units_freeze.* at width=64: .*(?s:−|-)0\.25"):
        bench.batch(returning(values), 64, 0)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([0.5] * 16, "float64"),
        (np.full(16, 0.5, np.float32), "float32"),
        (np.ones(16, int), "int64"),
        (np.ones(16, bool), "bool"),
    ],
)
def test_real_numbers_of_any_type_do(bench, value, dtype):
    batch = bench.batch(returning(value), 64, 0)
    assert batch.values.tolist() == list(value)
    assert (batch.values.dtype, batch.dtype) == (np.float64, dtype)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int32"])
def test_tensors_of_any_real_dtype_do(bench, dtype):
    torch = pytest.importorskip("torch")
    tensor = torch.full((16,), 0.5 if "float" in dtype else 2, dtype=getattr(torch, dtype))
    if tensor.is_floating_point():
        tensor.requires_grad_()
    batch = bench.batch(returning(tensor), 64, 0)
    assert batch.values.tolist() == tensor.tolist()
    assert (batch.values.dtype, batch.dtype) == (np.float64, dtype)


def test_a_tensor_that_numpy_cannot_hold_is_refused_with_the_reason(bench):
    torch = pytest.importorskip("torch")
    sparse = setting_of(lambda width, seeds: torch.ones(len(seeds)).to_sparse())
    with pytest.raises(MeasurementError, match=r"a Tensor of torch\.float32 \(.*; return"):
        bench.batch(sparse, 64, 0)


@pytest.mark.parametrize("dtype", [float, int])
def test_masked_entries_are_missing_values(bench, dtype):
    values = np.ma.masked_array(np.ones(16, dtype), mask=np.arange(16) > 12)
    said = r"width=64: entries of replicates 29–31 are masked, .* missing; return a number for"
    with pytest.raises(MeasurementError, match=said):
        bench.batch(returning(values), 64, 1)
    rows = [values[seed : seed + 1] for seed in range(16)]
    with pytest.raises(MeasurementError, match=said):
        bench.batch(dataclasses.replace(returning(rows), prediction=Ones()), 64, 1)
    values.mask = False
    assert bench.batch(returning(values), 64, 0).values.tolist() == [1.0] * 16


class Ones:
    """A prediction about a vector of one number per seed."""

    outcome_shape = (1,)

    def check(self, rung, values):
        return None


class Pairs:
    """A prediction about two numbers per seed."""

    outcome_shape = (2,)

    def check(self, rung, values):
        return None


def test_an_outcome_has_the_shape_its_prediction_asks_for(bench):
    pairs = np.arange(32.0).reshape(16, 2)
    good = dataclasses.replace(returning(pairs), prediction=Pairs())
    np.testing.assert_array_equal(bench.batch(good, 64, 0).values, pairs)
    bad = dataclasses.replace(returning(np.ones(16)), prediction=Pairs())
    with pytest.raises(
        MeasurementError, match=r"numbers of shape \(2,\) per seed, shape \(16, 2\)"
    ):
        bench.batch(bad, 64, 0)
    pairs = pairs.copy()
    pairs[2, 1] = np.nan
    lost = dataclasses.replace(returning(pairs), prediction=Pairs())
    with pytest.raises(MeasurementError, match=r"1 of 16 seeds .*replicate 2:"):
        bench.batch(lost, 64, 0)


def test_a_full_disk_loses_no_values(bench, monkeypatch):
    def full(self, key, batch):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Store, "save", full)
    batch = bench.batch(setting_of(noisy), 64, 0)
    np.testing.assert_array_equal(batch.values, expected(64))
    assert batch.remarks == ("samples at width=64 could not be kept: No space left on device",)


def test_a_damaged_entry_is_measured_again_and_says_so(bench, calls):
    bench.batch(setting_of(noisy), 64, 0)
    (entry,) = bench.store.path.rglob("*.batch")
    content = bytearray(entry.read_bytes())
    content[-1] ^= 1
    entry.write_bytes(content)
    for _ in range(2):
        batch = bench.batch(setting_of(noisy), 64, 0)
        np.testing.assert_array_equal(batch.values, expected(64))
        assert batch.remarks == ("the stored samples at width=64 were damaged: measured again",)
    assert len(calls) == 2


def test_an_argument_without_identity_names_the_claim(bench, calls):
    setting = dataclasses.replace(setting_of(noisy, gain=object()))
    with pytest.raises(MeasurementError, match=r"claim 'units_freeze\[sphere\]': argument 'gain'"):
        bench.batch(setting, 64, 0)
    assert not calls


@dataclasses.dataclass(frozen=True)
class Gain:
    """An argument that has something to say of wide networks."""

    value: float = 1.0

    def remark(self, width):
        return "measured another way" if width > 100 else None


def gained(width, seeds, gain):
    return gain.value * noisy(width, seeds)


def test_an_argument_may_say_how_it_measures(bench):
    setting = setting_of(gained, gain=Gain())
    assert bench.batch(setting, 64, 0).remarks == ()
    assert bench.batch(setting, 128, 0).remarks == ("measured another way",)
