"""What batch size and rate do to test error, at equal epochs and at equal training time."""

from dataclasses import dataclass

import pytest

from widthwise.harness import Bounded, Control, Over, Source, claim
from widthwise.models import (
    drawn,
    kernel_rate,
    mup,
    odd_digits,
    relu,
    single_index,
    train_minibatch,
)

POINTS, NEW, WIDTH = 512, 1000, 128


@dataclass(frozen=True)
class Schedule:
    """How networks are trained.

    Attributes:
        batch: Points per update.
        rate: Per update, in units of 1/λ_max.
        stretch: Epochs, as a multiple of those of the schedule that others are compared with.
    """

    batch: int
    rate: float
    stretch: int = 1


FIRST = Schedule(8, 1 / 8)
LARGE, LARGE_AS_LONG = Schedule(128, 1 / 2), Schedule(128, 1 / 2, stretch=4)
SLOW, SLOW_AS_LONG = Schedule(8, 1 / 32), Schedule(8, 1 / 32, stretch=4)
LARGER = Schedule(64, 8**-0.5)


def images(seed):
    """Digits at 4×4 pixels, +1 odd, −1 even."""
    return odd_digits(n_train=POINTS, n_test=NEW, seed=seed)


def one_direction(seed):
    """Points on the sphere in 8 dimensions and He₂ of a hidden direction."""
    return single_index(8, POINTS, NEW, seed=seed)


def log_error(seeds, mlp, task, epochs, schedule):
    """Log of the test error after training by a schedule [S]."""
    data = drawn(task, seeds)
    start = mlp(
        WIDTH, seeds, input_dim=data.input_dim, depth=2, activation=relu, parametrization=mup
    )
    data = data.to(device=start.device)
    run = train_minibatch(
        start,
        data.x_train,
        data.y_train,
        rate=schedule.rate * kernel_rate(start, data.x_train),
        epochs=epochs * schedule.stretch,
        batch_size=schedule.batch,
    )
    return {"log error": (run.final(data.x_test) - data.y_test).square().mean(1).log()}


@claim(
    provenance="made",
    source=Source(
        "Comments on random sampling",
        "the reply that lists literature, on different generalisation from different effective "
        "training times",
    ),
    references=("Hoffer, Hubara & Soudry 2017 (arXiv:1705.08741)",),
    prediction=Bounded(low=-0.5, high=0.5),
    control=Control("Batches of 64 in as many epochs.", instead=LARGER),
    over=Over("epochs", (2, 4), quick=1),
)
@pytest.mark.parametrize(
    ("task", "other", "as_long"),
    [
        (images, LARGE, LARGE_AS_LONG),
        (one_direction, LARGE, LARGE_AS_LONG),
        (images, SLOW, SLOW_AS_LONG),
    ],
    ids=["images, batch", "direction, batch", "images, rate"],
)
def test_hyperparameters_act_through_training_time(
    epochs, seeds, mlp, task, other, as_long, shared, instead=None
):
    """What batch size and rate do to generalisation is mostly how long they train.

    Statement
        At equal epochs networks trained with batches of 128 err more than those with batches of 8,
        and with a quarter of the rate more than with all of it; at equal training time,
        which is rate times updates, less than half of the difference is left.
    Setting
        Two hidden layers of 128 ReLU units in μP on 512 images of 4×4 pixels told odd from even, or
        points in 8 dimensions with He₂ of a hidden direction; minibatches without replacement for
        two or four epochs. Batches of 8 at 1/(8λ_max), against batches of 128 at four times the
        rate, √16 of it, and against a quarter of the rate; as long is four times the epochs for
        either.
        Differences are those of the log mean squared error on 1000 new points, before training
        has ended for anyone.
    Measure
        The difference at equal time, over that at equal epochs.
    Tolerance
        Between −½ and ½: half of it gone, whichever way the rest points. At equal epochs it is 1.
    Does not show
        That nothing is left: on images the longer run at the lower rate, or with larger batches,
        errs less by some hundredths. Nor what is left when all have converged.
    """
    first, at_epochs, at_time = (
        shared(log_error, seeds=seeds, mlp=mlp, task=task, epochs=epochs, schedule=schedule)[
            "log error"
        ]
        for schedule in (FIRST, other, instead or as_long)
    )
    return (at_time - first) / (at_epochs - first)
