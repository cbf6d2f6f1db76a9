"""Faults in what is measured of combinations of units."""

import torch

from widthwise.claims.linear_combinations import runs
from widthwise.models import digits, principal_components

from .fault import Fault, with_decay

IMAGES = {"data": digits(classes=(0, 1), n_train=16, n_test=16)}


def of_length_root_width(movement):
    return lambda before, *rest, **named: movement(before, *rest, **named) * before.width**0.5


def of_a_quarter_of_the_units(sums):
    return lambda units, _: sums(units, 0.25)


def without_the_mean(sums):
    return lambda units, share: sums(units - units.mean(2, keepdim=True), share)


def with_signs_of_other_units(sums):
    def faulty(before, after, x):
        *inner, last = (0 * weight for weight in before.weights)
        last = before.weights[-1].roll(1, 1) - before.weights[-1]
        return sums(before.displaced(type(before.parameters)((*inner, last))), after, x)

    return faulty


def of_other_units(gradients):
    return lambda *arguments: tuple(g.roll(1, -1) for g in gradients(*arguments))


def counted_from_the_output(along_gradients):
    def faulty(*arguments):
        found = along_gradients(*arguments)
        other = {"1": "2", "2": "1"}
        return {name: found[name[:-1] + other[name[-1]]] for name in found}

    return faulty


def of_what_moved(within):
    return lambda moved, directions: within(
        moved, principal_components(moved, len(directions[0]))
    )


def of_units_in_another_order(among_components):
    def faulty(before, after, x):
        return among_components(before, after, x)

    return faulty


FAULTS = {
    "random_combinations_stay_put": Fault("combination_movement", of_length_root_width, runs),
    "sums_of_sqrt_width_units_dwarf_their_change": Fault("train", with_decay, runs),
    "sums_change_by_inverse_fourth_root": Fault(
        "sum_over_random_units", of_a_quarter_of_the_units, runs
    ),
    "signed_sums_change_by_order_one": Fault("sums", with_signs_of_other_units, runs),
    "sums_of_zero_mean_units_grow_as_fourth_root": Fault(
        "sum_over_random_units", of_a_quarter_of_the_units
    ),
    "sums_of_relu_units_grow_as_square_root": Fault("sum_over_random_units", without_the_mean),
    "output_gradient_combination_moves": Fault(
        "output_gradients", of_other_units, runs, settings={"layer": 2}
    ),
    "gradients_span_all_that_moves": Fault("along_gradients", counted_from_the_output, runs),
    "gradients_span_what_moves_in_the_first_layer": Fault(
        "output_gradients", of_other_units, runs
    ),
    "gradients_miss_a_fixed_share": Fault("along_gradients", counted_from_the_output, runs),
    "principal_components_are_stable": Fault("train", with_decay, runs, settings=IMAGES),
    "principal_components_find_the_change": Fault("share_within", of_what_moved, runs),
    "principal_components_miss_the_change": Fault("share_within", of_what_moved, runs),
}
