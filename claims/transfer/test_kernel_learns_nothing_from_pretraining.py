"""What the tangent kernel of a pretrained network is worth on another task of the same features."""

import pytest
import torch

from widthwise.harness import AtMost, Bounded, Control, Source, WidthList, Widths, claim
from widthwise.models import mup, ntk, rms, tangent_kernel

from .runs import RUNS, mean_square, networks, off_the_span_of_each_part
from .tasks import halves_of_digits, planes

FEATURES = Source(
    "NTK/GP models of neural nets can't learn features",
    "the post, on the lack of feature learning that implies a lack of meaningful transfer "
    "learning, as features are fixed",
)
RELATED = Source(
    "Neural Tangent Kernel Distillation",
    "the comments, the reply on dog noses, where feature learning is required for pre-training on "
    "a related task to be helpful",
)
REFERENCES = (
    "Jacot et al. 2018, Theorem 2 (smooth φ, gradient flow, no rate)",
    "Maddox et al. 2021, section 4 (regression with the kernel of a pretrained network)",
)


def with_both_kernels(width, seeds, mlp, tasks, parametrization):
    """What the kernels before and after pretraining make of the other task.

    Returns:
        The share of the error that the later kernel saves ("gain", [S]), and the RMS of the
        difference of their predictions, relative to the task ("apart", [S]).
    """
    before, after, drawn = networks(width, seeds, mlp, tasks, parametrization)
    x = torch.cat((drawn.second, drawn.new), 1)
    y = torch.cat((drawn.other.second, drawn.other.new), 1).double()
    first, then = (
        off_the_span_of_each_part(tangent_kernel(network, x).double(), y)
        for network in (before, after)
    )
    return {
        "gain": 1 - mean_square(then) / mean_square(first),
        "apart": rms(then - first) / rms(y),
    }


def seen(width, seeds, mlp, tasks, shared, parametrization):
    """What `with_both_kernels` finds, from runs that all claims share."""
    return shared(
        with_both_kernels,
        width=width,
        seeds=seeds,
        mlp=mlp,
        tasks=tasks,
        parametrization=parametrization,
    )


@claim(
    provenance="made",
    source=FEATURES,
    references=REFERENCES,
    prediction=AtMost(-1 / 2, statistic="rms"),
    control=Control("In μP pretraining changes the kernel for good.", parametrization=mup),
    over=Widths(128, 2048, factor=4),
    seeds_of=RUNS,
)
@pytest.mark.parametrize("tasks", [planes], ids=["planes"])
def test_kernel_learns_nothing_from_pretraining(
    width, seeds, mlp, tasks, shared, parametrization=ntk
):
    """In the kernel regime pretraining leaves nothing in the kernel for another task to use.

    Statement
        Learn a second task by regression with the tangent kernel of a network, before or after it
        was trained on a first task of the same hidden features. The share of the error that the
        pretrained kernel saves, or costs, is O(N^-1/2): with the kernel stands still what it is
        a kernel of.
    Setting
        One hidden layer of ReLU, trained to 1% on 96 inputs of the first task; regression on 24 of
        144 others, each part in turn, tested on the rest. Tasks are drawn for every seed: u·v and
        (u² − v²)/2 of a hidden plane in R^8. The measure is the RMS over seeds of
        1 − (error after)/(error before).
    Measure
        The share of the error that the pretrained kernel saves or costs.
    Tolerance
        An exponent of at most −.35: the rival, features that stay, has 0. What is measured is of
        first order in the movement of the kernel, and the next order relatively that movement,
        .3 at N = 64: so D.
    Does not show
        That nothing is transferred: the start is (sign_flip_turns_help_into_harm). Nor that a
        kernel of finite width is of no use: at N = 128 it saves a tenth of the error. Images are in
        pretraining_does_not_change_what_the_kernel_predicts: there is no gain there to vanish.
    """
    return seen(width, seeds, mlp, tasks, shared, parametrization)["gain"]


@claim(
    provenance="implied",
    source=FEATURES,
    references=REFERENCES,
    prediction=AtMost(-1 / 2),
    control=Control("In μP pretraining changes the kernel for good.", parametrization=mup),
    over=Widths(128, 2048, factor=4),
    seeds_of=RUNS,
)
@pytest.mark.parametrize("tasks", [planes, halves_of_digits], ids=["planes", "digits"])
def test_pretraining_does_not_change_what_the_kernel_predicts(
    width, seeds, mlp, tasks, shared, parametrization=ntk
):
    """In the kernel regime, regression predicts the same before pretraining and after.

    Statement
        On another task of the same features, regression with the tangent kernel of a pretrained
        network predicts what it predicts with the kernel at the start, up to O(N^-1/2): for better
        or worse, nothing was learned.
    Setting
        As in kernel_learns_nothing_from_pretraining, and with two of four digits and another two,
        4×4 pixels, as tasks. The measure is the RMS of the difference of both predictions, relative
        to the task.
    Measure
        How far predictions with both kernels differ, relative to the task.
    Tolerance
        An exponent of at most −.35, with D as there.
    Does not show
        That what changes in μP is for the better: on planes it is, on halves of digits hardly.
    """
    return seen(width, seeds, mlp, tasks, shared, parametrization)["apart"]


@claim(
    provenance="made",
    source=RELATED,
    references=REFERENCES,
    prediction=Bounded(low=0.35),
    control=Control("In the kernel regime pretraining is worth nothing.", parametrization=ntk),
    over=WidthList((128, 512)),
    seeds_of=RUNS,
)
@pytest.mark.parametrize("tasks", [planes], ids=["planes"])
def test_learned_features_serve_another_task(width, seeds, mlp, tasks, shared, parametrization=mup):
    """Where features are learned, pretraining helps a task that shares features and not outputs.

    Statement
        In μP the kernel of a network pretrained on u·v saves more than a third of the error on
        (u² − v²)/2, a task with which its outputs do not correlate; at any width.
    Setting
        As in kernel_learns_nothing_from_pretraining, on planes, in μP.
    Measure
        The share of the error that the pretrained kernel saves.
    Tolerance
        At least .35; regression that knew the plane could save nearly everything, one in the
        kernel regime saves nothing.
    Does not show
        That any two tasks with something in common do: between two halves of four digits, at 96
        images, the pretrained kernel saves a twentieth of the error, of eight digits nothing
        (docs/findings.md).
    """
    return seen(width, seeds, mlp, tasks, shared, parametrization)["gain"]
