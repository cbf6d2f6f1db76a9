"""Faults in what is measured of costs."""

import torch

from widthwise.claims.cost.test_feature_limits_cost_more import in_one_layer
from widthwise.claims.cost.test_kernels_cost_quadratic_data import counted, of_networks

from .fault import Fault


def between_neighbours(kernel):
    return lambda network, x, _: torch.cat([kernel(network, part, part) for part in x.split(16)])


def with_all_points_for_landmarks(by_landmarks):
    return lambda theta, across, y, _, ridge: by_landmarks(
        theta, across, y, len(theta), ridge=ridge
    )


def always_of_the_first(of_all):
    return lambda measure, _, seeds: of_all(measure, 1, seeds)


def of_all_steps(of_all):
    return lambda measure, steps, seeds: steps * of_all(measure, steps, seeds)


FAULTS = {
    "kernels_cost_quadratic_data": Fault(
        "tangent_kernel",
        between_neighbours,
        rungs=(64, 128, 256),
        seeds=4,
        settings={"count": counted, "kernel": of_networks},
    ),
    "all_pairs_are_needed": Fault(
        "by_landmarks", with_all_points_for_landmarks, rungs=(64,), seeds=12
    ),
    "feature_limits_cost_more": Fault("of_all", always_of_the_first, rungs=(2, 4, 8), seeds=4),
    "steps_of_one_hidden_layer_cost_the_same": Fault(
        "of_all", of_all_steps, rungs=(4, 8, 16), seeds=8, settings={"step": in_one_layer}
    ),
}
