"""Whether gradient descent converges to the Boltzmann law of its loss, with noise and without."""

import pytest
import torch

from widthwise.harness import Bounded, Control, Over, Source, Verdict, WidthList, claim
from widthwise.models import (
    Architecture,
    boolean_cube,
    erf,
    infinite_width_kernels,
    nngp_kernel,
    relu,
)
from widthwise.models.networks.randomness import generator_of
from widthwise.models.sampling.langevin import langevin
from widthwise.models.sampling.weights import networks_of, outputs_of, prior_weights

DESCENT = Source(
    "Random sampling comments",
    "the comment of 12 May, 16:47, on infinitesimal gradient descent and its paper "
    "arXiv:2004.01190",
)
NOISY = "Naveh et al. 2021 (noisy gradients and weight decay; its law is e^(−L/T) times the prior)"
BITS, SEEN, DEPTH, SIGMA_B = 3, 4, 1, 0.5
TEMPERATURE, RATE, STEPS, CHAINS, DRAWS = 0.1, 0.2, 150, 96, 8192
SEEDS_OF = "networks in the Boltzmann law"


def four_bits(seeds):
    """Four of the eight inputs of three bits [S, 4, 3], and random labels [S, 4]."""
    cube = boolean_cube(BITS)
    own = [generator_of(seed) for seed in seeds]
    x = torch.stack([cube[torch.randperm(len(cube), generator=g)[:SEEN]] for g in own])
    y = torch.stack([2.0 * torch.randint(0, 2, (SEEN,), generator=g) - 1 for g in own])
    return x, y


def in_the_law(architecture, seed, x, y):
    """The mean loss under e^(−L/T) times the prior, of layers from the prior by their evidence.

    Given the layers the output is a Gaussian process, so that the readout is averaged over by
    formula: outputs have the mean KAy and the covariance TKA, with A = (K + T)⁻¹.
    """
    weights = prior_weights(architecture, (seed,), DRAWS, device=x.device)[0]
    kernel = nngp_kernel(networks_of(architecture, weights), x).double()
    labels = y.double()
    precision = torch.linalg.inv(kernel + TEMPERATURE * torch.eye(len(y)).to(kernel))
    missed = precision @ labels
    log_weight = (torch.linalg.slogdet(precision).logabsdet - missed @ labels) / 2
    spread = (kernel * precision).sum((1, 2))
    loss = (TEMPERATURE**2 * missed.square().sum(1) + TEMPERATURE * spread) / 2
    return (loss * log_weight.softmax(0)).sum()


def excess_loss(width, seeds, mlp, noise):
    """By how much the mean loss of chains exceeds that of the law, as a part of it."""
    x, y = four_bits(seeds)
    example = mlp(width, (0,), input_dim=BITS, depth=DEPTH, activation=erf, sigma_b=SIGMA_B)
    architecture, device = example.architecture, example.device
    x, y = x.to(device), y.to(device)

    def loss(weights, owner):
        missed = outputs_of(architecture, weights, x[owner]) - y[owner]
        return missed.square().sum(1) / 2

    start = prior_weights(architecture, [seed ^ 1 for seed in seeds], CHAINS, device=device)
    owner = torch.arange(len(seeds), device=device).repeat_interleave(CHAINS)
    path = langevin(loss, start, seeds, STEPS, rate=RATE, temperature=TEMPERATURE, noise=noise)
    late = [
        loss(state.flatten(0, 1), owner).unflatten(0, (len(seeds), CHAINS)).mean(1).double()
        for step, state in enumerate(path)
        if step >= STEPS // 2 and step % 5 == 0
    ]
    known = [
        in_the_law(architecture, seed, points, labels)
        for seed, points, labels in zip(seeds, x, y, strict=True)
    ]
    return torch.stack(late).mean(0) / torch.stack(known) - 1


@claim(
    provenance="made",
    source=DESCENT,
    references=(NOISY,),
    prediction=Bounded(low=-0.1, high=0.1),
    control=Control("Noise of half the temperature.", noise=0.5),
    over=WidthList((8,)),
    seeds_of=SEEDS_OF,
)
def test_langevin_reaches_the_boltzmann_law(width, seeds, mlp, noise=1.0):
    """Gradient descent with noise and weight decay ends in the Boltzmann law of its loss.

    Statement
        The reading of the paper that is cited: with white noise of the temperature T and a
        decay of T times the weights, descent in small steps reaches the law of the density
        e^(−L/T) times the prior, wherever it starts. Networks then have the mean loss of that law.
    Setting
        Eight units of erf in one hidden layer, σ_b = .5, L = ½Σ(f − y)² on four of the eight inputs
        of three bits with random labels drawn for every seed; T = .1. 96 chains per seed from
        the prior, 150 steps of .2, in a form whose law is off by the square of the step; their
        loss is averaged over the last half. The law's mean loss is that of 8192 layers from the
        prior, weighed by their evidence, the readout averaged over by formula.
    Measure
        By how much the mean loss of chains exceeds that of the law, as a part of it.
    Tolerance
        ±.1, a third of the way to the nearest rival: noise of half the temperature has −.31, of
        twice the temperature .8. Where chains are 15 in time instead of 30 the excess is .03.
    Does not show
        More than one mean of the law, nor other architectures: the law is a theorem for all.
    """
    return excess_loss(width, seeds, mlp, noise)


