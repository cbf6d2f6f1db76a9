"""The tangent kernel of the two-layer ReLU network, written out."""

import math

import pytest
import torch

from widthwise.harness import Control, Identity, Limit, Source, WidthList, Widths, claim
from widthwise.models import relu
from widthwise.models.networks.randomness import normal_

from .initialisation import INPUTS, distance_of_means, initialised, inputs, recursion

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the tangent-kernel section, the kernel of a two-layer ReLU network; the comment that corrects "
    "one of its norms and simplifies κ",
)
REFERENCES = ("Cho & Saul 2009, equations (3) to (7)", "Bietti & Mairal 2019")


def simplified(u):
    """κ as the comment simplified it."""
    return (2 * u * (math.pi - u.arccos()) + (1 - u**2).sqrt()) / math.pi


def sum_of_arc_cosines(u):
    """κ as the sum of its two arc-cosine kernels, before it was simplified."""
    angle = math.pi - u.arccos()
    return u * angle / math.pi + (u * angle + (1 - u**2).sqrt()) / math.pi


def both_norms(x, x2):
    """‖x‖‖x'‖ for all pairs."""
    return x.norm(dim=-1)[..., :, None] * x2.norm(dim=-1)[..., None, :]


def one_norm_twice(x, x2):
    """‖x‖‖x‖ for all pairs: a norm that belongs to the wrong input."""
    return both_norms(x, x2) * (x.norm(dim=-1)[..., :, None] / x2.norm(dim=-1)[..., None, :])


def closed_form(x, x2, norms=both_norms, kappa=simplified):
    """‖x‖‖x'‖ κ(cos ∠(x, x')), and 2/d of it, which is Θ_∞ in this package's scale."""
    cosine = (x @ x2.mT / both_norms(x, x2)).clamp(-1, 1)
    return norms(x, x2) * kappa(cosine) * (relu.gain**2 / x.shape[-1])


@claim(
    provenance="implied",
    source=HERE,
    references=REFERENCES,
    prediction=Limit(0, tolerance=0.0025),
    control=Control("With the norm of one input taken twice.", norms=one_norm_twice),
    over=Widths(64, 4096),
)
@pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)
def test_closed_form_two_layer_relu(width, seeds, data, norms=both_norms):
    """The tangent kernel of a wide two-layer ReLU network has the closed form of the post.

    Statement
        With one hidden layer of ReLU, Θ_∞(x, z) = ‖x‖‖z‖ κ(u) with u the cosine between the
        inputs and κ(u) = (2u(π − arccos u) + √(1 − u²))/π, up to a constant that the
        parametrization fixes (here 2/d).
    Setting
        No biases; 8 inputs drawn by every seed, whose norms are stretched by factors from ½ to 2
        so that they matter; 16 networks per seed. ‖E Θ_N − Θ‖²/‖Θ‖², estimated without bias by
        two halves of the networks, tends to 0 where Θ is the limit; it sees every entry.
    Measure
        Squared distance of the mean tangent kernel from the closed form, ‖E Θ_N − Θ‖²/‖Θ‖².
    Tolerance
        ±.0025 at the largest width, a distance of 5%; a norm that belongs to the wrong input is
        tens of per cent away. The mean is exact at every width for one hidden layer, so that
        nothing but noise has to fit in.
    Does not show
        The same of networks with biases or more layers (nngp_and_ntk_match_the_recursions does).
    """
    x = inputs(data, seeds)
    stretch = torch.linspace(0.5, 2, INPUTS, dtype=torch.float64, device=x.device)
    x = x * stretch[:, None]
    drawn = initialised(width, seeds, x, relu, 1, sigma_b=0.0)
    return distance_of_means(drawn, "tangent", closed_form(x, x, norms))


@claim(
    provenance="instrument",
    source=HERE,
    references=REFERENCES,
    prediction=Identity(tolerance=1),
    control=Control("With the norm of one input taken twice.", norms=one_norm_twice),
    over=WidthList((64,)),
)
@pytest.mark.parametrize("kappa", [simplified, sum_of_arc_cosines])
def test_closed_form_equals_the_recursion(width, seeds, kappa, norms=both_norms):  # noqa: ARG001
    """The closed form of the two-layer ReLU kernel equals the recursion for all inputs.

    Statement
        ‖x‖‖z‖ κ(u) is the tangent kernel that the recursion over layers computes, whatever the
        inputs, in the form before and after it was simplified.
    Setting
        float64; every seed draws 8 + 8 Gaussian inputs in four dimensions. The kernel belongs to
        the limit: the width plays no role.
    Measure
        The largest distance between the two forms, in units of what rounding allows.
    Tolerance
        An identity. A cosine of d terms is off by d·eps; arccos and the root pass that on with
        1/√(1 − u²), and ten operations round by themselves (Higham 2002, section 3.1).
    Does not show
        Anything about finite networks, or anything new about the limit: arc-cosine kernels are
        held against arc-cosine kernels, written by the post and by this package.
    """
    dimension = 4
    points = torch.empty(len(seeds), 2, 8, dimension, dtype=torch.float64)
    normal_([points], seeds)
    x, x2 = points[:, 0], points[:, 1]
    cosine = x @ x2.mT / both_norms(x, x2)
    rounding = torch.finfo(x.dtype).eps * (10 + dimension / (1 - cosine**2).sqrt())
    theta = torch.stack([recursion_between(a, b) for a, b in zip(x, x2, strict=True)])
    error = (closed_form(x, x2, norms, kappa) - theta).abs() / (rounding * both_norms(x, x2))
    return error.amax((1, 2))


def recursion_between(x, x2):
    """Θ_∞ between two sets of inputs, by the recursion."""
    both = recursion(torch.cat((x, x2))[None], relu, 1, sigma_b=0.0)["tangent"][0]
    return both[: len(x), len(x) :]
