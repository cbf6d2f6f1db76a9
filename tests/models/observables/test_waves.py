"""The best sinusoid, against functions whose answer is known."""

import math

import pytest
import torch

from widthwise.models.observables.waves import best_sinusoid

TIMES = torch.linspace(0, 1, 400, dtype=torch.float64)


def test_a_wave_of_any_frequency_and_phase_is_one():
    waves = torch.stack([torch.sin(2 * math.pi * f * TIMES + f) for f in (0.3, 1.37, 5.0, 17.71)])
    assert float(best_sinusoid(waves, 20).min()) > 0.9995


def test_two_waves_are_half_a_wave_and_a_constant_is_one():
    both = torch.sin(2 * math.pi * 3 * TIMES) + torch.sin(2 * math.pi * 9 * TIMES)
    assert float(best_sinusoid(both, 20)) == pytest.approx(0.5, abs=0.01)
    assert float(best_sinusoid(torch.ones(400, dtype=torch.float64), 20)) == pytest.approx(1)


def test_a_triangle_wave_is_its_first_harmonic_by_ninety_six_over_pi_to_the_fourth():
    triangle = torch.asin(torch.sin(2 * math.pi * 8 * TIMES[:-1]))
    assert float(best_sinusoid(triangle, 20)) == pytest.approx(96 / math.pi**4, abs=2e-3)


def test_frequencies_that_points_cannot_tell_are_refused():
    with pytest.raises(ValueError, match="400 points resolve"):
        best_sinusoid(TIMES, 300)
    with pytest.raises(ValueError, match="at least 4 points"):
        best_sinusoid(TIMES[:3], 1)
