"""Whether two solutions of a wide network are connected by a segment of low loss."""

import pytest

from widthwise.harness import AtMost, Bounded, Control, Source, WidthList, Widths, claim
from widthwise.models import (
    drawn,
    erf,
    fit,
    kernel_rate,
    mup,
    ntk,
    odd_digits,
    relu,
    rms,
    single_index,
)

from .segments import barrier, between, matched

SAID = Source(
    "Comments on theories of deep learning",
    "the comments that name mode connectivity among the phenomena that a theory should explain",
)
REFERENCES = (
    "Frankle, Dziugaite, Roy & Carbin 2020 (linear mode connectivity)",
    "Entezari, Sedghi, Saukh & Neyshabur 2022 (a conjecture on permutations)",
    "Ainsworth, Hayase & Srinivasa 2023 (matching units by their weights)",
)
SAME = "networks trained on two halves of their data"


def hidden_direction(*, seed):
    """64 + 64 points in R^8 and He₂ of a hidden direction."""
    return single_index(8, 64, 64, seed=seed)


on_tasks = pytest.mark.parametrize("task", [odd_digits, hidden_direction], ids=["odd", "direction"])
in_regimes = pytest.mark.parametrize("parametrization", [ntk, mup], ids=["ntk", "mup"])


def trained_on_halves(width, seeds, mlp, device, task, activation, parametrization):
    """Networks trained on one half, on the other, and on the other from another start; the data."""
    own = drawn(task, seeds, device=device)
    x, y = own.x_train.chunk(2, 1), own.y_train.chunk(2, 1)

    def started(at):
        return mlp(
            width,
            at,
            input_dim=own.input_dim,
            depth=1,
            activation=activation,
            parametrization=parametrization,
        )

    def trained(start, half):
        rate = 0.5 * kernel_rate(start, x[half])
        return fit(start, x[half], y[half], rate=rate, momentum=0.9)

    start = started(seeds)
    elsewhere = started(tuple(seed ^ 1 for seed in seeds))
    return trained(start, 0), trained(start, 1), trained(elsewhere, 1), own


def barriers(width, seeds, mlp, device, task, parametrization):
    """Barriers on all training points by what the second network is to the first [S]."""
    first, sibling, stranger, own = trained_on_halves(
        width, seeds, mlp, device, task, relu, parametrization
    )
    others = {"sibling": sibling, "stranger": stranger, "matched": matched(first, stranger)}
    return {name: barrier(first, other, own.x_train, own.y_train) for name, other in others.items()}


def rises(shared, width, seeds, mlp, device, task, parametrization):
    """What `barriers` returns, measured once for the claims about it."""
    return shared(
        barriers,
        width=width,
        seeds=seeds,
        mlp=mlp,
        device=device,
        task=task,
        parametrization=parametrization,
    )


def departure(width, seeds, mlp, device, task, parametrization):
    """‖f(θ_½) − ½(f_1 + f_2)‖/‖f_1 − f_2‖ on new points, of networks from one start [S]."""
    first, second, _, own = trained_on_halves(width, seeds, mlp, device, task, erf, parametrization)
    ends = first(own.x_test), second(own.x_test)
    middle = between(first, second, 0.5)(own.x_test)
    return rms(middle - (ends[0] + ends[1]) / 2) / rms(ends[0] - ends[1])


@claim(
    provenance="background",
    source=SAID,
    references=REFERENCES,
    prediction=Bounded(high=0.0),
    control=Control("The other network has a start of its own.", other="stranger"),
    over=WidthList((256,)),
    seeds_of=SAME,
)
@on_tasks
@in_regimes
def test_wide_networks_are_linearly_connected(
    width, seeds, mlp, device, task, parametrization, shared, other="sibling"
):
    """Networks trained from one start on different data have no barrier of loss between them.

    Statement
        On the segment between the weights that two halves of the data lead to from one start, the
        loss on all of the data lies below the straight line between that of the ends, in the NTK
        parametrization and in μP alike.
    Setting
        One hidden layer of ReLU; each network and its sibling have half of 64 images of
        digits, told odd from even, or of 64 points in R^8 with He₂ of a hidden direction, drawn for
        every seed, and are trained to 1% of the residual with a momentum of .9. The segment is
        looked at in its middle and at its quarters.
    Measure
        The largest rise above the line between the ends, in units of their mean loss.
    Tolerance
        At most 0. In the lazy limit outputs are linear in the weights, so that the loss is convex:
        it is a parabola, whose largest value at these points is −¾ of its depth in the middle.
    Does not show
        The same of deep networks, nor of ones trained by large steps: there the two have to train
        together for some time first.
    """
    return rises(shared, width, seeds, mlp, device, task, parametrization)[other]


@claim(
    provenance="background",
    source=SAID,
    references=REFERENCES,
    prediction=Bounded(high=0.0),
    control=Control("Units in the order they have.", other="stranger"),
    over=WidthList((256,)),
    seeds_of=SAME,
)
@on_tasks
@in_regimes
def test_matched_networks_are_linearly_connected(
    width, seeds, mlp, device, task, parametrization, shared, other="matched"
):
    """What separates networks from two starts is no more than which of their units is which.

    Statement
        Between networks from two starts that are trained on two halves of the data, there is no
        barrier once the units of one are put into the order in which they are nearest to the
        other's; in their own order there is.
    Setting
        As in wide_networks_are_linearly_connected. Units are matched by their incoming and outgoing
        weights, with the least sum of squared distances; the function stays the same.
    Measure
        The largest rise above the line between the ends, in units of their mean loss.
    Tolerance
        At most 0. Sixteen or eight inputs leave a unit's nearest partner among 256 near enough; how
        near they have to be we have no theory for.
    Does not show
        The same of units with more inputs, for which more of them are needed, or of deep networks,
        whose layers have to be matched one after the other.
    """
    return rises(shared, width, seeds, mlp, device, task, parametrization)[other]


@claim(
    provenance="background",
    source=SAID,
    references=("Lee et al. 2019 (lazy networks are linear in their weights)",),
    prediction=AtMost(-1 / 2),
    control=Control("In μP.", parametrization=mup),
    over=Widths(64, 1024),
    seeds_of=SAME,
)
@on_tasks
def test_the_middle_of_lazy_networks_is_their_mean(
    width, seeds, mlp, device, task, parametrization=ntk
):
    """In the lazy limit the middle of two solutions from one start computes their mean.

    Statement
        f at the middle of the weights departs from the mean of the two functions by O(N^-1/2) of
        their difference or less. So lazy networks are connected as linear models are.
    Setting
        As in wide_networks_are_linearly_connected, with erf.
    Measure
        Departure of the middle from the mean, over the difference of the two, on new points.
    Tolerance
        An exponent of at most −½; the bound by the second derivative, with −1 where its terms have
        random signs. The rival, μP, has 0.
    Does not show
        The exponent itself. Steps are steeper the wider.
    """
    return departure(width, seeds, mlp, device, task, parametrization)
