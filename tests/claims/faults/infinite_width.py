"""Faults in what is measured of the limits."""

from dataclasses import replace

import torch

from widthwise.claims.infinite_width import initialisation
from widthwise.claims.infinite_width import test_closed_form_two_layer_relu as closed
from widthwise.claims.infinite_width import (
    test_kernels_agree_with_an_independent_implementation as agreement,
)
from widthwise.models import relu

from .fault import Fault, multiplying_all_weights


def not_passed_on(architecture):
    return lambda _, *rest, **named: architecture(64, *rest, **named)


def with_a_layer_too_few(recursion):
    return lambda x, activation, depth, **named: recursion(x, activation, depth - 1, **named)


def with_a_gain_that_enters_twice(recursion):
    return lambda *known: {name: 1.2 * kernel for name, kernel in recursion(*known).items()}


def with_a_convolution_too_few(kernels):
    return lambda architecture, x: kernels(replace(architecture, depth=architecture.depth - 1), x)


def without_a_term(closed_form):
    def kappa(u):
        return closed.simplified(u) - u * (torch.pi - u.arccos()) / torch.pi

    return lambda x, x2, norms, *_: closed_form(x, x2, norms, kappa)


def with_biases(initialised):
    return lambda *known, **named: initialised(*known, **{**named, "sigma_b": 1.0})


def of_narrower_networks(initialised):
    return lambda width, *rest, **named: initialised(width * 3 // 5, *rest, **named)


def as_a_variance(spread):
    return lambda drawn, kernel: spread(drawn, kernel).square()


def with_units_paired_with_themselves(dependence):
    return lambda mlp, width, *rest: dependence(mlp, width, *rest) + 1 / (width - 1)


def summed_over_partners(dependence):
    return lambda architecture, *rest, **named: (
        dependence(architecture, *rest, **named) * architecture.width
    )


def of_targets_of_the_wrong_sign(train):
    return lambda moments, x, y, **named: train(moments, x, -y, **named)


def with_a_doubled_bias(architecture):
    return lambda *known, sigma_b, **named: architecture(*known, sigma_b=2 * sigma_b, **named)


(CASE,) = agreement.CASES[0].values
WIDTHS = (64, 128, 256)
DEEP = {"activation": relu, "depth": 3, "kernel": "tangent"}
CHANNELS = {"activation": relu, "readout": "flatten", "kernel": "tangent"}

FAULTS = {
    "tangent_kernel_becomes_deterministic": Fault(
        "Architecture", not_passed_on, initialisation, WIDTHS
    ),
    "one_hidden_layer_has_its_mean_at_every_width": Fault(
        "recursion", with_a_gain_that_enters_twice, rungs=(16, 64)
    ),
    "closed_form_two_layer_relu": Fault("closed_form", without_a_term, rungs=WIDTHS),
    "closed_form_equals_the_recursion": Fault(
        "closed_form", without_a_term, rungs=(64,), settings={"kappa": closed.simplified}
    ),
    "nngp_and_ntk_match_the_recursions": Fault(
        "recursion", with_a_layer_too_few, rungs=(64, 128), settings=DEEP
    ),
    "kernels_approach_the_recursions_as_inverse_root_width": Fault(
        "Architecture", not_passed_on, initialisation, WIDTHS, settings={"kernel": "nngp"}
    ),
    "convolutional_kernels_match_their_recursions": Fault(
        "infinite_channel_kernels", with_a_convolution_too_few, rungs=(16, 32), settings=CHANNELS
    ),
    "convolutional_kernels_become_deterministic": Fault(
        "infinite_channel_kernels", with_a_convolution_too_few, rungs=(32, 64), settings=CHANNELS
    ),
    "depth_over_width_controls_the_limit": Fault("recursion", with_a_layer_too_few, rungs=(32,)),
    "kernel_variance_is_exponential_in_depth_over_width": Fault(
        "initialised", of_narrower_networks, rungs=(32,), settings={"layers": 1}
    ),
    "kernel_variance_is_the_exact_count": Fault(
        "initialised", with_biases, rungs=(32,), settings={"layers": 1}
    ),
    "ordered_networks_become_deterministic_at_any_depth": Fault(
        "spread", as_a_variance, rungs=(128,)
    ),
    "units_are_iid_at_initialisation": Fault(
        "dependence", with_units_paired_with_themselves, rungs=(16, 32)
    ),
    "deep_units_are_iid_up_to_inverse_width": Fault(
        "dependence", with_units_paired_with_themselves, rungs=(16, 32)
    ),
    "knowing_outputs_ties_units_by_inverse_square_width": Fault(
        "dependence_given_outputs", summed_over_partners, rungs=(32, 64, 128)
    ),
    "knowing_outputs_ties_mean_field_units_by_inverse_width": Fault(
        "dependence_given_outputs", summed_over_partners, rungs=(32, 64, 128)
    ),
    "identically_distributed_units_after_training": Fault(
        "train", multiplying_all_weights(1.5), rungs=WIDTHS, settings={"activation": relu}
    ),
    "wide_units_keep_their_law": Fault("train", multiplying_all_weights(1.5), rungs=(1024,)),
    "mup_limit_of_linear_nets_is_exact": Fault(
        "train_moments", of_targets_of_the_wrong_sign, rungs=WIDTHS
    ),
    "kernels_agree_with_an_independent_implementation": Fault(
        "Architecture",
        with_a_doubled_bias,
        rungs=(64,),
        settings={"case": CASE, "kernel": "nngp"},
    ),
}
