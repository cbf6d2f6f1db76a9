"""Whether a kernel that can fit everything has a reason to stand still."""

import pytest
import torch

from widthwise.harness import Bounded, Control, Source, WidthList, claim
from widthwise.models import course, erf, linear, mup, ntk, relative_movement, relu, tangent_kernel

REPLY = Source(
    "NTK/GP models of neural nets can't learn features",
    'the reply that universal approximation and feature learning are "basically unrelated '
    'dimensions", with "a sequence of different embeddings", all of them universal',
)
REFERENCES = (
    "Jacot et al. 2018, Proposition 2 (the limiting kernel is positive definite on the sphere)",
    "Yang & Hu 2021, Theorem 3.8 (the kernel moves)",
)
TIMES = (1, 2, 4, 8, 16, 32, 64)
SEEDS = "networks whose kernels are followed through training"
everywhere = pytest.mark.parametrize(
    ("data", "activation"),
    [
        pytest.param("random_labels", erf, id="labels-erf"),
        pytest.param("odd_digits", relu, id="digits-relu"),
    ],
    indirect=["data"],
)


def along_the_way(width, seeds, mlp, data, activation, acting, parametrization):
    """What becomes of tangent kernels in 64 steps of training [S].

    Returns:
        The least eigenvalue of all kernels on the way, in units of what it is at the start with
        `activation`; and how far the kernel moves, relative to its size.
    """
    drawn = data(seeds)
    x = drawn.x_train

    def networks(of):
        return mlp(
            width,
            seeds,
            input_dim=drawn.input_dim,
            depth=1,
            activation=of,
            parametrization=parametrization,
            sigma_w=2.0 if of == erf else None,
        )

    start = networks(acting)
    stages = course(start, x, start(x) + drawn.y_train, TIMES)
    kernels = [tangent_kernel(network, x) for network in (start, *stages)]
    least = torch.stack([torch.linalg.eigvalsh(k.double())[:, 0] for k in kernels]).amin(0)
    reference = torch.linalg.eigvalsh(tangent_kernel(networks(activation), x).double())[:, 0]
    return {"least": least / reference, "moved": relative_movement(kernels[0], kernels[-1])}


@claim(
    provenance="made",
    source=REPLY,
    references=REFERENCES,
    prediction=Bounded(low=0.5),
    control=Control("Kernels of linear networks, of a rank below n.", acting=linear),
    over=WidthList((128, 512)),
    seeds_of=SEEDS,
)
@everywhere
def test_universality_and_feature_learning_are_unrelated(
    width, seeds, shared, mlp, data, activation, acting=None
):
    """A network that learns features is a universal kernel at every moment of it.

    Statement
        In μP the tangent kernel moves by O(1) in 64 steps (universal_kernels_move), and all of the
        kernels that it goes through are positive definite: each could fit any labels. Its least
        eigenvalue never falls below half of what it is at the start. So it is not because its
        kernel is universal that a network learns no features.
    Setting
        One hidden layer in μP, 32 points with random labels and erf, or 64 images told odd from
        even and ReLU, n = 4d, drawn for every seed. The kernel on them at the start and after 1, 2,
        4, …, 64 steps at 1/λ_max. The control has linear units and moves as much; its eigenvalue
        is in the same units.
    Measure
        Least eigenvalue on the way, over that at the start.
    Tolerance
        At least a half; a kernel that is not universal has 0 up to rounding, and what moves adds
        to Θ in the directions that are learned, the leading ones.
    Does not show
        Universality on a continuum of inputs, of which this is what n points can see. A linear
        network in the NTK parametrization, neither universal nor moving, completes the table.
    """
    run = shared(
        along_the_way,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        activation=activation,
        acting=acting or activation,
        parametrization=mup,
    )
    return run["least"]


@claim(
    provenance="made",
    source=REPLY,
    references=REFERENCES,
    prediction=Bounded(low=0.3),
    control=Control(
        "In the NTK parametrization, universal alike, it stands still.", parametrization=ntk
    ),
    over=WidthList((128, 512)),
    seeds_of=SEEDS,
)
@everywhere
def test_universal_kernels_move(width, seeds, shared, mlp, data, activation, parametrization=mup):
    """A universal kernel moves, where the parametrization lets it.

    Statement
        The kernel of universality_and_feature_learning_are_unrelated, strictly positive definite
        all the way, moves by three tenths of its size or more in 64 steps, at 128 as at 512 units.
        In the NTK parametrization the same kernel stands still: what decides is the scaling.
    Setting
        As there; ‖Θ_T − Θ_0‖/‖Θ_0‖ after 64 steps.
    Measure
        Movement of the tangent kernel, relative to its size.
    Tolerance
        At least .3, which is several times what NTK has at N = 128.
    Does not show
        How it moves with the width: tangent_kernel_is_constant has μP for its control.
    """
    run = shared(
        along_the_way,
        width=width,
        seeds=seeds,
        mlp=mlp,
        data=data,
        activation=activation,
        acting=activation,
        parametrization=parametrization,
    )
    return run["moved"]
