"""What the claims draw can be drawn: a run would only remark that it cannot."""

import functools
import inspect

import numpy as np
import pytest

from widthwise.claims.feature_learning import plane
from widthwise.harness import Drawing
from widthwise.models import MLP, erf

from .catalogue import CLAIMS
from .faults import prior, representation, spectrum

FAULTS = prior.FAULTS | representation.FAULTS | spectrum.FAULTS
SETTINGS = {name: fault.settings for name, fault in FAULTS.items()}
DRAWN = {name: claim.draws for name, claim in CLAIMS.items() if claim.draws is not None}
MAPS = {"dynamical_dichotomy"}
MLPS = functools.partial(MLP.initialise, device="cpu")


def drawing_of(name):
    known = {"mlp": MLPS, **SETTINGS.get(name, {})}
    taken = inspect.signature(DRAWN[name]).parameters
    return DRAWN[name](**{argument: known[argument] for argument in taken})


def curve_of(drawing, name, panel=""):
    (curve,) = [c for c in drawing.curves if (c.name, c.panel) == (name, panel)]
    return np.array(curve.across), np.array(curve.up)


@pytest.mark.parametrize("name", [name for name in DRAWN if name not in MAPS])
def test_a_claim_draws_curves(name):
    drawing = drawing_of(name)
    assert isinstance(drawing, Drawing)
    assert not drawing.title.endswith(".")


def test_the_map_of_parametrizations_agrees_with_theory_where_there_is_one(
    random_labels, monkeypatch
):
    assert DRAWN["dynamical_dichotomy"] is plane.drawn_plane
    monkeypatch.setattr(plane, "WIDE", 512)
    monkeypatch.setattr(plane, "STARTS", (0.0, 0.5))
    monkeypatch.setattr(plane, "GROWTHS", (0.0, 1.0))
    drawn = plane.drawn_plane(MLPS, random_labels, erf)
    theory = {(cell.across, cell.up): cell.predicted for cell in drawn.cells}
    assert theory == {(0, 0): -0.5, (0.5, 0): -1, (0.5, 1): 0, (0, 1): None}
    for cell in drawn.cells:
        if cell.predicted is not None:
            assert cell.measured == pytest.approx(cell.predicted, abs=0.1)


def test_eigenvectors_on_a_circle_come_nearer_to_the_sinusoid_with_the_width():
    drawing = drawing_of("circle_eigenfunctions_are_sinusoids")
    apart = []
    for panel in drawing.panels:
        angles, wave = curve_of(drawing, "nearest sinusoid", panel)
        places, vector = curve_of(drawing, "eigenvector", panel)
        apart.append(np.abs(np.interp(places, angles, wave) - vector).max())
    assert apart[2] < apart[0]
    assert apart[2] < 0.05 < apart[3]


def test_later_eigenvectors_on_an_interval_are_near_to_a_sinusoid_for_relu():
    drawing = drawing_of("later_eigenvectors_are_all_sinusoidal")
    _, wave = curve_of(drawing, "nearest sinusoid", "eigenvector 20")
    _, kinked = curve_of(drawing, "ReLU", "eigenvector 20")
    _, smooth = curve_of(drawing, "erf", "eigenvector 20")
    assert np.linalg.norm(kinked - wave) < 0.1 * np.linalg.norm(kinked)
    assert np.linalg.norm(smooth - wave) > 0.5 * np.linalg.norm(smooth)


def test_the_posterior_mean_goes_through_the_labels():
    drawing = drawing_of("bumps_are_those_of_the_posterior_mean")
    grid, mean = curve_of(drawing, "posterior mean")
    places, labels = curve_of(drawing, "labels")
    np.testing.assert_allclose(np.interp(places, grid, mean), labels, atol=0.03)


def test_the_log_prior_peaks_where_the_posterior_mean_is_drawn():
    drawing = drawing_of("log_prior_of_a_sixth_point_peaks_at_the_posterior_mean")
    for panel in drawing.panels:
        labels, heights = curve_of(drawing, "log prior", panel)
        (mean,), (top,) = curve_of(drawing, "posterior mean", panel)
        assert abs(labels[heights.argmax()] - mean) <= 0.1
        assert top >= heights.max() - 1e-3
        labels, heights = curve_of(drawing, "with λ for 1/λ", panel)
        assert abs(labels[heights.argmax()] - mean) > 0.3
