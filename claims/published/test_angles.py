"""How inputs are forgotten on the edge of chaos: at rates of infinite width, and of finite."""

import math
from functools import cache

import torch
from scipy.optimize import root_scalar

from widthwise.harness import (
    Control,
    Correction,
    Limit,
    Over,
    PowerLaw,
    Source,
    WidthList,
    claim,
)
from widthwise.models import Architecture, erf, infinite_width_kernels, leaky_relu, relu
from widthwise.models.networks.randomness import normal_

from .mean_field import Layer

EDGE = (
    "Hayou, Doucet & Rousseau 2019, On the impact of the activation function on deep neural "
    "networks training"
)
ANGLES = (
    "Jakub & Nica 2023, Depth degeneracy in neural networks: vanishing angles in fully connected "
    "ReLU networks on initialization"
)
INPUTS = 8


@cache
def critical_erf(biases=0.05):
    """Layers of erf with the σ_w² that makes χ₁ = 1."""
    edge = root_scalar(lambda w: Layer(erf, w, biases).stretch - 1, bracket=(0.8, 4.0))
    return Layer(erf, edge.root, biases)


def of_relu(layers, x, activation=relu):
    """The kernel of L layers without biases, at the gain that keeps lengths."""
    architecture = Architecture(1, INPUTS, depth=layers, activation=activation)
    return infinite_width_kernels(architecture, x).nngp


def of_leaky_relu(layers, x):
    """The same with a tenth of the slope below 0."""
    return of_relu(layers, x, leaky_relu(0.1))


def of_erf(layers, x):
    """The kernel of erf on its critical line, from the length that layers keep."""
    layer = critical_erf()
    architecture = Architecture(
        *(1, INPUTS),
        depth=layers,
        activation=erf,
        sigma_w=layer.weights**0.5,
        sigma_b=layer.biases**0.5,
    )
    return infinite_width_kernels(architecture, layer.input_length**0.5 * x).nngp


def forgotten(layers, seeds, kernel):
    """1 − c of two random inputs after L layers [S]."""
    x = torch.empty(len(seeds), 2, INPUTS, dtype=torch.float64)
    normal_([x], seeds)
    x = INPUTS**0.5 * x / x.norm(dim=2, keepdim=True)
    k = kernel(layers, x.flatten(0, 1)).unflatten(1, (-1, 2)).unflatten(0, (-1, 2))
    one, other, across = (k[:, i, :, j].diagonal() for i, j in ((0, 0), (1, 1), (0, 1)))
    return 1 - across / (one * other).sqrt()


@claim(
    provenance="background",
    source=Source(EDGE, "Proposition 1: ReLU on the edge of chaos"),
    references=(f"{EDGE}, Proposition 1: 1 − c_l ~ 9π²/(2l²)",),
    prediction=PowerLaw(-2, tolerance=0.15, correction=Correction(order=1, size=(-0.55, -0.25))),
    control=Control("erf on its critical line: −1.", kernel=of_erf),
    over=Over("layers", (64, 128, 256, 512)),
)
def test_relu_forgets_inputs_by_the_square_of_depth(layers, seeds, kernel=of_relu):
    """On the edge of chaos, ReLU forgets which of two inputs it was given as l^-2.

    Statement
        1 − c, with c the correlation of two inputs after l layers of infinite width, falls as l^-2
        at σ_w = √2 without biases; of smooth activations on their critical lines as 1/l.
    Setting
        The recursion of the kernel on two random inputs in 8 dimensions per seed, in float64.
    Measure
        1 − c after L layers.
    Tolerance
        ±.15, less than a third of the way to the rival −1. Angles go as 3π/(l + l_0) with an l_0
        of 3π/θ_0 = 6 and some log l more: the next order is −2l_0/l, between −.25 and −.55 at
        l = 64.
    Does not show
        What networks of finite width do, whose inputs merge faster (angles_close_exponentially).
    """
    return forgotten(layers, seeds, kernel)


