"""What the later eigenvectors on an interval are, for ReLU and for smooth activations."""

import math

import pytest
import torch

from widthwise.harness import Bounded, Control, Curve, Drawing, Source, Vanishing, claim
from widthwise.models import Architecture, erf, relu
from widthwise.models.kernels.infinite_width import infinite_width_kernels
from widthwise.models.networks.randomness import generator_of
from widthwise.models.observables.waves import best_sinusoid

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the section on visualising eigenvectors, on the later ones",
)
BASRI = (
    "Basri et al. 2020: sinusoids on the circle, two layers of ReLU with biases; the "
    "interval is measured"
)
POINTS, LAST = 256, 30
GAIN = {relu: None, erf: 2.0}


def eigenvectors(seed, activation, end):
    """Eigenvectors, the largest eigenvalue first [n, n], on an interval about 0.

    The biases' σ_b is between half and one and a half times σ_w, drawn by the seed.
    """
    generator = generator_of(seed)
    share = 0.5 + float(torch.rand((), generator=generator))
    sigma_w = Architecture(1, 1, activation=activation, sigma_w=GAIN[activation]).gain
    architecture = Architecture(
        1, 1, depth=1, activation=activation, sigma_w=sigma_w, sigma_b=share * sigma_w
    )
    x = end * (2 * torch.arange(POINTS, dtype=torch.float64)[:, None] / POINTS - 1)
    kernel = infinite_width_kernels(architecture, x).tangent
    return torch.linalg.eigh(kernel).eigenvectors.flip(1)


def waves(seeds, activation, end):
    """R² of the best sinusoid for the first eigenvectors of every seed's kernel [S, LAST]."""
    modes = [eigenvectors(seed, activation, end)[:, :LAST].T for seed in seeds]
    return best_sinusoid(torch.stack(modes), LAST)


def nearest_wave(vector):
    """The nearest sinusoid of any frequency, at the same points [n]."""
    times = torch.arange(POINTS, dtype=vector.dtype) / POINTS
    phases = 2 * math.pi * torch.linspace(0, LAST, 16 * LAST + 1, dtype=vector.dtype)
    waves = phases[:, None] * times
    pairs = torch.stack((waves.cos(), waves.sin()), 2)
    pairs[0, :, 1] = 0  # frequency 0 is a constant
    fits = pairs @ torch.linalg.lstsq(pairs, vector[None, :, None], driver="gelsd").solution
    return fits[(fits[:, :, 0] - vector).norm(dim=1).argmin(), :, 0]


def drawn_eigenvectors(end):
    """The first four eigenvectors, which the post shows, and two of the later ones."""
    kinked, smooth = (eigenvectors(0, activation, end) for activation in (relu, erf))
    places = end * (2 * torch.arange(POINTS, dtype=torch.float64) / POINTS - 1)
    curves = []
    for number in (1, 2, 3, 4, 10, 20):
        panel = f"eigenvector {number}"
        found, other = kinked[:, number - 1], smooth[:, number - 1]
        other = other * (found @ other).sign()
        for name, values in (
            ("ReLU", found),
            ("nearest sinusoid", nearest_wave(found)),
            ("erf", other),
        ):
            curves.append(Curve.of(name, places[::2], values[::2], panel=panel))
    return Drawing(
        "Eigenvectors of the limiting tangent kernel on an interval, one hidden layer with biases",
        "input x",
        "component of the eigenvector",
        tuple(curves),
    )


@claim(
    provenance="made",
    source=HERE,
    references=(BASRI,),
    prediction=Bounded(low=0.98),
    control=Control("erf, whose kernel has no kink.", activation=erf),
    over=Vanishing("inverse_mode", 1 / 5, 1 / 20, rungs=3),
    draws=drawn_eigenvectors,
)
@pytest.mark.parametrize("end", [math.pi, 3.0], ids=["pi", "3"])
def test_later_eigenvectors_are_all_sinusoidal(inverse_mode, seeds, end, activation=relu):
    """From the fifth on, the eigenvectors of a ReLU network's kernel on an interval are sinusoids.

    Statement
        Of a ReLU network with one hidden layer (two of weights, as in the post), biases and scalar
        inputs, evenly on an interval, the eigenvectors 5 to 30 of the limiting tangent kernel are
        sinusoids of some frequency, each with R² ≥ .98.
    Setting
        256 points on [−π, π) as the comments say or [−3, 3) as the figure does. The post does not
        say how large its biases are: σ_b/σ_w is drawn between ½ and 1½ for every seed. The measure
        is the least R² among eigenvectors from 5, 10 and 20 on up to 30, the best frequency being
        sought.
    Tolerance
        R² ≥ .98: a wave that is off by a seventh of its amplitude. Near x′ = x the kernel of one
        hidden layer is smooth but for −c|x − x′|, where c is the same at every x: a kink
        falls at x with a density inverse to the variance of a unit there, and counts by that
        variance. Hence λφ″ = −2cφ up to what is smooth, with corrections O(1/k).
    Does not show
        The same of deeper networks: with two hidden layers and biases in all, the kink of the
        kernel depends on x, waves are longer or shorter along the interval, and the least R² is
        .94. That it follows from the prior's preference for smooth functions: erf's prior
        prefers them more.
    """
    start = round(1 / inverse_mode)
    return waves(seeds, activation, end)[:, start - 1 :].amin(1)
