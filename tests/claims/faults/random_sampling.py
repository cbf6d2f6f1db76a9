"""Faults in what is measured of random sampling."""

from .fault import Fault

PERCEPTRON = {"law": "gaussian", "rival": "biased"}


def with_a_threshold(ones):
    return lambda weights, **inputs: ones(weights, **{**inputs, "threshold": 0.3})


FAULTS = {
    "perceptron_prior_is_uniform_in_ones": Fault(
        "ones", with_a_threshold, rungs=(3, 5), settings=PERCEPTRON
    ),
    "every_choice_of_signs_has_its_own_number_of_ones": Fault(
        "ones", with_a_threshold, rungs=(3, 5)
    ),
    "mostly_constant_functions_are_exponentially_likelier": Fault(
        "log_share_of_tables",
        lambda share: lambda points, most: share(64, 8),
        rungs=(64, 256, 1024),
        settings=PERCEPTRON,
    ),
}
