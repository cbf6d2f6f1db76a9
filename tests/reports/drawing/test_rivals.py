"""The lines of rivals, and variants on one scale."""

import math

import pytest

from widthwise.reports.drawing import figures, rivals
from widthwise.reports.drawing.drawing import svg_text
from widthwise.reports.drawing.geometry import common_extent


def claim(record, tolerance, **changes):
    return record(sections={"Tolerance": tolerance}, **changes)


@pytest.mark.parametrize(
    ("tolerance", "named"),
    [
        ("±.15, less than a third of the way to the rivals 0 and −1. D as there.", [0, -1]),
        ("±.15, less than a third of the way to the rival, 0, which it has.", [0]),
        ("A third of the way to the rivals: −1, of the units, and 2.", [-1]),
        ("±1/12, a third of the way to the rival, −3/4, and less to −1.", [-0.75, -1]),
        ("A third of the way to the rivals 0 and -1/4.", [0, -0.25]),
        ("At most −.35: the rival, a network that learns\nfeatures, has 0. D is .5.", [0]),
        ("A third of the way to the rival −1/2.", []),  # that is the claim's own
        ("The rival, a movement of N^-1/2, is half as large.", []),
        ("±.4; linear units, the nearest rival, have 1. The rival, .16, is an error.", []),
        ("the rival, 0.5 or so; rivals 1/0; the rivals 3^d", []),
        ("", []),
    ],
)
def test_rivals_are_the_exponents_that_the_tolerance_names(record, tolerance, named):
    assert rivals.rivals(claim(record, tolerance)) == named


def test_only_exponents_have_rivals(record, finding):
    limit = finding(quantity="limit", fit=None)
    assert rivals.rivals(claim(record, "the rival, 0.", finding=limit)) == []


def test_a_rival_starts_where_the_claim_does_and_runs_as_its_exponent_says(record):
    shown = claim(record, "the rivals 0 and −1.")
    flat, steep = (line for _, line in rivals.lines(shown, 1e-9, 1e9))
    start = shown.finding.judgement.fit[0]
    assert flat == [(rung, start) for rung in shown.ladder.rungs]
    assert steep[-1] == (1024, pytest.approx(start / 16))


def test_a_rival_ends_where_the_figure_does(record):
    (down,) = rivals.lines(claim(record, "the rival, −1."), 0.5, 9)
    (up,) = rivals.lines(claim(record, "the rival, 1."), 0.5, 9)
    assert down[1] == [(64, 2.0), (128, 1.0), (256, 0.5)]
    assert up[1][-1] == (pytest.approx(64 * 4.5), 9)
    assert rivals.lines(claim(record, "the rival, 1."), 3, 9) == []


def test_a_rival_is_drawn_labelled_and_explained(record):
    shown = claim(record, "the rivals 0 and −1.")
    drawing = svg_text(figures.figure(shown))
    assert "rival: 0" in drawing
    assert "rival: −1" in drawing
    assert rivals.in_words(shown) == [
        "the rivals, exponents 0 and −1: from where the claim’s line begins"
    ]
    assert rivals.in_words(record(sections={})) == []
    assert "rival" not in svg_text(figures.figure(record(sections={})))


def spans(shown):
    return {tuple(p["value"] for p in figure["params"] if p["name"] in ("low", "high"))
            for figure in figures.figures_of(shown)}  # fmt: skip


def test_variants_are_drawn_on_one_scale(record, finding):
    variants = [record(variant="a"), record(variant="b", finding=finding(-0.6))]
    assert len(spans(variants)) == 1
    (low, high), own = common_extent(variants), spans([variants[0]]).pop()
    assert low < own[0]
    assert high > own[1] / 1.1


def test_a_variant_that_would_be_squeezed_keeps_its_scale_and_so_do_the_others(record, finding):
    assert len(spans([record(variant="a"), record(variant="b", finding=finding(-8.0))])) == 2
    strip = {"quantity": "limit", "band": (0.9, 1.1), "fit": None}
    other = record(variant="b", log_axes=False, finding=finding(**strip))
    assert len(spans([record(variant="a"), other])) == 2
    assert math.isfinite(min(map(min, spans([other]))))
