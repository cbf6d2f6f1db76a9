"""Logistic loss on separable data: the margin, the loss, and steps that grow as it falls."""

import pytest
import torch

from widthwise.harness import (
    Control,
    Correction,
    DecaysExponentially,
    Over,
    PowerLaw,
    Source,
    claim,
)
from widthwise.models import split_seeds

from .separable import (
    LOGISTIC,
    POLYNOMIAL,
    apart,
    descend,
    follow,
    margins_of,
    short_of,
    zeros_and_ones,
)

SOUDRY = "Soudry et al. 2018 (The implicit bias of gradient descent on separable data)"
QUOTED = "Nacson et al. 2019 (arXiv 1803.01905 and 1806.01796: both rates, polynomial tails)"
TIMES = Over("log_time", (32, 64, 128, 256))
STEPS = Over("steps", (256, 512, 1024, 2048))
SETS = 4
SAME = "separable data"
on_both = pytest.mark.parametrize("task", [apart, zeros_and_ones], ids=["apart", "images"])


def course(seeds, task, tail):
    """Of the flow, at each of the times: the share the margin is short of, and the loss [S, T]."""
    labelled = task(split_seeds(seeds, SETS))
    weights = follow(labelled, tail, TIMES.rungs)
    losses = torch.stack([tail.loss(margins_of(labelled, one)).sum(1) for one in weights])
    return {"short": of_sets(short_of(labelled, weights)), "loss": of_sets(losses)}


def of_sets(values):
    """Means over the data sets of a seed [S, T], of values [T, sets]."""
    return values.unflatten(1, (-1, SETS)).mean(2).T


@claim(
    provenance="background",
    source=Source(
        SOUDRY, "the rate of the margin, 1/log t, as the abstract of arXiv 1803.01905 restates it"
    ),
    references=(QUOTED,),
    prediction=PowerLaw(-1, tolerance=0.15, correction=Correction(order=1, size=0.15)),
    control=Control("A loss that falls as 1/m has another direction.", tail=POLYNOMIAL),
    over=TIMES,
    seeds_of=SAME,
)
@on_both
def test_margins_are_reached_as_one_over_log_time(log_time, seeds, shared, task, tail=LOGISTIC):
    """Gradient descent on the logistic loss reaches the largest margin as 1/log t.

    Statement
        On data that a plane separates, the margin of w(t)/‖w(t)‖ comes up to the largest one as
        1/log t, with any fixed learning rate. Published: O(1/log t), and no better; and no such
        convergence for losses with polynomial tails.
    Setting
        32 Gaussian points in 8 dimensions, moved off a random plane by 2, or 32 images of zeros
        and ones at 64 pixels; four sets drawn for every seed, float64. Gradient flow from 0, in its
        own time, to log t = 256; the largest margin by non-negative least squares. Large times are
        what the rate is about: 10^111 steps.
    Measure
        By what share the margin is short of the largest.
    Tolerance
        ±.15; the rivals are −1/2 and 0, where polynomial tails end. The weights go as a log t + b,
        so that the share is a constant over log t + c, with c = a·b/|a|² between −1 and 3: an
        order 1/log t of at most .1 at log t = 32, D = .15.
    Does not show
        The rate of the direction itself, which on the points is not yet reached at log t = 256:
        support vectors that hardly count are slow.
    """
    run = shared(course, seeds=seeds, task=task, tail=tail)
    return run["short"][:, TIMES.rungs.index(log_time)]


@claim(
    provenance="background",
    source=Source(
        SOUDRY, "the rate of the loss, 1/t, as the abstract of arXiv 1806.01796 restates it"
    ),
    references=(QUOTED,),
    prediction=DecaysExponentially(1.0, tolerance=0.1),
    control=Control("Where ℓ = 1/(1 + m) the loss falls as t^(−1/3).", tail=POLYNOMIAL),
    over=TIMES,
    seeds_of=SAME,
)
@on_both
def test_logistic_loss_falls_as_one_over_time(log_time, seeds, shared, task, tail=LOGISTIC):
    """The logistic loss on separable data falls as 1/t.

    Statement
        Σ ℓ(m) = O(1/t) under gradient descent at a fixed rate: e^(−log t), exponential in the
        variable in which the margin takes its time.
    Setting
        As in margins_are_reached_as_one_over_log_time.
    Measure
        The sum of losses, against log t.
    Tolerance
        The rate is 1 ± .1 per unit of log t; the rival is 1/2. The loss is 1/(γ²t) up to powers
        t^(1−θ), where θ > 1 is the margin of the nearest point that is no support vector.
    Does not show
        What it costs to reach such times.
    """
    run = shared(course, seeds=seeds, task=task, tail=tail)
    return run["loss"][:, TIMES.rungs.index(log_time)]


def by_the_loss(log_slopes):
    """Steps that grow as the loss falls."""
    return -log_slopes


def fixed(log_slopes):
    """Steps at a fixed rate."""
    return torch.zeros_like(log_slopes)


def after_steps(seeds, task, paced):
    """The share the margin is short of after steps [S, T]."""
    labelled = task(split_seeds(seeds, SETS))
    return {"short": of_sets(short_of(labelled, descend(labelled, STEPS.rungs, paced)))}


@claim(
    provenance="background",
    source=Source(
        "Ji & Telgarsky 2021 (arXiv 1906.04540, A refined primal-dual analysis of implicit bias)",
        "the abstract: O(1/t) for the margin with an aggressive step size, O(ln n/ln t) without",
    ),
    references=(SOUDRY,),
    prediction=PowerLaw(-1, tolerance=0.15, correction=Correction(order=1, size=0.15)),
    control=Control("At a fixed rate it takes log t.", paced=fixed),
    over=STEPS,
    seeds_of=SAME,
)
@on_both
def test_steps_that_grow_reach_the_margin_as_one_over_steps(
    steps, seeds, shared, task, paced=by_the_loss
):
    """Steps in inverse proportion to the loss reach the largest margin as 1/t.

    Statement
        Gradient descent with η_t ∝ 1/L(w_t) comes up to the largest margin as 1/t, t the number of
        steps, where a fixed rate has 1/log t.
    Setting
        As in margins_are_reached_as_one_over_log_time, with 256 to 2048 steps of gradient descent
        on the logistic loss; L is the sum of the slopes.
    Measure
        By what share the margin is short of the largest.
    Tolerance
        ±.15; the rival is the 1/√t of earlier analyses, and the control falls as t^−.15 to
        t^−.25 here. w grows by γ/R² a step, so that D is that of log t = 32: .15.
    Does not show
        That no other steps are better: later ones have 1/t².
    """
    run = shared(after_steps, seeds=seeds, task=task, paced=paced)
    return run["short"][:, STEPS.rungs.index(steps)]
