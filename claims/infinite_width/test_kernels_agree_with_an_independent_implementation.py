"""Two implementations of the infinite-width kernels, written apart, agree."""

import json
from importlib import resources

import pytest
import torch

from widthwise.harness import Control, Identity, Source, WidthList, claim
from widthwise.models import Architecture, erf, gelu, linear, relu, sin
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.networks.randomness import normal_

KEPT = json.loads(
    (resources.files("widthwise.claims.infinite_width") / "neural_tangents.json").read_text()
)
ACTIVATIONS = {known.name: known for known in (relu, erf, gelu, sin, linear)}
CASES = [
    pytest.param(case, id=f"{case['activation']}-{case['depth']}")
    for case in KEPT["architectures"]
    if case["activation"] in ACTIVATIONS and case["sigma_b"]
]


def rotations(seeds, dimension):
    """A random orthogonal matrix from each seed [S, d, d]."""
    normals = torch.empty(len(seeds), dimension, dimension, dtype=torch.float64)
    normal_([normals], seeds)
    return torch.linalg.qr(normals).Q


@claim(
    provenance="instrument",
    source=Source(
        "Neural Tangent Kernel Distillation",
        "the tangent-kernel section, on the kernel of the limit, which can be written out",
    ),
    references=("Novak et al. 2020", "Lee et al. 2018, equation (5)"),
    prediction=Identity(tolerance=1),
    control=Control("The recursion stopped one layer early.", missing_layers=1),
    over=WidthList((64,)),
)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kernel", ["nngp", "tangent"])
def test_kernels_agree_with_an_independent_implementation(
    width, seeds, case, kernel, missing_layers=0
):
    """The NNGP and tangent kernels computed here are those that neural-tangents computes.

    Statement
        For the same architecture and inputs both implementations give the same kernels.
    Setting
        float64, biases, two to six layers; inputs that are rotated at random by every seed,
        which changes no kernel of a dense network. The numbers of neural-tangents 0.6.5, which
        no longer runs beside today's packages, are kept in a file. The kernels belong to the
        limit: the width plays no role.
    Measure
        The largest distance between the two, in units of what rounding allows.
    Tolerance
        An identity. A layer takes some thirty operations; pairs of inputs that are parallel are
        left out, as neural-tangents loses half of their digits.
    Does not show
        That the recursions describe networks (nngp_and_ntk_match_the_recursions).
    """
    x, x2 = (torch.tensor(KEPT[name], dtype=torch.float64) for name in ("x", "x2"))
    theirs = torch.tensor(case["x_x2"][kernel], dtype=torch.float64)
    architecture = Architecture(
        width,
        x.shape[1],
        depth=case["depth"] - missing_layers,
        activation=ACTIVATIONS[case["activation"]],
        sigma_w=case["sigma_w"],
        sigma_b=case["sigma_b"],
    )
    cosines = torch.nn.functional.cosine_similarity(x[:, None], x2[None], dim=2)
    rounding = 32 * (case["depth"] + 1) * torch.finfo(x.dtype).eps * theirs.abs().max()
    errors = [
        getattr(infinite_width_kernels(architecture, x @ turned, x2 @ turned), kernel) - theirs
        for turned in rotations(seeds, x.shape[1])
    ]
    return torch.stack(errors)[:, cosines.abs() < 0.99].abs().amax(1) / rounding
