"""A measurement is a function of its seeds, and of nothing else."""

import dataclasses
import itertools
import time

import numpy as np
import pytest
import torch

from widthwise.harness.measuring.measuring import Bench, MeasurementError, Setting
from widthwise.harness.measuring.shared import Shared
from widthwise.harness.measuring.store import Store
from widthwise.harness.predictions.identity import Identity
from widthwise.harness.predictions.power_law import PowerLaw

CALLS = itertools.count()  # an iterator, whose state does not count as what a function refers to


class Deaf:
    """Watches nothing."""

    def started(self, *_):
        pass

    def finished(self, *_):
        pass


@pytest.fixture
def bench(tmp_path):
    return Bench(Store.at(tmp_path / "store"), "cpu", 0, Deaf())


def setting_of(measure, prediction=None, repeated_at=64, **arguments):
    return Setting(
        seeds_of="units_freeze",
        label="units_freeze",
        measure=measure,
        arguments=arguments,
        rung_name="width",
        prediction=prediction or PowerLaw(-1 / 2),
        repeated_at=repeated_at,
    )


def of_seeds(width, seeds):
    return np.array([1 + np.random.default_rng(seed).random() for seed in seeds])


def of_torch(width, seeds):
    return 1 + torch.rand(len(seeds))


def of_numpy(width, seeds):
    return 1 + np.random.rand(len(seeds))  # noqa: NPY002


def of_numpy_once(width, seeds):
    """One number for all seeds, as data that are drawn anew would give."""
    return of_seeds(width, seeds) + np.random.rand()  # noqa: NPY002


def of_the_clock(width, seeds):
    return of_seeds(width, seeds) + time.perf_counter_ns() % 1009 / 1009


def of_their_place(width, seeds):
    return of_seeds(width, seeds) / len(seeds)


def of_the_others(width, seeds):
    values = of_seeds(width, seeds)
    return values / values.mean()


@pytest.mark.parametrize(
    "measure",
    [of_torch, of_numpy, of_numpy_once, of_the_clock, of_their_place, of_the_others],
    ids=lambda measure: measure.__name__,
)
def test_another_source_than_the_seeds_is_noticed(bench, measure):
    said = (
        r"^claim 'units_freeze' at width=64: measured again, replicate 0 gave [\d.]+ instead of "
        r"[\d.]+: the measurement is not a function of its seeds\..*make a generator from each"
    )
    with pytest.raises(MeasurementError, match=said):
        bench.batch(setting_of(measure), 64, 0)
    assert not list(bench.store.path.rglob("*.batch"))


def test_a_function_of_its_seeds_is_kept(bench):
    assert bench.batch(setting_of(of_seeds), 64, 0).values.shape == (16,)


def test_rounding_that_depends_on_the_company_of_a_seed_is_none(bench):
    def rounded(width, seeds):
        return of_seeds(width, seeds) * (1 + 1e-6 * len(seeds))

    assert bench.batch(setting_of(rounded), 64, 0).values.shape == (16,)


def test_values_that_lie_around_zero_are_compared_with_their_spread(bench):
    def around_zero(width, seeds):
        return of_seeds(width, seeds) - 1.5 + 1e-6 * len(seeds)

    class Anything:
        outcome_shape = ()

        def check(self, rung, values):
            return None

    assert bench.batch(setting_of(around_zero, Anything()), 64, 0).values.shape == (16,)


def counted(width, seeds):
    next(CALLS)
    return of_seeds(width, seeds)


@pytest.mark.parametrize(
    ("rung", "index", "repeated_at", "times"),
    [(64, 0, 64, 2), (64, 1, 64, 1), (128, 0, 64, 1), (64, 0, None, 1)],
)
def test_only_the_first_batch_of_the_first_rung_is_measured_again(
    bench, rung, index, repeated_at, times
):
    before = next(CALLS)
    setting = setting_of(counted, repeated_at=repeated_at)
    bench.batch(setting, rung, index)
    bench.batch(setting, rung, index)
    assert next(CALLS) - before - 1 == times


def test_a_value_per_batch_is_no_value_per_seed(bench):
    def fixed(width, seeds):
        return of_seeds(width, range(16))

    with pytest.raises(MeasurementError, match=r"the first 2 of them alone \(16,\); return one"):
        bench.batch(setting_of(fixed), 64, 0)


def run_of_torch(seeds):
    return {"units": 1 + torch.rand(len(seeds))}


def run_of_seeds(seeds):
    return {"units": of_seeds(0, seeds)}


def looking_at(width, seeds, shared, run):
    return shared(run, seeds=seeds)["units"]


@pytest.mark.parametrize("prediction", [PowerLaw(-1 / 2), Identity(2.0)])
def test_a_shared_measurement_is_taken_again_too(bench, prediction):
    """And for every claim that looks at it, though it is in the store by then."""
    shared = Shared(bench.store, bench.device)
    setting = setting_of(looking_at, prediction, shared=shared, run=run_of_torch)
    for gain in (1, 2):
        other = dataclasses.replace(setting, seeds_of="the same", label=f"claim {gain}")
        with pytest.raises(MeasurementError, match="not a function of its seeds"):
            bench.batch(other, 64, 0)
    good = dataclasses.replace(setting, arguments={"shared": shared, "run": run_of_seeds})
    assert bench.batch(good, 64, 0).values.shape == (16,)


def test_rounding_errors_are_measured_again_as_a_whole(bench):
    """Two seeds alone round otherwise than among sixteen; the same sixteen do not."""

    def in_company(width, seeds):
        return of_seeds(width, seeds) / len(seeds)

    assert bench.batch(setting_of(in_company, Identity()), 64, 0).values.shape == (16,)
    with pytest.raises(MeasurementError, match="not a function of its seeds"):
        bench.batch(setting_of(of_torch, Identity(2.0)), 64, 0)