@claim(
    provenance="background",
    source=Source(EDGE, "Proposition 1: ReLU on the edge of chaos"),
    references=(f"{EDGE}, Proposition 1: 1 − c_l ~ 9π²/(2l²)",),
    prediction=Limit(1, tolerance=0.12, rate=1, correction=0.1),
    control=Control("Leaky ReLU with a tenth of the slope below 0.", kernel=of_leaky_relu),
    over=Over("layers", (64, 128, 256, 512)),
)
def test_relu_forgets_inputs_at_the_published_constant(layers, seeds, kernel=of_relu):
    """After l layers at the edge of chaos, the angle of any two inputs is 3π/l.

    Statement
        l²·(1 − c) tends to 9π²/2 = 44.4 whatever the inputs are.
    Setting
        As in relu_forgets_inputs_by_the_square_of_depth.
    Measure
        l²·(1 − c) over 9π²/2.
    Tolerance
        ±.12; a tenth of the slope below 0 makes the constant larger by 1.55. Beside the order
        1/l there is log l/l, by .02 of the reference at the ladder's end, for which there is D.
    Does not show
        That 1 − c is near its limit in networks in use: at 64 layers it is at .7 of it.
    """
    return layers**2 * forgotten(layers, seeds, kernel) / (4.5 * math.pi**2)


LAYERS, NETWORKS, NEAR = 16, 512, 1e-3


def log_sines(width, seeds):
    """Logarithm of sin²θ, over its start, of two inputs after some ReLU layers [S, networks].

    Preactivations of the second input are those of the first turned by θ towards fresh normal
    numbers, so that the law is exact at every width.
    """
    sine = torch.full((len(seeds), NETWORKS, 1), NEAR)
    for index in range(LAYERS):
        normals = torch.empty(len(seeds), 2, NETWORKS, width)
        normal_([normals], seeds, purpose=index)
        first = normals[:, 0].relu()
        second = ((1 - sine.square()).sqrt() * normals[:, 0] + sine * normals[:, 1]).relu()
        size = first.square().sum(2, keepdim=True)
        off = second - (first * second).sum(2, keepdim=True) / size * first
        sine = off.norm(dim=2, keepdim=True) / second.norm(dim=2, keepdim=True)
    return 2 * (sine[:, :, 0] / NEAR).log()


def typical(logarithms):
    """The mean of the logarithm over a seed's networks [S]."""
    return logarithms.mean(1)


def of_the_mean(logarithms):
    """The logarithm of the mean over a seed's networks [S]."""
    return logarithms.exp().mean(1).log()


@claim(
    provenance="background",
    source=Source(ANGLES, "Approximation 1 and what follows of it for depth at a finite width"),
    references=(
        f"{ANGLES}, Approximation 1: log sin²θ falls by (2/3π)·θ + ρ(n), ρ(n) = 2/n + O(1/n²)",
    ),
    prediction=Limit(2, tolerance=0.6),
    control=Control("The mean of sin²θ, which grows as fast.", average=of_the_mean),
    over=WidthList((32, 64)),
)
def test_angles_close_exponentially(width, seeds, average=typical):
    """At finite width the angle of two near inputs closes exponentially, log sin²θ by 2/n a layer.

    Statement
        In ReLU networks of n units on the edge of chaos log sin²θ falls by 2/n + O(1/n²) per layer
        once θ is small, where at infinite width θ would fall as 1/l. That is so of typical
        networks: the mean of sin²θ over networks grows by as much.
    Setting
        16 layers without biases, from an angle of 10⁻³, at which the angle's own term is nothing;
        512 networks per seed.
    Measure
        Fall of log sin²θ per layer, in the mean over networks, times the width.
    Tolerance
        ±.6, less than a third of the way to 0, which is what infinite width says; the mean of sin²θ
        has −2. Exactly, a layer with k of n units active takes ψ(k/2) − ψ((k − 1)/2) off, which
        makes 2 + 8/n: 2.125 at 64 units.
    Does not show
        The next order that the formula has where it is quoted, 100/n here, which is not seen.
    """
    return -width * average(log_sines(width, seeds)) / LAYERS
