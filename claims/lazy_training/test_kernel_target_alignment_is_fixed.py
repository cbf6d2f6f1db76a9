"""Whether the tangent kernel turns towards the task."""

from widthwise.harness import AtMost, Control, PowerLaw, Source, Widths, claim
from widthwise.models import mup, ntk

from .runs import RUNS, SPHERE_ERF, moved, on


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the reply that linear combinations cannot help",
    ),
    references=("Jacot et al. 2018, Theorem 2", "Cortes et al. 2012, Definition 4"),
    prediction=AtMost(-1 / 2, statistic="rms"),
    control=Control("In μP the kernel turns towards the labels.", parametrization=mup),
    over=Widths(64, 4096),
    seeds_of=RUNS,
)
@on(SPHERE_ERF)
def test_kernel_target_alignment_is_fixed(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """The tangent kernel does not turn towards the labels, in the limit of large width.

    Statement
        The centred alignment of Θ with the labels, the cosine between Θ and yyᵀ, is after
        training what it was before, up to O(N^-1/2), the proved bound on all changes of Θ.
        Where features are learned it rises by O(1).
    Setting
        One hidden layer of erf, 16 points on the sphere, trained until the output has moved by
        the labels to within .1. The measure is the rise of the alignment on the training points.
    Tolerance
        An exponent of at most −.35; the rival, a kernel that learns, has 0. Of the RMS over
        seeds, not their mean: the alignment falls in a few of them.
    Does not show
        The same of ReLU: there the alignment moves so little that its sign differs from seed to
        seed, and has no power law at these widths. Nor of practical networks, whose kernels do
        change.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth, parametrization)["alignment"]


@claim(
    provenance="background",
    source=Source(
        "Neural Tangent Kernel Distillation",
        "the list of limitations: kernels of realistic networks change throughout training",
    ),
    references=("Huang & Yau 2020, Theorem 2.2", "Dyer & Gur-Ari 2020, section 3"),
    prediction=PowerLaw(-1, correction=0.5),
    control=Control("In μP the kernel turns towards the labels.", parametrization=mup),
    over=Widths(256, 16384),
    noise=0.3,
    seeds_of=RUNS,
)
@on(SPHERE_ERF)
def test_smooth_alignment_rises_as_inverse_width(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """The alignment of a smooth network's kernel with the labels rises by O(1/N).

    Statement
        With a smooth activation the kernel changes by O(1/N), and its alignment with it: at
        finite width the kernel does turn towards the labels, a little.
    Setting
        As in kernel_target_alignment_is_fixed.
    Tolerance
        ±.15, less than a third of the way to the rival, the bound −1/2. D is .5 and not .3, and
        the ladder starts at 256: training moves erf units into saturation at small widths, so
        that the local exponent begins at −.67 between 64 and 128, as a correction of −.5 would
        make it. Seeds differ by .3, which takes more of them than the quick effort has.
    Does not show
        That this turn helps to generalise.
    """
    return moved(shared, width, seeds, mlp, data, activation, depth, parametrization)["alignment"]
