"""The tangent kernel stands still, and how still."""

from widthwise.harness import AtMost, Control, PowerLaw, Source, Widths, claim
from widthwise.models import mup, ntk

from .runs import DIGITS_ERF, LABELS_ERF, RUNS, everywhere, moved, on


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        'the reply on linear combinations: "the tangent kernel(which determines learning"',
    ),
    references=(
        "Jacot et al. 2018, Theorem 2 (twice differentiable activations, gradient flow, no rate)",
        "Lee et al. 2019, Theorem 2.1 (activations with Lipschitz derivative: N^-1/2)",
        "Du et al. 2019 (ReLU, one hidden layer); Allen-Zhu, Li & Song 2019 (ReLU, any depth)",
    ),
    prediction=AtMost(-1 / 2),
    control=Control("In μP the kernel moves by O(1).", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@everywhere
def test_tangent_kernel_is_constant(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """The tangent kernel does not change during training, in the limit of large width.

    Statement
        ‖Θ_T − Θ_0‖/‖Θ_0‖ = O(N^-1/2) at the end of training. Without a change of the kernel,
        learning is kernel regression with a fixed kernel.
    Setting
        The runs of activations_freeze; the kernel on all 64 or 128 inputs.
    Measure
        Movement of the tangent kernel, ‖Θ_T − Θ_0‖/‖Θ_0‖.
    Tolerance
        An exponent of at most −.35: the rival, a kernel that learns, has 0. Training moves the
        kernel by .15 to .25 at N = 64; corrections are of that size, and D = .3 covers them.
    Does not show
        That the bound is reached. Smooth activations do better (the claim beside this one). Nor
        that it is proved for all these networks: for activations with a Lipschitz derivative it
        is; for ReLU of several layers the bounds that are proved are weaker, because a share of
        units crosses its kink on the way, and what is said here is what is measured.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth, parametrization)["kernel"]


@claim(
    provenance="background",
    source=Source(
        "Neural Tangent Kernel Distillation",
        'the appendix: "It turns out that in the limit of width, this quantity is constant"',
    ),
    references=(
        "Huang & Yau 2020, Theorem 2.2 (smooth activations)",
        "Dyer & Gur-Ari 2020, section 3 (a conjecture on orders)",
    ),
    prediction=PowerLaw(-1, correction=0.2),
    control=Control("In μP the kernel moves by O(1).", parametrization=mup),
    over=Widths(64, 4096),
    noise=0.15,
    seeds_of=RUNS,
)
@on(LABELS_ERF, DIGITS_ERF)
def test_smooth_tangent_kernel_moves_as_inverse_width(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """The tangent kernel of a smooth network moves by O(1/N), faster than the bound N^-1/2.

    Statement
        With a smooth activation ‖Θ_T − Θ_0‖/‖Θ_0‖ ~ 1/N: the first-order change of the kernel is
        a sum over units of odd moments of the output weights, which cancel.
    Setting
        As in tangent_kernel_is_constant, with erf.
    Measure
        Movement of the tangent kernel, ‖Θ_T − Θ_0‖/‖Θ_0‖.
    Tolerance
        ±.15, less than a third of the way to the rival, the bound −1/2. The next order is the
        square of the first, relatively, .15 at N = 64, and of
        the order of Θ's random part, .1 to .2 there: D = .2.
    Does not show
        The same of ReLU: its derivative jumps, and the kernel moves more.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth, parametrization)["kernel"]
