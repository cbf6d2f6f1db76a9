"""Faults in what is measured of lazy training."""

import itertools
from dataclasses import replace

import torch

from widthwise.claims.lazy_training import runs
from widthwise.claims.lazy_training import (
    test_practical_networks_are_not_in_the_limits_scaling as practical,
)
from widthwise.models import (
    kernel_rate,
    ntk,
    one_shot,
    operator_movement,
    relu,
    train,
)

from .fault import (
    Fault,
    of_other_networks,
    stopped_after_a_step,
    without_the_root,
)

WIDTHS = (64, 256, 1024)


def summed_over_channels(movement):
    return lambda before, after, x: movement(before, after, x) * before.width**0.5


def summed_over_units_of_layers(movement):
    return lambda before, after: movement(before, after) * before[0].shape[-1] ** 0.5


def movement_averaged_over_units(movement):
    return lambda before, after, x: movement(before, after, x) / before.width**0.5


def averaged_over_units(snapshot):
    def faulty(network, x):
        sound = snapshot(network, x)
        return replace(sound, outputs=sound.outputs / network.width**0.5)

    return faulty


def without_the_output_weights(_):
    return lambda network, z: z


def as_a_norm_over_units(gradient):
    return lambda network, x: gradient(network, x) * network.width**0.5


def stopped_after_a_few_steps(_):
    return lambda network, x, y, **_: train(network, x, y, steps=3).final


def summed_over_units(rms):
    return lambda values: rms(values) * values.shape[-1]


def at_steps_too_large(fit):
    return lambda network, x, y, **named: fit(
        network, x, y, **named | {"rate": 3 * kernel_rate(network, x), "momentum": 0.0}
    )


def with_gradients_of_other_networks_every_second_time(snapshot):
    calls = itertools.count()

    def faulty(network, x):
        turn, sound = next(calls) % 2, snapshot(network, x)
        return replace(sound, gradients=tuple(g.roll(turn, 0) for g in sound.gradients))

    return faulty


def with_other_labels_every_second_time(alignment):
    calls = itertools.count()
    return lambda kernel, y: alignment(kernel, y.roll(next(calls) % 2, 0))


def as_if_points_were_apart(length):
    """With the diagonal of the kernel in place of the kernel."""
    return lambda kernel, change: length(kernel.diagonal(dim1=1, dim2=2).diag_embed(), change)


def squared(movement):
    return lambda before, after: movement(before, after).square()


def in_ntk_coordinates(distance):
    return lambda before, after: distance(before, after) * before.width**0.5


def a_third(rate):
    return lambda network, x: rate(network, x) / 3


def from_other_networks(movement):
    return lambda before, after: movement(before.roll(1, 0), after)


def not_relative(_):
    def faulty(before, after):
        pairs = zip(before.weights, after.weights, strict=True)
        return torch.stack([(w - w0).flatten(1).norm(dim=1) for w0, w in pairs], 1)

    return faulty


def in_operator_norm(_):
    return operator_movement


def of_the_sum(stable_rank):
    """Of a random matrix beside the update, as if the start had not been taken off."""

    def faulty(weights):
        return stable_rank([torch.randn_like(w) / 10 + w for w in weights])

    return faulty


def relative_to_their_size(distance):
    return lambda before, after: distance(before, after) / before.parameters.norm()


def of_the_singular_value(rate):
    return lambda network, x: rate(network, x).sqrt()


LABELS = {"data": "random_labels"}
LAYER = LABELS | {"layer": 1}
TWO_LAYERS = LABELS | {"depth": 2}
RELU = LABELS | {"activation": relu}
LEAPS = LABELS | {"rate": 3.0}
SCALE = LABELS | {"units": 64, "moving": "units"}
KINKS = (512, 2048, 8192)

