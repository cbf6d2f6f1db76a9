"""Faults in what is measured of results of papers: training, generalisation, kernels."""

import functools

import torch

from widthwise.claims.published.separable import zeros_and_ones
from widthwise.claims.published.test_ridgeless_regression_has_two_descents import gaussian

from .fault import Fault


def spoilt(name, spoil):
    """A shared measurement that is made once, and then spoilt."""

    def faulty(measure):
        made = functools.cache(measure)

        def measured(**arguments):
            found = dict(made(**arguments))
            return {**found, name: spoil(found[name])}

        return measured

    return faulty


def half_as_large(measure):
    return lambda *arguments: measure(*arguments) / 2


def twice_as_large(measure):
    return lambda *arguments: 2 * measure(*arguments)


def of_other_targets(least_norm):
    return lambda x, y: least_norm(x, y.roll(1, 0))


def without_signs(learned):
    return lambda *arguments: learned(*arguments).abs()


def of_the_mean_loss(time_to_learn):
    return lambda kernel, wave, part: time_to_learn(kernel / len(kernel), wave, part)


def half(values):
    return values / 2


IMAGES = {"task": zeros_and_ones}
TIMES, STEPS = (32, 64, 128, 256), (256, 512, 1024, 2048)

FAULTS = {
    "margins_are_reached_as_one_over_log_time": Fault(
        "course", spoilt("short", torch.sqrt), rungs=TIMES, seeds=6, settings=IMAGES
    ),
    "logistic_loss_falls_as_one_over_time": Fault(
        "course", spoilt("loss", torch.sqrt), rungs=TIMES, seeds=4, settings=IMAGES
    ),
    "steps_that_grow_reach_the_margin_as_one_over_steps": Fault(
        "after_steps", spoilt("short", torch.sqrt), rungs=STEPS, seeds=6, settings=IMAGES
    ),
    "risk_of_few_samples_is_exact": Fault("least_norm", of_other_targets, rungs=(4, 8), seeds=6),
    "ridgeless_risk_is_known_on_both_sides": Fault(
        "least_norm",
        of_other_targets,
        rungs=(32, 64, 128),
        seeds=6,
        settings={"draw": gaussian, "ratio": 0.5},
    ),
    "best_number_of_features_follows_the_noise": Fault(
        "bias_and_variance", spoilt("variance", half), rungs=(4.0, 2.0, 1.0, 0.5), seeds=8
    ),
    "diagonal_networks_minimise_a_potential": Fault(
        "learned", without_signs, rungs=(0.25,), seeds=4
    ),
    "steps_above_four_over_the_kernel_diverge": Fault(
        "kernel_rate", twice_as_large, rungs=(64, 128)
    ),
    "catapults_raise_the_loss_to_the_width": Fault(
        "kernel_rate", half_as_large, rungs=(64, 256, 1024), seeds=8
    ),
    "dense_data_are_learned_first": Fault(
        "time_to_learn", of_the_mean_loss, rungs=(1, 2, 4), seeds=6, settings={"frequency": 6}
    ),
}
