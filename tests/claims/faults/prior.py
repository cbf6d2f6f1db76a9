"""Faults in what is measured of the prior."""

import torch

from widthwise.claims.prior.test_log_prior import (
    with_eigenvalues_for_inverses,
    with_one_dimension_of_volume,
)
from widthwise.models import relu

from .fault import Fault


def of_the_inverse(density):
    return lambda kernel, y: density(torch.linalg.inv(kernel), y)


def with_the_wrong_size(values):
    return lambda kernel, y: 1.5 * values(kernel, y)


def with_another_sign(values):
    return lambda kernel, y: -values(kernel, y)


def before_the_end(ridge):
    return lambda _: ridge(100.0)


def with_a_sixth_of_the_variance(posterior):
    def faulty(kernel, y):
        found = posterior(kernel, y)
        return found._replace(covariance=found.covariance / 6)

    return faulty


def of_a_point_trained_on(kernels):
    """Every new point is taken for the first training point, whose weight is then 1."""

    def faulty(*arguments):
        theta, similarity = kernels(*arguments)
        return theta, theta[:, :1].expand_as(similarity)

    return faulty


def times(factor):
    return lambda kernel: lambda *arguments: factor * kernel(*arguments)


def of_kernels_mixed_up(find):
    """What the one says is taken for what the other says."""

    def faulty(*arguments):
        *found, ours, others = find(*arguments)
        return (*found, others, ours)

    return faulty


def where_they_agree_too(find):
    """All inputs on which the rules differ are counted."""

    def faulty(*arguments):
        *found, ours, _ = find(*arguments)
        return (*found, ours, -ours)

    return faulty


def without_correlations(posterior):
    def faulty(kernel, y):
        found = posterior(kernel, y)
        return found._replace(covariance=found.covariance.diagonal().diag())

    return faulty


LABELS = {"data": "random_labels"}

FAULTS = {
    "log_prior_as_printed": Fault(
        "of_the_gaussian",
        lambda _: with_eigenvalues_for_inverses,
        rungs=(64,),
        settings=LABELS,
    ),
    "log_prior_constant_as_printed": Fault(
        "of_the_gaussian",
        lambda _: with_one_dimension_of_volume,
        rungs=(64,),
        settings=LABELS,
    ),
    "log_prior_divides_by_the_eigenvalues": Fault(
        "of_the_gaussian", of_the_inverse, rungs=(64,), settings=LABELS
    ),
    "highest_prior_labels_are_kernel_regression": Fault(
        "regression", with_the_wrong_size, rungs=(64,), settings=LABELS
    ),
    "printed_prior_likes_the_opposite": Fault(
        "regression_of_one", with_another_sign, rungs=(64,), settings=LABELS
    ),
    "bumps_are_those_of_the_posterior_mean": Fault(
        "posterior_mean", with_the_wrong_size, rungs=(256,), seeds=32
    ),
    "printed_prior_contradicts_the_trained_network": Fault(
        "printed_peak", with_another_sign, rungs=(256,), seeds=32
    ),
    "log_prior_of_a_sixth_point_peaks_at_the_posterior_mean": Fault(
        "posterior_mean", with_the_wrong_size, rungs=(0.2, 0.05), seeds=32
    ),
    "ensembles_have_a_law_of_their_own": Fault(
        "ridge", before_the_end, rungs=(128,), seeds=32, settings=LABELS
    ),
    "ensembles_are_draws_from_the_posterior": Fault(
        "posterior", with_a_sixth_of_the_variance, rungs=(128,), seeds=32, settings=LABELS
    ),
    "kernels_predict_by_a_weighted_average": Fault(
        "kernels", of_a_point_trained_on, rungs=(64,), settings=LABELS
    ),
    "kernel_weights_go_with_similarity": Fault(
        "correlation",
        lambda correlation: lambda one, other: correlation(one.roll(1, 2), other),
        rungs=(64,),
        settings=LABELS,
    ),
    "ambiguous_data_follow_the_prior": Fault(
        "in_dispute", of_kernels_mixed_up, rungs=(512,), seeds=16
    ),
    "feature_learners_choose_by_the_same_prior": Fault(
        "in_dispute", where_they_agree_too, rungs=(512,), seeds=32
    ),
    "rules_are_chosen_by_their_joint_prior": Fault(
        "posterior", without_correlations, rungs=(16, 64), seeds=32
    ),
    "ensembles_average_to_the_posterior_mean": Fault(
        "posterior_means",
        lambda means: lambda *arguments: means(*arguments)[::-1],
        rungs=(512,),
        settings={"data": "random_labels", "depth": 1, "activation": relu},
    ),
    "convolutional_ensembles_average_to_it_too": Fault(
        "posterior_means",
        lambda means: lambda *arguments: means(*arguments)[::-1],
        rungs=(64,),
        seeds=16,
        settings={"data": "odd_digits"},
    ),
    "the_last_layer_gets_all_the_gradient": Fault(
        "tangent_kernel", times(0.5), rungs=(64, 128, 256, 512), settings=LABELS
    ),
    "the_last_layer_gets_its_share": Fault(
        "tangent_kernel",
        times(0.5),
        rungs=(64, 128, 256, 512),
        seeds=64,
        settings={**LABELS, "depth": 1},
    ),
    "one_rate_gives_the_last_layer_all_but_inverse_width": Fault(
        "tangent_kernel", times(1.5), rungs=(64, 128, 256, 512), seeds=64, settings=LABELS
    ),
    "similarity_tells_how_an_image_is_treated": Fault(
        "more_similar",
        lambda similar: lambda theta: -similar(theta),
        rungs=(512,),
        settings={"activation": relu},
    ),
    "images_are_treated_as_regression_says": Fault(
        "scenes", of_kernels_mixed_up, rungs=(512,), settings={"activation": relu}
    ),
    "kernel_similarity_says_what_pixels_say": Fault(
        "gram",
        lambda gram: lambda x, _: gram(x.abs(), _),
        rungs=(4, 8),
        settings={"activation": relu},
    ),
}
