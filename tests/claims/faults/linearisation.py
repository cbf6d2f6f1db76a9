"""Faults in what is measured of linearised networks."""

from dataclasses import replace

import torch

from widthwise.models import antisymmetric, ntk

from .fault import (
    Fault,
    of_other_networks,
    stopped_after_a_step,
    without_the_root,
)


def with_a_layer_too_many(kernels):
    return lambda made, x: kernels(replace(made, depth=made.depth + 1), x)


def without_the_output_layer(terms):
    def faulty(network, x, direction):
        weights = (*direction.weights[:-1], 0 * direction.weights[-1])
        return terms(network, x, replace(direction, weights=weights))

    return faulty


def of_the_output_layer_only(kernel):
    """With output weights of 0 no gradient reaches the layers below."""

    def faulty(network, *points):
        weights = (*network.weights[:-1], 0 * network.weights[-1])
        silent = replace(network, parameters=replace(network.parameters, weights=weights))
        return kernel(silent, *points)

    return faulty


def without_the_output_layers_own(kernel):
    only = of_the_output_layer_only(kernel)
    return lambda network, *points: kernel(network, *points) - only(network, *points)


def of_networks_that_start_at_zero(errors):
    def faulty(width, seeds, mlp, data):
        return errors(
            width, seeds, lambda *known, **named: antisymmetric(mlp(*known, **named)), data
        )

    return faulty


def as_a_mean(_):
    return lambda values: values.mean(1)


def before_any_step(outputs):
    return lambda *arguments, steps, **named: outputs(*arguments, steps=[0], **named)


def of_half_the_residual(modes):
    def faulty(*arguments):
        values, vectors, residual = modes(*arguments)
        return values, vectors, residual / 2

    return faulty


def for_twice_the_time(flow):
    return lambda *arguments, time, **named: flow(*arguments, time=2 * time, **named)


def with_half_the_correction(train):
    return lambda *arguments, rate, **named: train(*arguments, rate=rate / 2, **named)


def along_the_weights(_):
    return lambda network, _: network.parameters


WIDTHS = (64, 128, 512)
DISPLACEMENTS, RATES, RIDGES = (0.3, 0.1, 0.03), (0.4, 0.2, 0.1), (0.1, 0.03, 0.01)
LABELS = {"data": "random_labels"}


def by_a_share_of_the_labels(fit):
    return lambda start, x, y, **options: fit(start, x, torch.lerp(start(x), y, 1 / 32), **options)


FAULTS = {
    "network_follows_its_linearisation": Fault(
        "gradient_descent_in_function_space", before_any_step, rungs=WIDTHS, settings=LABELS
    ),
    "relu_network_follows_its_linearisation": Fault(
        "gradient_descent_in_function_space", before_any_step, rungs=WIDTHS, settings=LABELS
    ),
    "smooth_network_departs_as_inverse_width": Fault(
        "tangent_kernel", of_other_networks, rungs=WIDTHS, settings=LABELS
    ),
    "linearised_training_is_kernel_regression": Fault(
        "tangent_kernel", without_the_output_layers_own, rungs=(32, 64), settings=LABELS
    ),
    "finite_width_formula_of_the_discussion": Fault(
        "errors", of_networks_that_start_at_zero, rungs=(64,), settings=LABELS
    ),
    "a_small_ridge_selects_what_gradient_descent_does": Fault(
        "tangent_kernel", without_the_output_layers_own, rungs=RIDGES, settings=LABELS
    ),
    "taylor_remainder_is_little_o_of_square": Fault(
        "rms", without_the_root, rungs=DISPLACEMENTS, settings=LABELS
    ),
    "taylor_remainder_is_quadratic": Fault(
        "taylor_terms", without_the_output_layer, rungs=DISPLACEMENTS, settings=LABELS
    ),
    "taylor_coefficient_falls_as_inverse_width": Fault(
        "towards_the_solution", along_the_weights, settings=LABELS
    ),
    "output_vanishes_at_initialisation": Fault(
        "rms",
        as_a_mean,
        seeds=256,
        settings={"data": "odd_digits", "term": "f_0", "parametrization": ntk},
    ),
    "output_at_initialisation_vanishes_in_mup": Fault(
        "rms", without_the_root, settings={"data": "odd_digits"}
    ),
    "output_at_initialisation_is_the_nngp": Fault(
        "infinite_width_kernels", with_a_layer_too_many, settings=LABELS
    ),
    "homogeneous_nets_satisfy_euler": Fault("taylor_terms", without_the_output_layer),
    "residuals_decay_as_the_matrix_exponential": Fault(
        "modes", of_half_the_residual, rungs=(256, 512, 1024), settings=LABELS
    ),
    "smooth_residuals_leave_the_exponential_by_inverse_width": Fault(
        "modes", of_half_the_residual, rungs=(128, 256, 512), settings=LABELS
    ),
    "training_always_converges_when_wide": Fault(
        "train", stopped_after_a_step, rungs=(64, 128), settings=LABELS
    ),
    "biases_tell_antipodal_points_apart": Fault(
        "train", stopped_after_a_step, rungs=(64, 128), settings=LABELS
    ),
    "least_eigenvalue_stays_positive": Fault(
        "tangent_kernel", of_the_output_layer_only, rungs=(256, 512), settings=LABELS
    ),
    "gradient_descent_departs_from_gradient_flow": Fault(
        "train_flow", for_twice_the_time, rungs=RATES, settings=LABELS
    ),
    "gradient_descent_follows_the_modified_flow": Fault(
        "train_flow", with_half_the_correction, rungs=RATES, settings=LABELS
    ),
    "weight_paths_leave_the_tangent": Fault(
        "fit",
        by_a_share_of_the_labels,
        rungs=(256,),
        seeds=16,
        settings={"data": "random_labels", "depth": 1},
    ),
}
