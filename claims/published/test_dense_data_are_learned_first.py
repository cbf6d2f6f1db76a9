"""A wave on a circle that is sampled unevenly: where it is learned first."""

import math

import pytest
import torch

from widthwise.harness import Control, Over, PowerLaw, Source, claim
from widthwise.models import infinite_width_kernels, relu
from widthwise.models.networks.architecture import Architecture
from widthwise.models.networks.randomness import generator_of, uniform

PAPER = "Basri et al. 2020 (arXiv 2003.04560, Frequency bias for input of non-uniform density)"
SPARSE = 48
LEFT = 0.1


def half_circles(density, seed):
    """Angles of points: of one half of the circle, then `density` times as many of the other."""
    generator = generator_of(seed)
    parts = [
        math.pi * (half + torch.rand(count, generator=generator, dtype=torch.float64))
        for half, count in enumerate((SPARSE, density * SPARSE))
    ]
    return torch.cat(parts)


def tangent_kernel_on(angles):
    """The infinitely wide two-layer network's kernel, with biases [n, n]."""
    network = Architecture(
        width=1, input_dim=2, depth=1, activation=relu, sigma_w=2**0.5, sigma_b=1.0
    )
    x = 2**0.5 * torch.stack((angles.cos(), angles.sin()), 1)
    return infinite_width_kernels(network, x).tangent


def time_to_learn(kernel, wave, part):
    """When gradient flow has left a tenth of a function on part of the points."""
    values, modes = torch.linalg.eigh(kernel)
    along = modes.T @ wave
    own = modes[part]

    def left(time):
        return (own @ (along * (-time * values).exp())).norm() / wave[part].norm()

    low, high = 1e-6, 1e6
    for _ in range(40):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if left(middle) > LEFT else (low, middle)
    return low


def times(density, seeds, frequency):
    """When a wave of random phase is learned on either half of the circle, each [S]."""
    found = {"dense": [], "sparse": []}
    for seed in seeds:
        angles = half_circles(density, seed)
        phase = 2 * math.pi * float(uniform(seed, 1))
        wave = (frequency * angles + phase).cos()
        kernel = tangent_kernel_on(angles) / SPARSE
        found["dense"].append(time_to_learn(kernel, wave, slice(SPARSE, len(angles))))
        found["sparse"].append(time_to_learn(kernel, wave, slice(0, SPARSE)))
    return {half: torch.tensor(own, dtype=torch.float64) for half, own in found.items()}


@claim(
    provenance="background",
    source=Source(
        PAPER,
        "the abstract and Theorem 1: a harmonic of frequency κ is learned at x in time O(κ^d/p(x))",
    ),
    references=("Basri et al. 2019 (arXiv 1906.00425: the same under uniform density)",),
    prediction=PowerLaw(-1, tolerance=0.15, correction=0.15),
    control=Control("On the other half, whose density stays, so does the time.", half="sparse"),
    over=Over("density", (1, 2, 4, 8)),
    seeds_of="waves on half circles",
)
@pytest.mark.parametrize("frequency", [6, 8])
def test_dense_data_are_learned_first(density, seeds, shared, frequency, half="dense"):
    """Where there are p times as many data, a network learns a wave p times as fast.

    Statement
        Gradient descent learns a harmonic at a point of the circle in a time in inverse proportion
        to the density of data there: local, not that of the rarest data.
    Setting
        48 points on one half of the circle and 1 to 8 times as many on the other, the target
        cos(κθ + φ) with κ = 6 or 8 and a random phase; points and phase drawn for every seed.
        Gradient flow of the infinitely wide two-layer ReLU network with biases, solved by the
        eigenvectors of its tangent kernel, until a tenth of the wave is left on the denser half.
    Measure
        The time, for a gradient that counts every point once.
    Tolerance
        ±.15; the rivals are −1/2, as the eigenfunctions' local frequencies go, and 0, the other
        half, the control. Where the halves meet, a share of about 1/κ of each learns at the other's
        pace, at p = 1 at its own: D = .15.
    Does not show
        Dimensions above 2, where the paper conjectures κ^d/p from experiments.
    """
    return shared(times, density=density, seeds=seeds, frequency=frequency)[half]
