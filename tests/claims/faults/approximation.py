"""Faults in what is measured of approximation."""

import torch

from widthwise.claims.approximation import gates
from widthwise.claims.approximation.on_the_circle import numbers
from widthwise.models import erf, relu

from .fault import Fault

SMOOTH = {"activation": erf, "depth": 1, "gain": 4.0}
SCALES, POINTS, PRECISIONS = (0.3, 0.15, 0.075), (32, 64, 128), (1e-3, 1e-4, 1e-5)


def half_of_them(signs):
    return lambda inputs: signs(inputs)[: 2 ** (inputs - 1)]


def of_three_waves(interpolate):
    few = numbers().abs() < 2
    return lambda modes, function, points: interpolate(modes * few, function, points)


def its_first_wave(series):
    return lambda at: series(at) * (numbers().abs() < 2)


def of_four_features(spectrum_of):
    few = torch.arange(120) < 2
    return lambda *arguments: spectrum_of(*arguments) * few


FAULTS = {
    "multiplication_gate_is_cheap": Fault(
        "signs",
        half_of_them,
        module=gates,
        rungs=SCALES,
        settings={"inputs": 2, "activation": erf},
    ),
    "a_tree_of_gates_multiplies_with_few_units": Fault(
        "signs",
        half_of_them,
        module=gates,
        rungs=SCALES,
        settings={"inputs": 4, "activation": erf},
    ),
    "smooth_kernels_cannot_reach_kinks": Fault(
        "interpolate", of_three_waves, rungs=POINTS, settings=SMOOTH
    ),
    "kinks_are_reached_at_the_rate_of_the_kink": Fault(
        "interpolate", of_three_waves, rungs=POINTS, settings=SMOOTH
    ),
    "kinks_cost_smooth_kernels_an_unbounded_norm": Fault(
        "zigzag", its_first_wave, rungs=(64, 128), settings=SMOOTH
    ),
    "an_analytic_kernel_pays_exponentially": Fault(
        "numbers",
        lambda numbers: lambda: numbers() / 2,
        rungs=(192, 256, 384, 512),
    ),
    "tangent_features_are_universal": Fault(
        "biased",
        lambda _: lambda seed: 0.0,
        rungs=POINTS,
        settings={"depth": 1, "biases": 1.0},
    ),
    "tangent_features_are_essentially_finite": Fault(
        "spectrum_of", of_four_features, rungs=PRECISIONS, settings={"activation": relu}
    ),
    "features_that_count_grow_with_precision": Fault(
        "spectrum_of", of_four_features, rungs=PRECISIONS, settings={"activation": relu}
    ),
}
