"""What a first task is worth on a second that correlates with it in part."""

import pytest
import torch

from widthwise.harness import Control, Dominates, Limit, Source, claim
from widthwise.models import ntk

from .runs import RUNS, as_task, networks, off_the_span, second, with_a_new_readout
from .tasks import mixed, planes
from .test_sign_flip_turns_help_into_harm import NEW_READOUT, REFERENCES, WIDE, gain

EXTENT = Source(
    "NTK/GP models of neural nets can't learn features",
    "the second footnote, on tasks that are exactly the same as the original one",
)
LITTLE, MUCH = 0.25, 0.75
"""Correlations of the second task with the first, on either side of where a gain begins."""

on_planes = pytest.mark.parametrize("tasks", [planes], ids=["planes"])


def on_related_tasks(width, seeds, mlp, tasks):
    """Errors on tasks that correlate with the first by LITTLE and MUCH, and the line of Θ.

    Returns:
        Mean squared errors on new inputs, averaged over both signs of the fresh part, a pair of
        those that start afresh and those that were pretrained [S, 2] ("little", "much"), and of
        both with a new readout ("little, new readout", …); 2⟨R f_A, R A⟩, by which the gain grows
        with the correlation [S] ("slope").
    """
    initial, after, drawn = networks(width, seeds, mlp, tasks, ntk)
    kept = as_task(after, initial, drawn)
    task, learned = (off_the_span(initial, drawn, function) for function in (drawn.old, kept))
    found = {"slope": 2 * (task * learned).mean(1)}
    new = [with_a_new_readout(network, initial) for network in (initial, after)]
    for name, correlation in (("little", LITTLE), ("much", MUCH)):
        related = [mixed(drawn.old, fresh, correlation) for fresh in (drawn.other, -drawn.other)]

        def error(start, reference, both=related):
            found = [second(start, reference, drawn, one)[0] for one in both]
            return torch.stack(found).mean(0)

        found[name] = torch.stack([error(start, initial) for start in (initial, after)], 1)
        found[name + NEW_READOUT] = torch.stack([error(start, start) for start in new], 1)
    return found


def seen(width, seeds, mlp, tasks, shared):
    """What `on_related_tasks` finds, from runs that all claims share."""
    found = shared(on_related_tasks, width=width, seeds=seeds, mlp=mlp, tasks=tasks)
    return {name: torch.as_tensor(values) for name, values in found.items()}


@claim(
    provenance="implied",
    source=EXTENT,
    references=REFERENCES,
    prediction=Limit(1, tolerance=0.1),
    control=Control("With a new readout no correlation is worth anything.", readout=NEW_READOUT),
    over=WIDE,
    seeds_of=RUNS,
)
@on_planes
def test_kernel_transfer_is_linear_in_correlation(width, seeds, mlp, tasks, shared, readout=""):
    """In the kernel regime a first task is worth more in proportion to how far it is the second.

    Statement
        Let a second task be ρA + √(1 − ρ²)C, with C of A's features and of either sign. What
        pretraining on A gains on it is a straight line in ρ, on average over the signs of C, with
        the slope 2⟨R f_A, R A⟩ and the value −‖R f_A‖² at 0: there is transfer to the extent that
        the tasks are the same.
    Setting
        As in sign_flip_turns_help_into_harm, on planes; ρ is ¼ and ¾, C is the task of the same
        plane that does not correlate, with both signs. The slope is measured between the two.
    Measure
        The slope of the gain in ρ, over 2⟨R f_A, R A⟩.
    Tolerance
        ±.1 as in sign_flip_turns_help_into_harm; the rival, transfer of features, does not mind
        the correlation and has the slope 0.
    Does not show
        That the line begins at 0: weakly_related_tasks_are_harmed.
    """
    found = seen(width, seeds, mlp, tasks, shared)
    rise = gain(found, f"much{readout}") - gain(found, f"little{readout}")
    return rise / ((MUCH - LITTLE) * found["slope"])


@claim(
    provenance="implied",
    source=EXTENT,
    references=REFERENCES,
    prediction=Dominates(),
    control=Control("A task that correlates by ¾ is helped.", relation="much"),
    over=WIDE,
    seeds_of=RUNS,
)
@on_planes
def test_weakly_related_tasks_are_harmed(width, seeds, mlp, tasks, shared, relation="little"):
    """In the kernel regime a second task that correlates by a quarter with the first is harmed.

    Statement
        The line of kernel_transfer_is_linear_in_correlation crosses zero at ρ = ½ where A was
        learned completely, and below it otherwise: tasks that are the same to a
        lesser extent are harmed by what was learned before, though they correlate with it.
    Setting
        As there. A pair of errors per seed: pretrained, and afresh.
    Measure
        The error of the pretrained over that of those that start afresh.
    Tolerance
        The logarithm of the ratio is above 0. The neighbour beyond the crossing, ρ = ¾, is below.
    Does not show
        Where exactly the crossing is: what is not learned of A moves it below ½.
    """
    return seen(width, seeds, mlp, tasks, shared)[relation].flip(1)
