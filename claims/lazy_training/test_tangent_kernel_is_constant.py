"""The tangent kernel stands still, and how still."""

from widthwise.harness import AtMost, Control, PowerLaw, Source, Widths, claim
from widthwise.models import mup, ntk

from .runs import DIGITS_ERF, RUNS, SPHERE_ERF, everywhere, moved, on


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the reply that linear combinations cannot help",
    ),
    references=("Jacot et al. 2018, Theorem 2", "Lee et al. 2019, Theorem 2.1"),
    prediction=AtMost(-1 / 2, correction=0.5),
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
        ‖Θ_T − Θ_0‖/‖Θ_0‖ = O(N^-1/2) at the end of training; that is the bound which is proved.
        Without a change of the kernel, learning is kernel regression with a fixed kernel.
    Setting
        One to three hidden layers, 16 training points, full-batch gradient descent until the
        output has moved by the labels to within .1; the kernel on all 32 inputs.
    Tolerance
        An exponent of at most −.35: the rival, a kernel that learns, has 0. D is .5 and not .3:
        at N = 64 training moves the kernel of an erf network on the sphere by a quarter to a
        half (of ReLU by a tenth), and corrections of that size have to be expected.
    Does not show
        That the bound is reached. Smooth activations do better (the claim beside this one);
        ReLU, whose units switch at the training points, lies between −1/2 and −1.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth, parametrization)["kernel"]


@claim(
    provenance="implied",
    source=Source("Neural Tangent Kernel Distillation", "the section on the tangent kernel"),
    references=("Huang & Yau 2020, Theorem 2.2", "Dyer & Gur-Ari 2020, section 3"),
    prediction=PowerLaw(-1),
    control=Control("In μP the kernel moves by O(1).", parametrization=mup),
    over=Widths(64, 4096),
    noise=0.3,
    seeds_of=RUNS,
)
@on(SPHERE_ERF, DIGITS_ERF)
def test_smooth_tangent_kernel_moves_as_inverse_width(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """The tangent kernel of a smooth network moves by O(1/N), faster than the proved bound.

    Statement
        With a smooth activation ‖Θ_T − Θ_0‖/‖Θ_0‖ ~ 1/N: the first-order change of the kernel is
        a sum over units of odd moments of the output weights, which cancel.
    Setting
        As in tangent_kernel_is_constant, with erf.
    Tolerance
        ±.15, less than a third of the way to the rival, the bound −1/2. The next order is
        relatively N^-1/2 with a coefficient below .3 at N = 64.
    Does not show
        The same of ReLU: its derivative jumps, and the kernel moves more.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth, parametrization)["kernel"]
