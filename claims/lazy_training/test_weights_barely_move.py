"""How far weights move, relative to their size, layer by layer."""

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import mup, ntk, operator_movement

from .runs import (
    DIGITS_ERF,
    DIGITS_RELU,
    RUNS,
    SPHERE_RELU,
    asked_to_change,
    convergence,
    everywhere,
    moved,
    on,
)

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the tangent-kernel section, after the error of the Taylor expansion",
)


@claim(
    provenance="made",
    source=HERE,
    references=("Lee et al. 2019, Theorem 2.1",),
    prediction=PowerLaw(-1 / 2),
    control=Control("In μP the input weights move by O(1) of their size.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@everywhere
def test_weights_barely_move(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """The wider the network, the less its weights move in training, relative to their size.

    Statement
        ‖W_T − W_0‖/‖W_0‖ = O(N^-1/2) for the weights that read the inputs: their N·d entries
        have a norm of O(√N), and training moves them by O(1) in all. (The weights that read the
        last layer: output_weights_barely_move; those between: hidden_matrices_barely_move.)
    Setting
        The runs of activations_freeze to convergence, Frobenius norm.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and −1. D as in activations_freeze,
        the first units and their weights being the same thing.
    Does not show
        That the distance itself vanishes: it does not (parameters_do_not_move_at_all).
    """
    run = moved(shared, width, seeds, mlp, data, activation, depth, parametrization)
    return run["weights"][:, 0]


@claim(
    provenance="background",
    source=HERE,
    references=("Lee et al. 2019, Theorem 2.1",),
    prediction=PowerLaw(-1 / 2),
    control=Control("In μP the output weights move by O(1) of their size.", parametrization=mup),
    over=Widths(64, 4096),
    noise=0.2,
    seeds_of=RUNS,
)
@everywhere
def test_output_weights_barely_move(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """The weights of the output layer move by O(N^-1/2) of their size.

    Statement
        As weights_barely_move, for the N weights that read the last hidden layer.
    Setting
        As in weights_barely_move.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and −1. One seed differs from another
        by a fifth, the norm of few weights being a random number itself, so that this takes more
        seeds or wider networks than the quick effort has.
    Does not show
        Anything about single weights.
    """
    run = moved(shared, width, seeds, mlp, data, activation, depth, parametrization)
    return run["weights"][:, -1]


@claim(
    provenance="background",
    source=HERE,
    references=("Lee et al. 2019, Theorem 2.1",),
    prediction=PowerLaw(-1),
    control=Control("In μP hidden matrices move by O(N^-1/2) of their size.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@on(DIGITS_ERF, DIGITS_RELU, SPHERE_RELU)
def test_hidden_matrices_barely_move(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """The matrices between hidden layers move by O(1/N) of their size in Frobenius norm.

    Statement
        ‖W_T − W_0‖/‖W_0‖ = O(1/N) between hidden layers: N² entries have a norm of N, and
        training moves them by O(1) in all, as it does every layer.
    Setting
        As in weights_barely_move; the mean over such layers.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. D as there.
    Does not show
        That they matter less than the other layers. The update has low rank, and in operator
        norm, which is what units feel, it is O(N^-1/2) (hidden_matrices_move_in_few_directions).
    """
    run = moved(shared, width, seeds, mlp, data, activation, depth, parametrization)
    return run["weights"][:, 1:-1].mean(1)


@claim(
    provenance="background",
    source=HERE,
    references=("Yang & Hu 2021, Corollary 3.9",),
    prediction=PowerLaw(-1 / 2),
    control=Control("In μP it moves by O(1) in operator norm.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@on(DIGITS_ERF)
def test_hidden_matrices_move_in_few_directions(
    width, seeds, mlp, data, activation, depth, parametrization=ntk
):
    """A hidden matrix moves by O(N^-1/2) of its size in operator norm.

    Statement
        ‖W_T − W_0‖/‖W_0‖ = O(N^-1/2) in operator norm: the update is of O(1) and of low rank,
        while the random matrix it is added to has no singular value above 2√N.
    Setting
        The matrix between the hidden layers in the runs of activations_freeze to convergence.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and −1. D as in weights_barely_move;
        the edge of the random spectrum is met to N^-2/3.
    Does not show
        The rank itself.
    """
    before, after = asked_to_change(
        width, seeds, mlp, data, activation, depth, parametrization, convergence
    )
    return operator_movement(before, after)[:, 1]
