"""Who fills in the table of modular addition: networks, and which kernels."""

import pytest
import torch

from widthwise.harness import Bounded, Control, Curve, Drawing, Over, Proportion, Source, claim
from widthwise.models import (
    MLP,
    infinite_width_kernels,
    kernel_regression,
    quadratic,
    relu,
    train_decayed,
)
from widthwise.models.data.modular import one_hot

from .addition import (
    ADDITION,
    ANY_TABLE,
    CHANCE,
    MODULUS,
    NETWORKS,
    RECIPES,
    accuracy,
    by_own_kernel,
    others_above,
    seen,
    table,
    untrained,
)

COMMENTS = "Comments on theories of deep learning"
GROKKING = (
    "Gromov 2023, Grokking modular arithmetic (quadratic networks, squared error; the weights of "
    "an exact solution)"
)
NOT_WITH_KERNELS = (
    "Mohamadi et al. 2024, Why do you grok? (kernels that treat all permutations of the numbers "
    "alike need a constant share of the table)"
)
LEARNED_KERNELS = (
    "Mallinar et al. 2024, Emergence in non-neural models: grokking modular arithmetic via average "
    "gradient outer product (kernels with learned features learn it)"
)
MOST = 0.99
both = pytest.mark.parametrize("activation", [quadratic, relu], ids=repr)


def drawn_course(activation):
    """Share of right answers, on cells seen and not, step by step: sums, and any table."""
    curves = []
    recipe = RECIPES[activation]
    steps = range(0, recipe.steps + 1, 2)
    for labels, panel in ((ADDITION, "sums"), (ANY_TABLE, "the same labels on other cells")):
        data = table((0,), 0.6, labels)
        start = untrained((0,), MLP.initialise, activation)
        n = data.x_train.shape[1]
        run = train_decayed(
            *(start, data.x_train, data.y_train),
            steps=recipe.steps,
            rate=recipe.rate / n,
            decay=recipe.decay,
            observe=data.x,
        )
        y = torch.cat((data.y_train, data.y_test), 1)
        for name, cells in (("cells learned from", slice(n)), ("cells not seen", slice(n, None))):
            right = [accuracy(run.observed[:, step, cells], y[:, cells]) for step in steps]
            curves.append(Curve.of(name, steps, right, panel=panel))
        curves.append(Curve.of("guessing", (0, recipe.steps), (CHANCE, CHANCE), panel=panel))
    return Drawing(
        "What one network has right of the table of addition modulo 23, of which it sees 60%",
        "step of training",
        "share of right answers",
        tuple(curves),
    )


def answers_of_networks(seeds, mlp, activation, share, shared):
    """What networks have right of the cells not seen."""
    found = seen(shared, seeds, mlp, activation, share, ADDITION)
    return found["right"]


def answers_of_their_kernels(seeds, mlp, activation, share, shared):  # noqa: ARG001 - as above
    """The same of regression with the networks' own kernel at the start."""
    start = untrained(seeds, mlp, activation)
    data = table(seeds, share, ADDITION).to(device=start.device)
    return accuracy(by_own_kernel(start, data), data.y_test)


@claim(
    provenance="implied",
    source=Source(
        COMMENTS,
        'the comment that asks "exactly which phenomena can we not explain with the NTK", and '
        "those on modular addition and on units whose functions do not change in training",
    ),
    references=(GROKKING, NOT_WITH_KERNELS),
    prediction=Proportion(at_least=0.5),
    control=Control(
        "Their own tangent kernels at the start, on the same loss.",
        answers=answers_of_their_kernels,
    ),
    over=Over("share", (0.6, 0.7, 0.8), quick=1),
    seeds_of=NETWORKS,
    draws=drawn_course,
)
@both
def test_modular_addition_needs_features(
    share, seeds, mlp, activation, shared, answers=answers_of_networks
):
    """Networks fill in the table of modular addition, which their tangent kernels never do.

    Statement
        From 60% of the table of a + b mod 23, networks that learn features have, more often than
        not, at least 99% of the other cells right; what the same networks linearised about their
        start, on the same loss, have right is less than guessing would.
    Setting
        Pairs of one-hot vectors, 23 outputs, targets one-hot; one hidden layer of 128 quadratic
        or ReLU units in μP; full batch, momentum .9, weight decay (λ = .05 on weights over their
        initial deviation), 300 steps, after which all cells learned from are right. Which
        cells are seen is drawn for every seed. The linearised networks start from outputs 0, pay
        for the way from the start by the same λ, and are solved for to 1%.
    Measure
        Whether at least 99% of the cells not seen have their largest output at the sum.
    Tolerance
        More often than not. All of 64 networks had .999 and more right on average; guessing has
        1/23, the kernel less (kernels_never_answer_with_the_sum says why).
    Does not show
        That less of the table does: from 30% these networks learn it by heart, and answer like
        the kernel. Nor that features come without decay: quadratic networks of 64 units learn
        them without, those of 128 fit first.
    """
    return answers(seeds, mlp, activation, share, shared) >= MOST


