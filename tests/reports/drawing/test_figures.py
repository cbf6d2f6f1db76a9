import dataclasses
import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from widthwise import harness
from widthwise.harness import SameDistribution
from widthwise.harness.terms.ladder import Ladder
from widthwise.harness.terms.prediction import Point
from widthwise.reports.drawing import figures, law_figure
from widthwise.reports.drawing.drawing import svg


def rows(record, name):
    return figures.figure(record)["datasets"][name]


def test_the_points_are_those_of_the_record(record):
    shown = record()
    claim = [row for row in rows(shown, "points") if row["setting"] == "claim"]
    control = [row for row in rows(shown, "points") if row["setting"] == "control"]
    for found, finding in ((claim, shown.finding), (control, shown.control)):
        for row, point in zip(found, finding.points, strict=True):
            assert (row["rung"], row["estimate"]) == (point.rung, point.estimate)
            assert (row["low"], row["high"]) == point.interval
            assert (row["least"], row["most"]) == point.extremes


def test_the_wedge_of_an_exponent_has_the_slopes_of_the_band(record):
    low, high = zip(*[(row["low"], row["high"]) for row in rows(record(), "band")], strict=True)
    rungs = np.log(record().ladder.rungs)
    for edge, exponent in ((low, -0.65), (high, -0.35)):
        slopes = np.diff(np.log(edge)) / np.diff(rungs)
        np.testing.assert_allclose(slopes, exponent, rtol=1e-9)
    assert low[0] == high[0] == record().finding.judgement.fit[0]


def test_a_fit_inside_the_band_stays_in_the_wedge_and_one_outside_leaves_it(record):
    band = rows(record(), "band")
    fit = record().finding.judgement.fit
    assert all(
        row["low"] <= value * (1 + 1e-12) and value <= row["high"] * (1 + 1e-12)
        for row, value in zip(band, fit, strict=True)
    )
    control = record().control.judgement.fit
    assert control[-1] > band[-1]["high"]


def test_the_wedge_of_a_vanishing_parameter_opens_towards_zero(record, finding):
    ladder = Ladder("delta", (0.3, 0.1, 0.03), "zero", 0.3)
    points = tuple(Point(r, r**2, (r**2, r**2), (r**2, r**2), 16) for r in ladder.rungs)
    found = finding(
        points=points, fit=tuple(r**2 for r in ladder.rungs), band=(1.85, 2.15), estimate=2.0
    )
    shown = record(ladder=ladder, finding=found, control=found)
    band = rows(shown, "band")
    assert band[1]["low"] == pytest.approx(0.3**2 * (1 / 3) ** 2.15)
    assert band[1]["high"] == pytest.approx(0.3**2 * (1 / 3) ** 1.85)
    assert {"name": "falling", "value": True} in figures.figure(shown)["params"]


def test_a_one_sided_wedge_reaches_the_edge_of_the_figure(record, finding):
    shown = record(finding=finding(band=(-math.inf, -0.35)))
    params = {p["name"]: p["value"] for p in figures.figure(shown)["params"]}
    band = rows(shown, "band")
    assert [row["low"] for row in band] == [params["low"]] * 5
    assert band[0]["high"] == shown.finding.judgement.fit[0]


@pytest.mark.parametrize("exponent", [-0.1, -0.5, -1, -3, -8])
def test_a_logarithmic_axis_has_a_handful_of_round_labels(record, finding, exponent):
    shown = record(finding=finding(exponent))
    params = {p["name"]: p["value"] for p in figures.figure(shown)["params"]}
    assert 3 <= len(params["levels"]) <= 10
    for level in params["levels"]:
        assert params["low"] <= level <= params["high"]
        assert float(f"{level:.1e}") == pytest.approx(level)


def test_the_band_of_a_plotted_value_is_a_strip(record, finding):
    judged = {"quantity": "limit", "band": (0.9, 1.1), "fit": None}
    shown = record(log_axes=False, finding=finding(**judged), control=finding(0.0, **judged))
    assert {(row["low"], row["high"]) for row in rows(shown, "band")} == {(0.9, 1.1)}
    assert rows(shown, "fits") == []


def test_the_wedge_of_a_rate_is_exponential_in_plain_time(record, finding):
    ladder = Ladder("time", (1.0, 2.0, 4.0, 8.0), "infinity", 1.0)
    fit = tuple(math.exp(-0.5 * t) for t in ladder.rungs)
    points = tuple(Point(t, y, (y, y), (y, y), 16) for t, y in zip(ladder.rungs, fit, strict=True))
    judged = {"points": points, "fit": fit, "quantity": "rate", "band": (0.4, 0.6)}
    shown = record(ladder=ladder, log_axes=False, finding=finding(**judged),
                   control=finding(**judged))  # fmt: skip
    encoding = figures.figure(shown)["layer"][0]["encoding"]
    assert encoding["x"]["scale"]["type"] == "linear"
    assert encoding["y"]["scale"]["type"] == "log"
    band = rows(shown, "band")
    assert band[1]["low"] == pytest.approx(fit[0] * math.exp(-0.6))
    assert band[1]["high"] == pytest.approx(fit[0] * math.exp(-0.4))


