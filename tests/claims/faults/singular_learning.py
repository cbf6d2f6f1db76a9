"""Faults in what is measured of learning coefficients."""

from widthwise.claims.singular_learning import segments
from widthwise.models import ntk, odd_digits

from .fault import Fault

HALVES = {"task": odd_digits, "parametrization": ntk}


def of_one_parameter_less(of_powers):
    return lambda powers, seeds: of_powers(powers[:-1], seeds)


def of_another_rank(truths):
    return lambda seeds, rows, columns, rank: truths(seeds, rows, columns, rank + 1)


def at_one_n(followed):
    def faulty(*arguments):
        run = followed(*arguments)
        return dict.fromkeys(run, run["64"])

    return faulty


def with_the_difference_twice(between):
    return lambda first, second, share: between(first, second, 2 * share)


def at_the_end(_):
    return lambda first, second, share: first


def of_the_greatest_sum(assignment):
    return lambda distances: assignment(-distances)


FAULTS = {
    "learning_coefficients_of_powers_are_found": Fault(
        "of_powers", of_one_parameter_less, rungs=(1024,), seeds=4, settings={"powers": (2, 2, 2)}
    ),
    "effective_dimension_depends_on_the_truth": Fault(
        "truths",
        of_another_rank,
        rungs=(2**18,),
        seeds=6,
        settings={"shape": (3, 3, 3), "rank": 0},
    ),
    "degenerate_minima_are_preferred": Fault("followed", at_one_n, rungs=(64, 256, 1024), seeds=4),
    "crossings_are_preferred_by_a_logarithm": Fault(
        "followed", at_one_n, rungs=(64, 4096), seeds=6
    ),
    "wide_networks_are_linearly_connected": Fault(
        "between", with_the_difference_twice, segments, rungs=(256,), seeds=6, settings=HALVES
    ),
    "matched_networks_are_linearly_connected": Fault(
        "linear_sum_assignment",
        of_the_greatest_sum,
        segments,
        rungs=(256,),
        seeds=8,
        settings=HALVES,
    ),
    "the_middle_of_lazy_networks_is_their_mean": Fault(
        "between", at_the_end, rungs=(32, 64, 256), seeds=6, settings=HALVES
    ),
}