FAULTS = {
    "activations_freeze": Fault(
        "layerwise_movement", summed_over_units_of_layers, runs, WIDTHS, settings=LAYER
    ),
    "activations_freeze_at_once": Fault(
        "layerwise_movement",
        summed_over_units_of_layers,
        runs,
        WIDTHS,
        settings=LAYER | {"solve": one_shot},
    ),
    "residual_networks_freeze": Fault(
        "rms", summed_over_units, rungs=(32, 64, 128), settings={"place": "blocks.0"}
    ),
    "channels_freeze": Fault(
        "layerwise_activation_movement",
        summed_over_channels,
        rungs=(32, 64, 128),
        settings={"data": "odd_digits", "solve": one_shot, "layer": 1},
    ),
    "outputs_move_while_units_freeze": Fault(
        "snapshot", averaged_over_units, runs, WIDTHS, settings=LABELS
    ),
    "runs_are_finished": Fault(
        "fit", stopped_after_a_few_steps, runs, settings=LABELS | {"parametrization": ntk}
    ),
    "gradients_reach_units_at_inverse_sqrt_width": Fault(
        "layerwise_gradient", as_a_norm_over_units, rungs=WIDTHS, settings=LAYER
    ),
    "gradients_stand_still": Fault(
        "snapshot", with_gradients_of_other_networks_every_second_time, runs, WIDTHS, settings=LAYER
    ),
    "contributions_move_by_inverse_width": Fault(
        "contributions", without_the_output_weights, runs, WIDTHS, settings=LABELS
    ),
    "tangent_kernel_is_constant": Fault("fit", at_steps_too_large, runs, WIDTHS, settings=RELU),
    "smooth_tangent_kernel_moves_as_inverse_width": Fault(
        "relative_movement", from_other_networks, runs, WIDTHS, settings=LABELS
    ),
    "kernel_target_alignment_is_fixed": Fault(
        "kernel_target_alignment", with_other_labels_every_second_time, runs, WIDTHS, 64, LABELS
    ),
    "relu_kinks_slow_the_limit": Fault(
        "tangent_kernel", of_other_networks, rungs=KINKS, settings=LABELS
    ),
    "relu_kinks_nearly_saturate_the_bound": Fault(
        "rms", without_the_root, rungs=KINKS, settings=LABELS
    ),
    "relu_kinks_let_gradients_change_more": Fault(
        "relative_movement", squared, rungs=KINKS, settings=LABELS
    ),
    "weights_barely_move": Fault("weight_movement", not_relative, runs, WIDTHS, settings=LABELS),
    "output_weights_barely_move": Fault(
        "weight_movement", not_relative, runs, WIDTHS, settings=LABELS
    ),
    "hidden_matrices_barely_move": Fault(
        "weight_movement", in_operator_norm, runs, WIDTHS, settings=TWO_LAYERS
    ),
    "hidden_matrices_move_in_few_directions": Fault(
        "stable_rank", of_the_sum, runs, WIDTHS, settings=TWO_LAYERS
    ),
    "parameters_stand_still_in_standard_coordinates": Fault(
        "parameter_movement", in_ntk_coordinates, runs, WIDTHS, settings=LABELS
    ),
    "parameters_move_by_order_one_in_ntk_coordinates": Fault(
        "parameter_movement", relative_to_their_size, runs, WIDTHS, settings=LABELS
    ),
    "parameters_take_the_shortest_way": Fault(
        "shortest_length", as_if_points_were_apart, runs, WIDTHS, settings=LABELS
    ),
    "standard_parametrization_is_lazy_at_small_rates": Fault(
        "layerwise_activation_movement", summed_over_channels, settings=TWO_LAYERS
    ),
    "standard_parametrization_leaps_above_the_stable_rate": Fault(
        "kernel_rate", a_third, settings=RELU | {"depth": 2}
    ),
    "standard_parametrization_diverges_at_large_rates": Fault(
        "train", stopped_after_a_step, rungs=(64, 1024), settings=TWO_LAYERS
    ),
    "largest_stable_rate_falls_as_inverse_width": Fault(
        "kernel_rate", of_the_singular_value, settings=LABELS
    ),
    "practical_networks_are_not_in_the_limits_scaling": Fault(
        "layerwise_activation_movement",
        movement_averaged_over_units,
        rungs=WIDTHS,
        settings=LABELS | {"optimiser": practical.descent, "place": "layer 2"},
    ),
    "large_learning_rates_escape_the_lazy_regime": Fault(
        "kernel_rate", a_third, rungs=WIDTHS, settings=LEAPS
    ),
    "large_steps_end_where_the_kernel_is_stable": Fault(
        "fit", stopped_after_a_few_steps, settings=LEAPS
    ),
    "laziness_is_scale_not_width": Fault(
        "relative_movement", squared, rungs=(1 / 2, 1 / 16, 1 / 128), settings=SCALE
    ),
}
