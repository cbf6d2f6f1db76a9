"""Faults in what is measured of transfer."""

from .fault import Fault, of_other_networks, without_the_start

WIDTHS = (64, 128, 512)

FAULTS = {
    "kernel_transfer_is_a_shifted_start": Fault(
        "gradient_descent_in_function_space", without_the_start, rungs=WIDTHS
    ),
    "relu_transfer_is_a_shifted_start": Fault(
        "gradient_descent_in_function_space", without_the_start, rungs=WIDTHS
    ),
    "smooth_transfer_is_a_shifted_start_up_to_inverse_width": Fault(
        "tangent_kernel", of_other_networks, rungs=WIDTHS
    ),
}
