"""Deep and wide networks have a limit of their own for every ratio of depth to width."""

from widthwise.harness import Control, Correction, PowerLaw, Source, Tied, Widths, claim

from .one_input import log_variances

NETWORKS = 256


@claim(
    provenance="background",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the reply on scaling up, where the ratio of depth to width controls convergence to the "
        "limit",
    ),
    references=(
        "Hanin & Nica 2019, Products of Many Large Random Matrices and Gradients in Deep Neural "
        "Networks, Theorem 1: the logarithm of a gradient's size is normal, of variance ∝ L/N",
        "Hanin & Nica 2020, Theorem 1",
    ),
    prediction=PowerLaw(0, tolerance=0.3, correction=Correction(order=1, size=0.15)),
    control=Control("Two hidden layers at every width: the variance falls as 1/N.", depth=2),
    over=Tied(Widths(32, 256), depth=1 / 16),
)
def test_log_kernel_stays_random_at_fixed_aspect(width, seeds, depth):
    """The logarithm of a deep tangent kernel stays random as the width grows with the depth.

    Statement
        Var ln Θ(x, x) of ReLU networks of depth N/16 does not fall with the width: over the
        networks, ln Θ is a sum of L contributions of variance O(1/N) each, and keeps a law that
        depends on L/N alone.
    Setting
        One input, no biases, 2 to 16 hidden layers of 32 to 256 units, 256 networks per seed, at
        initialisation. Widths and depths grow together in the ladder.
    Measure
        Variance of ln Θ(x, x) over networks.
    Tolerance
        Exponent 0 ± .3, a third of the way to a fixed depth's, −1. The exact Var Θ/E[Θ]² is below
        its limit by 19% at 32 units and half of that at 64, a correction of order 1/N; D = .15
        allows for half as much again.
    Does not show
        The variance's own size, for which depth_over_width_controls_the_limit has the law of Θ.
    """
    return log_variances(width, seeds, depth, NETWORKS)
