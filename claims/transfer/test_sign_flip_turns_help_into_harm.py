"""What the start that a first task leaves is worth on the same task, its opposite, and another."""

import pytest
import torch

from widthwise.harness import Control, Dominates, Limit, Source, WidthList, claim
from widthwise.models import mup, ntk

from .runs import RUNS, second_tasks
from .tasks import halves_of_digits, planes

POST = "NTK/GP models of neural nets can't learn features"
FLIPPED = Source(
    POST, "the comments, where flipping the sign of the target changes beneficial to harmful"
)
EXACTLY = Source(
    POST,
    "the comments, on the same task with a different data sample, and on eyes that have to "
    "correlate with the output in the same way in both tasks",
)
REFERENCES = ("Jacot et al. 2018, section 5: f_0 + Θ(x, X)Θ⁻¹(Y − f_0(X)), from any start f_0",)
WIDE = WidthList((512,))
NEW_READOUT = ", new readout"

on_both = pytest.mark.parametrize("tasks", [planes, halves_of_digits], ids=["planes", "digits"])


def seen(width, seeds, mlp, tasks, shared, parametrization):
    """What `second_tasks` finds, from runs that all claims share."""
    found = shared(
        second_tasks,
        width=width,
        seeds=seeds,
        mlp=mlp,
        tasks=tasks,
        parametrization=parametrization,
    )
    return {name: torch.as_tensor(values) for name, values in found.items()}


def gain(found, name):
    """By how much pretraining lowers the mean squared error on a second task [S]."""
    return found[name][:, 0] - found[name][:, 1]


@claim(
    provenance="made",
    source=FLIPPED,
    references=REFERENCES,
    prediction=Limit(1, tolerance=0.1),
    control=Control("What a new readout finds does not mind the sign.", readout=NEW_READOUT),
    over=WIDE,
    seeds_of=RUNS,
)
@on_both
def test_sign_flip_turns_help_into_harm(width, seeds, mlp, tasks, shared, readout=""):
    """What pretraining gains on a task it loses, and more, on the task with its sign flipped.

    Statement
        With R f = f − Θ(x, X)Θ⁻¹f(X), what the second task's inputs leave of f, pretraining lowers
        the error on B by 2⟨R f_A, R B⟩ − ‖R f_A‖². So the gains on B and −B sum to −2‖R f_A‖²:
        whatever helps one harms the other by more.
    Setting
        One hidden layer of 512 ReLU units, pretrained on A to 1%, 96 inputs; then on A itself, or
        on −A, on 24 new inputs, and afresh for comparison. Tasks drawn for every seed: u·v in a
        hidden plane of R^8, or two of four digits against the others, 4×4 pixels. The measure is
        the sum of both gains over −2‖R f_A‖², with the kernel at the start.
    Measure
        Both gains added up, over −2‖R f_A‖².
    Tolerance
        ±.1, less than a third of the way to the rivals: gains that do not mind the sign make it
        negative, and in μP, where features help either sign, half of it is left on planes. What
        the kernel's movement changes is relatively n/N, times the square of what units move.
    Does not show
        That the same task on new data is helped: same_task_on_new_inputs_is_helped.
    """
    found = seen(width, seeds, mlp, tasks, shared, ntk)
    both = gain(found, f"same{readout}") + gain(found, f"opposite{readout}")
    return both / (-2 * found["left"])


@claim(
    provenance="made",
    source=EXACTLY,
    references=REFERENCES,
    prediction=Dominates(),
    control=Control("The opposite task is harmed.", relation="opposite"),
    over=WIDE,
    seeds_of=RUNS,
)
@on_both
def test_same_task_on_new_inputs_is_helped(width, seeds, mlp, tasks, shared, relation="same"):
    """In the kernel regime the same task is learned better from new data after pretraining.

    Statement
        On new inputs of the task that it was pretrained on, a network's error is lower than
        that of a network that starts afresh: any learning algorithm transfers that much.
    Setting
        As in sign_flip_turns_help_into_harm. A pair per seed: the error of the network that starts
        afresh, and of the pretrained.
    Measure
        The error of those that start afresh over that of the pretrained.
    Tolerance
        The logarithm of their ratio is above 0, seed by seed.
    Does not show
        That features are transferred; with a new readout nothing of it is left.
    """
    return seen(width, seeds, mlp, tasks, shared, ntk)[relation]


@claim(
    provenance="implied",
    source=FLIPPED,
    references=("Yang & Hu 2021, section 6 (pretraining in μP's limit)",),
    prediction=Dominates(1.2),
    control=Control("In the kernel regime new readouts find nothing.", parametrization=ntk),
    over=WIDE,
    seeds_of=RUNS,
)
@pytest.mark.parametrize("tasks", [planes], ids=["planes"])
@pytest.mark.parametrize("relation", ["same", "opposite"])
def test_learned_features_do_not_mind_the_sign(
    width, seeds, mlp, tasks, relation, shared, parametrization=mup
):
    """Features that were learned help a task and its opposite alike, with a new readout.

    Statement
        Give a network pretrained in μP a new readout, and train all of it on the same task or on
        its opposite: the error is more than a sixth lower than that of a network that starts
        afresh, for either sign.
    Setting
        As in sign_flip_turns_help_into_harm, on planes, with output weights drawn anew before the
        second task, for the pretrained and for those that start afresh. A pair of errors per seed:
        afresh, pretrained.
    Measure
        The error of those that start afresh over that of the pretrained.
    Tolerance
        A ratio above 1.2; in the kernel regime, where new readouts see units as they were at the
        start, it is 1.03.
    Does not show
        That with its old readout the network gains: it has to unlearn the old outputs first.
    """
    found = seen(width, seeds, mlp, tasks, shared, parametrization)
    return found[f"{relation}{NEW_READOUT}"]
