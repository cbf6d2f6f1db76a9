"""Faults in what is measured of learning coefficients."""

from .fault import Fault


def of_one_parameter_less(of_powers):
    return lambda powers, seeds: of_powers(powers[:-1], seeds)


def of_another_rank(truths):
    return lambda seeds, rows, columns, rank: truths(seeds, rows, columns, rank + 1)


def at_one_n(followed):
    def faulty(*arguments):
        run = followed(*arguments)
        return dict.fromkeys(run, run["64"])

    return faulty


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
}
