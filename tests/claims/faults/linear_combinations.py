"""Faults in what is measured of combinations of units."""

from dataclasses import replace

from widthwise.claims.linear_combinations import runs
from widthwise.models import principal_components

from .fault import Fault, multiplying_all_weights


def of_length_root_width(movement):
    return lambda before, *rest, **named: movement(before, *rest, **named) * before.width**0.5


def of_a_quarter_of_the_units(sums):
    return lambda units, _: sums(units, 0.25)


def without_the_mean(sums):
    return lambda units, share: sums(units - units.mean(2, keepdim=True), share)


def over_all_the_units(sums):
    def faulty(before, *rest):
        found = sums(before, *rest)
        signed = "mean change of signed sums"
        return {**found, signed: found[signed] * before.width**0.5}

    return faulty


def averaged_over_units(component):
    return lambda moved, directions: component(moved, directions) / moved.shape[2]


def of_other_units(gradients):
    return lambda *arguments: tuple(g.roll(1, -1) for g in gradients(*arguments))


def counted_from_the_output(along_gradients):
    def faulty(*arguments):
        found = along_gradients(*arguments)
        other = {"1": "2", "2": "1"}
        return {name: found[name[:-1] + other[name[-1]]] for name in found}

    return faulty


def of_what_moved(within):
    return lambda moved, directions: within(moved, principal_components(moved, len(directions[0])))


def from_other_networks(among_components):
    def faulty(before, after, x):
        others = before.parameters.map(lambda tensor: tensor.roll(1, 0))
        return among_components(replace(before, parameters=others), after, x)

    return faulty


WIDER = (32, 128, 512)

FAULTS = {
    "random_combinations_stay_put": Fault("combination_movement", of_length_root_width, runs),
    "sums_of_sqrt_width_units_dwarf_their_change": Fault(
        "train", multiplying_all_weights(0.7), runs
    ),
    "sums_change_by_inverse_fourth_root": Fault(
        "sum_over_random_units", of_a_quarter_of_the_units, runs, WIDER
    ),
    "signed_sums_change_by_order_one": Fault("sums", over_all_the_units, runs),
    "sums_of_zero_mean_units_grow_as_fourth_root": Fault(
        "sum_over_random_units", of_a_quarter_of_the_units
    ),
    "sums_of_relu_units_grow_as_square_root": Fault("sum_over_random_units", without_the_mean),
    "output_gradient_combination_moves": Fault(
        "component_along", averaged_over_units, runs, settings={"layer": 2}
    ),
    "gradients_span_all_that_moves": Fault("along_gradients", counted_from_the_output, runs),
    "gradients_span_what_moves_in_the_first_layer": Fault("output_gradients", of_other_units, runs),
    "gradients_miss_a_fixed_share": Fault("along_gradients", counted_from_the_output, runs, WIDER),
    "principal_components_are_stable": Fault(
        "among_components", from_other_networks, runs, settings={"data": "digits"}
    ),
    "principal_components_find_the_change": Fault("share_within", of_what_moved, runs),
    "principal_components_miss_the_change": Fault("share_within", of_what_moved, runs),
}
