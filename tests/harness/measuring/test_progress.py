"""The time left, on what the batches of a quick run cost: no clock is looked at."""

import math
import random
from pathlib import Path

import pytest

from widthwise.harness.measuring.costs import read_costs
from widthwise.harness.measuring.progress import Progress, duration, units

RECORDED = read_costs(Path(__file__).parents[3] / "claims" / "costs.json")


def in_order(costs):
    """The batches of a run of the items one after the other: the looks of a setting follow."""
    for label, rungs in costs.items():
        looks = max(len(batches) for batches in rungs.values())
        for index in range(looks):
            for rung, batches in rungs.items():
                if index < len(batches):
                    yield (label, rung, index), batches[index]


def another_machine(seed):
    """A run's batches where each claim costs something else, and what is known of it before.

    Everything takes twice as long as in the earlier run, each setting a quarter more or
    less, each batch a fifth; a twentieth of the settings is new.
    """
    rng = random.Random(seed)
    factors = {label: 2 * math.exp(rng.gauss(0, 0.25)) for label in RECORDED}
    run = [
        (task, seconds * factors[task[0]] * math.exp(rng.gauss(0, 0.2)))
        for task, seconds in in_order(RECORDED)
    ]
    return run, {label: at for label, at in RECORDED.items() if rng.random() > 0.05}


def told(run, earlier, workers):
    """Estimated over true time left, from the first minute on until a tenth of the run is left."""
    progress = Progress(earlier=earlier)
    progress.plan(task for task, _ in run if task[2] == 0)
    last = {task[0]: number for number, (task, _) in enumerate(run)}
    total, elapsed, ratios = math.fsum(seconds for _, seconds in run) / workers, 0.0, []
    for number, (task, seconds) in enumerate(run):
        progress.finish(task, seconds)
        elapsed += seconds / workers
        if number == last[task[0]]:
            progress.settle([task[0]])
        if elapsed >= 60 and elapsed < 0.9 * total and number % 50 == 0:
            ratios.append(progress.seconds_left(workers) / (total - elapsed))
    return ratios


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_is_forecast_within_a_factor_of_one_and_a_half(seed, workers):
    run, earlier = another_machine(seed)
    if workers > 1:  # an engine hands out the longest first
        run.sort(key=lambda batch: -units(batch[0]))
    ratios = told(run, earlier, workers)
    assert len(ratios) > 20
    near = [ratio for ratio in ratios if 1 / 1.5 < ratio < 1.5]
    assert len(near) > 0.95 * len(ratios)
    assert 0.5 < min(ratios) <= max(ratios) < 2


def test_nothing_is_forecast_from_the_first_of_many_unknown_claims():
    progress = Progress()
    progress.plan((f"claim_{number}", 64, 0) for number in range(4))
    assert progress.seconds_left() is None
    progress.finish(("claim_0", 64, 0), 3.0)
    assert progress.seconds_left() is None
    progress.finish(("claim_1", 64, 0), 1.0)
    assert progress.seconds_left() == pytest.approx(4.0)


def test_unmeasured_rungs_are_scaled_by_width():
    progress = Progress()
    progress.plan(("freeze", width, 0) for width in (256, 512, 1024))
    progress.finish(("freeze", 256, 0), 1.0)
    assert progress.seconds_left() == pytest.approx(2**1.8 + 4**1.8)


def test_a_control_is_expected_to_cost_what_its_claim_does():
    progress = Progress()
    progress.plan([("freeze[a]", 64, 0), ("freeze[b] control", 64, 0), ("other", 64, 0)])
    progress.finish(("other", 64, 0), 100.0)
    progress.finish(("freeze[a]", 64, 0), 2.0)
    assert progress.seconds_left() == pytest.approx(2.0)


def test_looks_that_an_earlier_run_took_count_until_the_setting_is_settled():
    progress = Progress(earlier={"freeze": {64.0: (1.0, 3.0)}})
    progress.plan([("freeze", 64, 0)])
    assert progress.seconds_left() == pytest.approx(4.0)
    progress.finish(("freeze", 64, 0), 2.0)  # twice as slow
    assert progress.seconds_left() == pytest.approx(6.0)
    progress.settle(["freeze"])
    assert progress.seconds_left() == 0


def test_many_workers_wait_for_the_longest_batch():
    progress = Progress(earlier={"freeze": {64.0: (1.0,), 1024.0: (10.0,)}})
    progress.plan([("freeze", 64, 0), ("freeze", 1024, 0)])
    assert progress.seconds_left(workers=1) == pytest.approx(11.0)
    assert progress.seconds_left(workers=8) == pytest.approx(10.0)


def test_batches_from_the_store_say_nothing_of_the_pace():
    progress = Progress(earlier={"freeze": {64.0: (1.0,), 128.0: (2.0,)}})
    progress.plan([("freeze", 64, 0), ("freeze", 128, 0)])
    progress.finish(("freeze", 64, 0), 0.0)
    assert progress.seconds_left() == pytest.approx(2.0)


def test_durations_are_said_as_people_say_them():
    assert [duration(seconds) for seconds in (20, 100, 3000, 9000)] == [
        "under a minute", "about 2 min", "about 50 min", "about 2.5 h"
    ]  # fmt: skip
