"""Faults in what is measured of random sampling."""

import torch

from widthwise.claims.random_sampling import bounds, found
from widthwise.claims.random_sampling import test_identity_is_hard_to_learn as identity
from widthwise.models import erf

from .fault import Fault

PERCEPTRON = {"law": "gaussian", "rival": "biased"}
IMAGES = {"data": "odd_digits", "depth": 1}
IMAGES_OF_DIGITS = {"task": bounds.odd}
BITS = {"task": found.of_bits}
REPEATED = {"inputs": identity.digits, "depth": 3}
UNITS = {"data": "odd_digits", "activation": erf}


def with_a_threshold(ones):
    return lambda weights, **inputs: ones(weights, **{**inputs, "threshold": 0.3})


def with_another_sign(measure):
    return lambda *arguments: -measure(*arguments)


def of_a_constant(log_orthant):
    return lambda kernel, signs, **options: log_orthant(kernel, torch.ones_like(signs), **options)


def of_other_rows(measure):
    return lambda rows: measure(rows.roll(1, 0))


def of_the_others(share):
    return lambda *arguments: 1 - share(*arguments)


def of_the_likeliest_draws(_):
    return lambda values, log_weights: values[log_weights.topk(len(values) // 8).indices].mean(0)


def doubled(measure):
    return lambda *arguments: 2 * measure(*arguments)


def of_draws(measure):
    return lambda seen, drawn: measure(drawn[: len(drawn) // 2], drawn)


def of_the_next_inputs(functions):
    return lambda *arguments: functions(*arguments).roll(1, 2)


def not_given_the_labels(posterior):
    return lambda *arguments, **options: posterior(*arguments, **options)._replace(
        log_evidence=torch.zeros((), dtype=torch.float64)
    )


def of_the_other_sign(bound):
    return lambda log_evidence, points: bound(-log_evidence, points)


def of_all_points_together(bound):
    return lambda log_evidence, points: bound(points * log_evidence, points)


def untrained(_):
    return lambda kernels, n: kernels.nngp.diagonal()[n:]


def of_a_single_step(excess):
    return lambda *arguments: excess(*arguments) / 150


def with_no_order_changed(_):
    return identity.itself


def turned_around(cosine):
    return lambda left, right: -cosine(left, right)


FAULTS = {
    "perceptron_prior_is_uniform_in_ones": Fault(
        "ones", with_a_threshold, rungs=(3, 5), settings=PERCEPTRON
    ),
    "every_choice_of_signs_has_its_own_number_of_ones": Fault(
        "ones", with_a_threshold, rungs=(3, 5)
    ),
    "mostly_constant_functions_are_exponentially_likelier": Fault(
        "log_share_of_tables",
        lambda share: lambda points, most: share(64, 8),
        rungs=(64, 256, 1024),
        settings=PERCEPTRON,
    ),
    "volume_bounds_complexity": Fault(
        "slope", with_another_sign, rungs=(8,), settings={"measure": "lempel_ziv"}
    ),
    "simple_functions_of_small_volume_exist": Fault(
        "log_orthant", of_a_constant, rungs=(8, 16, 32, 64), settings={"depth": 2}
    ),
    "simple_functions_are_likelier_among_those_of_as_many_ones": Fault(
        "lempel_ziv_of", of_other_rows, rungs=(8,)
    ),
    "frozen_features_give_the_same_posterior": Fault(
        "of_whole_networks", of_the_others, rungs=(2,), settings=IMAGES
    ),
    "conditioning_leaves_units_unchanged": Fault(
        "weighed", of_the_likeliest_draws, rungs=(64, 256, 1024), settings=UNITS
    ),
    "conditioned_units_move_by_their_pull_on_the_evidence": Fault(
        "pull", doubled, rungs=(64, 512), settings=UNITS
    ),
    "sgd_samples_the_posterior": Fault(
        "functions_found", of_the_next_inputs, found, rungs=(32,), seeds=6, settings=BITS
    ),
    "sgd_samples_the_posterior_whatever_the_targets": Fault(
        "inverse_temperature", of_draws, found, rungs=(3.0,), seeds=8, settings=BITS
    ),
    "sgd_finds_more_than_independent_bits": Fault(
        "sign_posterior", not_given_the_labels, found, rungs=(32,), seeds=6, settings=BITS
    ),
    "marginal_likelihood_bounds_rank_architectures": Fault(
        "bound", of_the_other_sign, bounds, rungs=(32,), seeds=6, settings=IMAGES_OF_DIGITS
    ),
    "marginal_likelihood_bounds_are_not_vacuous": Fault(
        "bound", of_all_points_together, bounds, rungs=(64,), seeds=4, settings=IMAGES_OF_DIGITS
    ),
    "marginal_likelihood_bounds_follow_learning_curves": Fault(
        "bound", of_all_points_together, bounds, rungs=(64,), seeds=6, settings=IMAGES_OF_DIGITS
    ),
    "langevin_reaches_the_boltzmann_law": Fault("in_the_law", doubled, rungs=(8,), seeds=4),
    "descent_reaches_the_boltzmann_law": Fault(
        "excess_loss", of_a_single_step, rungs=(8,), seeds=3
    ),
    "descent_spreads_nearly_as_exact_fits": Fault(
        "of_descent", untrained, rungs=(16,), settings={"data": "odd_digits"}
    ),
    "identity_has_less_volume_than_a_constant": Fault(
        "log_marginal_likelihood", with_another_sign, rungs=(16,), seeds=4, settings=REPEATED
    ),
    "identity_has_more_volume_than_other_orders": Fault(
        "shuffled",
        with_no_order_changed,
        rungs=(64,),
        seeds=4,
        settings=REPEATED,
    ),
    "identity_is_hard_to_learn": Fault(
        "alike", turned_around, rungs=(256,), seeds=6, settings=REPEATED
    ),
}