def limit_by_matches(activation):
    """Θ_∞ between cells with no number in common, with one, and of a cell with itself [3]."""
    architecture = untrained((0,), MLP.initialise, activation).architecture
    first, second = (one_hot(torch.tensor(numbers), MODULUS) for numbers in ([0, 1, 0], [0, 1, 1]))
    cells = torch.cat((first, second), 1).double()
    return infinite_width_kernels(architecture, cells).tangent[0, [1, 2, 0]]


def pairs_alike(x, x2):
    """How many numbers cells [S, n, 2p] and others [S, m, 2p] have in common [S, n, m]."""
    return (x @ x2.mT / MODULUS).round().long()


def of_rows_and_columns(x, x2, limit):
    """Θ_∞, by how many numbers two cells have in common."""
    return limit[pairs_alike(x, x2)]


@claim(
    provenance="implied",
    source=Source(
        COMMENTS,
        'the comment that asks "exactly which phenomena can we not explain with the NTK", and '
        "those on modular addition and on units whose functions do not change in training",
    ),
    references=(NOT_WITH_KERNELS,),
    prediction=Bounded(low=0.67),
    control=Control("The same labels in other cells, not once a row.", labels=ANY_TABLE),
    over=Over("share", (0.3, 0.45, 0.6, 0.8)),
)
@both
def test_kernels_never_answer_with_the_sum(share, seeds, activation, labels=ADDITION):
    """The tangent kernel of the limit fills in the table worse than guessing, from any share of it.

    Statement
        Θ_∞ of two cells depends on how many of the two numbers they have in common, so that
        regression can only ask how often an answer was seen in the row, and in the column, of
        a new cell. In a table of addition every answer stands once in a row and once in a
        column: that of a new cell is the one that was seen in neither. It is the last to be given.
    Setting
        As in modular_addition_needs_features, at 30%, 45%, 60% and 80% of the table; regression
        without a ridge in float64.
    Measure
        Share of the other 22 answers that get more than the sum, over cells not seen.
    Tolerance
        At least .67, a third of the way from guessing, which has ½, to 1. A share (1 − s)² of
        the other answers was seen in neither row nor column either, and half of those come
        after the sum: 1 − ½(1 − s)², which is .76 for s = .3 and .98 for .8.
    Does not show
        That no kernel can: that of the trained network has all cells right
        (the_trained_kernel_answers_with_the_sum). Of 64 tables no cell was answered with the sum.
    """
    data = table(seeds, share, labels).to(dtype=torch.float64)
    limit = limit_by_matches(activation)
    theta = of_rows_and_columns(data.x_train, data.x_train, limit)
    across = of_rows_and_columns(data.x_test, data.x_train, limit)
    outputs = kernel_regression(theta[:, None], across[:, None], data.y_train.mT)
    return others_above(outputs.mT, data.y_test)


@claim(
    provenance="background",
    source=Source(COMMENTS, "the comment on units whose functions do not change in training"),
    references=(LEARNED_KERNELS,),
    prediction=Proportion(at_least=0.5),
    control=Control("Kernels trained on the same labels in other cells.", labels=ANY_TABLE),
    over=Over("share", (0.6, 0.7, 0.8), quick=1),
    seeds_of=NETWORKS,
)
@both
def test_the_trained_kernel_answers_with_the_sum(
    share, seeds, mlp, activation, shared, labels=ADDITION
):
    """Regression with the tangent kernel after training fills in the table, as the network does.

    Statement
        Networks linearised about the weights that they end training with, and trained anew on
        the same cells, have at least 99% of the other cells right: what regression lacks is
        features, not gradient descent's way of fitting.
    Setting
        As in modular_addition_needs_features. What the networks themselves have learned is left
        out: regression starts from outputs 0. In the control the networks were trained on the same
        labels in other cells, and regression with their kernel is on sums all the same.
    Measure
        Whether at least 99% of the cells not seen have their largest output at the sum.
    Tolerance
        More often than not; the control is the nearest rival, kernels that have moved as far.
    Does not show
        That the kernel has moved before the network generalises.
    """
    found = seen(shared, seeds, mlp, activation, share, labels)
    return found["right of sums by kernel"] >= MOST
