"""Faults in what is measured of feature learning."""

import itertools
from dataclasses import replace

import torch

from widthwise.claims.feature_learning import at_once, grid, internals, tuned
from widthwise.claims.feature_learning import test_more_data_counteract_width as more_data
from widthwise.claims.feature_learning import (
    test_the_trained_kernel_closes_the_gap as gap,
)
from widthwise.claims.feature_learning import (
    test_universality_and_feature_learning_are_unrelated as universality,
)
from widthwise.models import erf, residual_networks

from .fault import Fault, stopped_after_a_step

LABELS = {"data": "random_labels", "activation": erf}
MUP = LABELS | {"parametrization": grid.MUP}
NTK = LABELS | {"parametrization": grid.NTK}
FROM_ZERO = LABELS | {"parametrization": grid.FROM_ZERO}
RESIDUAL = {
    "model": residual_networks,
    "data": "odd_digits",
    "place": "blocks.0",
    "rate": 1e-3,
}
WIDTHS = (64, 128, 256, 512)


def averaged_over_units(movement):
    return lambda before, after, x: movement(before, after, x) / before.width**0.5


def summed_over_units(movement):
    return lambda before, after, x: movement(before, after, x) * before.width**0.5


def with_the_square_of_inputs(movement):
    return lambda before, after, x: movement(before, after, x) * x.square().sum(2).mean(1)


def over_the_length_of_inputs(movement):
    return lambda before, after, x: movement(before, after, x) / x.norm(dim=2).mean(1)


def summed_over_units_of_a_row(rms):
    return lambda values: rms(values) * values.shape[-1] ** 0.5


def from_other_networks(movement):
    return lambda before, after: movement(before.roll(1, 0), after)


def with_a_point_twice_but_in_the_last(kernel):
    """The second of the inputs forgotten on the way, and the first in its place."""
    calls = itertools.count(1)

    def faulty(network, x):
        if next(calls) % (len(universality.TIMES) + 2):
            x = torch.cat((x[:, :1], x[:, :1], x[:, 2:]), 1)
        return kernel(network, x)

    return faulty


def after_the_first_step(course):
    return lambda network, x, y, at: course(network, x, y, (1,))


def of_other_networks_every_other_time(measure):
    """The units of the network beside, whenever those before training are asked for."""
    calls = itertools.count(1)
    return lambda network: measure(network).roll(next(calls) % 2, 0)


def of_the_latent_of_other_networks(tool):
    return lambda units, latent: tool(units, latent.roll(1, 0))


def over_the_root_of_the_width(kernel):
    return lambda network, x: kernel(network, x) * network.width**0.5


def of_any_length(_):
    return lambda network: network.weights[0] / network.weights[0].shape[1] ** 0.5


def last_first(measure):
    return lambda *arguments: measure(*arguments)[::-1]


def summed_over_all_units(measure):
    return lambda *arguments: [c * c.shape[1] for c in measure(*arguments)]


def with_the_labels_of_the_points_beside(regression):
    return lambda theta, across, y: regression(theta, across, y.roll(1, 1))


def with_the_labels_of_other_seeds(errors):
    return lambda width, seeds, mlp, data: errors(
        width, seeds, mlp, replace(data, y_train=data.y_train.roll(1, 0))
    )


def of_one_width(errors):
    return lambda width, seeds, mlp, data: errors(64, seeds, mlp, data)


def with_the_root(errors):
    return lambda *arguments: errors(*arguments).sqrt()


def of_networks_trained_fully(_):
    return tuned.of_networks


FAULTS = {
    "narrow_nets_need_features": Fault(
        "of_readout", of_networks_trained_fully, rungs=(16,), seeds=12
    ),
    "wide_nets_do_without_features": Fault("of_readout", with_the_root, rungs=(512,), seeds=8),
    "feature_limit_outperforms": Fault(
        "of_networks",
        with_the_labels_of_other_seeds,
        rungs=(16,),
        seeds=8,
        settings={"target": tuned.one_direction, "kernel": "nngp"},
    ),
    "wide_feature_learners_outperform_narrow_ones": Fault(
        "of_networks", of_one_width, rungs=(16,), settings={"target": tuned.one_direction}
    ),
    "lazy_networks_have_nothing_to_interpret": Fault(
        "maximising",
        of_other_networks_every_other_time,
        internals,
        (32, 64, 128),
        seeds=8,
        settings={"draw": internals.odd_or_even, "tool": "maximising input"},
    ),
    "tools_find_what_feature_learners_learn": Fault(
        "probe", of_the_latent_of_other_networks, internals, (64, 128), settings={"tool": "probe"}
    ),
    "patching_finds_the_kernels_share": Fault(
        "nngp_kernel",
        over_the_root_of_the_width,
        internals,
        (32, 64, 128),
        seeds=8,
        settings={"draw": internals.odd_or_even},
    ),
    "feature_detectors_are_rare_at_initialisation": Fault(
        "maximising", of_any_length, rungs=(8, 24)
    ),
    "feature_learning_multiplies_detectors": Fault("similar", last_first, rungs=(64,), seeds=8),
    "lazy_training_turns_no_units_to_the_feature": Fault(
        "similar", summed_over_all_units, rungs=(32, 64, 128), seeds=8
    ),
    "the_trained_kernel_closes_the_gap": Fault(
        "kernel_regression",
        with_the_labels_of_the_points_beside,
        rungs=(64,),
        settings={"link": gap.step_on_a_step},
    ),
    "a_kernel_trained_on_other_data_closes_the_gap": Fault(
        "kernel_regression",
        with_the_labels_of_the_points_beside,
        rungs=(64,),
        settings={"link": gap.step_on_a_step},
    ),
    "units_move_as_the_exponent_r_says": Fault(
        "layerwise_activation_movement", averaged_over_units, grid, WIDTHS, settings=MUP
    ),
    "outputs_move_as_the_parametrization_says": Fault(
        "output_movement", averaged_over_units, grid, WIDTHS, settings=NTK
    ),
    "dynamical_dichotomy": Fault(
        "relative_movement", from_other_networks, grid, WIDTHS, settings=NTK
    ),
    "embeddings_move_where_units_do": Fault(
        "train", stopped_after_a_step, grid, WIDTHS, settings=FROM_ZERO
    ),
    "embeddings_turn_towards_the_task": Fault(
        "train", stopped_after_a_step, grid, WIDTHS, settings=FROM_ZERO
    ),
    "mup_moves_activations": Fault(
        "rms", summed_over_units_of_a_row, rungs=(32, 64, 128), settings=RESIDUAL
    ),
    "universality_and_feature_learning_are_unrelated": Fault(
        "tangent_kernel", with_a_point_twice_but_in_the_last, rungs=(64, 128), settings=LABELS
    ),
    "universal_kernels_move": Fault(
        "course", after_the_first_step, rungs=(128, 512), settings=LABELS
    ),
    "more_data_counteract_width": Fault(
        "layerwise_activation_movement",
        averaged_over_units,
        at_once,
        rungs=WIDTHS,
        settings={"draw": more_data.odd_or_even},
    ),
    "data_that_a_kernel_learns_do_not_counteract": Fault(
        "layerwise_activation_movement", summed_over_units, at_once, rungs=(128, 256, 512)
    ),
    "input_dimension_sets_the_width": Fault(
        "layerwise_activation_movement", with_the_square_of_inputs, at_once, rungs=(128, 256, 512)
    ),
    "input_dimension_does_not_set_the_width": Fault(
        "layerwise_activation_movement", over_the_length_of_inputs, at_once, rungs=(128, 256, 512)
    ),
}
