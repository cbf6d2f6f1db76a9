"""How far signals reach and how curves bend on their way (Schoenholz et al., Poole et al.)."""

import math

import torch

from widthwise.harness import Bounded, Control, DecaysExponentially, Over, Source, claim
from widthwise.models import tanh

from .mean_field import Layer

DEPTH = "Schoenholz, Gilmer, Ganguli & Sohl-Dickstein 2017, Deep information propagation"
CURVES = (
    "Poole, Lahiri, Raghu, Sohl-Dickstein & Ganguli 2016, Exponential expressivity in deep neural "
    "networks through transient chaos"
)
ORDERED = Layer(tanh, weights=1.3, biases=0.1)
CHAOTIC = Layer(tanh, weights=6.25, biases=0.09)
RATE = -math.log(ORDERED.stretch)
UNITS, INPUTS, POINTS = 256, 16, 32


def pairs(angle):
    """Inputs of the length that layers keep, and others at an angle to each [2·INPUTS, d]."""
    size = (ORDERED.input_length * INPUTS) ** 0.5
    x = torch.eye(INPUTS)
    return size * torch.cat((x, math.cos(angle) * x + math.sin(angle) * x.roll(1, 0)))


@claim(
    provenance="background",
    source=Source(DEPTH, "section 3, equation (5) and the depth scale ξ_c of the ordered phase"),
    references=(f"{DEPTH}: ξ_c⁻¹ = −log χ₁ with χ₁ = σ_w²·E[φ′(√q*·z)²]",),
    prediction=DecaysExponentially(RATE, tolerance=RATE / 6, correction=0.05),
    control=Control("Distances themselves: half the rate.", power=1),
    over=Over("layers", (4, 8, 12, 16)),
)
def test_inputs_merge_at_the_published_depth_scale(layers, seeds, mlp, device, power=2):
    """In the ordered phase two inputs become one at the rate −log χ₁ per layer.

    Statement
        1 − c, with c the correlation of two inputs in a layer, falls as e^{−l/ξ}, where 1/ξ is
        −log χ₁ and χ₁ = σ²·E[φ′²], at the length that layers keep and with weights of variance
        σ²/N. With tanh, σ² = 1.3 and biases of variance .1 it is .208 per layer: a depth scale of
        4.8 layers.
    Setting
        4 to 16 layers of 256 units; 16 pairs of inputs at an angle of .2, of the length that layers
        keep. The square of their distance is 2(1 − c) times that of a length.
    Measure
        Mean square of the distance of two inputs' preactivations in the last hidden layer.
    Tolerance
        A sixth of the rate; the nearest rival is its half, the rate of distances, and lengths
        settle three times as fast. Terms of second order in 1 − c and of order 1/N bend
        the law by less than the 5% of D.
    Does not show
        That networks can be trained to six times this depth, which the paper shows.
    """
    network = ORDERED.networks(mlp, UNITS, seeds, layers, input_dim=INPUTS)
    one, other = network.preactivations(pairs(0.2).to(device))[-1].chunk(2, 1)
    return (one - other).square().mean((1, 2)) ** (power / 2)


def along_a_circle(network, layer):
    """Speed g and squared curvature κ² of a circle's image in the last hidden layer, [S] each.

    Both over units, g = |∂h|²/N and κ² times N, and in the mean over points of the circle.
    """
    x, along = circle(network, layer)
    phi, velocity, acceleration = network.architecture.activation, along, -x
    below = (None, *network.preactivations(x)[:-1])
    layers = zip(below, network.weights[:-1], network.architecture.weight_scales[:-1], strict=True)
    for h, w, scale in layers:
        if h is not None:
            slope = phi.slope(h)
            acceleration = slope * acceleration + phi.curvature(h) * velocity.square()
            velocity = slope * velocity
        velocity, acceleration = (scale.multiplier * (t @ w) for t in (velocity, acceleration))
    speed, force = (t.square().mean(2) for t in (velocity, acceleration))
    both = (velocity * acceleration).mean(2)
    return speed.mean(1), ((speed * force - both.square()) / speed**3).mean(1)


def circle(network, layer):
    """Points of a circle of the length that the layers keep, and their derivatives [POINTS, d]."""
    d = network.architecture.input_dim
    angles = 2 * math.pi * torch.arange(POINTS, dtype=torch.float64) / POINTS
    x = torch.zeros(POINTS, d, dtype=torch.float64)
    x[:, 0], x[:, 1] = angles.cos(), angles.sin()
    along = torch.zeros_like(x)
    along[:, 0], along[:, 1] = -angles.sin(), angles.cos()
    size = (layer.input_length * d) ** 0.5
    return ((size * t).to(network.weights[0]) for t in (x, along))


