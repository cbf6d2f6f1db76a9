"""Faults in what is measured of transfer."""

from dataclasses import replace

import torch

from widthwise.claims.transfer import runs, second_task, there_and_back
from widthwise.claims.transfer.tasks import planes

from .fault import Fault, of_other_networks, without_the_start

WIDTHS = (64, 128, 512)
LABELS = {"data": "random_labels"}
TASKS = {"tasks": planes}


def before_training(networks):
    def faulty(*arguments):
        before, _, tasks = networks(*arguments)
        return before, before, tasks

    return faulty


def on_the_opposite(pretrained):
    return lambda initial, tasks: pretrained(initial, replace(tasks, old=-tasks.old))


def on_the_other_task(pretrained):
    return lambda initial, tasks: pretrained(initial, replace(tasks, old=tasks.other))


def not_at_all(_):
    return lambda initial, tasks: initial


def at_twice_the_rate(steps):
    return lambda theta, residual, rate, tolerance: steps(theta, residual, 2 * rate, tolerance)


def per_unit(found):
    return lambda width, *arguments: found(width, *arguments) / width


def summed_over_units(found):
    return lambda width, *arguments: found(width, *arguments) * width


def all_summed_over_units(found):
    return lambda width, *arguments: {
        name: torch.as_tensor(values) * width for name, values in found(width, *arguments).items()
    }


def of_any_correlation(mixed):
    return lambda task, fresh, correlation: mixed(task, fresh, 1.0)


def halved(gain):
    return lambda found, name: gain(found, name) / 2


def from_no_start(regression):
    return lambda theta, on, y, start, run: regression(theta, on, y, torch.zeros_like(start), run)


FAULTS = {
    "kernel_transfer_is_a_shifted_start": Fault(
        "gradient_descent_in_function_space",
        without_the_start,
        module=second_task,
        rungs=WIDTHS,
        settings=LABELS,
    ),
    "relu_transfer_is_a_shifted_start": Fault(
        "gradient_descent_in_function_space",
        without_the_start,
        module=second_task,
        rungs=WIDTHS,
        settings=LABELS,
    ),
    "smooth_transfer_is_a_shifted_start_up_to_inverse_width": Fault(
        "tangent_kernel",
        of_other_networks,
        module=second_task,
        rungs=WIDTHS,
        settings=LABELS,
    ),
    "kernel_learns_nothing_from_pretraining": Fault(
        "seen", all_summed_over_units, rungs=WIDTHS, settings=TASKS
    ),
    "pretraining_does_not_change_what_the_kernel_predicts": Fault(
        "seen", all_summed_over_units, rungs=WIDTHS, settings=TASKS
    ),
    "learned_features_serve_another_task": Fault(
        "networks", before_training, rungs=(64, 128), settings=TASKS
    ),
    "sign_flip_turns_help_into_harm": Fault("gain", halved, rungs=(256,), settings=TASKS),
    "same_task_on_new_inputs_is_helped": Fault(
        "pretrained", on_the_opposite, module=runs, rungs=(128,), settings=TASKS
    ),
    "learned_features_do_not_mind_the_sign": Fault(
        "pretrained",
        not_at_all,
        module=runs,
        rungs=(128,),
        settings={**TASKS, "relation": "opposite"},
    ),
    "unrelated_tasks_transfer_nothing": Fault(
        "pretrained", on_the_other_task, module=runs, rungs=(128,), settings=TASKS
    ),
    "unrelated_tasks_are_harmed": Fault(
        "pretrained", not_at_all, module=runs, rungs=(128,), settings=TASKS
    ),
    "kernel_transfer_is_linear_in_correlation": Fault("gain", halved, rungs=(256,), settings=TASKS),
    "weakly_related_tasks_are_harmed": Fault(
        "mixed", of_any_correlation, rungs=(128,), settings=TASKS
    ),
    "a_good_start_speeds_convergence": Fault(
        "pretrained", on_the_opposite, module=runs, rungs=(128,), settings=TASKS
    ),
    "steps_saved_follow_from_the_initial_kernel": Fault(
        "steps_of_kernel", at_twice_the_rate, module=runs, rungs=WIDTHS, settings=TASKS
    ),
    "no_path_dependence_in_the_limit": Fault("there", per_unit, rungs=WIDTHS, settings=TASKS),
    "order_matters_only_through_the_start": Fault(
        "there", summed_over_units, rungs=WIDTHS, settings=TASKS
    ),
    "the_start_selects_among_solutions": Fault(
        "regression", from_no_start, module=there_and_back, rungs=WIDTHS, settings=TASKS
    ),
}
