"""Whether the tangent kernel turns towards the task."""

import torch

from widthwise.harness import AtMost, Control, Source, Widths, claim
from widthwise.models import mup, ntk, rms
from widthwise.models.networks.randomness import split_seeds

from .runs import NETWORKS, ONE_LAYER_DIGITS, ONE_LAYER_LABELS, RUNS, moved, on


@claim(
    provenance="implied",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        'the reply on linear combinations: "the tangent kernel(which determines learning"; what '
        "kernels of realistic networks do instead is in a comment on Neural Tangent Kernel "
        'Distillation, "Some related results"',
    ),
    references=(
        "Jacot et al. 2018, Theorem 2 (twice differentiable activations, no rate)",
        "Cortes et al. 2012, Definition 4",
    ),
    prediction=AtMost(-1 / 2, statistic="rms"),
    control=Control("In μP the kernel turns towards the labels.", parametrization=mup),
    over=Widths(64, 8192),
    seeds_of=RUNS,
)
@on(ONE_LAYER_LABELS, ONE_LAYER_DIGITS)
def test_kernel_target_alignment_is_fixed(
    width, seeds, shared, mlp, data, activation, depth, parametrization=ntk
):
    """The tangent kernel does not turn towards the labels, in the limit of large width.

    Statement
        The centred alignment of Θ with the labels, the cosine between Θ and yyᵀ, is after
        training what it was before, up to O(N^-1/2), the bound on all changes of Θ. Where
        features are learned it rises by O(1).
    Setting
        One hidden layer of erf, trained as in activations_freeze, on 32 points with random labels
        or on 64 images, drawn anew for every network. The measure is the change of the alignment
        on the training points, RMS over the 4 networks of a seed.
    Tolerance
        An exponent of at most −.35; the rival, a kernel that learns, has 0. Of the RMS over
        networks, not their mean: in the kernel regime the alignment falls in as many seeds as it
        rises. As a cosine it cannot change by more than twice what the kernel does, relatively,
        and D is as in tangent_kernel_is_constant.
    Does not show
        ReLU: N^-.92 on the images, but 64 seeds leave its curvature open. A target of one hidden
        direction: N^-.85, but 64 seeds leave open whether μP's control is flat. The rate, which
        is nearer to 1/N. In other coordinates rounding changes some per cent of so small a
        number. Nor that practical networks are like this: their kernels do change.
    """
    four = split_seeds(seeds, NETWORKS)
    run = moved(shared, width, four, mlp, data, activation, depth, parametrization)
    return rms(torch.as_tensor(run["alignment"]).reshape(len(seeds), NETWORKS))
