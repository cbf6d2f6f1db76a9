"""What depth does to the eigenvalues of ReLU kernels on a sphere, where it leaves their rate."""

import pytest
import torch

from widthwise.harness import Control, Limit, Source, Vanishing, claim
from widthwise.models import Architecture, relu
from widthwise.models.kernels.spectrum import sphere_eigenvalues, zonal_kernels
from widthwise.models.networks.randomness import generator_of


def relative_eigenvalues(depth, kernel, dimension, degrees):
    """λ_k over the kernel's value at u = 1, without biases [degrees]."""
    architecture = Architecture(1, 2, depth=depth, activation=relu)

    def values(angles):
        return getattr(zonal_kernels(architecture, angles), kernel)

    one = values(torch.zeros(1, dtype=torch.float64))
    return sphere_eigenvalues(values, dimension, degrees) / one


def two_neighbours(found):
    """The mean over an even degree and the odd one after it."""
    return found.mean()


def even_alone(found):
    """The even degree, where what the antipode adds does not cancel."""
    return found[0]


@claim(
    provenance="background",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the reply on approximation efficiency of the NTK for deep and shallow networks",
    ),
    references=(
        "Bietti & Bach 2021, section 3: the rate comes from the kernel's expansion at ±1 (the "
        "constant is derived here)",
    ),
    prediction=Limit(1, tolerance=0.05),
    control=Control("Even degrees alone.", of=even_alone),
    over=Vanishing("inverse_degree", 1 / 32, 1 / 128, rungs=3),
)
@pytest.mark.parametrize("kernel", ["tangent", "nngp"])
@pytest.mark.parametrize(
    ("dimension", "depth"),
    [pytest.param(d, depth, id=f"d={d}-L={depth}") for d, depth in ((3, 2), (4, 3), (5, 5))],
)
def test_depth_multiplies_the_constant(
    inverse_degree, seeds, dimension, depth, kernel, of=two_neighbours
):
    """With L hidden layers of ReLU, the eigenvalues of high degree are L times those of one layer.

    Statement
        Depth changes no rate, but a constant: relative to the kernel's value at x′ = x, the
        eigenvalues of high degree of L hidden layers are L times those of one, of the tangent
        kernel and of the NNGP kernel alike, in any dimension, as a mean over an even degree and
        the odd one next to it.
    Setting
        ReLU without biases on the sphere; d = 3, 4, 5 with 2, 3, 5 layers. At about k = 32, 64 and
        128, with an even degree up to an eighth higher drawn by the seed. The measure is the ratio
        of deep to shallow over L.
    Tolerance
        ±.05; the nearest rival, equal constants, has 1/L, .5 at most. High degrees see the kink:
        every layer l adds −(√2/π)√(1 − u) times what it gets, l, to Θ, in all L(L + 1)/2, over a
        value of L + 1; to K each adds as much of (1 − u)^(3/2). At the antipode there is a kink
        of another size, which has the sign (−1)^k, and cancels between neighbours up to a share of
        the order (d + L)/2k, .04 at k = 128.
    Does not show
        The constant with biases, which turn inputs towards each other in the first layer.
    """
    ratios = []
    for seed in seeds:
        generator = generator_of(seed)
        degree = 2 * round(0.5 / inverse_degree)
        degree += 2 * int(torch.randint(0, degree // 16 + 1, (), generator=generator))
        deep, shallow = (
            of(relative_eigenvalues(layers, kernel, dimension, [degree, degree + 1]))
            for layers in (depth, 1)
        )
        ratios.append(deep / shallow / depth)
    return torch.stack(ratios)
