"""Faults in what is measured of the limits."""

import itertools
from dataclasses import replace

import torch

from widthwise.claims.infinite_width import initialisation
from widthwise.claims.infinite_width import test_closed_form_two_layer_relu as closed
from widthwise.claims.infinite_width import (
    test_kernels_agree_with_an_independent_implementation as agreement,
)
from widthwise.models import relu

from .fault import Fault


def not_passed_on(architecture):
    return lambda _, *rest, **named: architecture(64, *rest, **named)


def with_a_layer_too_few(recursion):
    return lambda x, activation, depth, *rest: recursion(x, activation, depth - 1, *rest)


def with_a_gain_that_enters_twice(recursion):
    return lambda *known: {name: 1.2 * kernel for name, kernel in recursion(*known).items()}


def with_a_convolution_too_few(kernels):
    return lambda architecture, x: kernels(replace(architecture, depth=architecture.depth - 1), x)


def without_a_term(closed_form):
    def kappa(u):
        return closed.simplified(u) - u * (torch.pi - u.arccos()) / torch.pi

    return lambda x, x2, norms, *_: closed_form(x, x2, norms, kappa)


def of_narrower_networks(relative_variances):
    return lambda width, *rest: relative_variances(width * 3 // 5, *rest)


def of_one_layer_more(relative_variances):
    return lambda width, seeds, depth, networks: relative_variances(
        width, seeds, depth + 1, networks
    )


def of_four_layers(log_sizes):
    return lambda _, *rest: log_sizes(4, *rest)


def of_one_layer(relative_variances):
    return lambda width, seeds, _, networks: relative_variances(width, seeds, 1, networks)


def as_a_variance(spread):
    return lambda *known: spread(*known).square()


def with_units_paired_with_themselves(covariance):
    return lambda mlp, width, *rest: covariance(mlp, width, *rest) + 1 / (width - 1)


def summed_over_partners(dependence):
    return lambda architecture, *rest, **named: (
        dependence(architecture, *rest, **named) * architecture.width
    )


def of_targets_of_the_wrong_sign(train):
    return lambda moments, x, y, **named: train(moments, x, -y, **named)


def with_a_doubled_bias(architecture):
    return lambda *known, sigma_b, **named: architecture(*known, sigma_b=2 * sigma_b, **named)


def towards_other_tasks(fit):
    """The second of two networks is trained towards outputs of the opposite sign."""
    calls = itertools.count()

    def faulty(network, x, y, **named):
        start = network(x)
        return fit(network, x, start + (y - start) * (-1) ** next(calls), **named)

    return faulty


def at_weights_of_the_wrong_size(fit):
    def faulty(*known, **named):
        trained = fit(*known, **named)
        return trained.displaced(trained.parameters, 0.5)

    return faulty


(CASE,) = agreement.CASES[0].values
WIDTHS = (64, 128, 256)
DRAWN = {"data": "random_labels"}
DEEP = {**DRAWN, "activation": relu, "depth": 3, "kernel": "tangent"}
CHANNELS = {"activation": relu, "readout": "flatten", "kernel": "tangent"}

FAULTS = {
    "tangent_kernel_becomes_deterministic": Fault(
        "Architecture", not_passed_on, initialisation, WIDTHS, settings=DRAWN
    ),
    "one_hidden_layer_has_its_mean_at_every_width": Fault(
        "recursion", with_a_gain_that_enters_twice, rungs=(16, 64)
    ),
    "closed_form_two_layer_relu": Fault(
        "closed_form", without_a_term, rungs=WIDTHS, settings=DRAWN
    ),
    "closed_form_equals_the_recursion": Fault(
        "closed_form", without_a_term, rungs=(64,), settings={"kappa": closed.simplified}
    ),
    "nngp_and_ntk_match_the_recursions": Fault(
        "recursion", with_a_layer_too_few, rungs=(64, 128), settings=DEEP
    ),
    "kernels_approach_the_recursions_as_inverse_root_width": Fault(
        "Architecture",
        not_passed_on,
        initialisation,
        WIDTHS,
        settings={**DRAWN, "kernel": "nngp"},
    ),
    "convolutional_kernels_match_their_recursions": Fault(
        "infinite_channel_kernels", with_a_convolution_too_few, rungs=(16, 32), settings=CHANNELS
    ),
    "convolutional_kernels_become_deterministic": Fault(
        "departure", as_a_variance, rungs=(8, 16, 32), settings=CHANNELS
    ),
    "depth_over_width_controls_the_limit": Fault(
        "relative_variances", of_one_layer, rungs=(32, 64), settings={"aspect": 1 / 8}
    ),
    "log_signal_spreads_with_depth": Fault("log_sizes", of_four_layers, rungs=(4, 8, 16)),
    "log_kernel_stays_random_at_fixed_aspect": Fault(
        "log_variances", of_one_layer, rungs=(32, 64, 128, 256)
    ),
    "kernel_variance_is_the_exact_count": Fault(
        "relative_variances", of_narrower_networks, rungs=(32,), settings={"layers": 1}
    ),
    "paths_that_meet_again_raise_the_kernel_variance": Fault(
        "relative_variances", of_one_layer_more, rungs=(8,)
    ),
    "ordered_networks_become_deterministic_at_any_depth": Fault(
        "spread", as_a_variance, rungs=(512,)
    ),
    "units_are_iid_at_initialisation": Fault(
        "covariance", with_units_paired_with_themselves, rungs=(16, 32)
    ),
    "deep_units_are_iid_up_to_inverse_width": Fault(
        "covariance", with_units_paired_with_themselves, rungs=(16, 32)
    ),
    "knowing_outputs_ties_units_by_inverse_square_width": Fault(
        "dependence_given_outputs", summed_over_partners, rungs=(32, 64, 128)
    ),
    "feature_learning_units_become_independent": Fault(
        "fit", towards_other_tasks, rungs=WIDTHS, settings=DRAWN
    ),
    "lazy_units_owe_each_other_inverse_width": Fault(
        "fit", towards_other_tasks, rungs=WIDTHS, settings=DRAWN
    ),
    "identically_distributed_units_after_training": Fault(
        "fit", at_weights_of_the_wrong_size, rungs=WIDTHS, settings=DRAWN
    ),
    "wide_units_keep_their_law": Fault("fit", at_weights_of_the_wrong_size, rungs=(4096,)),
    "mup_limit_of_linear_nets_is_exact": Fault(
        "train_moments", of_targets_of_the_wrong_sign, rungs=WIDTHS, settings=DRAWN
    ),
    "kernels_agree_with_an_independent_implementation": Fault(
        "Architecture",
        with_a_doubled_bias,
        rungs=(64,),
        settings={"case": CASE, "kernel": "nngp"},
    ),
}
