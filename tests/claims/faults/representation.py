"""Faults in what is measured of networks that learn an algorithm."""

from widthwise.claims.representation import addition
from widthwise.claims.representation.test_units_can_be_redrawn import separately, together
from widthwise.models import quadratic, relu

from .fault import Fault

QUADRATIC = {"activation": quadratic}
IMAGES = {"data": "odd_digits"}
AT, FEW = (0.6,), 4


def of_other_cells(measure):
    return lambda outputs, y: measure(outputs, y.roll(1, 1))


def of_the_start(trained):
    return lambda start, data: start


def of_one_summand(waves):
    def mistaken(network):
        first, second, answer = waves(network)
        return first, second.flip(1), answer

    return mistaken


def of_all_frequencies_alike(spectrum):
    return lambda wave: spectrum(wave) / spectrum(wave).abs()


def of_the_weakest_frequency(power):
    return lambda network: 1 / power(network)


def with_two_more(active):
    return lambda *arguments, **named: active(*arguments, **named) + 2


def trained_for_longer(train):
    return lambda *arguments, steps, **named: train(*arguments, steps=3 * steps, **named)


def the_other_way(other):
    return lambda _: other


FAULTS = {
    "modular_addition_needs_features": Fault(
        "accuracy", of_other_cells, module=addition, rungs=AT, seeds=10, settings=QUADRATIC
    ),
    "kernels_never_answer_with_the_sum": Fault(
        "others_above", of_other_cells, rungs=(0.3, 0.6), seeds=FEW, settings=QUADRATIC
    ),
    "the_trained_kernel_answers_with_the_sum": Fault(
        "trained", of_the_start, module=addition, rungs=AT, seeds=10, settings=QUADRATIC
    ),
    "each_unit_reads_one_frequency": Fault(
        "spectrum",
        of_all_frequencies_alike,
        module=addition,
        rungs=AT,
        seeds=FEW,
        settings=QUADRATIC,
    ),
    "units_add_phases": Fault(
        "waves", of_one_summand, module=addition, rungs=AT, seeds=FEW, settings=QUADRATIC
    ),
    "one_frequency_per_unit_is_enough": Fault(
        "power", of_the_weakest_frequency, module=addition, rungs=AT, seeds=FEW, settings=QUADRATIC
    ),
    "grokking_needs_the_kernel_to_move": Fault(
        "train_decayed", trained_for_longer, rungs=AT, seeds=FEW, settings={"activation": relu}
    ),
    "independent_units_cannot_hold_at_most_two_active": Fault(
        "active", with_two_more, rungs=(16, 64), settings=IMAGES
    ),
    "independent_units_cannot_hold_just_two_active": Fault(
        "active", with_two_more, rungs=(16, 64), settings=IMAGES
    ),
    "units_can_be_redrawn": Fault(
        "together", the_other_way(separately), rungs=(64, 128, 512), seeds=6, settings=IMAGES
    ),
    "incoming_and_outgoing_weights_belong_together": Fault(
        "separately", the_other_way(together), rungs=(1024,), seeds=8, settings=IMAGES
    ),
}
