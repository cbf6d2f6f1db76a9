"""Residual networks: the same fall of eigenvalues, as a contrast to plain ones."""

import math

import pytest
import torch

from widthwise.harness import Control, PowerLaw, Source, Vanishing, claim
from widthwise.models.kernels.spectrum import sphere_eigenvalues
from widthwise.models.networks.randomness import generator_of

TANGENT, NNGP = "tangent", "nngp"


def residual_kernels(angles, blocks, branch):
    """Both limiting kernels of h ← h + branch·√2·W φ(h)/√N, ReLU, and a readout of φ(h) [n] each.

    On unit inputs at angles ϑ, with h = Wx to begin with; a block adds its branch's NNGP kernel to
    the kernel of h, and passes signals back both ways (Huang et al. 2020; Jacot et al. 2018).
    """
    size, theta = 1.0, angles.cos()
    kernel = theta
    for last in (*[False] * blocks, True):
        turned = (kernel / size).clamp(-1, 1).arccos()
        kept = (math.pi - turned) / math.pi
        seen = size * (kept * turned.cos() + turned.sin() / math.pi)
        if last:
            return {TANGENT: theta * kept + seen, NNGP: seen}
        theta = theta * (1 + branch**2 * kept) + branch**2 * seen
        kernel, size = kernel + branch**2 * seen, size * (1 + branch**2)
    raise AssertionError("the last is the readout")


def eigenvalue(branch, dimension, blocks, kernel, degree):
    """λ_k on the sphere in d dimensions."""

    def values(angles):
        return residual_kernels(angles, blocks, branch)[kernel]

    return float(sphere_eigenvalues(values, dimension, [degree])[0])


def branch_of(seed):
    """The branch's factor, between ½ and 1."""
    generator = generator_of(seed)
    return 0.5 + 0.5 * float(torch.rand((), generator=generator))


@claim(
    provenance="background",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the reply on approximation efficiency of the NTK for deep and shallow networks",
    ),
    references=(
        "Bietti & Bach 2021 (plain ReLU networks without biases; residual ones are measured)",
        "Huang et al. 2020 (the kernel of residual networks)",
    ),
    prediction=PowerLaw(1, tolerance=0.06, correction=0.1),
    control=Control("The NNGP kernel's fall by two powers more.", kernel=NNGP),
    over=Vanishing("inverse_degree", 1 / 32, 1 / 256, rungs=4),
)
@pytest.mark.parametrize(
    ("dimension", "blocks"),
    [pytest.param(d, blocks, id=f"d={d}-B={blocks}") for d, blocks in ((3, 2), (4, 4), (5, 8))],
)
def test_residual_kernels_fall_alike(inverse_degree, seeds, dimension, blocks, kernel=TANGENT):
    """Eigenvalues of residual ReLU networks' tangent kernels on a sphere fall as k^(−d) as well.

    Statement
        On the sphere in d dimensions the eigenvalue of Θ_∞ at degree k is of the order k^(−d) for
        residual networks of any number of blocks: what decides is ReLU's kink, which an identity
        beside it leaves there.
    Setting
        d = 3, 4 and 5 with 2, 4 and 8 blocks, k = 32, 64, 128 and 256; the branches' factor is
        drawn between ½ and 1 for every seed. λ_k by quadrature; the measure is λ_k^(1/d).
    Measure
        λ_k^(1/d), of which the statement says the order 1/k.
    Tolerance
        ±.06, D = .1, as in deep_equals_shallow_in_rate.
    Does not show
        The same of blocks with normalisation, or of several layers each.
    """
    degree = round(1 / inverse_degree)
    found = [eigenvalue(branch_of(seed), dimension, blocks, kernel, degree) for seed in seeds]
    return torch.tensor(found, dtype=torch.float64) ** (1 / dimension)