def test_the_band_of_a_log_ratio_is_drawn_for_the_ratio(record, finding):
    judged = {"quantity": "mean log ratio", "band": (math.log(1.5), math.inf), "fit": None}
    shown = record(log_axes=False, finding=finding(**judged), control=finding(0.0, **judged))
    figure = figures.figure(shown)
    high = next(p["value"] for p in figure["params"] if p["name"] == "high")
    assert rows(shown, "band")[0]["low"] == pytest.approx(1.5)
    assert rows(shown, "band")[0]["high"] == high


def test_a_band_for_steps_is_not_drawn_among_values(record, finding):
    judged = {"quantity": "largest step back", "band": (-math.inf, 0.1), "fit": None}
    shown = record(log_axes=False, finding=finding(**judged), control=finding(**judged))
    assert rows(shown, "band") == []
    ET.fromstring(svg(figures.figure(shown)))


def test_values_that_no_logarithm_takes_are_drawn_on_a_linear_axis(record, finding):
    found = finding()
    zero = dataclasses.replace(found.points[0], estimate=0.0)
    shown = record(finding=dataclasses.replace(found, points=(zero, *found.points[1:])))
    assert "log" not in str(figures.figure(shown)["layer"][1]["encoding"]["y"])


def test_everything_lies_within_the_figure(suite):
    for record in suite:
        figure = figures.figure(record)
        low, high = (p["value"] for p in figure["params"] if p["name"] in ("low", "high"))
        for row in figure["datasets"]["points"]:
            assert low <= row["least"] <= row["estimate"] <= row["most"] <= high


def test_the_drawing_is_an_svg_without_styles_scripts_or_fixed_size(record):
    drawing = svg(figures.figure(record()))
    root = ET.fromstring(drawing)
    assert "viewBox" in root.attrib
    assert "width" not in root.attrib
    for element in root.iter():
        assert "style" not in element.attrib
        assert element.tag.rpartition("}")[2] not in ("script", "style", "image", "a")
    assert "var(--claim)" in drawing
    assert "var(--control)" in drawing


def test_unmeasurable_points_leave_gaps_instead_of_breaking_the_figure(record, finding):
    found = finding()
    gap = dataclasses.replace(
        found.points[2], interval=(math.nan, math.inf), extremes=(-math.inf, math.inf)
    )
    points = (*found.points[:2], gap, *found.points[3:])
    shown = record(finding=dataclasses.replace(found, points=points))
    params = {p["name"]: p["value"] for p in figures.figure(shown)["params"]}
    row = rows(shown, "points")[2]
    assert row["low"] is None
    assert (row["least"], row["most"]) == (params["low"], params["high"])
    assert row["extremes"] == "any value"
    ET.fromstring(svg(figures.figure(shown)))


def test_errors_in_units_of_rounding_get_a_logarithm_and_zero_lies_at_the_edge(record, finding):
    judged = {"quantity": "error", "band": (0.0, 1.0), "fit": None}
    found = finding(**judged)
    zero = dataclasses.replace(found.points[0], estimate=0.0)
    exact = dataclasses.replace(found, points=(zero, *found.points[1:]))
    shown = record(form="Identity", log_axes=False, finding=exact, control=finding(0.0, **judged))
    figure = figures.figure(shown)
    assert figure["layer"][1]["encoding"]["y"]["scale"]["type"] == "log"
    low = next(p["value"] for p in figure["params"] if p["name"] == "low")
    assert rows(shown, "points")[0]["estimate"] == low > 0
    assert rows(shown, "points")[0]["value"] == "0"
    assert {row["high"] for row in rows(shown, "band")} == {1.0}


def test_a_figure_is_described_in_words(record):
    words = figures.describe(record())
    assert "Width from 64 to 1024" in words
    assert "[−0.65, −0.35]" in words


