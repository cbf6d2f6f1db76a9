"""Faults in what is measured of generalisation."""

from widthwise.claims.generalisation.test_hyperparameters_act_through_training_time import (
    LARGE,
    LARGE_AS_LONG,
    images,
)
from widthwise.claims.generalisation.test_kernels_are_data_inefficient import product_of_two
from widthwise.claims.generalisation.test_no_bias_variance_tradeoff import one_direction

from .fault import Fault


def with_half_the_data(learning_curve):
    return lambda *spectrum, ridge: learning_curve(
        *spectrum[:-1], max(1, spectrum[-1] // 2), ridge=ridge
    )


def of_the_next_point(readouts):
    return lambda z, z_new, y, ridges: readouts(z, z_new, y.roll(1, 1), ridges)


def without_ridges(readouts):
    return lambda z, z_new, y, ridges: readouts(z, z_new, y, [0.0 for _ in ridges])


def never_trained(_):
    return lambda start, *data, **options: start


def of_other_labels(regression):
    return lambda theta, across, y, **options: regression(theta, across, y.roll(1, 1), **options)


def for_two_epochs(train):
    return lambda *data, epochs, **options: train(*data, epochs=2, **options)


FAULTS = {
    "learning_curves_follow_the_spectrum": Fault(
        "learning_curve", with_half_the_data, rungs=(32,), settings={"degree": 1}
    ),
    "learning_curves_of_images_follow_the_spectrum": Fault(
        "learning_curve", with_half_the_data, rungs=(128,), seeds=32, settings={"ridge": 0.1}
    ),
    "no_bias_variance_tradeoff": Fault(
        "readouts", of_the_next_point, rungs=(512,), seeds=12, settings={"task": one_direction}
    ),
    "the_best_ridge_removes_the_peak": Fault(
        "readouts", without_ridges, rungs=(128,), seeds=12, settings={"task": one_direction}
    ),
    "kernels_are_data_inefficient": Fault(
        "fit", never_trained, rungs=(16,), seeds=12, settings={"task": product_of_two}
    ),
    "kernels_learn_what_is_linear_as_well": Fault(
        "kernel_regression", of_other_labels, rungs=(16,), seeds=12
    ),
    "hyperparameters_act_through_training_time": Fault(
        "train_minibatch",
        for_two_epochs,
        rungs=(2,),
        seeds=4,
        settings={"task": images, "other": LARGE, "as_long": LARGE_AS_LONG},
    ),
}
