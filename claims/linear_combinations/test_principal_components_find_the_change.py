"""Whether principal components pick out what changed."""

from widthwise.harness import AtLeast, AtMost, Control, Source, Verdict, Widths, claim
from widthwise.models import mup, ntk

from . import runs

HERE = Source(
    "NTK/GP models of neural nets can't learn features",
    "the objection that PCA would pick out exactly those components dominated by change",
)


def share_of_change(width, seeds, mlp, data, activation, shared, parametrization, what):
    """The share of the squared movement within the eight leading components after training."""
    run = runs.seen(shared, width, seeds, mlp, data, activation, parametrization)
    return run[what]


@claim(
    provenance="made",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=AtLeast(0, tolerance=1 / 3, statistic="rms"),
    expect=Verdict.REFUTED,
    control=Control("In μP principal components do find the change.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@runs.on(runs.ODD_DIGITS, runs.HIDDEN_DIRECTION)
def test_principal_components_find_the_change(
    width, seeds, mlp, data, activation, shared, parametrization=ntk
):
    """Principal components of trained activations pick out what changed in training.

    Statement
        Principal components are chosen in view of the activations, so that they find the
        directions dominated by change: a share of the squared movement, beyond what chance
        finds, that does not vanish with the width lies in the leading ones.
    Correction
        In the kernel regime the share falls as fast as that of any eight directions
        (principal_components_miss_the_change). Where features are learned the statement is
        right: in μP it stays, a sixth of the movement of erf on digits, four tenths of ReLU's
        towards a hidden direction.
    Setting
        Two hidden layers, each network with its own data at n = 4d, with something to learn in
        them: odd digits, a hidden direction. Full-batch gradient descent with a momentum of ½ until
        the output has moved by the labels, to 1%. Eight components of the trained units of the last
        hidden layer over all inputs; of their share of the movement the 8/N is taken off that eight
        directions hold by chance.
    Measure
        Share of the squared movement within eight components, beyond chance.
    Tolerance
        An exponent of at least −1/3: a third of the way to the rival, −1. Of the RMS over seeds:
        what is left beyond chance may be negative where it vanishes. In μP the share comes down to
        its limit, as N^-.1 at these widths.
    Does not show
        That no other method finds the change: components of the difference between the trained
        and the initial units would.
    """
    what = "within 8 components beyond chance"
    return share_of_change(width, seeds, mlp, data, activation, shared, parametrization, what)


@claim(
    provenance="background",
    source=HERE,
    references=(runs.KERNEL_LIMIT,),
    prediction=AtMost(-1, tolerance=1 / 3, correction=0.4),
    control=Control("In μP principal components do find the change.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=runs.SEEDS,
)
@runs.everywhere
def test_principal_components_miss_the_change(
    width, seeds, mlp, data, activation, shared, parametrization=ntk
):
    """In the kernel regime principal components find no more of the change than chance does.

    Statement
        The share of the squared movement of a layer of N units within its eight leading
        components falls as 1/N, as within any eight directions. A unit's movement is
        proportional to its output weight, whose sign knows nothing of the units at the start;
        along a component of N entries such movements add up to O(N^-1/2), and to O(1) in norm.
    Setting
        As in principal_components_find_the_change, on random labels too.
    Measure
        Share of the squared movement within eight components.
    Tolerance
        A third, which is a third of the way to the rival, 0. D is .4 and not .3, so that the law
        has room for μP too, where the share comes down to its limit by a quarter from N = 64 on: a
        larger D makes the claim's own interval longer.
    Does not show
        That the constant is that of random directions: it is about twice as large.
    """
    what = "within 8 components"
    return share_of_change(width, seeds, mlp, data, activation, shared, parametrization, what)