FORMS = [
    "PowerLaw", "AtMost", "Limit", "Bounded", "Dominates", "SameDistribution", "Correlates",
    "Proportion", "Monotone", "DecaysExponentially", "Identity",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_drawn_with_claim_and_control(forms, form):
    drawing = svg(figures.figure(forms[form]))
    assert "var(--claim)" in drawing
    assert "var(--control)" in drawing
    assert "var(--band)" in drawing or form == "Monotone"
    assert "NaN" not in drawing


def test_every_form_that_the_harness_has_is_drawn_here():
    predictions = {
        name
        for name in harness.__all__
        if hasattr(getattr(harness, name), "summarise") and name != "Prediction"
    }
    assert predictions - {"AtLeast"} == set(FORMS)


def test_single_seeds_are_dots_beside_their_rung(forms):
    shown = forms["PowerLaw"]
    (row,) = [row for row in rows(shown, "seeds") if row["setting"] == "claim"]
    dots = [place for place in zip(row["rung"], row["value"], strict=True) if place[0]]
    assert row["rung"][1::2] == row["value"][1::2] == (None,) * len(dots)
    clouds = [point.clouds[0] for point in shown.finding.points]
    assert [value for _, value in dots] == [value for cloud in clouds for value in cloud]
    for (place, _), rung in zip(dots, np.repeat(shown.ladder.rungs, len(clouds[0])), strict=True):
        assert rung / 1.1 < place < rung * 1.1


def test_a_trajectory_follows_its_seed(forms):
    shown = forms["DecaysExponentially"]
    (row,) = [row for row in rows(shown, "seeds") if row["setting"] == "control"]
    assert row["rung"][:7] == (*shown.ladder.rungs, None)
    assert row["value"][7:14] == (*(p.clouds[0][1] for p in shown.control.points), None)


def test_the_correction_allowed_for_is_drawn_around_the_fit(forms):
    shown = forms["PowerLaw"]
    drawn = [row["value"] for row in rows(shown, "leeway")]
    assert drawn == [end for edges in shown.finding.judgement.leeway for end in edges]
    assert 'stroke-dasharray="1,3"' in svg(figures.figure(shown))


def test_a_limit_is_drawn_with_its_analytic_value_and_a_pair_with_equality(forms):
    assert rows(forms["Limit"], "reference") == [{"value": pytest.approx(1.0)}]
    assert rows(forms["Dominates"], "reference") == [{"value": 1.0}]
    assert rows(forms["PowerLaw"], "reference") == []


def test_proportions_are_drawn_from_nought_to_one_without_a_cloud(forms):
    figure = figures.figure(forms["Proportion"])
    params = {p["name"]: p["value"] for p in figure["params"]}
    assert params["low"] < 0 < 1 < params["high"]
    assert rows(forms["Proportion"], "seeds") == []


def test_two_laws_are_drawn_as_distribution_functions_within_their_band(forms):
    shown = forms["SameDistribution"]
    steps = [row for row in rows(shown, "steps") if row["setting"] == "claim"]
    first = [row for row in steps if row["law"] == "first"]
    assert [row["value"] for row in first] == list(shown.finding.points[-1].clouds[0])
    assert (first[0]["share"], first[-1]["share"]) == (0, 1)
    reach = SameDistribution(0.3, draws=40).half_width(64, 1e-3) / 2
    assert law_figure.half_width(shown) == pytest.approx(reach)
    middle = rows(shown, "band")[32]
    assert (middle["low"], middle["high"]) == pytest.approx((0.5 - reach, 0.5 + reach))


def test_a_figure_of_laws_is_described_in_words(forms):
    words = figures.describe(forms["SameDistribution"])
    assert words.startswith("Distribution functions of two laws at width 1024: the claim's are 0.0")


def test_the_vertical_axis_is_named_in_the_claims_own_words(record):
    settings = "As there, with N units. RMS over units, and all 8 inputs. More of it."
    said = figures.vertical(record(sections={"Setting": settings}))
    assert said == "activations freeze: RMS over units, and all 8 inputs (average over seeds)"
    named = figures.vertical(record(sections={"Setting": settings, "Measure": "movement, RMS."}))
    assert named == "movement, RMS (average over seeds)"


def test_a_claim_that_does_not_say_what_it_measures_lends_its_name(record, forms):
    assert figures.vertical(record(sections={})) == "activations freeze (average over seeds)"
    assert figures.vertical(forms["Proportion"]) == "proportion (share of seeds)"
    assert figures.vertical(forms["Bounded"]) == "bounded (mean over seeds)"
    assert "share of values" in figures.vertical(forms["SameDistribution"])


def test_words_on_an_axis_end_with_a_clause_and_hide_nothing(record, hostile):
    said = figures.vertical(record(sections={"Measure": "one, two and so on, " * 20}))
    assert len(said) < 200
    assert said.removesuffix(" (average over seeds)").endswith(("one", "two and so on"))
    assert not set(figures.vertical(hostile)) & set("\x00\x1b\u202e")


def test_the_band_of_a_single_rung_is_seen_on_either_side_of_it(record, finding):
    ladder = Ladder("width", (512,), "infinity", 64)
    points = (Point(512, 1.0, (0.95, 1.05), (0.9, 1.1), 16),)
    found = finding(
        points=points, fit=None, band=(0.9, 1.1), estimate=1.0, quantity="limit", leeway=None
    )
    band = rows(record(ladder=ladder, finding=found, control=found, log_axes=False), "band")
    assert [(row["low"], row["high"]) for row in band] == [(0.9, 1.1)] * 2
    assert band[0]["rung"] < 512 < band[1]["rung"]
