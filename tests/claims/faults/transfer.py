"""Faults in what is measured of transfer."""

from widthwise.claims.transfer import second_task

from .fault import Fault, of_other_networks, without_the_start

WIDTHS = (64, 128, 512)
LABELS = {"data": "random_labels"}

FAULTS = {
    "kernel_transfer_is_a_shifted_start": Fault(
        "gradient_descent_in_function_space",
        without_the_start,
        module=second_task,
        rungs=WIDTHS,
        settings=LABELS,
    ),
    "relu_transfer_is_a_shifted_start": Fault(
        "gradient_descent_in_function_space",
        without_the_start,
        module=second_task,
        rungs=WIDTHS,
        settings=LABELS,
    ),
    "smooth_transfer_is_a_shifted_start_up_to_inverse_width": Fault(
        "tangent_kernel",
        of_other_networks,
        module=second_task,
        rungs=WIDTHS,
        settings=LABELS,
    ),
}
