"""Ladders on which other arguments grow with the rung."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widthwise.harness import Tied, Vanishing, WidthList, Widths
from widthwise.harness.terms.ladder import EFFORTS

QUICK, FULL = EFFORTS["quick"], EFFORTS["full"]


@given(ratio=st.sampled_from([1 / 16, 3 / 32, 1 / 4, 2, 2.5]), steps=st.integers(1, 5))
def test_what_is_tied_is_in_proportion_at_every_rung_and_effort(ratio, steps):
    ladder = Tied(Widths(32, 32 * 2**steps), depth=ratio, samples=4)
    for effort in EFFORTS.values():
        at = ladder.at(effort)
        assert at.rungs == Widths(32, 32 * 2**steps).at(effort).rungs
        for rung in at.rungs:
            assert at.beside(rung) == {"depth": ratio * rung, "samples": 4 * rung}
            assert all(type(value) is int for value in at.beside(rung).values())


def test_ladders_are_tied_one_after_the_other():
    both = Tied(Tied(WidthList((32, 64)), depth=1 / 16), samples=2).at(QUICK)
    assert both.beside(64) == {"depth": 4, "samples": 128}
    assert WidthList((32,)).at(QUICK).beside(32) == {}


@pytest.mark.parametrize(
    ("over", "ratios", "said"),
    [
        (Widths(32, 256), {}, "name what grows with the rung"),
        (Widths(32, 256), {"depth": 0}, "ratio of depth is positive, got 0"),
        (Widths(32, 256), {"depth": True}, "ratio of depth is positive"),
        ("width", {"depth": 1}, "needs a ladder such as"),
        (WidthList((32, 40)), {"depth": 1 / 16}, r"depth is 2.5 at width=40, and whole numbers"),
        (Widths(8, 64), {"depth": 1 / 16}, r"depth is 0.5 at width=8"),
        (Widths(8, 64), {"width": 2}, "width cannot be tied to width"),
        (Widths(8, 64), {"seeds": 2}, "seeds cannot be tied"),
        (Vanishing("step", 1, 0.1), {"depth": 2}, "whole numbers are what can be tied"),
    ],
)
def test_what_cannot_be_tied_is_named(over, ratios, said):
    with pytest.raises(ValueError, match=f"^Tied: .*{said}"):
        Tied(over, **ratios).at(FULL)