@claim(
    provenance="made",
    source=DESCENT,
    references=(NOISY,),
    prediction=Bounded(low=-0.1, high=0.1),
    expect=Verdict.REFUTED,
    control=Control("With the noise of the paper.", noise=1.0),
    over=WidthList((8,)),
    seeds_of=SEEDS_OF,
)
def test_descent_reaches_the_boltzmann_law(width, seeds, mlp, noise=0.0):
    """Infinitesimal gradient descent ends in the Boltzmann law of its loss.

    Statement
        To the letter, without any noise: descent in small steps, with the decay that the prior
        asks for, reaches the law of the density e^(−L/T) times the prior.
    Correction
        Without noise it goes to a minimum and stays there. The paper has noise, of the
        temperature T (langevin_reaches_the_boltzmann_law). What is right about it at T → 0
        is that lazy networks spread over exact fits nearly as the posterior does
        (descent_spreads_nearly_as_exact_fits).
    Setting
        As in langevin_reaches_the_boltzmann_law.
    Measure
        By how much the mean loss of networks exceeds that of the law, as a part of it.
    Tolerance
        As there.
    Does not show
        What the noise of minibatches does: it is neither white nor of one temperature.
    """
    return excess_loss(width, seeds, mlp, noise)


def of_random_sampling(kernels, n):
    """Variances on further inputs of networks from the prior that fit n targets exactly [m]."""
    return _given(kernels.nngp, n)


def of_the_tangent_kernel(kernels, n):
    """The same under a prior with the tangent kernel [m]."""
    return _given(kernels.tangent, n)


def _given(kernel, n):
    inner, across = kernel[:n, :n], kernel[n:, :n]
    explained = (across * torch.linalg.solve(inner, across.mT).mT).sum(1)
    return kernel.diagonal()[n:] - explained


def of_descent(kernels, n):
    """Variances on further inputs of wide networks that descent has taken to an exact fit [m].

    The start is N(0, K), and training adds Θ(x, X)Θ⁻¹(y − f_0).
    """
    k, theta = kernels.nngp, kernels.tangent
    weights = torch.linalg.solve(theta[:n, :n], theta[:n, n:]).mT
    crossed = (weights * k[n:, :n]).sum(1)
    return k.diagonal()[n:] - 2 * crossed + ((weights @ k[:n, :n]) * weights).sum(1)


@claim(
    provenance="implied",
    source=DESCENT,
    references=(
        "Lee et al. 2019, corollary 1 (the law of lazy networks after training)",
        "Matthews et al. 2017 (sample, then optimise: exact if only the readout is trained)",
    ),
    prediction=Bounded(low=-0.22, high=0.22),
    control=Control("The posterior under Θ.", posterior=of_the_tangent_kernel),
    over=Over("points", (16, 32)),
)
@pytest.mark.parametrize("data", ["odd_digits", "random_labels"], indirect=True)
def test_descent_spreads_nearly_as_exact_fits(points, seeds, data, posterior=of_random_sampling):
    """Wide networks taken to an exact fit by descent spread nearly as random sampling does.

    Statement
        Very similar to random sampling: over starts, the outputs of lazy networks on inputs that
        they have not seen have, up to a fifth, the variance of networks drawn from the prior on
        condition that they fit exactly, to which the Boltzmann law tends as T → 0.
    Setting
        Kernels of infinitely wide ReLU networks with two hidden layers, σ_b = .5; sixteen or 32
        images of odd and even digits, or random labels in R^8, drawn for every seed. The measure
        is the logarithm of descent's variance over random sampling's, both summed over 32 others.
    Tolerance
        ±.22, a factor of 1.25; a ninth of the way to the rival, the posterior under Θ, whose
        variance is seven times as large.
    Does not show
        The same law: the means are those of Θ and of K, and descent spreads more. Nor sampling
        by signs, where the size of targets decides
        (sgd_samples_the_posterior_whatever_the_targets).
    """
    drawn = data(seeds)
    architecture = Architecture(1, drawn.x_train.shape[2], depth=2, activation=relu, sigma_b=0.5)
    apart = []
    for seen, others in zip(drawn.x_train, drawn.x_test, strict=True):
        x = torch.cat((seen[:points], others[:32])).double().cpu()
        kernels = infinite_width_kernels(architecture, x)
        ratio = of_descent(kernels, points).sum() / posterior(kernels, points).sum()
        apart.append(ratio.log())
    return torch.stack(apart)
