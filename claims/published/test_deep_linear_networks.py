"""How deep linear networks learn, and what products of matrices become (Saxe et al. 2014)."""

from dataclasses import replace

import torch

from widthwise.harness import Control, Correction, Limit, Over, PowerLaw, Source, WidthList, claim
from widthwise.models import Parameters, linear, train
from widthwise.models.networks.randomness import uniform

from .jacobians import gaussian, jacobian, rotation

PAPER = (
    "Saxe, McClelland & Ganguli 2014, Exact solutions to the nonlinear dynamics of learning in "
    "deep linear neural networks"
)
MODES, GOAL = 4, 0.8
STEP, LONGEST = 0.1, 9
"""The rate and the time, times the number of matrices: small steps, and enough for any start."""


def decoupled(mlp, seeds, matrices, strength):
    """Linear networks of aligned orthogonal layers: every mode starts with its strength [S]."""
    network = mlp(
        *(MODES, seeds),
        input_dim=MODES,
        output_dim=MODES,
        depth=matrices - 1,
        activation=linear,
        dtype=torch.float64,
    )
    gain = (strength ** (1 / matrices)).to(network.device)[:, None, None]
    layers = [
        rotation(w) * gain / scale.multiplier
        for w, scale in zip(network.weights, network.architecture.weight_scales, strict=True)
    ]
    return replace(network, parameters=Parameters(tuple(layers)))


def time_to_learn(network, strength):
    """When modes of strength 1 have come from their start to GOAL, in steps at a rate of 1 [S]."""
    strength = strength.to(network.device)
    matrices = len(network.weights)
    x = torch.eye(MODES, dtype=network.dtype, device=network.device)
    y = network(x) / strength[:, None, None]
    scale = network.architecture.weight_scales[0]
    rate = STEP / matrices
    run = train(
        network, x, y, steps=round(LONGEST / STEP), rate=rate / (scale.rate * scale.multiplier**2)
    )
    left = (run.losses / run.losses[:, :1]).sqrt() * (1 - strength[:, None])
    late = (left > 1 - GOAL).sum(1, keepdim=True)
    above, below = (left.gather(1, index)[:, 0] for index in (late - 1, late))
    return rate * (late[:, 0] - 1 + (above - (1 - GOAL)) / (above - below))


def one_for_all(matrices):  # noqa: ARG001 - the same at every depth
    """A rate that does not depend on the depth."""
    return 1


def the_optimum(matrices):
    """The rate that the paper finds best, up to a constant."""
    return 1 / matrices


@claim(
    provenance="background",
    source=Source(PAPER, "section 2, equations (15) to (17)"),
    references=(f"{PAPER}, equation (17): t = (τ/N_l)·[…] as the number N_l of layers grows",),
    prediction=PowerLaw(-1, tolerance=0.1, correction=Correction(order=1, size=(-0.35, -0.1))),
    control=Control("At the rate that is best for each depth: as many steps.", rate=the_optimum),
    over=Over("matrices", (8, 16, 32, 64)),
)
def test_deep_linear_networks_learn_in_fewer_steps(matrices, seeds, mlp, rate=one_for_all):
    """At one rate, a linear network that starts decoupled learns in steps inversely as its depth.

    Statement
        The strength u of a mode of strength s grows at the rate `m·u^(2 − 2/m)·(s − u)` in a
        product of m matrices, so that the steps to learn it fall as 1/m at a given rate; at the
        best rate of each depth, which falls as 1/m too, they tend to a constant.
    Setting
        8 to 64 square matrices, orthogonal and aligned up to a gain; every mode of a target that is
        orthogonal, too, grows from a strength between .15 and .25, drawn per seed, to .8, on
        whitened inputs and in small steps.
    Measure
        Steps until modes have .8 of their strength, at a rate of 1.
    Tolerance
        ±.1; the rival is 0, at the best rates. What is neglected is `u^(2/m)`, by −.1 to −.35 at
        eight matrices.
    Does not show
        That starts which are not decoupled learn so fast: Gaussian ones do not.
    """
    strength = torch.tensor([float(uniform(seed, 1)) for seed in seeds], dtype=torch.float64)
    strength = 0.15 + 0.1 * strength
    network = decoupled(mlp, seeds, matrices, strength)
    return time_to_learn(network, strength) / rate(matrices)


@claim(
    provenance="background",
    source=Source(PAPER, "figure 6C and its caption: the bin that holds the origin"),
    references=(f"{PAPER}, figure 6: products of Gaussian matrices with N = 1000",),
    prediction=Limit(0.32, tolerance=0.025),
    control=Control("Four factors.", factors=4),
    over=WidthList((48, 96)),
)
def test_eigenvalues_of_products_concentrate_at_the_origin(width, seeds, mlp, factors=5):
    """Of the eigenvalues of a product of five Gaussian matrices, a third are within .05 of 0.

    Statement
        The caption of figure 6 gives 32% as the share of eigenvalues in the bin, .1 by .1, around
        the origin, for the plot in the middle: products of five N × N matrices of variance 1/N, as
        singular values spread.
    Setting
        Linear networks of five layers on N inputs, in float64. That the plot in the middle is of
        five factors is read off the number: the law r^(2/L) of the share within r makes .24,
        .315 and .38 of four, five and six.
    Measure
        Share of the eigenvalues whose real and imaginary parts are both within .05.
    Tolerance
        ±.025 at N = 96, a third of the way to four factors or six. The share does not change by
        more than its noise from N = 48 on.
    Does not show
        What the paper concludes: that norms are kept by few directions.
    """
    network = gaussian(mlp, width, seeds, factors, linear, dtype=torch.float64)
    found = torch.linalg.eigvals(jacobian(network))
    return ((found.real.abs() < 0.05) & (found.imag.abs() < 0.05)).double().mean(1)
