"""Faults in what is measured of fine-tuning."""

from widthwise.models import ntk

from .fault import Fault, without_the_start

WIDTHS = (64, 128, 512)


def at_twice_the_rate(outputs):
    return lambda *arguments, rate, **named: outputs(*arguments, rate=2 * rate, **named)


FAULTS = {
    "fine_tuning_lives_in_tangent_space": Fault(
        "gradient_descent_in_function_space", without_the_start, rungs=WIDTHS
    ),
    "fine_tuning_of_relu_lives_in_tangent_space": Fault(
        "gradient_descent_in_function_space", without_the_start, rungs=WIDTHS
    ),
    "fine_tuning_deviates_in_proportion_to_task_distance": Fault(
        "gradient_descent_in_function_space",
        at_twice_the_rate,
        rungs=(0.4, 0.2, 0.1),
        settings={"parametrization": ntk},
    ),
}
