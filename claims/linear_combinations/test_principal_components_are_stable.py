"""Training does not turn the principal components of wide layers."""

from widthwise.harness import AtMost, Control, Source, Widths, claim
from widthwise.models import mup, ntk

from . import runs


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the last reply on linear combinations, which finds it plausible that PCA does not "
        "change at all",
    ),
    references=(
        "Wedin 1972 (singular subspaces turn by at most the perturbation over the gap)",
        runs.KERNEL_LIMIT,
    ),
    prediction=AtMost(-1 / 2, tolerance=1 / 6),
    control=Control("In μP the principal components turn by O(1).", parametrization=mup),
    over=Widths(128, 4096),
    seeds_of=runs.SEEDS,
)
@runs.everywhere
def test_principal_components_are_stable(
    width, seeds, mlp, data, activation, shared, parametrization=ntk
):
    """Training turns the leading principal components of a layer by O(N^-1/2).

    Statement
        The eight leading principal components of the last hidden layer, over the inputs, turn in
        training by an angle O(N^-1/2): the layer moves by O(N^-1/2) relative to its size, and
        components turn by movements over differences of singular values.
    Setting
        Two hidden layers, each network with its own data at n = 4d, full-batch gradient descent
        with a momentum of ½ until the output has moved by the labels, to 1%; components over the
        training and the test inputs. The sine of the angle is taken weighted by variance: the root
        of the share of the trained units' variance that is lost when the components at the start
        take the place of their own. The plain angle between the subspaces wanders, because
        components of nearly equal variance turn into each other freely; eight, because units follow
        the eight dimensions of the made-up inputs first, and a cut among those has a gap near 0.
        They can turn into N − 8 directions only, so that the sine is stated in units of √(1 − 8/N).
    Measure
        Sine of the angle by which eight components turn, over √(1 − 8/N).
    Tolerance
        An exponent of at most −1/3: a third of the way to the rival, 0. Corrections are those of
        the units' movement, .14 at N = 64; D = .3 covers them.
    Does not show
        That components at the tail of the spectrum are as stable.
    """
    run = runs.seen(shared, width, seeds, mlp, data, activation, parametrization)
    return run["turning of 8 components"] / (1 - 8 / width) ** 0.5
