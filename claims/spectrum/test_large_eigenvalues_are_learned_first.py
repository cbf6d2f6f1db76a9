"""When each eigenmode of the kernel is learned."""

import pytest
import torch

from widthwise.harness import Control, Limit, Source, Widths, claim
from widthwise.models import Architecture, course, erf, tangent_kernel
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.networks.randomness import generator_of

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the section on visualising eigenvectors, on what is learned earlier in training",
)
REFERENCES = (
    "Jacot et al. 2018, section 5 (gradient flow, infinite width)",
    "Arora et al. 2019 (two layers of ReLU, first layer trained)",
)
SLOWNESS = 4
"""Steps in which the fastest mode falls to 1/e."""
TIMES = tuple(SLOWNESS * 2**k for k in range(6))
LIMIT, OWN, FROZEN = "Θ_∞", "Θ_0", "K_∞, of the trace of Θ_∞"
GAIN = 2.0

everywhere = pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)


def kernel_of(network, x, which):
    """The kernel that the modes are of [S, n, n], in float64."""
    if which == OWN:
        return tangent_kernel(network, x).double()
    known = network.architecture
    limit = Architecture(1, known.input_dim, depth=known.depth, activation=erf, sigma_w=GAIN)
    kernels = [infinite_width_kernels(limit, points) for points in x.double()]
    tangent = torch.stack([k.tangent for k in kernels])
    if which == LIMIT:
        return tangent
    frozen = torch.stack([k.nngp for k in kernels])
    traces = [k.diagonal(dim1=1, dim2=2).sum(1) for k in (tangent, frozen)]
    return frozen * (traces[0] / traces[1])[:, None, None]


def signs(seeds, n):
    """±1 for every mode, of each seed's own [S, n]."""
    drawn = [torch.randint(0, 2, (n,), generator=generator_of(seed)) for seed in seeds]
    return (2 * torch.stack(drawn) - 1).double()


def decay(width, seeds, mlp, data, which):
    """How fast modes decay, in units of their eigenvalue: the fast half of them and the slow."""
    x = data(seeds).x_train
    network = mlp(width, seeds, input_dim=x.shape[-1], depth=1, activation=erf, sigma_w=GAIN)
    values, vectors = torch.linalg.eigh(kernel_of(network, x, which))
    values, vectors = values.flip(1), vectors.flip(2)
    start = signs(seeds, x.shape[1]).to(values)
    targets = network(x) + (vectors @ start[:, :, None])[:, :, 0].to(x.dtype)
    rate = 1 / (SLOWNESS * values[:, 0])
    steps = torch.tensor(TIMES).to(values)
    later = course(network, x, targets, TIMES, rate=rate.to(x.dtype), tolerance=1e-7)
    left = torch.stack(
        [((targets - after(x)).double()[:, None] @ vectors)[:, 0] for after in later], 1
    )
    # Each mode is looked at when it should have fallen to about 1/e.
    shrink = rate[:, None] * values
    chosen = (steps.log() + shrink.log()[:, :, None]).abs().argmin(2)
    at_its_time = left.gather(1, chosen[:, None])[:, 0]
    ratio = (start / at_its_time).abs().log() / (-steps[chosen] * torch.log1p(-shrink))
    half = x.shape[1] // 2
    return {"fast": ratio[:, :half].mean(1), "slow": ratio[:, half:].mean(1)}


def measured(width, seeds, mlp, data, shared, which):
    """What `decay` finds, from a run that both claims share."""
    return shared(decay, width=width, seeds=seeds, mlp=mlp, data=data, which=which)


@claim(
    provenance="made",
    source=HERE,
    references=REFERENCES,
    prediction=Limit(1, tolerance=0.05),
    control=Control("The modes of a network whose units are frozen.", which=FROZEN),
    over=Widths(64, 4096),
    seeds_of="modes in training",
)
@everywhere
def test_large_eigenvalues_are_learned_first(width, seeds, mlp, data, shared, which=LIMIT):
    """A mode of the limiting kernel is learned at a rate given by its eigenvalue.

    Statement
        In training a wide network, the residual along the i-th eigenvector of Θ_∞ on the training
        inputs falls as (1 − ηλ_i)^t, so that modes of large eigenvalues are learned first.
    Setting
        One hidden layer of erf with σ_w = 2; 32 points in 8 dimensions or 64 images of 16 pixels,
        drawn for every seed. The outputs are to move by Σ ±v_i, every mode alike, with signs
        drawn by the seed; full-batch steps of a quarter of 1/λ_max. The rate of decay over −log(1 −
        ηλ_i), averaged over the faster half of the modes, each at the power of 2
        of steps, from 4 to 128, at which it should have fallen to about 1/e.
    Measure
        Rate of decay over −log(1 − ηλ_i), mean over the faster half of the modes.
    Tolerance
        ±.05: a network learns in the order of a kernel, and the nearest rival is the NNGP kernel
        of the same trace, which a network of frozen units has: its faster modes come out beyond.
        What Θ_0 is off from Θ_∞ by averages out to the order 1/N.
    Does not show
        The slower half, which at finite width receives what the faster half leaves
        (slow_modes_follow_the_networks_own_kernel).
    """
    return measured(width, seeds, mlp, data, shared, which)["fast"]


@claim(
    provenance="implied",
    source=HERE,
    references=REFERENCES,
    prediction=Limit(1, tolerance=0.05),
    control=Control("The modes of a network whose units are frozen.", which=FROZEN),
    over=Widths(64, 4096),
    seeds_of="modes in training",
)
@everywhere
def test_slow_modes_follow_the_networks_own_kernel(width, seeds, mlp, data, shared, which=OWN):
    """Slow modes decay at the rate of the network's own kernel.

    Statement
        The residual along eigenvectors of small eigenvalues of a network's kernel Θ_0 at the
        start falls as (1 − ηλ_i)^t too.
    Setting
        As in large_eigenvalues_are_learned_first, with the eigenvectors and eigenvalues of every
        network's own Θ_0, and for the slower half of the modes.
    Measure
        Rate of decay over −log(1 − ηλ_i), mean over the slower half of the modes.
    Tolerance
        ±.05, as there. A kernel that moves by 1/N of its size couples slow modes to fast ones.
    Does not show
        That slow modes of a finite network are those of the limiting kernel: what Θ_0 differs by
        is up to λ_max/λ_i times larger for them than for fast ones.
    """
    return measured(width, seeds, mlp, data, shared, which)["slow"]
