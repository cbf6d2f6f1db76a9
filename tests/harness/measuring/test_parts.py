"""What does not fit in memory is measured in parts, and the room there is remembered."""

import dataclasses

import numpy as np
import pytest

from widthwise.harness.measuring.measuring import MeasurementError

from .bench import CALLS, expected, setting_of


class OutOfMemoryError(RuntimeError):
    """What torch calls its own."""


def tight(width, seeds, room, error):
    CALLS.append((width, len(seeds)))
    if len(seeds) > room:
        raise error("no memory left")
    return width**-0.5 * np.array([1 + seed / 2**63 for seed in seeds])


@pytest.mark.parametrize("error", [MemoryError, OutOfMemoryError])
@pytest.mark.parametrize(("room", "attempts"), [(8, 2 + 1), (4, 4 + 2), (3, 8 + 3), (1, 16 + 4)])
def test_what_does_not_fit_in_memory_is_measured_in_parts(bench, calls, error, room, attempts):
    batch = bench.batch(setting_of(tight, room=room, error=error), 64, 0)
    np.testing.assert_array_equal(batch.values, expected(64))
    size = {8: 8, 4: 4, 3: 2, 1: 1}[room]
    said = f"{size} seeds at a time at width=64: more did not fit in memory"
    assert batch.remarks == (said,)
    assert len(calls) == attempts  # the parts, and one for each halving
    assert bench.batch(setting_of(tight, room=room, error=error), 64, 0).remarks == batch.remarks


def test_what_did_not_fit_is_not_tried_again_at_that_width_or_a_larger_one(bench, calls):
    setting = setting_of(tight, room=4, error=MemoryError)
    bench.batch(setting, 128, 0)
    calls.clear()
    for width, index in [(128, 1), (256, 0)]:
        batch = bench.batch(setting, width, index)
        np.testing.assert_array_equal(batch.values, expected(width, batch=index))
        assert batch.remarks
    assert [size for _, size in calls] == 8 * [4]


def test_smaller_widths_and_other_networks_are_tried_whole(bench, calls):
    setting = setting_of(tight, room=4, error=MemoryError)
    bench.batch(setting, 128, 0)
    calls.clear()
    bench.batch(setting, 64, 0)
    bench.batch(dataclasses.replace(setting, seeds_of="others"), 128, 0)
    assert [size for _, size in calls] == 2 * [16, 8, 4, 4, 4, 4]


def test_room_is_found_along_a_ladder_that_is_not_one_of_widths(bench, calls):
    def along(step, seeds):
        return tight(64, seeds, 8, MemoryError) * step

    setting = dataclasses.replace(setting_of(along), rung_name="step")
    bench.batch(setting, 0.5, 0)
    calls.clear()
    bench.batch(setting, 0.25, 0)
    assert [size for _, size in calls] == [8, 8]


def test_one_seed_that_does_not_fit_is_an_error(bench):
    with pytest.raises(MemoryError, match="no memory left"):
        bench.batch(setting_of(tight, room=0, error=MemoryError), 64, 0)


def test_a_part_that_returns_nothing_is_refused(bench):
    def nothing(width, seeds):
        if len(seeds) > 8:
            raise MemoryError

    with pytest.raises(MeasurementError, match="return real numbers"):
        bench.batch(setting_of(nothing), 64, 0)


def test_other_errors_go_through(bench, calls):
    def broken(width, seeds):
        CALLS.append(width)
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        bench.batch(setting_of(broken), 64, 0)
    assert len(calls) == 1
