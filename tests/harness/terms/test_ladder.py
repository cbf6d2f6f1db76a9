"""Where claims are measured, effort by effort."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widthwise.harness.terms.ladder import (
    EFFORTS,
    FEWEST,
    FIRST_LOOK,
    Over,
    Vanishing,
    WidthList,
    Widths,
)

QUICK, STANDARD, FULL = (EFFORTS[name] for name in ("quick", "standard", "full"))


def test_the_declared_widths_are_the_standard_ones():
    assert Widths(64, 4096).at(QUICK).rungs == (64, 128, 256, 512, 1024)
    assert Widths(64, 4096).at(STANDARD).rungs == (64, 128, 256, 512, 1024, 2048, 4096)
    assert Widths(64, 4096).at(FULL).rungs[-2:] == (8192, 16384)
    assert Widths(64, 4096, factor=4).at(STANDARD).rungs == (64, 256, 1024, 4096)


@given(smallest=st.integers(1, 200), factor=st.integers(2, 10), steps=st.integers(1, 12))
def test_a_cheaper_effort_stops_earlier_on_the_same_ladder(smallest, factor, steps):
    widths = Widths(smallest, smallest * factor**steps, factor)
    quick, standard, full = (widths.at(effort).rungs for effort in (QUICK, STANDARD, FULL))
    assert standard == tuple(smallest * factor**step for step in range(steps + 1))
    assert quick == standard[: len(quick)]
    assert standard == full[: len(standard)]
    assert quick[-1] <= max(standard[-1] / 4, standard[:FEWEST][-1])
    assert len(quick) >= min(FEWEST, len(standard))
    assert quick[-1] * factor > standard[-1] / 4
    assert full[-1] <= standard[-1] * 4 < full[-1] * factor


def test_looks_of_a_cheaper_effort_are_looks_of_a_dearer_one():
    assert set(QUICK.looks) < set(STANDARD.looks) == set(FULL.looks)
    for effort in EFFORTS.values():
        assert list(effort.looks) == sorted(effort.looks)
        assert effort.looks[0] == FIRST_LOOK
        assert all(look % FIRST_LOOK == 0 for look in effort.looks)


def test_ladders_say_what_they_are_over():
    ladder = Widths(64, 1024).at(STANDARD)
    assert (ladder.name, ladder.limit, ladder.reference) == ("width", "infinity", 64)
    assert ladder.is_width
    assert not Vanishing("step", 0.1, 0.001).at(STANDARD).is_width


def test_listed_widths_are_the_same_at_every_effort():
    assert {WidthList((8, 30, 100)).at(effort).rungs for effort in EFFORTS.values()} == {
        (8, 30, 100)
    }


def test_a_vanishing_parameter_falls_in_equal_ratios():
    ladders = {Vanishing("step", 0.1, 0.001, rungs=5).at(effort) for effort in EFFORTS.values()}
    (ladder,) = ladders
    assert ladder.rungs == pytest.approx((0.1, 0.1**1.5, 0.01, 0.1**2.5, 0.001))
    assert (ladder.name, ladder.limit, ladder.reference) == ("step", "zero", 0.1)


def test_values_of_anything_grow_to_infinity_or_fall_to_zero():
    depth, gap = Over("depth", (4, 8, 16, 32)), Over("gap", (0.5, 0.2, 0.1), reference=1.0)
    (grown,), (fallen,) = ({o.at(effort) for effort in EFFORTS.values()} for o in (depth, gap))
    assert (grown.name, grown.limit, grown.reference) == ("depth", "infinity", 4)
    assert [repr(rung) for rung in grown.rungs] == ["4", "8", "16", "32"]
    assert (fallen.rungs, fallen.limit, fallen.reference) == ((0.5, 0.2, 0.1), "zero", 1.0)
    assert not grown.is_width


def test_values_of_a_cheaper_effort_are_values_of_a_dearer_one():
    over = Over("points", (10, 20, 40, 80), quick=3, full=(160,))
    rungs = [over.at(effort).rungs for effort in (QUICK, STANDARD, FULL)]
    assert rungs == [(10, 20, 40), (10, 20, 40, 80), (10, 20, 40, 80, 160)]


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: Widths(0, 64), "smallest must be a positive whole number, got 0"),
        (lambda: Widths(-4, 64), "smallest must be a positive whole number, got -4"),
        (lambda: Widths(64.0, 128), "smallest must be a positive whole number, got 64.0"),
        (lambda: Widths(True, 128), "smallest must be a positive whole number, got True"),
        (lambda: Widths(64, "128"), "largest must be a positive whole number, got '128'"),
        (lambda: Widths(128, 64), "largest must exceed smallest, got 128 to 64"),
        (lambda: Widths(64, 64), "largest must exceed smallest, got 64 to 64"),
        (lambda: Widths(64, 1000), "1000 is not 64 times a power of 2"),
        (lambda: Widths(64, 128, 4), "128 is not 64 times a power of 4"),
        (lambda: Widths(64, 128, 1), "factor must be a whole number of at least 2, got 1"),
        (lambda: Widths(64, 128, 1.5), "factor must be a whole number of at least 2, got 1.5"),
        (lambda: WidthList((128, 64)), r"widths must increase, .*got \(128, 64\)"),
        (lambda: WidthList((64, 64)), r"each named once, got \(64, 64\)"),
        (lambda: WidthList((64, 0)), "positive whole numbers, got 0"),
        (lambda: WidthList((64, 96.0)), "positive whole numbers, got 96.0"),
        (lambda: WidthList(()), "at least one width"),
        (lambda: Vanishing("step", 0.1, 0.1), "0 < smallest < largest, got 0.1 and 0.1"),
        (lambda: Vanishing("step", 0.1, 0), "0 < smallest < largest, got 0 and 0.1"),
        (lambda: Vanishing("step", float("inf"), 0.1), "0 < smallest < largest"),
        (lambda: Vanishing("step", float("nan"), 0.1), "0 < smallest < largest"),
        (lambda: Vanishing("step", 0.1, 0.01, 1), r"Vanishing\('step'\).*at least 2 rungs, got 1"),
        (lambda: Over("width", (64, 128)), r"Over\('width'\): declare widths by Widths"),
        (lambda: Over("depth", (4,)), r"Over\('depth'\): needs at least two values, .*got \(4,\)"),
        (lambda: Over("depth", (), full=(4, 8)), "at least two values"),
        (lambda: Over("depth", (4, 8, 8)), r"growing or all falling, got \(4, 8, 8\)"),
        (lambda: Over("depth", (4, 8, 6)), r"growing or all falling, got \(4, 8, 6\)"),
        (lambda: Over("depth", (8, 4), full=(5,)), r"growing or all falling, got \(8, 4, 5\)"),
        (lambda: Over("time", (0, 1)), "finite and positive, got 0"),
        (lambda: Over("time", (1, float("nan"))), "finite and positive, got nan"),
        (lambda: Over("time", (1, "2")), "finite and positive, got '2'"),
        (lambda: Over("time", (True, 2)), "finite and positive, got True"),
        (lambda: Over("time", (1, 2), reference=0), "finite and positive, got 0"),
        (lambda: Over("time", (1, 2, 3), quick=4), "how many of the 3 values .*got 4"),
        (lambda: Over("time", (1, 2, 3), quick=0), "how many of the 3 values .*got 0"),
    ],
)
def test_a_bad_ladder_is_refused_with_its_value(declare, said):
    with pytest.raises(ValueError, match=said):
        declare()
