"""Faults in what is measured of fine-tuning."""

from widthwise.claims.transfer import second_task
from widthwise.models import ntk

from .fault import Fault, without_the_start

WIDTHS = (64, 128, 512)
LABELS = {"data": "random_labels"}


FAULTS = {
    "fine_tuning_lives_in_tangent_space": Fault(
        "gradient_descent_in_function_space",
        without_the_start,
        module=second_task,
        rungs=WIDTHS,
        settings=LABELS,
    ),
    "fine_tuning_of_relu_lives_in_tangent_space": Fault(
        "gradient_descent_in_function_space",
        without_the_start,
        module=second_task,
        rungs=WIDTHS,
        settings=LABELS,
    ),
    "fine_tuning_deviates_in_proportion_to_task_distance": Fault(
        "gradient_descent_in_function_space",
        without_the_start,
        module=second_task,
        rungs=(0.4, 0.2, 0.1),
        settings={**LABELS, "parametrization": ntk},
    ),
}