def with_normal_units(layers):
    """κ² in layer l by κ² = 3χ₂/χ₁² + κ²/χ₁ of the layer below."""
    return curvature(layers, fourth_moment=3)


def with_units_of_one_size(layers):
    """The same with E[v²]² in the place of E[v⁴] = 3·E[v²]²."""
    return curvature(layers, fourth_moment=1)


def curvature(layers, fourth_moment):
    """N·κ² in layer l of a circle that starts with the curvature of the first layer's."""
    squared = 1 / (CHAOTIC.length - CHAOTIC.biases)
    for _ in range(layers - 1):
        injected = fourth_moment * CHAOTIC.bend / CHAOTIC.stretch**2
        squared = injected + squared / CHAOTIC.stretch
    return squared


@claim(
    provenance="background",
    source=Source(CURVES, "equation (8), the recursion of the curvature"),
    references=(f"{CURVES}, equation (8): κ² = 3χ₂/χ₁² + κ²/χ₁, g = χ₁·g from layer to layer",),
    prediction=Bounded(0.8, 1.25),
    control=Control("Without the fourth moment of normal units.", recursion=with_units_of_one_size),
    over=Over("layers", (2, 4, 8)),
)
def test_curves_keep_bending_in_the_chaotic_phase(layers, seeds, mlp, recursion=with_normal_units):
    """In the chaotic phase layers stretch a curve without straightening it.

    Statement
        The squared curvature of a curve's image obeys κ² = 3χ₂/χ₁² + κ²/χ₁ from layer to layer,
        with χ₁ = σ²·E[φ′²] and χ₂ = σ²·E[φ″²], and weights of variance σ²/N: above χ₁ = 1 it
        stays, at 3χ₂/(χ₁(χ₁ − 1)), while lengths grow as the root of χ₁. With tanh, σ_w = 2.5 and
        σ_b = .3 it comes to 3.9/N.
    Setting
        A circle of inputs, of the length that layers keep, followed through 2 to 8 layers of 256
        units by its first two derivatives at 32 points.
    Measure
        Squared curvature in the last hidden layer over that of the recursion.
    Tolerance
        Between .8 and 1.25; the rival, 1 in the place of 3, is too small by a factor of 2.5 to 3.
        At a width of 256 the mean over networks is larger by some l/N, a tenth after 8 layers. A
        curvature that fell or grew as √l beside the recursion would leave the band.
    Does not show
        That shallow networks cannot bend so, which the paper proves.
    """
    network = CHAOTIC.networks(mlp, UNITS, seeds, layers, input_dim=INPUTS)
    return along_a_circle(network, CHAOTIC)[1] / recursion(layers)


def of_squares(layer):
    """χ₁ = σ_w²·E[φ′²]."""
    return layer.stretch


def of_the_mean_slope(layer):
    """σ_w²·E[φ′]², as if every unit had the mean slope."""
    return layer.weights * layer.mean(layer.activation.slope, layer.length) ** 2


@claim(
    provenance="background",
    source=Source(CURVES, "equation (8), the recursion of the metric"),
    references=(f"{CURVES}, equation (8): κ² = 3χ₂/χ₁² + κ²/χ₁, g = χ₁·g from layer to layer",),
    prediction=Bounded(0.8, 1.2),
    control=Control("As if every unit had the mean slope.", factor=of_the_mean_slope),
    over=Over("layers", (2, 4, 8)),
)
def test_curves_lengthen_exponentially_with_depth(layers, seeds, mlp, factor=of_squares):
    """In the chaotic phase every layer makes a curve √χ₁ times as long.

    Statement
        The squared speed of a curve's image grows by χ₁ = σ²·E[φ′²] in every layer, with
        weights of variance σ²/N: with tanh, σ_w = 2.5 and σ_b = .3 by 1.585, which makes it 25
        times as large in seven layers.
    Setting
        As in curves_keep_bending_in_the_chaotic_phase.
    Measure
        Squared speed in the last hidden layer over what χ₁ makes of that in the first.
    Tolerance
        ±20% at every depth; the rival, the square of the mean slope, falls short by a factor that
        grows with depth.
    Does not show
        That what a network can express grows alike.
    """
    network = CHAOTIC.networks(mlp, UNITS, seeds, layers, input_dim=INPUTS)
    first = CHAOTIC.length - CHAOTIC.biases
    return along_a_circle(network, CHAOTIC)[0] / (first * factor(CHAOTIC) ** (layers - 1))
