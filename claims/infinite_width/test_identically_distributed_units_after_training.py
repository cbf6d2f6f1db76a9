"""The law of a single unit, before and after training."""

import pytest
import torch

from widthwise.harness import Control, PowerLaw, SameDistribution, Source, WidthList, Widths, claim
from widthwise.models import erf, fit, kernel_rate, mup, ntk

HERE = Source(
    "Comments on theories of deep learning",
    "the replies on whether the law of single neurons changes in training",
)
REFERENCES = (
    "Jacot et al. 2018, Theorem 2: twice differentiable activations, gradient flow, layer after "
    "layer; no rate",
    "Yang & Hu 2021: the limit in μP, for tanh and smooth GELU; no rate",
)
UNITS = 4096


def units(mlp, width, seeds, data, depth, parametrization):
    """Preactivations of the last hidden layer on the training points, before and after."""
    task = data(seeds)
    before = mlp(
        width,
        seeds,
        input_dim=task.x_train.shape[-1],
        depth=depth,
        activation=erf,
        sigma_w=2.0,
        parametrization=parametrization,
    )
    x = task.x_train
    rate = None if parametrization is ntk else kernel_rate(before, x) / 2
    after = fit(before, x, before(x) + task.y_train, rate=rate)
    return before.preactivations(x)[-1], after.preactivations(x)[-1]


def parted(before, after):
    """∫(F − G)² of the empirical distribution functions F, G of units [S, n, N], as [S, n]."""
    values, order = torch.cat((before, after), -1).sort(-1)
    step = torch.where(order < before.shape[-1], 1.0, -1.0) / before.shape[-1]
    return (step.cumsum(-1)[..., :-1].square() * values.diff(dim=-1)).sum(-1)


@claim(
    provenance="made",
    source=HERE,
    references=REFERENCES,
    prediction=PowerLaw(-3 / 4, tolerance=1 / 12, correction=0.15),
    control=Control(
        "In μP, with one hidden layer, the law of the units changes by O(1).",
        parametrization=mup,
        depth=1,
    ),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize(
    ("data", "depth"),
    [
        pytest.param("random_labels", 1, id="sphere-1"),
        pytest.param("random_labels", 2, id="sphere-2"),
        pytest.param("odd_digits", 1, id="digits-1"),
    ],
    indirect=["data"],
)
def test_identically_distributed_units_after_training(
    width, seeds, mlp, data, depth, parametrization=ntk
):
    """Trained units in the kernel regime are draws from the law they had before training.

    Statement
        Units of a layer have one and the same law before and after training, by symmetry; what
        training may change is which. In the kernel regime the distance between the two vanishes
        with the width, faster than units move: as N^-3/4. That neurons are draws from a law that
        is fixed beforehand holds there, and only there.
    Setting
        Full-batch gradient descent until 1% of the residual is left, towards
        outputs that differ from the initial ones by the labels: random ones on a sphere, odd
        against even digits, both drawn for every seed. erf with σ_w = 2, whose units are far from
        linear. The distance is Cramér's, the root of ∫(F_T − F_0)² over the distribution functions
        of the N preactivations of the last hidden layer before and after, over their RMS, averaged
        over the training points. It ignores which unit is which.
    Tolerance
        ±1/12, a third of the way to the rivals: −1/2, the movement of the units themselves, and
        −1, a drift of their law. Units move by N^-1/2 in directions that are random given where
        they stand, because the sign of the output weight is. Of N units, √N cross a point, as
        often up as down, so that N^1/4 too many are on one side, and the empirical law moves by
        N^-3/4. The mean square of a number of crossings is exact even where it is small, in the
        tails, which Wasserstein's distance weighs otherwise: its exponent is −.72 at these widths.
        A drift of 1/N adds in the square, relatively N^-1/2: with the measured drift of 1.2/N in
        the variance that is 2% at N = 64. D = .15 allows for seven times that.
    Does not show
        That units stay independent (lazy_units_owe_each_other_inverse_width); that no rare unit
        leaves the law; the same of ReLU.
    """
    before, after = units(mlp, width, seeds, data, depth, parametrization)
    size = before.square().mean((1, 2)).sqrt()
    return (parted(before, after).mean(1) / size).sqrt()


@claim(
    provenance="background",
    source=HERE,
    references=REFERENCES,
    prediction=SameDistribution(margin=0.0175, draws=UNITS),
    control=Control("In μP the same data give another law.", parametrization=mup),
    over=WidthList((UNITS,)),
)
def test_wide_units_keep_their_law(width, seeds, mlp, random_labels, parametrization=ntk):
    """At width 4096 the trained units of a lazy network cannot be told from initial ones.

    Statement
        Kolmogorov's distance between the laws of a first-layer unit before and after training is
        below .0175 in the kernel regime; the feature-learning limit has another law.
    Setting
        As in identically_distributed_units_after_training: one hidden layer of erf, the
        preactivation at the first training point. First-layer units are independent draws.
    Tolerance
        .0175, in two parts. Units whose movement is a share m of their size can shift a normal
        law by no more than m/√(2π), if all went the same way: .007 for m = 1.1/√N. And .0105 is
        what the band of Dvoretzky, Kiefer and Wolfowitz needs at 64 seeds.
    Does not show
        The same of the joint law of several units or several inputs.
    """
    before, after = units(mlp, width, seeds, random_labels, 1, parametrization)
    return torch.stack((before[:, 0], after[:, 0]), 1)
