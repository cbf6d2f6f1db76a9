"""How far weights move, relative to their size, layer by layer."""

import torch

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import mup, ntk, stable_rank
from widthwise.models.networks.randomness import split_seeds

from .runs import (
    DIGITS_ERF,
    LABELS_ERF,
    LABELS_RELU,
    NETWORKS,
    ONE_LAYER_DIGITS,
    ONE_LAYER_LABELS,
    RUNS,
    everywhere,
    moved,
    networks,
    on,
)

HERE = Source(
    "Neural Tangent Kernel Distillation",
    'the tangent-kernel section: "the parameters change less during training"',
)


@claim(
    provenance="made",
    source=HERE,
    references=("Lee et al. 2019, Theorem 2.1 (all parameters together, smooth activations)",),
    prediction=PowerLaw(-1 / 2, correction=0.2),
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
        The runs of activations_freeze, Frobenius norm. Layer by layer the rates are derived here
        and measured; the theorem is about all parameters at once.
    Measure
        Movement of the input weights, ‖W_T − W_0‖/‖W_0‖.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and −1. D as in
        parameters_stand_still_in_standard_coordinates.
    Does not show
        That the distance itself vanishes: that is a matter of coordinates, which this is not
        (parameters_stand_still_in_standard_coordinates).
    """
    run = moved(shared, width, seeds, mlp, data, activation, depth, parametrization)
    return run["weights"][:, 0]


@claim(
    provenance="background",
    source=HERE,
    references=("Lee et al. 2019, Theorem 2.1 (all parameters together, smooth activations)",),
    prediction=PowerLaw(-1 / 2, correction=0.4),
    control=Control("In μP the output weights move by O(1) of their size.", parametrization=mup),
    over=Widths(256, 16384),
    seeds_of=RUNS,
)
@on(ONE_LAYER_LABELS, ONE_LAYER_DIGITS)
def test_output_weights_barely_move(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """The weights of the output layer move by O(N^-1/2) of their size.

    Statement
        As weights_barely_move, for the N weights that read the last hidden layer.
    Setting
        As in weights_barely_move, one hidden layer of erf; the mean over four networks per seed.
    Measure
        Movement of the output weights, ‖W_T − W_0‖/‖W_0‖, mean of four networks.
    Tolerance
        ±.15, less than a third of the way to the rivals 0 and −1. These weights move by what their
        own part of Θ gives, n points seen by N units: relatively random by √(n/N), which enters
        by its square, .5 to 1 at N = 64, and of that about a half is felt: D = .4. That is why the
        ladder starts at 256.
    Does not show
        Anything about single weights.
    """
    four = split_seeds(seeds, NETWORKS)
    run = moved(shared, width, four, mlp, data, activation, depth, parametrization)
    return torch.as_tensor(run["weights"])[:, -1].reshape(len(seeds), NETWORKS).mean(1)


@claim(
    provenance="background",
    source=HERE,
    references=("Lee et al. 2019, Theorem 2.1 (all parameters together, smooth activations)",),
    prediction=PowerLaw(-1, correction=0.2),
    control=Control("In μP hidden matrices move by O(N^-1/2) of their size.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@on(LABELS_ERF, DIGITS_ERF, LABELS_RELU)
def test_hidden_matrices_barely_move(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """The matrices between hidden layers move by O(1/N) of their size in Frobenius norm.

    Statement
        ‖W_T − W_0‖/‖W_0‖ = O(1/N) between hidden layers: N² entries have a norm of N, and
        training moves them by O(1) in all, as it does every layer.
    Setting
        As in weights_barely_move; the mean over such layers.
    Measure
        Movement of the weights between hidden layers, ‖W_T − W_0‖/‖W_0‖.
    Tolerance
        ±.15, less than a third of the way to the rival, −1/2. D as there.
    Does not show
        That they matter less than the other layers. The update has low rank, and in operator
        norm, which is what units feel, it is O(N^-1/2) (hidden_matrices_move_in_few_directions).
    """
    run = moved(shared, width, seeds, mlp, data, activation, depth, parametrization)
    return run["weights"][:, 1:-1].mean(1)


def at_the_start(width, seeds, mlp, data, activation, depth):
    """The stable rank of the hidden matrices before training instead of that of their movement."""
    start = networks(width, seeds, mlp, data(seeds), activation, depth)
    return stable_rank(start.weights[1:-1]).mean(1)


@claim(
    provenance="background",
    source=HERE,
    references=("Yang & Hu 2021, section 3 (what the layers' updates do to units)",),
    prediction=PowerLaw(0, tolerance=0.3),
    control=Control("The matrices themselves have a stable rank of N/4.", measure=at_the_start),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@on(LABELS_ERF, DIGITS_ERF, LABELS_RELU)
def test_hidden_matrices_move_in_few_directions(width, seeds, shared, mlp, data, activation, depth):
    """What a hidden matrix moves by has a rank that does not grow with the width.

    Statement
        However wide the network, what training adds to a matrix between hidden layers has a
        stable rank, the square of its Frobenius norm over its operator norm, of O(1). So the
        update, O(1) in either norm, is O(1/N) of the matrix in Frobenius norm, but O(N^-1/2) in
        operator norm, which is what units feel: a random matrix has norm N in the one and 2√N in
        the other.
    Setting
        As in hidden_matrices_barely_move; the mean over such layers.
    Measure
        Stable rank of what training adds to a hidden matrix.
    Tolerance
        ±.3, less than a third of the way to the rival, 1, the exponent of a random matrix. Both
        norms are corrected by the random part of Θ, √(n/N), and for the most part alike: the
        default D = .3 allows for half of its square in their quotient, .25 to .5 at N = 64.
    Does not show
        How many directions it needs: the n gradients of n points span any update.
    """
    run = moved(shared, width, seeds, mlp, data, activation, depth)
    return run["rank"][:, 1:-1].mean(1)
