"""Steps too large for the kernel that is there: how large they may be, and how far loss goes."""

import functools

import torch

from widthwise.harness import Control, Limit, PowerLaw, Source, WidthList, Widths, claim
from widthwise.models import drawn, kernel_rate, linear, sphere, split_seeds, train

CATAPULT = "Lewkowycz et al. 2020 (arXiv 2003.02218, The large learning rate phase)"
QUADRATIC = "Zhu et al. 2022 (arXiv 2205.11787, Quadratic models for catapult dynamics)"
HALVINGS, STEPS, LEFT = 6, 100, 1e-4
LOWEST, HIGHEST = 2.0, 8.0
NETWORKS = 4


def example(width, seeds, mlp, depth=1):
    """Linear networks, and one input in 8 dimensions each, with a random label ±1."""
    network = mlp(width, seeds, input_dim=8, depth=depth, activation=linear)
    task = functools.partial(sphere, 1, 1, 8)
    data = drawn(task, seeds, device=network.device)
    return network, data.x_train, data.y_train


def largest_rate(network, x, y):
    """The largest rate that training does not diverge at, in units of 1/λ_max [S]."""
    unit = kernel_rate(network, x)
    low, high = torch.full_like(unit, LOWEST), torch.full_like(unit, HIGHEST)
    for _ in range(HALVINGS):
        middle = (low * high).sqrt()
        run = train(network, x, y, steps=STEPS, rate=middle * unit, tolerance=LEFT)
        low, high = low.where(run.diverged, middle), middle.where(run.diverged, high)
    return (low * high).sqrt()


@claim(
    provenance="background",
    source=Source(QUADRATIC, "section 3.1, catapults for 2/λ_0 < η < 4/λ_0 and divergence above"),
    references=(CATAPULT,),
    prediction=Limit(4, tolerance=0.15),
    control=Control("With a second hidden layer they may be larger.", depth=2),
    over=WidthList((64, 128, 256)),
)
def test_steps_above_four_over_the_kernel_diverge(width, seeds, mlp, depth=1):
    """Linear networks of one hidden layer train at any rate up to 4/λ_max, twice the stable one.

    Statement
        Gradient descent at η between 2/λ_0 and 4/λ_0, λ_0 the tangent kernel's largest eigenvalue
        at the start, first lets the loss grow and then converges; above 4/λ_0 it diverges. Proved
        for one training point.
    Setting
        Linear networks of one hidden layer, one point with a random label ±1 for every seed; the
        largest rate at which 100 steps do not diverge, by halving a range from 2 to 8.
    Measure
        The largest rate of training, times λ_0.
    Tolerance
        ±.15 at N = 256: less than a third of the way to the 4.5 of two hidden layers, the control,
        and far from the rival 2, the limit of a kernel that stays. Halving leaves ±1%.
    Does not show
        The same of several points: four have 4.2, where the equations hold to leading order. Nor
        the 12/λ_0 that Lewkowycz et al. report of ReLU networks: with one hidden layer and 32
        points ReLU has about 4 too, with a single point no limit at all.
    """
    return largest_rate(*example(width, seeds, mlp, depth))


@claim(
    provenance="background",
    source=Source(
        QUADRATIC, "Theorem 1: the loss grows to Ω(m(ηλ_0 − 2)²/log m) at width m, then falls"
    ),
    references=(f"{CATAPULT}: a loss of the order of the width after log m steps",),
    prediction=PowerLaw(1, tolerance=0.1, correction=0.2),
    control=Control("Below 2/λ_max the loss only falls.", rate=1.5),
    over=Widths(64, 4096, factor=4),
)
def test_catapults_raise_the_loss_to_the_width(width, seeds, mlp, rate=3.0):
    """Under steps of 3/λ_max the loss of a wide network grows to the order of its width.

    Statement
        Between 2/λ_0 and 4/λ_0 the loss grows until it is of the order of the width, and only
        then the kernel gives way.
    Setting
        As in steps_above_four_over_the_kernel_diverge, at η = 3/λ_0.
    Measure
        The largest loss of training, a mean over four networks.
    Tolerance
        ±.1; the rivals are ½ and 0, and the least that is proved, N/log N, has .85 at these widths.
        The labels stand to the peak's root as 1 to √N, and raise it by an eighth at N = 64: D = .2.
        The square of the output grows fourfold a step, so that the peak has a period of 4 in N:
        widths four times apart see one phase of it.
    Does not show
        What is right at other rates than 3/λ_0.
    """
    network, x, y = example(width, split_seeds(seeds, NETWORKS), mlp)
    unit = kernel_rate(network, x)
    run = train(network, x, y, steps=STEPS, rate=rate * unit, tolerance=LEFT)
    return run.losses.amax(1).unflatten(0, (-1, NETWORKS)).mean(1)
