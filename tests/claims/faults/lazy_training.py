"""Faults in what is measured of lazy training."""

import torch

from widthwise.claims.lazy_training import runs
from widthwise.models import contribution_movement, operator_movement, weight_movement

from .fault import (
    Fault,
    multiplying_all_weights,
    of_other_networks,
    stopped_after_a_step,
    without_the_root,
)

WIDTHS = (64, 256, 1024)


def summed_over_units(_):
    def faulty(before, after, x):
        change = torch.cat(
            [z - z0 for z0, z in zip(before.activations(x), after.activations(x), strict=True)], 2
        )
        return change.square().sum(2).mean(1).sqrt()

    return faulty


def summed_over_channels(movement):
    return lambda before, after, x: movement(before, after, x) * before.width**0.5


def averaged_over_units(movement):
    return lambda before, after, x: movement(before, after, x) / before.width**0.5


def of_contributions(_):
    return contribution_movement


def without_the_output_weights(_):
    def faulty(before, after, x):
        change = after.activations(x)[-1] - before.activations(x)[-1]
        return change.square().mean((1, 2)).sqrt()

    return faulty


def as_a_norm_over_units(gradient):
    return lambda network, x: gradient(network, x) * network.width**0.5


def of_steps_too_large(rate):
    return lambda network, x: 6 * rate(network, x)


def from_other_networks(movement):
    return lambda before, after: movement(before.roll(1, 0), after)


def not_relative(_):
    def faulty(before, after):
        pairs = zip(before.weights, after.weights, strict=True)
        return torch.stack([(w - w0).flatten(1).norm(dim=1) for w0, w in pairs], 1)

    return faulty


def in_operator_norm(_):
    return operator_movement


def in_frobenius_norm(_):
    return weight_movement


def relative_to_their_size(distance):
    return lambda before, after: distance(before, after) / before.parameters.norm()


def of_the_singular_value(rate):
    return lambda network, x: rate(network, x).sqrt()


FAULTS = {
    "activations_freeze": Fault(
        "activation_movement", summed_over_units, runs, WIDTHS, settings={"solve": runs.convergence}
    ),
    "channels_freeze": Fault("activation_movement", summed_over_channels, rungs=(64, 128, 256)),
    "outputs_move_while_units_freeze": Fault(
        "output_movement", averaged_over_units, runs, WIDTHS, settings={"solve": runs.convergence}
    ),
    "gradients_reach_units_at_inverse_sqrt_width": Fault(
        "layerwise_gradient", as_a_norm_over_units, rungs=WIDTHS, settings={"layer": 1}
    ),
    "each_unit_needs_only_inverse_width": Fault(
        "activation_movement", of_contributions, runs, WIDTHS
    ),
    "contributions_move_by_inverse_width": Fault(
        "contribution_movement", without_the_output_weights, runs, WIDTHS
    ),
    "tangent_kernel_is_constant": Fault("kernel_rate", of_steps_too_large, runs, WIDTHS),
    "smooth_tangent_kernel_moves_as_inverse_width": Fault(
        "relative_movement", from_other_networks, runs, WIDTHS
    ),
    "kernel_target_alignment_is_fixed": Fault("train", multiplying_all_weights(0.7), runs, WIDTHS),
    "smooth_alignment_rises_as_inverse_width": Fault(
        "train", multiplying_all_weights(1.5), runs, WIDTHS
    ),
    "relu_kinks_slow_the_limit": Fault(
        "tangent_kernel", of_other_networks, rungs=(512, 2048, 8192)
    ),
    "relu_kinks_nearly_saturate_the_bound": Fault("rms", without_the_root, rungs=(512, 2048, 8192)),
    "weights_barely_move": Fault("weight_movement", not_relative, runs, WIDTHS),
    "output_weights_barely_move": Fault("weight_movement", not_relative, runs, WIDTHS),
    "hidden_matrices_barely_move": Fault(
        "weight_movement", in_operator_norm, runs, settings={"depth": 2}
    ),
    "hidden_matrices_move_in_few_directions": Fault(
        "operator_movement", in_frobenius_norm, settings={"depth": 2}
    ),
    "parameters_do_not_move_at_all": Fault(
        "parameter_movement", relative_to_their_size, runs, WIDTHS
    ),
    "parameters_move_by_order_one": Fault(
        "parameter_movement", relative_to_their_size, runs, WIDTHS
    ),
    "standard_parametrization_is_lazy_or_unstable": Fault(
        "activation_movement", summed_over_units, runs, settings={"depth": 2}
    ),
    "largest_stable_rate_falls_as_inverse_width": Fault("kernel_rate", of_the_singular_value),
    "fixed_rate_diverges_past_a_width": Fault("train", stopped_after_a_step, rungs=(64, 1024)),
    "large_learning_rates_escape_the_lazy_regime": Fault(
        "train", stopped_after_a_step, rungs=WIDTHS
    ),
    "large_steps_end_where_the_kernel_is_stable": Fault("train", stopped_after_a_step),
    "laziness_is_scale_not_width": Fault(
        "relative_movement",
        lambda movement: lambda *pair: movement(*pair).square(),
        rungs=(1 / 2, 1 / 16, 1 / 128),
        settings={"data": "random_labels", "units": 64, "moving": "units"},
    ),
}
