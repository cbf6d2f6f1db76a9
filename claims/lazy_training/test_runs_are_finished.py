"""That the runs of this topic end where training is done."""

import pytest

from widthwise.harness import Bounded, Control, Source, Widths, claim
from widthwise.models import mup, ntk

from .runs import RUNS, convergence, everywhere, moved, one_step


@claim(
    provenance="instrument",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        'the reply that "holds after arbitrarily many steps of backprop"',
    ),
    references=("Jacot et al. 2018, section 5",),
    prediction=Bounded(high=0.01),
    control=Control("After one step most of the residual is left.", solve=one_step),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@pytest.mark.parametrize("parametrization", [ntk, mup], ids=["ntk", "mup"])
@everywhere
def test_runs_are_finished(
    width, seeds, shared, mlp, data, activation, depth, parametrization, solve=convergence
):
    """What this topic says of the end of training is said of networks that fit.

    Statement
        At the end of the runs that the claims on lazy training look at, at most 1% of the
        residual ‖f_0 − Y‖ is left, at every width, in the kernel regime and in μP.
    Setting
        The runs of activations_freeze. Training is for .8%, and a network that does not get
        there, in 5000 steps, is an error.
    Measure
        Share of the residual that is left.
    Tolerance
        None: the bound is the hundredth itself.
    Does not show
        The same of the slowest eigendirection alone, in which the hundredth lies. In other
        coordinates rounding may make a run a step longer, and what is left another number.
    """
    run = moved(shared, width, seeds, mlp, data, activation, depth, parametrization, solve)
    return run["residual"]
