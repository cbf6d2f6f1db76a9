"""Faults in what is measured of combinations of units."""

from functools import partial

from widthwise.claims.linear_combinations import runs
from widthwise.models import principal_components

from .fault import Fault

ON_RANDOM_LABELS = {"data": "random_labels"}
WIDER = (32, 128, 512)

InRuns = partial(Fault, module=runs, settings=ON_RANDOM_LABELS)


def of_length_root_width(combinations):
    return lambda before, *rest: combinations(before, *rest) * before.width**0.5


def with_weights_of_the_wrong_size(fit):
    def faulty(*arguments, **named):
        trained = fit(*arguments, **named)
        return trained.displaced(trained.parameters, -0.3)

    return faulty


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


def counted_from_the_output(found_by_layer):
    def faulty(*arguments):
        found = found_by_layer(*arguments)
        other = {"1": "2", "2": "1"}
        return {name: found[name[:-1] + other[name[-1]]] for name in found}

    return faulty


def without_the_weights_above(along_gradients):
    def faulty(*arguments):
        found = along_gradients(*arguments)
        return {name: found.get(name.replace(",", " from below,"), found[name]) for name in found}

    return faulty


def with_the_weights_above(_):
    return lambda layer, before, after: after.parameters


def of_a_layer_more(kernels):
    def faulty(*arguments):
        layers = kernels(*arguments)
        return layers._replace(below=(*layers.below[1:], layers.below[-1]))

    return faulty


def of_slopes_that_are_equal(share):
    return lambda *arguments, **_: share(*arguments, equal_slopes=True)


def of_what_moved(within):
    return lambda moved, directions: within(moved, principal_components(moved, len(directions[0])))


def from_other_networks(among_components):
    return lambda units, trained: among_components(units.roll(1, 0), trained)


FAULTS = {
    "random_combinations_stay_put": InRuns("unit_combinations", of_length_root_width),
    "sums_of_sqrt_width_units_dwarf_their_change": InRuns("fit", with_weights_of_the_wrong_size),
    "sums_change_by_inverse_fourth_root": InRuns(
        "sum_over_random_units", of_a_quarter_of_the_units, rungs=WIDER, seeds=32
    ),
    "signed_sums_change_by_order_one": InRuns("sums", over_all_the_units),
    "sums_of_zero_mean_units_grow_as_fourth_root": Fault(
        "sum_over_random_units", of_a_quarter_of_the_units, settings=ON_RANDOM_LABELS
    ),
    "sums_of_relu_units_grow_as_square_root": Fault(
        "sum_over_random_units", without_the_mean, settings=ON_RANDOM_LABELS
    ),
    "output_gradient_combination_moves": InRuns(
        "component_along", averaged_over_units, settings={**ON_RANDOM_LABELS, "layer": 2}
    ),
    "output_gradient_combination_moves_as_the_output": InRuns(
        "along_gradients", without_the_weights_above, settings={**ON_RANDOM_LABELS, "layer": 1}
    ),
    "output_gradient_combination_moves_as_the_output_from_below": InRuns(
        "trained_up_to", with_the_weights_above, settings={**ON_RANDOM_LABELS, "layer": 1}
    ),
    "gradient_combination_moves_by_the_share_of_the_kernel_below": InRuns(
        "kernels_of_layers", of_a_layer_more, settings={**ON_RANDOM_LABELS, "layer": 1}
    ),
    "relu_layers_move_the_output_in_equal_parts_at_one_point": InRuns(
        "along_gradients", counted_from_the_output, settings={**ON_RANDOM_LABELS, "layer": 1}
    ),
    "gradients_span_all_that_moves": InRuns("within_gradients", counted_from_the_output),
    "gradients_span_what_moves_in_the_first_layer": InRuns("output_gradients", of_other_units),
    "gradients_miss_a_fixed_share": InRuns(
        "within_gradients", counted_from_the_output, rungs=(64, 128, 512)
    ),
    "gradients_miss_what_a_square_random_matrix_scatters": InRuns(
        "share_beyond_the_gradients", of_slopes_that_are_equal, rungs=(64, 256)
    ),
    "principal_components_are_stable": InRuns("among_components", from_other_networks),
    "principal_components_find_the_change": InRuns("share_within", of_what_moved),
    "principal_components_miss_the_change": InRuns("share_within", of_what_moved),
}
