"""Faults in what is measured of the prior."""

import torch

from widthwise.claims.prior.test_log_prior import (
    with_eigenvalues_for_inverses,
    with_one_dimension_of_volume,
)

from .fault import Fault


def of_the_inverse(density):
    return lambda kernel, y: density(torch.linalg.inv(kernel), y)


def with_the_wrong_size(values):
    return lambda kernel, y: 1.5 * values(kernel, y)


def with_another_sign(values):
    return lambda kernel, y: -values(kernel, y)


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
}
