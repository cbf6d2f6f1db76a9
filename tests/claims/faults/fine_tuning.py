"""Faults in what is measured of fine-tuning."""

import torch

from widthwise.claims.transfer import second_task
from widthwise.models import ntk

from .fault import Fault, without_the_start
from .transfer import summed_over_units

WIDTHS = (64, 128, 512)
LABELS = {"data": "random_labels"}


def as_if_nothing_moved(_):
    return lambda expanded, start, run, x, y, x_seen: 0.9 * start(x_seen)


def with_clipped_targets(fit):
    """Targets that are clipped to ±1, as labels are, lose what two sets of labels add up to."""
    return lambda network, x, y, **named: fit(network, x, y.clamp(-1, 1), **named)


def with_units_of_other_networks(found):
    """What is missed stands beside how far the units of the next network moved."""

    def faulty(*arguments):
        units, missed = found(*arguments).unbind(1)
        return torch.stack((units.roll(1), missed), 1)

    return faulty


def by_a_tenth_too_long(length):
    return lambda network, change: 1.1 * length(network, change)


FAULTS = {
    "fine_tuning_lives_in_tangent_space": Fault(
        "gradient_descent_in_function_space",
        without_the_start,
        module=second_task,
        rungs=WIDTHS,
        settings=LABELS,
    ),
    "fine_tuning_of_relu_lives_in_tangent_space": Fault(
        "gradient_descent_in_function_space",
        without_the_start,
        module=second_task,
        rungs=WIDTHS,
        settings=LABELS,
    ),
    "fine_tuning_deviates_in_proportion_to_task_distance": Fault(
        "gradient_descent_in_function_space",
        without_the_start,
        module=second_task,
        rungs=(0.4, 0.2, 0.1),
        settings={**LABELS, "parametrization": ntk},
    ),
    "ordinary_training_lives_there_too": Fault(
        "length_in_the_metric_of_training", by_a_tenth_too_long, rungs=WIDTHS, settings=LABELS
    ),
    "ordinary_training_of_relu_lives_there_too": Fault(
        "outside_the_gradients", summed_over_units, rungs=WIDTHS, settings=LABELS
    ),
    "training_is_affine_in_the_labels": Fault(
        "convergence", with_clipped_targets, rungs=WIDTHS, settings=LABELS
    ),
    "linearisation_fails_where_units_move": Fault(
        "in_some_parametrization",
        with_units_of_other_networks,
        rungs=(128,),
        seeds=64,
        settings=LABELS,
    ),
    "units_may_move_in_linear_training": Fault(
        "linearised", as_if_nothing_moved, rungs=(64,), settings=LABELS
    ),
}
