"""How many steps a start saves, and what tells."""

import pytest
import torch

from widthwise.harness import AtMost, Control, Dominates, Source, Widths, claim
from widthwise.models import mup, ntk

from .runs import RUNS
from .tasks import planes
from .test_sign_flip_turns_help_into_harm import WIDE, seen

POST = "NTK/GP models of neural nets can't learn features"
GOOD_START = Source(
    POST,
    "the post, where shifting the start could speed up convergence, and the reply on a better "
    "point that can accelerate it",
)
REFERENCES = ("Lee et al. 2019, equation (10): each mode decays by 1 − ηλ per step",)


@claim(
    provenance="made",
    source=GOOD_START,
    references=REFERENCES,
    prediction=Dominates(1.05),
    control=Control("On the opposite task it takes more.", relation="opposite"),
    over=WIDE,
    seeds_of=RUNS,
)
@pytest.mark.parametrize("tasks", [planes], ids=["planes"])
def test_a_good_start_speeds_convergence(width, seeds, mlp, tasks, shared, relation="same"):
    """In the kernel regime a start near the solution saves steps.

    Statement
        On new inputs of the task that it was pretrained on, a network fits in fewer steps of
        gradient descent than one that starts afresh.
    Setting
        As in sign_flip_turns_help_into_harm, on planes: both train until the RMS residual is .01,
        at half of 1/λ_max of their kernel. A pair of counts per seed: afresh, pretrained.
    Measure
        Steps taken afresh over steps taken by the pretrained.
    Tolerance
        A ratio above 1.05. A residual that is c times as large saves at most log(1/c)/ηλ steps in
        the slowest mode, a logarithm: that is why it is no large number.
    Does not show
        That it does wherever a start helps: between halves of digits, of which 96 images teach
        less, it saves no steps (docs/findings.md).
    """
    return seen(width, seeds, mlp, tasks, shared, ntk)[f"{relation} steps"]


@claim(
    provenance="implied",
    source=GOOD_START,
    references=REFERENCES,
    prediction=AtMost(-1 / 2),
    control=Control("In μP the kernel at the start does not tell.", parametrization=mup),
    over=Widths(128, 4096),
    noise=0.4,
    seeds_of=RUNS,
)
@pytest.mark.parametrize("tasks", [planes], ids=["planes"])
def test_steps_saved_follow_from_the_initial_kernel(
    width, seeds, mlp, tasks, shared, parametrization=ntk
):
    """How many steps a start saves is told by the kernel before either task.

    Statement
        The spectrum of Θ at initialisation and the residual of a start tell how many steps it
        takes to fit: in numbers on the same, the opposite and another task, pretrained or not,
        up to O(N^-1/2), in which the kernel moves.
    Setting
        As in sign_flip_turns_help_into_harm, on planes, until the RMS residual is .01 at half of
        1/λ_max of their kernel. The measure is the RMS, over three
        tasks and two starts, of log(steps taken/steps predicted).
    Measure
        Log of steps taken over steps predicted, RMS.
    Tolerance
        An exponent of at most −.35: the rival, kernels that change, has 0. Steps are hundreds, so
        that whole numbers cost less than .01. D as in kernel_learns_nothing_from_pretraining.
        One seed differs from another by .4 and more, so that this takes more seeds than the quick
        effort has.
    Does not show
        How the steps depend on the task in words: a residual in slow modes takes longer.
    """
    found = seen(width, seeds, mlp, tasks, shared, parametrization)
    squares = [
        (found[f"{name} steps"] / found[f"{name} predicted"]).log().square()
        for name in ("same", "opposite", "other")
    ]
    return torch.stack(squares).mean((0, 2)).sqrt()
