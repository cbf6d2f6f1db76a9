"""Faults in what is measured of generalisation."""

from .fault import Fault


def with_half_the_data(learning_curve):
    return lambda *spectrum, ridge: learning_curve(
        *spectrum[:-1], max(1, spectrum[-1] // 2), ridge=ridge
    )


FAULTS = {
    "learning_curves_follow_the_spectrum": Fault(
        "learning_curve", with_half_the_data, rungs=(32,), settings={"degree": 1}
    ),
    "learning_curves_of_images_follow_the_spectrum": Fault(
        "learning_curve", with_half_the_data, rungs=(128,), seeds=32, settings={"ridge": 0.1}
    ),
}
