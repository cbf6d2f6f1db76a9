"""Faults in what is measured of results of papers: signals in depth, products of matrices."""

from dataclasses import replace

from widthwise.claims.published.jacobians import gaussian

from .fault import Fault


def in_singular_values(jacobian):
    """Of products in which every layer has the square of its slope."""
    return lambda network: jacobian(network).abs()


def with_a_layer_too_few(draw):
    return lambda mlp, width, seeds, layers, activation: draw(
        mlp, width, seeds, layers - 1, activation
    )


def of_the_symmetric_product(jacobian):
    """Singular values in the place of eigenvalues, squared."""

    def mistaken(network):
        change = jacobian(network)
        return change.mT @ change

    return mistaken


def with_another_gain(layer):
    return replace(layer, weights=0.8 * layer.weights)


def of_roots(along_a_circle):
    """Speed and curvature where their squares were meant."""
    return lambda *known: tuple(found.sqrt() for found in along_a_circle(*known))


def halved(measure):
    """The logarithm of a length where that of its square was meant."""
    return lambda *known: measure(*known) / 2


def doubled(measure):
    return lambda *known: 2 * measure(*known)


def as_an_angle(forgotten):
    return lambda *known: forgotten(*known).sqrt()


def in_steps_of_its_own_rate(time_to_learn):
    return lambda network, strength: time_to_learn(network, strength) * len(network.weights)


FAULTS = {
    "relu_spectra_spread_in_proportion_to_depth": Fault(
        "jacobian", in_singular_values, rungs=(2, 4, 8), settings={"draw": gaussian}
    ),
    "largest_singular_values_grow_linearly_with_depth": Fault(
        "gaussian", with_a_layer_too_few, rungs=(64, 96, 128), settings={"layers": 3}
    ),
    "inputs_merge_at_the_published_depth_scale": Fault(
        "ORDERED", with_another_gain, rungs=(4, 8, 12, 16), seeds=8
    ),
    "curves_keep_bending_in_the_chaotic_phase": Fault("along_a_circle", of_roots, rungs=(2, 4, 8)),
    "curves_lengthen_exponentially_with_depth": Fault("along_a_circle", of_roots, rungs=(2, 4, 8)),
    "log_lengths_spread_by_the_sum_of_inverse_widths": Fault("log_lengths", halved, rungs=(256,)),
    "lengths_are_log_normal_at_depth_in_proportion_to_width": Fault(
        "log_lengths", halved, rungs=(80,)
    ),
    "relu_forgets_inputs_by_the_square_of_depth": Fault(
        "forgotten", as_an_angle, rungs=(64, 128, 256), seeds=8
    ),
    "relu_forgets_inputs_at_the_published_constant": Fault(
        "forgotten", doubled, rungs=(64, 128, 256), seeds=8
    ),
    "angles_close_exponentially": Fault("log_sines", halved, rungs=(32,)),
    "deep_linear_networks_learn_in_fewer_steps": Fault(
        "time_to_learn", in_steps_of_its_own_rate, rungs=(8, 12, 16), seeds=6
    ),
    "eigenvalues_of_products_concentrate_at_the_origin": Fault(
        "jacobian", of_the_symmetric_product, rungs=(48,)
    ),
}
